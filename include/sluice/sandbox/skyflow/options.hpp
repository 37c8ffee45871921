#ifndef SLUICE_SANDBOX_SKYFLOW_OPTIONS_HPP
#define SLUICE_SANDBOX_SKYFLOW_OPTIONS_HPP

/// \file
/// What a Skyflow account on loopback holds and how strict it is.

#include <sluice/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::skyflow {

/// `skyflow.options.default_token_policy`.
enum class token_policy {
  none,                    ///< no tokens are generated
  deterministic_uuid,      ///< one value, one token
  non_deterministic_uuid,  ///< a fresh token for each row; RANDOM_TOKEN is the same
  deterministic_fpt,       ///< format preserving, one value, one token
  format_preserving,       ///< format preserving, a fresh token for each row
  transient_uuid           ///< as non_deterministic_uuid, for `column::ttl`
};

/// `skyflow.options.default_dlp_policy`: what redaction DEFAULT shows.
enum class redaction { plain_text, redact, mask };

/// One column of a vault table.
struct column {
  std::string name{};  ///< lower-case letters, digits, `_` and `-`
  std::string datatype =
      "DT_STRING";  ///< DT_STRING, _INT32, _FLOAT32, _BOOL, _DATE, _DATETIME, ...
  bool is_array = false;
  bool unique = false;
  bool not_null = false;
  token_policy tokens = token_policy::none;
  std::string format_preserving_regex{};  ///< captured groups keep their characters
  std::chrono::minutes ttl{1'440};        ///< life of transient tokens, 1 to 20,160 minutes
  std::string column_group{};             ///< columns of one group share deterministic tokens
  std::string regular_exp{};              ///< a value must match as a whole; empty: any
  std::string token_regular_exp{};        ///< so must a caller's token; empty: any text
  redaction shown = redaction::plain_text;
  std::string mask_find{};  ///< regular expression of MASKED; empty: everything
  std::string mask_replace{};
};

struct table {
  std::string name{};
  std::vector<column> columns{};
};

struct vault {
  std::string id{};
  std::string name{};
  std::vector<table> tables{};
};

/// Reads `{"vaultID", "name", "vaultSchema": {"schemas": [...]}}` as the management API takes it.
/// \throws std::invalid_argument that names the field which does not fit
vault parse_vault(std::string_view json);
std::string to_json(vault const& v);

/// What `continueOnError` does to an insert into one table.
enum class table_continue {
  ignored,      ///< the insert stays all or nothing
  batch_shape,  ///< answered as the batch endpoint does, status 200
  multi_status  ///< the same with status 207 if a record failed
};

/// Every unsettled question of the protocol is a switch here; the defaults are the likeliest
/// answers.
struct options {
  /// Empty: one vault, see `default_vault`.
  std::vector<vault> vaults{};
  std::optional<bool> tls{};  ///< like `sandbox::options::tls` if absent
  /// Generates a service account and writes `endpoints::skyflow_credentials_file`.
  bool make_credentials = false;
  std::string client_id = "sluice-service-account";
  std::string key_id = "sluice-key-1";
  std::vector<std::string> roles{"loader-role"};  ///< what `scope` may name
  std::vector<std::string> api_keys{"sky-sbox1-0123456789abcdef0123456789abcdef"};
  std::chrono::seconds token_life{3'597};  ///< of service account tokens

  std::size_t max_records = 1'000;        ///< in one insert, batch, detokenize, tokenize or delete
  int too_many_records_status = 400;      ///< or 413
  std::size_t max_unique_length = 2'500;  ///< characters of a value in a unique column
  std::uint64_t max_request_bytes = 10 << 20;
  std::size_t get_limit = 25;      ///< rows of a get and of a query
  bool clamp_get_limit = true;     ///< a larger `limit` means `get_limit`; else it is obeyed
  double requests_per_second = 0;  ///< per vault, beyond it 429; 0: no limit
  double burst = 10;               ///< requests that may come at once under that limit
  bool retry_after = true;         ///< such a 429 says when to come back

  table_continue continue_on_error = table_continue::ignored;
  int conflict_status = 400;            ///< duplicate token or value: 400 (grpc 9) or 409 (grpc 6)
  bool refuse_repeated_pair = false;    ///< the same token for the same value is a conflict, too
  bool allow_second_token = false;      ///< another token for a value of a deterministic column
  bool reserve_deleted_tokens = false;  ///< tokens of deleted rows stay taken
  int detokenize_partial_status = 207;  ///< or 200
  bool detokenize_all_failed_404 = false;  ///< all tokens unknown: 404 in spite of continueOnError
  bool delete_all_of_empty_fails = true;   ///< `["*"]` on an empty table: 500 "Couldn't load data"
};

/// Vault "sluicevault0000000000000001" with the tables
///   persons: name (token), email (unique, token), ssn (not null, regular_exp, deterministic
///   token),
///            card (format preserving token), birth, age, score, active, tags
///   full_name, id, dob, ssn: one deterministic column each, named as the table
///   flights: date, delay, distance, origin (token), destination
vault default_vault();

/// What has happened since the start or the last reset.
struct counters {
  std::uint64_t requests = 0;
  std::uint64_t http2_requests = 0;  ///< of `requests`, those over HTTP/2
  std::uint64_t connections = 0;
  std::uint64_t most_requests_on_a_connection = 0;
  std::uint64_t max_concurrency = 0;            ///< requests in flight at once
  std::uint64_t bytes_received = 0;             ///< bodies as sent
  std::uint64_t bytes_sent = 0;                 ///< bodies as sent, compressed or not
  std::uint64_t throttled = 0;                  ///< 429 of the rate limit
  std::uint64_t tokens_issued = 0;              ///< bearer tokens
  std::map<std::string, std::uint64_t> rows{};  ///< "vault/table"
  std::map<std::string, std::uint64_t>
      duplicates{};                               ///< rows equal to an earlier one in all columns
  std::map<std::string, std::uint64_t> tokens{};  ///< per vault
};

}  // namespace sluice::inline v0::sandbox::skyflow

#endif  // SLUICE_SANDBOX_SKYFLOW_OPTIONS_HPP
