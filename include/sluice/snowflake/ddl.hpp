#ifndef SLUICE_SNOWFLAKE_DDL_HPP
#define SLUICE_SNOWFLAKE_DDL_HPP

/// \file
/// Snowflake DDL from the record type, as a constant.
///
/// Column types: see schema/snowflake_types.hpp.

#include <sluice/config.hpp>
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/schema/snowflake_types.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake {

namespace detail {

constexpr void write_definitions(text_writer& out, column_table columns) noexcept {
  bool first = true;
  for (column_info const& column : columns) {
    if (!first) out << ", ";
    first = false;
    write_identifier(out, column.name);
    out << ' ';
    write_type(out, column);
    if (!column.nullable) out << " NOT NULL";
  }
}

/// `quoted_table` is SQL.
constexpr void write_create_table(text_writer& out,
                                  std::string_view quoted_table,
                                  column_table columns) noexcept {
  out << "CREATE TABLE IF NOT EXISTS " << quoted_table << " (";
  write_definitions(out, columns);
  out << ')';
}

}  // namespace detail

/// `CREATE TABLE IF NOT EXISTS <table> (...)`. `quoted_table` is SQL, see `object_name::quoted`.
[[nodiscard]] inline std::string create_table_text(std::string_view quoted_table,
                                                   column_table columns) {
  return detail::written(
      [&](detail::text_writer& out) { detail::write_create_table(out, quoted_table, columns); });
}

namespace detail {

template<class Record, fixed_string Table>
inline constexpr auto create_table_constant = make_constant_text([](text_writer& out) {
  out << "CREATE TABLE IF NOT EXISTS ";
  write_identifier(out, Table.view());
  out << " (";
  write_definitions(out, columns_of<Record>());
  out << ')';
});

template<class Record>
inline constexpr auto definitions_constant =
    make_constant_text([](text_writer& out) { write_definitions(out, columns_of<Record>()); });

}  // namespace detail

/// `"ID" NUMBER(38, 0) NOT NULL, "NOTE" VARCHAR` for the columns of `Record`.
template<described_record Record>
inline constexpr std::string_view column_definitions = detail::definitions_constant<Record>.view();

/// `CREATE TABLE IF NOT EXISTS "Table" (...)` for the columns of `Record`, in the current database
/// and schema of the session.
template<described_record Record, fixed_string Table>
inline constexpr std::string_view create_table =
    detail::create_table_constant<Record, Table>.view();

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_DDL_HPP
