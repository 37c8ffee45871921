#ifndef SLUICE_SNOWFLAKE_DDL_HPP
#define SLUICE_SNOWFLAKE_DDL_HPP

/// \file
/// Snowflake DDL from the record type, as a constant.
///
/// | logical type | column type |
/// |---|---|
/// | boolean | BOOLEAN |
/// | integer | NUMBER(38, 0): storage does not depend on the precision, and it never needs widening
/// | | float32, float64 | FLOAT (always 64 bits) | | decimal<P, S> | NUMBER(P, S) | | text,
/// max_length<N> | VARCHAR, VARCHAR(N) | | bytes, max_length<N> | BINARY, BINARY(N) | | date, time,
/// timestamp | DATE, TIME(d), TIMESTAMP_NTZ/LTZ/TZ(d); d = 0, 3, 6 or 9 digits | | json, array,
/// object | VARIANT, ARRAY, OBJECT | | uuid | VARCHAR(36) |
///
/// Source: "Summary of data types", read 2026.

#include <sluice/config.hpp>
#include <sluice/schema/column_table.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake {

namespace detail {

constexpr void append_number(std::string& text, std::uint64_t value) {
  if (value >= 10) append_number(text, value / 10);
  text += static_cast<char>('0' + value % 10);
}

constexpr void append_identifier(std::string& text, std::string_view name) {
  text += '"';
  for (char const c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  text += '"';
}

constexpr void append_size(std::string& text, std::uint64_t n) {
  text += '(';
  append_number(text, n);
  text += ')';
}

constexpr std::uint64_t digits_of(time_unit unit) noexcept {
  switch (unit) {
    case time_unit::seconds:
      return 0;
    case time_unit::millis:
      return 3;
    case time_unit::micros:
      return 6;
    case time_unit::nanos:
      return 9;
  }
  return 9;
}

constexpr std::string_view timestamp_name(zone_kind zone) noexcept {
  switch (zone) {
    case zone_kind::none:
      return "TIMESTAMP_NTZ";
    case zone_kind::utc:
      return "TIMESTAMP_LTZ";
    case zone_kind::offset:
      return "TIMESTAMP_TZ";
  }
  return "TIMESTAMP_NTZ";
}

}  // namespace detail

/// The Snowflake type of a column, `NUMBER(12, 2)`; without NOT NULL.
[[nodiscard]] constexpr std::string column_type(column_info const& column) {
  std::string text;
  switch (column.type) {
    case logical_type::boolean:
      text = "BOOLEAN";
      break;
    case logical_type::integer:
      text = "NUMBER(38, 0)";
      break;
    case logical_type::float32:
    case logical_type::float64:
      text = "FLOAT";
      break;
    case logical_type::decimal:
      text = "NUMBER(";
      detail::append_number(text, column.precision);
      text += ", ";
      detail::append_number(text, column.scale);
      text += ')';
      break;
    case logical_type::text:
      text = "VARCHAR";
      if (column.max_length != 0) detail::append_size(text, column.max_length);
      break;
    case logical_type::bytes:
      text = "BINARY";
      if (column.max_length != 0) detail::append_size(text, column.max_length);
      break;
    case logical_type::date:
      text = "DATE";
      break;
    case logical_type::time:
      text = "TIME";
      detail::append_size(text, detail::digits_of(column.unit));
      break;
    case logical_type::timestamp:
      text = detail::timestamp_name(column.zone);
      detail::append_size(text, detail::digits_of(column.unit));
      break;
    case logical_type::json:
      text = "VARIANT";
      break;
    case logical_type::uuid:
      text = "VARCHAR(36)";
      break;
    case logical_type::array:
      text = "ARRAY";
      break;
    case logical_type::object:
      text = "OBJECT";
      break;
  }
  return text;
}

/// `"ID" NUMBER(38, 0) NOT NULL, "NOTE" VARCHAR`.
[[nodiscard]] constexpr std::string column_definitions(column_table columns) {
  std::string text;
  for (column_info const& column : columns) {
    if (!text.empty()) text += ", ";
    detail::append_identifier(text, column.name);
    text += ' ';
    text += column_type(column);
    if (!column.nullable) text += " NOT NULL";
  }
  return text;
}

/// `CREATE TABLE IF NOT EXISTS <table> (...)`. `quoted_table` is SQL, see `object_name::quoted`.
[[nodiscard]] constexpr std::string create_table_text(std::string_view quoted_table,
                                                      column_table columns) {
  std::string text = "CREATE TABLE IF NOT EXISTS ";
  text += quoted_table;
  text += " (";
  text += column_definitions(columns);
  text += ')';
  return text;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_DDL_HPP
