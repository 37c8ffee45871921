#ifndef SLUICE_SKYFLOW_REQUESTS_HPP
#define SLUICE_SKYFLOW_REQUESTS_HPP

/// \file
/// What is sent, as text. Pure functions.

#include <sluice/auth/secret.hpp>
#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/skyflow/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::skyflow {

/// How the tokens of a record are given to a vault ("Bring your own token").
enum class token_mode : std::uint8_t {
  none,   ///< DISABLE: the vault makes them
  some,   ///< ENABLE: columns without a token get one from the vault
  strict  ///< ENABLE_STRICT: every column of every record comes with its token
};

/// What an upsert does to a row that is there (FlowVault; the classic API updates).
enum class on_match : std::uint8_t {
  update,  ///< columns that the record lacks stay
  replace
};

/// Where an insert goes and what surrounds its records.
enum class insert_endpoint : std::uint8_t {
  table,           ///< v1, one table: all records of a request or none
  table_continue,  ///< the same with continueOnError: each record for itself where it is heeded
  batch,           ///< v1, batch endpoint with continueOnError: each record for itself
  flowvault        ///< v2: each record for itself
};

/// What an insert asks for, besides its records.
struct insert_options {
  insert_endpoint endpoint = insert_endpoint::table;
  std::string table = {};
  token_mode tokens = token_mode::none;
  bool return_tokens = false;
  std::string upsert = {};  ///< name of a unique column; empty: plain insert
  on_match matched = on_match::update;
};

/// The constant parts of every request of a load, built once.
struct insert_frame {
  std::string url;     ///< whole
  std::string head;    ///< before the array of records
  std::string record;  ///< in place of `{"fields":` at the front of each record; empty: as it is
  std::string tail;    ///< behind the array
};

[[nodiscard]] SLUICE_DECL insert_frame make_insert_frame(connection const& to,
                                                         insert_options const& options);

/// The body with the rows `rows` of `records`, the bytes of a payload (`vault_rows`); all of them
/// if `rows` is empty. Copies nothing if all rows go as they are.
[[nodiscard]] SLUICE_DECL chunk_list insert_body(insert_frame const& frame,
                                                 chunk_list const& records,
                                                 std::span<std::uint32_t const> rows);

/// The text of one column of every row of `records`; empty where it is null or missing.
[[nodiscard]] SLUICE_DECL std::vector<secret> values_of(chunk_list const& records,
                                                        std::string_view column);

/// How values are shown when they are read.
enum class redaction : std::uint8_t {
  by_policy,  ///< DEFAULT: as the role's policies say
  redacted,
  masked,
  plain_text
};

/// Which rows to read, and how.
struct get_request {
  std::string table = {};
  std::vector<std::string> ids = {};     ///< rows by skyflow_id; else
  std::string column = {};               ///< rows by the values of a unique column; else all
  std::vector<secret> values = {};       ///< text
  std::vector<std::string> fields = {};  ///< empty: all
  skyflow::redaction redaction = redaction::by_policy;
  bool tokens = false;  ///< classic, with `ids`: tokens instead of values
  std::size_t offset = 0;
  std::size_t limit = service_limits::rows_per_read;
};

/// URL, with its query, and body of a read; without a body it is a GET.
struct read_request {
  std::string url;
  std::string body;
};

[[nodiscard]] SLUICE_DECL read_request make_get(connection const& to, get_request const& what);
[[nodiscard]] SLUICE_DECL read_request make_detokenize(connection const& to,
                                                       std::span<secret const> tokens,
                                                       redaction how);
[[nodiscard]] SLUICE_DECL read_request make_query(connection const& to, std::string_view sql);
[[nodiscard]] SLUICE_DECL read_request make_delete(connection const& to,
                                                   std::string_view table,
                                                   std::span<std::string const> ids);

}  // namespace sluice::inline v0::skyflow

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/requests.ipp>
#endif

#endif  // SLUICE_SKYFLOW_REQUESTS_HPP
