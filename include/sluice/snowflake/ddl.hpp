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
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake {

namespace detail {

/// Writes text, or only counts it when it has nowhere to write. (With clang 16 and libstdc++ 12
/// `std::string` does not work in constants.)
class text_writer {
 public:
  constexpr text_writer() = default;

  constexpr explicit text_writer(char* out) noexcept : out_{out} {}

  constexpr text_writer& operator<<(std::string_view text) noexcept {
    for (char const c : text) *this << c;
    return *this;
  }

  constexpr text_writer& operator<<(char c) noexcept {
    if (out_ != nullptr) out_[size_] = c;
    ++size_;
    return *this;
  }

  constexpr text_writer& operator<<(std::uint64_t value) noexcept {
    if (value >= 10) *this << value / 10;
    return *this << static_cast<char>('0' + value % 10);
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }

 private:
  char* out_ = nullptr;
  std::size_t size_ = 0;
};

/// What `write` writes, as a string.
template<class Write>
std::string written(Write write) {
  text_writer count;
  write(count);
  std::string text(count.size(), '\0');
  text_writer out{text.data()};
  write(out);
  return text;
}

constexpr void write_identifier(text_writer& out, std::string_view name) noexcept {
  out << '"';
  for (char const c : name) {
    if (c == '"') out << '"';
    out << c;
  }
  out << '"';
}

constexpr void write_size(text_writer& out, std::string_view type, std::uint64_t size) noexcept {
  out << type;
  if (size != 0) out << '(' << size << ')';
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

constexpr void write_type(text_writer& out, column_info const& column) noexcept {
  switch (column.type) {
    case logical_type::boolean:
      out << "BOOLEAN";
      break;
    case logical_type::integer:
      out << "NUMBER(38, 0)";
      break;
    case logical_type::float32:
    case logical_type::float64:
      out << "FLOAT";
      break;
    case logical_type::decimal:
      out << "NUMBER(" << std::uint64_t{column.precision} << ", " << std::uint64_t{column.scale}
          << ')';
      break;
    case logical_type::text:
      write_size(out, "VARCHAR", column.max_length);
      break;
    case logical_type::bytes:
      write_size(out, "BINARY", column.max_length);
      break;
    case logical_type::date:
      out << "DATE";
      break;
    case logical_type::time:
      out << "TIME(" << digits_of(column.unit) << ')';
      break;
    case logical_type::timestamp:
      out << timestamp_name(column.zone) << '(' << digits_of(column.unit) << ')';
      break;
    case logical_type::json:
      out << "VARIANT";
      break;
    case logical_type::uuid:
      out << "VARCHAR(36)";
      break;
    case logical_type::array:
      out << "ARRAY";
      break;
    case logical_type::object:
      out << "OBJECT";
      break;
  }
}

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

/// The Snowflake type of a column, `NUMBER(12, 2)`; without NOT NULL.
[[nodiscard]] inline std::string column_type(column_info const& column) {
  return detail::written([&](detail::text_writer& out) { detail::write_type(out, column); });
}

/// `CREATE TABLE IF NOT EXISTS <table> (...)`. `quoted_table` is SQL, see `object_name::quoted`.
[[nodiscard]] inline std::string create_table_text(std::string_view quoted_table,
                                                   column_table columns) {
  return detail::written(
      [&](detail::text_writer& out) { detail::write_create_table(out, quoted_table, columns); });
}

namespace detail {

template<class Write>
consteval std::size_t written_size(Write write) {
  text_writer count;
  write(count);
  return count.size();
}

template<std::size_t Size>
struct constant_text {
  char text[Size + 1]{};

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size}; }
};

/// The text of `Write`, a captureless function object, as a constant.
template<class Write>
consteval auto make_constant_text(Write write) {
  constant_text<written_size(Write{})> constant;
  text_writer out{constant.text};
  write(out);
  return constant;
}

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
