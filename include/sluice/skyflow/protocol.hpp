#ifndef SLUICE_SKYFLOW_PROTOCOL_HPP
#define SLUICE_SKYFLOW_PROTOCOL_HPP

/// \file
/// The answers of a vault, as values. Every parser is bounded by its text and never throws.

#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/skyflow/error.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::skyflow {

/// A token that the vault keeps for a value of a record.
struct returned_token {
  std::string column;
  std::string group;  ///< FlowVault: name of the token group; else empty
  secret token;
};

/// What became of one record of an insert.
struct record_result {
  refusal why;                         ///< `why.status` is 2xx where the record was stored
  secret skyflow_id;                   ///< of the stored row
  std::vector<returned_token> tokens;  ///< if they were asked for

  [[nodiscard]] bool stored() const noexcept { return why.status >= 200 && why.status < 300; }
};

/// How much of an answer is kept.
enum class keep : bool {
  outcome,    ///< whether records were stored, and why not
  everything  ///< ids and tokens too
};

/// The answer to an insert of `rows` records, in any of the shapes that vaults give: `records` with
/// an id each, `responses` with `Status` and `Body` each (batch endpoint), `records` with
/// `httpCode` each (FlowVault). Error: sluice::errc::malformed_reply if it does not account for
/// each record exactly once; what became of them is then unknown.
[[nodiscard]] SLUICE_DECL result<std::vector<record_result>> parse_insert_reply(
    std::string_view body, std::size_t rows, keep what);

/// The error in a body of status `status`, in any of its shapes; empty where there is none.
[[nodiscard]] SLUICE_DECL refusal parse_refusal(int status, std::string_view body);

/// A value of a row as JSON text; cannot be printed.
struct vault_value {
  std::string column;
  secret json;  ///< `"text"`, `12`, `null`
};

/// A row as read from a vault.
struct vault_row {
  std::string skyflow_id;  ///< empty where the answer has none
  std::vector<vault_value> fields;
  std::vector<returned_token> tokens;

  /// The value of a column; null if it is not there.
  [[nodiscard]] secret const* find(std::string_view column) const noexcept {
    for (vault_value const& v : fields)
      if (v.column == column) return &v.json;
    return nullptr;
  }
};

/// Rows of get and query, of both generations. Error: sluice::errc::malformed_reply.
[[nodiscard]] SLUICE_DECL result<std::vector<vault_row>> parse_rows(std::string_view body);

/// What a token stands for.
struct detokenized {
  secret value;  ///< as text; without its quotes where it is a JSON string
  refusal why;   ///< `why.status` is 2xx where there is a value

  [[nodiscard]] bool found() const noexcept { return why.status >= 200 && why.status < 300; }
};

/// The answer to the detokenisation of `count` tokens, in their order.
/// Error: sluice::errc::malformed_reply.
[[nodiscard]] SLUICE_DECL result<std::vector<detokenized>> parse_detokenized(std::string_view body,
                                                                             std::size_t count);

/// How many rows a delete has removed: ids in `RecordIDResponse`, or records of FlowVault that
/// were. Error: sluice::errc::malformed_reply.
[[nodiscard]] SLUICE_DECL result<std::size_t> parse_deleted(std::string_view body);

/// The access token of a token endpoint's answer. Error: sluice::errc::malformed_reply.
[[nodiscard]] SLUICE_DECL result<secret> parse_token_reply(std::string_view body);

}  // namespace sluice::inline v0::skyflow

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/protocol.ipp>
#endif

#endif  // SLUICE_SKYFLOW_PROTOCOL_HPP
