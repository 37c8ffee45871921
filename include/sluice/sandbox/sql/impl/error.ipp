#ifndef SLUICE_SANDBOX_SQL_IMPL_ERROR_IPP
#define SLUICE_SANDBOX_SQL_IMPL_ERROR_IPP

#include <sluice/sandbox/sql/detail/error.hpp>

#include <fmt/format.h>

namespace sluice::inline v0::sandbox::sql::detail {

/// Messages quote at most this many bytes of a value.
inline constexpr std::size_t quoted_bytes = 200;

inline std::string_view shortened(std::string_view text) {
  return text.substr(0, quoted_bytes);
}

void fail(std::string_view code, std::string_view state, std::string message) {
  throw sql_error(
      {.code = std::string(code), .sql_state = std::string(state), .message = std::move(message)});
}

void fail_at(position at, std::string_view code, std::string_view state, std::string message) {
  throw sql_error({.code = std::string(code),
                   .sql_state = std::string(state),
                   .message = std::move(message),
                   .line = at.line,
                   .pos = at.pos});
}

void fail_syntax(position at, std::string_view unexpected) {
  fail_at(
      at,
      "001003",
      "42000",
      fmt::format("SQL compilation error:\nsyntax error line {} at position {} unexpected '{}'.",
                  at.line,
                  at.pos,
                  unexpected.empty() ? "<EOF>" : shortened(unexpected)));
}

void fail_unsupported(std::string_view feature) {
  fail("000002",
       "0A000",
       fmt::format("SQL compilation error:\nUnsupported feature '{}'.", shortened(feature)));
}

void fail_invalid_identifier(position at, std::string_view name) {
  fail_at(
      at,
      "000904",
      "42000",
      fmt::format("SQL compilation error: error line {} at position {}\ninvalid identifier '{}'",
                  at.line,
                  at.pos,
                  shortened(name)));
}

void fail_missing(std::string_view kind, std::string_view name) {
  bool const table = kind == "Table" || kind == "Object";
  fail("002003",
       table ? "42S02" : "02000",
       fmt::format("SQL compilation error:\n{} '{}' does not exist or not authorized.",
                   table ? "Object" : kind,
                   shortened(name)));
}

void fail_exists(std::string_view kind, std::string_view name) {
  static_cast<void>(kind);
  fail("002002",
       "42710",
       fmt::format("SQL compilation error:\nObject '{}' already exists.", shortened(name)));
}

void fail_invalid_value(std::string_view value, std::string_view option) {
  fail("001006",
       "22023",
       fmt::format("SQL compilation error:\ninvalid value [{}] for parameter '{}'",
                   shortened(value),
                   option));
}

void fail_no_database() {
  fail("090105",
       "22000",
       "Cannot perform operation. This session does not have a current database. Call 'USE "
       "DATABASE', or use "
       "a qualified name.");
}

void fail_no_schema() {
  fail("090106",
       "22000",
       "Cannot perform operation. This session does not have a current schema. Call 'USE SCHEMA', "
       "or use a "
       "qualified name.");
}

void fail_cancelled() {
  fail("000604", "57014", "SQL execution canceled");
}

void fail_number(std::string_view text) {
  fail("100038", "22018", fmt::format("Numeric value '{}' is not recognized", shortened(text)));
}

void fail_number_range(std::string_view text) {
  fail("100038", "22003", fmt::format("Number out of representable range: '{}'", shortened(text)));
}

void fail_boolean(std::string_view text) {
  fail("100037", "22018", fmt::format("Boolean value '{}' is not recognized", shortened(text)));
}

void fail_date(std::string_view text) {
  fail("100040", "22007", fmt::format("Date '{}' is not recognized", shortened(text)));
}

void fail_time(std::string_view text) {
  fail("100108", "22007", fmt::format("Time '{}' is not recognized", shortened(text)));
}

void fail_timestamp(std::string_view text) {
  fail("100035", "22007", fmt::format("Timestamp '{}' is not recognized", shortened(text)));
}

void fail_binary(std::string_view text) {
  fail("100115",
       "22000",
       fmt::format("The following string is not a legal hex-encoded value: '{}'", shortened(text)));
}

void fail_too_long(std::string_view text) {
  fail("100078",
       "22001",
       fmt::format("String '{}' is too long and would be truncated", shortened(text)));
}

void fail_null(std::string_view column) {
  fail("100072",
       "22000",
       column.empty() ? std::string("NULL result in a non-nullable column")
                      : fmt::format("NULL result in a non-nullable column '{}'", column));
}

void fail_json(std::string_view reason) {
  fail("100069", "22P02", fmt::format("Error parsing JSON: {}", reason));
}

void fail_utf8(std::string_view text) {
  fail("100144", "22000", fmt::format("Invalid UTF8 detected in string '{}'", shortened(text)));
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_ERROR_IPP
