#ifndef SLUICE_SANDBOX_SKYFLOW_DETAIL_SCHEMA_HPP
#define SLUICE_SANDBOX_SKYFLOW_DETAIL_SCHEMA_HPP

#include <sluice/config.hpp>
#include <sluice/sandbox/skyflow/detail/json_value.hpp>
#include <sluice/sandbox/skyflow/detail/pattern.hpp>
#include <sluice/sandbox/skyflow/options.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::inline v0::sandbox::skyflow::detail {

/// A value as a row holds it: NULL, DT_INT32 and DT_BOOL, DT_FLOAT32, everything else. Arrays are
/// JSON text.
using cell = std::variant<std::monostate, std::int64_t, double, std::string>;

inline bool is_null(cell const& c) noexcept {
  return std::holds_alternative<std::monostate>(c);
}

/// One column with what is compiled from it.
struct column_info {
  explicit column_info(column const& c, std::string const& table_name);

  column def;
  std::string scope;  ///< whose deterministic tokens it shares: the column group, or table.column
  bool deterministic = false;
  std::string_view value_type;  ///< STRING, INTEGER, ... of detokenize
  std::string token_group;      ///< its name in FlowVault replies
  std::optional<pattern> regular;
  std::optional<pattern> token_regular;
  std::optional<pattern> format;
  std::optional<pattern> mask;
};

struct table_info {
  table_info(table const& t, std::string const& vault_id);

  /// Index of the column; nothing if there is none.
  std::optional<std::size_t> find(std::string_view column_name) const noexcept;
  /// The unique column of this name.
  /// \throws api_error 400 if there is none
  std::size_t unique_column(std::string_view column_name) const;

  std::string name;
  std::string stored_as;  ///< quoted name of the SQLite table
  std::vector<column_info> columns;
  // SQL over all columns in order: skyflow_id, then value and token of each.
  std::string insert_sql;
  std::string select_sql;             ///< without WHERE
  std::vector<std::string> twin_sql;  ///< of each column: the row with this value
};

struct vault_info {
  explicit vault_info(vault const& v);

  /// \throws api_error 404 with the service's words
  table_info const& table(std::string_view name) const;

  vault def;
  std::map<std::string, table_info, std::less<>> tables;
  std::string tokens;  ///< quoted name of the SQLite table of tokens
  // SQL over it.
  std::string holder_sql;
  std::string issued_sql;
  std::string use_sql;
  std::string add_sql;
};

/// A UUID of version 4 that sorts behind the earlier ones of the process: random ones would touch
/// another page of every index with every row.
std::string ordered_uuid();

std::string quoted_name(std::string_view name);

/// Checks one value against its column.
/// \throws api_error 400
cell checked_value(column_info const& column,
                   json_value const& value,
                   std::size_t max_unique_length);

/// The text by which a value is found again: what detokenize answers.
std::string plain_text(column_info const& column, cell const& value);

/// Appends the value as JSON, redacted as asked.
void append_shown(std::string& out, column_info const& column, cell const& value, redaction how);

/// The value of detokenize, redacted as asked.
std::string shown_text(column_info const& column, std::string_view plain, redaction how);

/// DEFAULT, REDACTED, MASKED or PLAIN_TEXT; empty means DEFAULT.
/// \throws api_error 400
redaction parse_redaction(std::string_view text, column_info const& column);

/// A fresh token for the value; deterministic only in the sense that the caller keeps it.
std::string make_token(column_info const& column, std::string_view plain);

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_DETAIL_SCHEMA_HPP
