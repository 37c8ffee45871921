#ifndef SLUICE_SNOWFLAKE_PROTOCOL_HPP
#define SLUICE_SNOWFLAKE_PROTOCOL_HPP

/// \file
/// Reading the replies of Snowflake's driver protocol. Pure functions over bytes from outside:
/// lenient about what they do not know, bounded in depth, never a crash.
/// Source: the official drivers (gosnowflake, snowflake-connector-python, libsnowflakeclient,
/// snowflakedb/drivers), read 2026.

#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/snowflake/encryption.hpp>
#include <sluice/snowflake/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake {

/// A value of a result as text; nothing for NULL.
using cell = std::optional<std::string>;

/// Rows that are fetched from storage, not inline.
struct result_chunk {
  std::string url;  ///< presigned: a secret
  std::uint64_t row_count = 0;
  std::uint64_t bytes = 0;  ///< uncompressed, as announced; 0: not said
};

/// The rows of a statement.
struct result_table {
  std::vector<std::string> columns;
  std::vector<std::string> types;       ///< of the columns, in the words of `rowtype`: "fixed", ...
  std::vector<std::vector<cell>> rows;  ///< each as long as `columns`
  std::vector<result_chunk> chunks;
  std::vector<std::pair<std::string, std::string>> chunk_headers;  ///< secrets

  /// Index of a column by its name without regard to ASCII case: the list of columns grows.
  [[nodiscard]] SLUICE_DECL std::optional<std::size_t> column(std::string_view name) const noexcept;

  /// The value at `row`, by column name; nothing if it is NULL or there is no such column.
  [[nodiscard]] SLUICE_DECL cell at(std::size_t row, std::string_view name) const;

  /// The same as a number; nothing if it is none.
  [[nodiscard]] SLUICE_DECL std::optional<std::uint64_t> number_at(std::size_t row,
                                                                   std::string_view name) const;
};

/// Where stage files go.
enum class stage_kind : std::uint8_t { s3, azure, gcs, local_fs, other };

/// `stageInfo` of a PUT reply.
struct stage_target {
  stage_kind kind = stage_kind::other;
  std::string kind_name;  ///< locationType, verbatim
  std::string bucket;     ///< s3: bucket; local_fs: empty
  std::string prefix;     ///< s3: empty or ends with '/'; local_fs: a directory that ends with '/'
  std::string region;
  std::string endpoint;  ///< host, or scheme and host, that replaces the default; mostly empty
  std::string access_key_id;
  secret secret_access_key;
  secret session_token;
};

/// What the service says about uploading.
struct put_reply {
  stage_target target;
  std::optional<encryption_material> encryption;  ///< nothing: the service encrypts
  std::uint64_t multipart_threshold = 0;          ///< bytes of the uploaded body; 0: not said
  std::uint32_t parallel = 1;
};

/// What the service says about downloading: to GET.
struct get_reply {
  struct file {
    std::string name;                               ///< below `target.prefix`
    std::optional<encryption_material> encryption;  ///< nothing: the service decrypts
  };

  stage_target target;
  std::vector<file> files;  ///< empty: the stage holds none of that name
};

/// The reply to a statement, a poll, or any other request that is not about tokens.
struct statement_reply {
  bool success = false;
  refusal head;  ///< code and message are also filled in for "in progress"
  result_table table;
  std::string poll_path;  ///< getResultUrl: path or URL, in replies "in progress"
  std::optional<put_reply> put;
  std::optional<get_reply> get;
  std::string result_format;                                   ///< "json" or "arrow"
  std::map<std::string, std::string, std::less<>> parameters;  ///< that changed
};

/// Session and master token with their lives.
struct session_tokens {
  secret session;
  secret master;
  std::chrono::seconds session_validity{3'600};
  std::chrono::seconds master_validity{14'400};
};

/// The reply to login or to a renewal of tokens.
struct token_reply {
  bool success = false;
  refusal head;
  session_tokens tokens;
  std::string session_id;
  std::string database;  ///< what took effect; empty: none
  std::string schema;
  std::string warehouse;
  std::string role;
  std::map<std::string, std::string, std::less<>> parameters;
};

/// Errors: sluice::errc::malformed_reply (retryable), naming what is wrong with the reply but none
/// of its values.
[[nodiscard]] SLUICE_DECL result<statement_reply> parse_statement_reply(std::string_view body);
[[nodiscard]] SLUICE_DECL result<token_reply> parse_token_reply(std::string_view body);

/// Adds the rows of a chunk, a list of row arrays without the enclosing brackets, to `table`: all,
/// or with an error none.
[[nodiscard]] SLUICE_DECL result<void> parse_chunk(std::string_view body,
                                                   std::uint64_t expected_rows,
                                                   result_table& table);

/// Kinds of requests that differ in what a failure means.
enum class request_kind : std::uint8_t { login, token, statement, poll, chunk };

/// What to do with a reply.
enum class outcome : std::uint8_t {
  success,
  in_progress,  ///< poll `poll_path`
  renew,        ///< the session token is expired: renew it, then replay the same request
  login_again,  ///< the session is gone
  redirect,     ///< send the same request to Location
  retry,        ///< replay the same request after a back-off
  throttled,    ///< replay it when the service says
  failed        ///< an answer for good
};

/// The fate of a reply by HTTP status, envelope code and `success`. An empty code with status 200
/// and no success counts as failed. Pure.
[[nodiscard]] SLUICE_DECL outcome classify(request_kind kind,
                                           int status,
                                           bool success,
                                           std::string_view code) noexcept;

/// Where a 307 or 308 may lead: an absolute URL, or nothing where it must not be followed (from
/// https to http, or to a host that is neither the same, nor in the same Snowflake domain, nor on
/// this machine as the first one is).
[[nodiscard]] SLUICE_DECL std::optional<std::string> redirect_target(std::string_view url,
                                                                     std::string_view location);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/protocol.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_PROTOCOL_HPP
