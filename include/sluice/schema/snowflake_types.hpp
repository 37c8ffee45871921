#ifndef SLUICE_SCHEMA_SNOWFLAKE_TYPES_HPP
#define SLUICE_SCHEMA_SNOWFLAKE_TYPES_HPP

/// \file
/// Columns in Snowflake's SQL, as constants: what the DDL of tables and that of pipes share.
///
/// | logical type | column type |
/// |---|---|
/// | boolean | BOOLEAN |
/// | integer | NUMBER(38, 0): storage goes by the values, and it never needs widening |
/// | float32, float64 | FLOAT (always 64 bits) |
/// | decimal<P, S> | NUMBER(P, S) |
/// | text, max_length<N> | VARCHAR, VARCHAR(N) |
/// | bytes, max_length<N> | BINARY, BINARY(N) |
/// | date, time | DATE, TIME(d); d = 0, 3, 6 or 9 digits |
/// | timestamp | TIMESTAMP_NTZ(d), TIMESTAMP_LTZ(d) or TIMESTAMP_TZ(d) |
/// | json, array, object | VARIANT, ARRAY, OBJECT |
/// | uuid | VARCHAR(36) |
///
/// Source: "Summary of data types", read 2026.

#include <sluice/config.hpp>
#include <sluice/schema/column_table.hpp>

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

}  // namespace detail

/// The Snowflake type of a column, `NUMBER(12, 2)`; without NOT NULL.
[[nodiscard]] inline std::string column_type(column_info const& column) {
  return detail::written([&](detail::text_writer& out) { detail::write_type(out, column); });
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SCHEMA_SNOWFLAKE_TYPES_HPP
