#ifndef SLUICE_SANDBOX_SANDBOX_HPP
#define SLUICE_SANDBOX_SANDBOX_HPP

/// \file
/// Local servers that speak Snowflake's driver protocol, the S3 protocol of its internal stages,
/// Snowpipe Streaming and file Snowpipe, and Skyflow's vault API, on loopback only. Rows land in
/// SQLite.
///
/// The bodies are never inline: one source file of the program includes `<sluice/sandbox/src.hpp>`.
/// Source of every service fact: the wire protocol as read out of Snowflake's official drivers and
/// documentation, and the Amazon S3 API reference.

#include <sluice/config.hpp>
#include <sluice/sandbox/fault.hpp>
#include <sluice/sandbox/request_log.hpp>
#include <sluice/sandbox/skyflow/options.hpp>
#include <sluice/sandbox/snowpipe/options.hpp>
#include <sluice/sandbox/snowpipe/streaming.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox {

/// Where the service tells drivers to put stage files.
enum class stage_kind {
  s3,       ///< the S3 double
  local_fs  ///< a directory shared by client and server, files not encrypted
};

/// How S3 stages are encrypted (stage types SNOWFLAKE_FULL and SNOWFLAKE_SSE).
enum class stage_encryption { client_side_128, client_side_256, server_side };

/// The certificate that the TLS listeners present.
enum class certificate_kind {
  valid,       ///< for localhost, 127.0.0.1 and ::1, signed by the sandbox's CA
  expired,     ///< as valid, but its life has ended
  wrong_host,  ///< for another name only
  unknown_ca   ///< as valid, but signed by a CA that is not in `endpoints::ca_file`
};

/// One person or service that may log in, by any credential that is not empty.
struct user {
  std::string name{};      ///< compared without regard to case
  std::string password{};  ///< empty: no login by password
  /// RSA_PUBLIC_KEY and RSA_PUBLIC_KEY_2 as PEM ("BEGIN PUBLIC KEY").
  std::vector<std::string> public_keys{};
  std::vector<std::string> oauth_tokens{};
  std::vector<std::string> access_tokens{};  ///< programmatic access tokens
};

/// How a sandbox is set up. The defaults need nothing on disk except a temporary directory.
struct options {
  /// Account identifiers that exist; any other is answered with HTTP 403. `-` and `_` are alike.
  std::vector<std::string> accounts{"SLUICE-SANDBOX"};
  /// Empty: one user LOADER with password "loader-password", OAuth token "loader-oauth-token",
  /// programmatic access token "loader-access-token", and, with `make_key_pair`, a fresh key.
  std::vector<user> users{};
  /// Generates an RSA key for the first user and writes it to `endpoints::private_key_file`.
  bool make_key_pair = false;

  bool tls = false;  ///< the account host speaks TLS
  /// The S3 double speaks TLS; like `tls` if absent. Official drivers insist on TLS there.
  std::optional<bool> stage_tls{};
  certificate_kind certificate = certificate_kind::valid;
  /// PEM files of a certificate, with the chain behind it, and of its private key, which has no
  /// password: what the TLS listeners present in place of `certificate`. Both or neither.
  std::filesystem::path certificate_file{};
  std::filesystem::path key_file{};

  /// Rows, stage files and load metadata survive in this directory; empty: nothing survives.
  std::filesystem::path data{};
  /// Every commit waits until the disk has it, so that rows, channels and load metadata survive
  /// the machine's crash as well; off, they survive that of the process. Needs `data`; stage files
  /// are never waited for. Slow: SQLite's `synchronous=FULL` instead of `OFF`.
  bool durable = false;
  std::string database = "SANDBOX";   ///< exists at start, current after login
  std::string schema = "PUBLIC";      ///< exists at start, current after login
  std::string warehouse = "COMPUTE";  ///< exists at start, current after login
  std::string role = "LOADER_ROLE";

  stage_kind stage = stage_kind::s3;
  stage_encryption encryption = stage_encryption::client_side_128;
  bool smk_id_as_string = false;  ///< `smkId` as JSON text even if the client did not ask for it
  std::string region = "us-west-2";
  /// Host in the `endPoint` of PUT replies. `localhost` suits drivers that address the bucket as
  /// `sluice-stage.<endPoint>`; the certificate covers both.
  std::string stage_host = "127.0.0.1";
  std::int64_t multipart_threshold = 64 << 20;  ///< bytes, the `threshold` of PUT replies
  std::int64_t parallel = 4;                    ///< the `parallel` of PUT replies
  bool unsigned_payload_over_http = false;      ///< S3 wants signed payloads over plain HTTP

  std::chrono::seconds session_validity{3600};
  std::chrono::seconds master_validity{14400};
  std::chrono::seconds stage_credential_validity{3600};
  /// How long a statement or a poll may hold its reply back before it answers "in progress".
  std::chrono::milliseconds synchronous_wait{45'000};
  /// How long a statement or a Snowpipe call waits for rows that another session's open transaction
  /// has locked.
  std::chrono::milliseconds lock_timeout{30'000};
  std::int64_t bind_stage_threshold = 65'280;  ///< CLIENT_STAGE_ARRAY_BINDING_THRESHOLD
  /// Result rows beyond this number are served as gzip chunks from the S3 double.
  std::size_t inline_rows = 10'000;
  std::uint64_t max_request_bytes = std::uint64_t{1} << 30;  ///< larger bodies are answered 413

  skyflow::options skyflow{};  ///< the Skyflow account beside it
  snowpipe_options snowpipe{};

  /// Start of session ids, query ids and key ids, so that runs can be compared.
  std::uint64_t seed = 1'000;
  /// Armed before the first request; text form of `parse_fault`.
  std::vector<std::string> faults{};
};

/// Where the servers listen. URLs have no trailing slash.
struct endpoints {
  std::string host = "127.0.0.1";
  std::uint16_t account_port = 0;
  std::uint16_t stage_port = 0;
  std::uint16_t ingest_port = 0;
  std::string account_url;        ///< `http[s]://127.0.0.1:port`
  std::string stage_url;          ///< S3 double, path style
  std::string ingest_url;         ///< Snowpipe Streaming's ingest host
  std::string control_url;        ///< plain HTTP, see `server`
  std::string skyflow_url;        ///< Skyflow vault API and token endpoint
  std::string skyflow_token_uri;  ///< `aud` of assertions
  /// PEM; exists whether TLS is on or not. With `options::certificate_file`, its certificates.
  std::filesystem::path ca_file;
  std::filesystem::path private_key_file;  ///< PKCS#8 PEM, 0600; empty without `make_key_pair`
  /// Service account as SDKs read it, 0600; empty without `skyflow::options::make_credentials`.
  std::filesystem::path skyflow_credentials_file;
  std::filesystem::path stage_directory;  ///< root of LOCAL_FS stages
  /// Opens the rows beside the server (`SQLITE_OPEN_URI`); empty without `options::data`, then
  /// `server::rows` and `POST /sql` read them.
  std::string sqlite_uri;
};

/// A Snowflake account on loopback: account host, ingest host, S3 double and control endpoint; and
/// a Skyflow account beside it; each on a port of its own that the system chooses. All but the
/// control endpoint have a second port, to which the redirect faults lead.
///
/// The control endpoint serves scripts: `GET /faults` (how often each fault fired by its name, and
/// `"armed": [{"fault": text, "remaining": events, null if endless}]`), `POST /faults` (one fault
/// text per line), `DELETE /faults[/name]`, `GET /requests`, `GET /executions`, `POST /clock`
/// (seconds of skew), `POST /sql` (one SQLite query over "DB.SCHEMA.TABLE", JSON rows),
/// `POST /expire/{sessions,masters,stage}`, `POST /reset` (as `reset`), `GET /catalogue`.
///
/// Of Snowpipe Streaming: `/streaming/...`, see `snowpipe/streaming.hpp`.
///
/// Of Skyflow: `GET /skyflow/state` (`skyflow::counters`), `GET` and `POST /skyflow/vaults` (see
/// `skyflow::parse_vault`), `POST /skyflow/reset` (rows, tokens and counters go),
/// `POST /skyflow/tokens` (a personal bearer token with that many seconds of life),
/// `POST /skyflow/revoke` (one bearer or API key), `POST /skyflow/expire` (all bearer tokens),
/// `POST /skyflow/limits` (`{"requests_per_second", "burst"}`).
///
/// Thread safety: every member may be called from any thread.
class server {
 public:
  /// Listens when it returns. Throws `std::runtime_error` naming what could not be opened, and
  /// `std::invalid_argument` for options that contradict each other.
  explicit server(options o = {});
  /// Stops first, see `stop`.
  ~server();
  server(server const&) = delete;
  server& operator=(server const&) = delete;

  endpoints const& where() const noexcept;
  options const& configured() const noexcept;

  fault_control& faults() noexcept;
  request_log& log() noexcept;

  /// Closes every connection, ends every session and joins every thread; hanging requests end.
  /// Rows stay readable through `rows` until destruction. Idempotent.
  void stop();

  /// Empties the Snowflake account for the next test: rows, load metadata, stage files, multipart
  /// uploads, results and request ids of statements, Snowpipe's channels, rowsets, files and
  /// counters go, and the request log of all services; statements that run are cancelled. Tables,
  /// pipes, stages, sessions and faults stay; Skyflow has a reset of its own. Throws
  /// `std::runtime_error` if somebody's transaction holds the rows.
  void reset();

  /// Moves the service's clock by this much against the system's: CURRENT_TIMESTAMP, validities of
  /// tokens, times in JWTs and S3 signatures, and the age of what the services forget (load
  /// metadata and histories, results, idle channels, files of pipes) are judged by it. Files of
  /// LOCAL_FS stages keep the system's times.
  void skew_clock(std::chrono::seconds by);
  /// As if the validity had run out: the next use of every session token is answered 390112.
  void expire_sessions();
  /// As if the validity had run out: renewals are answered 390114.
  void expire_master_tokens();
  /// As if the validity had run out: the next use of every stage credential is ExpiredToken.
  void expire_stage_credentials();
  /// Sessions that are logged in and neither logged out nor lost.
  std::size_t open_sessions() const;

  /// Runs one query on the rows as Snowflake SQL in a session of its own (database and schema of
  /// the options current). Cells as text, NULL as nothing. Throws `std::runtime_error` with the
  /// service's code and message.
  std::vector<std::vector<std::optional<std::string>>> rows(std::string_view sql);
  /// The first cell of the first row of `rows(sql)` as a number. Throws as `rows`, and if there is
  /// no such cell or it is no number.
  std::int64_t number(std::string_view sql);

  /// Runs one query on SQLite itself over committed rows: "DB.SCHEMA.TABLE" of Snowflake,
  /// "skyflow.<vault>.<table>", "skyflow.<vault>.tokens" and "skyflow.requests" of Skyflow.
  /// Throws `std::runtime_error` with SQLite's message.
  std::vector<std::vector<std::optional<std::string>>> sqlite_rows(std::string_view sql) const;

  /// What the Skyflow account has seen and holds.
  skyflow::counters skyflow_state();
  /// A personal bearer token of the Skyflow account; a life in the past makes an expired one.
  std::string skyflow_token(std::chrono::seconds life = std::chrono::hours(24));
  /// As if the life of every Skyflow bearer token had run out: their next use is answered 401.
  void expire_skyflow_tokens();
  /// The bearer token or API key is answered 401 from then on.
  void revoke_skyflow(std::string_view bearer);
  /// Snowpipe Streaming, from behind.
  streaming_control& streaming() noexcept;

  /// Names of the stored objects of all S3 stages that begin with `prefix`, sorted.
  std::vector<std::string> stored_objects(std::string_view prefix = {}) const;
  /// Multipart uploads that were neither completed nor aborted.
  std::size_t open_multipart_uploads() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_SANDBOX_HPP
