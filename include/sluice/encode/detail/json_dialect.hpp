#ifndef SLUICE_ENCODE_DETAIL_JSON_DIALECT_HPP
#define SLUICE_ENCODE_DETAIL_JSON_DIALECT_HPP

#include <sluice/config.hpp>
#include <sluice/encode/detail/check.hpp>
#include <sluice/encode/detail/digits.hpp>
#include <sluice/encode/detail/escape.hpp>
#include <sluice/encode/detail/row.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0::detail {

// Readers that keep numbers as doubles change longer ones; as strings they arrive whole.
inline constexpr unsigned exact_json_digits = 15;

template<class View>
inline constexpr bool json_string =
    std::same_as<View, std::string_view> || std::same_as<View, enumerator_name> ||
    std::same_as<View, bytes_view> || std::same_as<View, date> || std::same_as<View, uuid>;
template<time_unit U>
inline constexpr bool json_string<time_of_day<U>> = true;
template<time_unit U, zone_kind Z>
inline constexpr bool json_string<timestamp<U, Z>> = true;
template<unsigned P, unsigned S>
inline constexpr bool json_string<decimal<P, S>> = P > exact_json_digits;

// A column's name as a JSON string, with a colon behind.
template<fixed_string Name>
consteval auto json_key() {
  constexpr std::size_t size = [] {
    std::size_t bytes = 0;
    for (char const c : Name.view())
      bytes += !json_escape::is_special(c) ? 1 : (c == '"' || c == '\\') ? 2 : 6;
    return bytes;
  }();
  literal<size + 3> key;
  std::size_t at = 0;
  key.text[at++] = '"';
  for (char const c : Name.view()) {
    if (json_escape::is_special(c)) key.text[at++] = '\\';
    if (static_cast<unsigned char>(c) >= 0x20) {
      key.text[at++] = c;
      continue;
    }
    for (char const digit : {'u', '0', '0'}) key.text[at++] = digit;
    key.text[at++] = "01"[c >> 4];
    key.text[at++] = "0123456789abcdef"[c & 15];
  }
  key.text[at++] = '"';
  key.text[at] = ':';
  return key;
}

struct json_dialect {
  static constexpr char quote = '"';
  static constexpr literal<4> null{{'n', 'u', 'l', 'l'}};
  static constexpr literal<1> row_end{{'}'}};

  template<class View>
  static constexpr bool quoted = json_string<View>;

  template<class Column>
  using key = Column;

  template<class Column, bool First>
  static consteval auto lead(std::bool_constant<First>) {
    return literal_of(First ? '{' : ',') + json_key<Column::literal_name>();
  }

  template<value_limits>
  static char* put(char* out, bool v, bool&) noexcept {
    std::memcpy(out, v ? "true\0" : "false", 5);
    return out + (v ? 4 : 5);
  }

  template<value_limits>
  static char* put(char* out, std::int64_t v, bool&) noexcept {
    return put_int(out, v);
  }

  template<value_limits>
  static char* put(char* out, std::uint64_t v, bool&) noexcept {
    return put_uint(out, v);
  }

  // JSON has no word for these; services read them from strings.
  template<value_limits, std::floating_point Float>
  static char* put(char* out, Float const& v, bool&) noexcept {
    if (v - v == 0) [[likely]]
      return put_float(out, v);
    return put_not_finite(out, v, "\"");
  }

  template<value_limits, unsigned P, unsigned S>
  static char* put(char* out, decimal<P, S> v, bool&) noexcept {
    return put_decimal(out, v);
  }

  template<value_limits Limits>
  static char* put(char* out, std::string_view v, bool& refused) noexcept {
    written_text const done = put_text<json_escape>(out, v);
    refused |= !done.utf8;
    if constexpr (Limits.max_length != 0) refused |= is_longer(v, Limits.max_length);
    return done.end;
  }

  template<value_limits Limits>
  static char* put(char* out, enumerator_name v, bool& refused) noexcept {
    refused = refused || v.text.data() == nullptr;
    return put<Limits>(out, v.text, refused);
  }

  template<value_limits Limits>
  static char* put(char* out, bytes_view v, bool& refused) noexcept {
    refused = refused || check<Limits>(v) != nullptr;
    return put_hex(out, reinterpret_cast<std::uint8_t const*>(v.data()), v.size());
  }

  template<value_limits Limits>
  static char* put(char* out, date v, bool& refused) noexcept {
    if (check<Limits>(v) != nullptr) [[unlikely]] {
      refused = true;
      return out;
    }
    return put_date(out, v);
  }

  template<value_limits Limits, time_unit U>
  static char* put(char* out, time_of_day<U> v, bool& refused) noexcept {
    if (check<Limits>(v) != nullptr) [[unlikely]] {
      refused = true;
      return out;
    }
    return put_time<U>(out, v.ticks);
  }

  template<value_limits Limits, time_unit U, zone_kind Z>
  static char* put(char* out, timestamp<U, Z> v, bool& refused) noexcept {
    if (check<Limits>(v) != nullptr) [[unlikely]] {
      refused = true;
      return out;
    }
    return put_timestamp(out, v);
  }

  template<value_limits>
  static char* put(char* out, uuid const& v, bool&) noexcept {
    return put_uuid(out, v);
  }

  // A line break between tokens would end the row; inside strings JSON has none.
  template<value_limits Limits>
  static char* put(char* out, json_view v, bool& refused) noexcept {
    refused = refused || check<Limits>(v) != nullptr;
    for (char const c : v.text) *out++ = c == '\n' || c == '\r' ? ' ' : c;
    return out;
  }

  template<value_limits, class Range>
  static char* put(char* out, sequence<Range> v, bool& refused) noexcept {
    using inner = typename value_traits<Range>::inner;
    *out++ = '[';
    char const* const first = out;
    for (auto&& element : v.range) {
      if (out != first) *out++ = ',';
      out = put_value<json_dialect, value_limits{}, inner>(out, element, refused);
    }
    *out++ = ']';
    return out;
  }

  template<value_limits, class Map>
  static char* put(char* out, dictionary<Map> v, bool& refused) noexcept {
    using inner = typename value_traits<Map>::inner;
    *out++ = '{';
    char const* const first = out;
    for (auto const& [name, value] : v.map) {
      if (out != first) *out++ = ',';
      *out++ = '"';
      out = put<value_limits{}>(out, std::string_view{name}, refused);
      *out++ = '"';
      *out++ = ':';
      out = put_value<json_dialect, value_limits{}, inner>(out, value, refused);
    }
    *out++ = '}';
    return out;
  }

  template<value_limits, class Record>
  static char* put(char* out, object<Record> v, bool& refused) noexcept {
    return put_row<json_dialect>(out, v.record, refused);
  }

  template<bound_by By>
  static std::size_t bound(std::string_view v) noexcept {
    return text_bound<json_escape, By>(v);
  }

  template<bound_by By>
  static std::size_t bound(enumerator_name v) noexcept {
    return bound<By>(v.text);
  }

  template<bound_by>
  static std::size_t bound(bytes_view v) noexcept {
    return 2 * v.size();
  }

  template<bound_by>
  static std::size_t bound(json_view v) noexcept {
    return v.text.size();
  }

  template<bound_by By, class Range>
  static std::size_t bound(sequence<Range> v) noexcept {
    using inner = typename value_traits<Range>::inner;
    std::size_t sum = 2;
    for (auto&& element : v.range) sum += 1 + value_bound<json_dialect, By, inner>(element);
    return sum;
  }

  template<bound_by By, class Map>
  static std::size_t bound(dictionary<Map> v) noexcept {
    using inner = typename value_traits<Map>::inner;
    std::size_t sum = 2;
    for (auto const& [name, value] : v.map)
      sum += 4 + bound<By>(std::string_view{name}) + value_bound<json_dialect, By, inner>(value);
    return sum;
  }

  template<bound_by By, class Record>
  static std::size_t bound(object<Record> v) noexcept {
    return row_bound<json_dialect, By>(v.record);
  }

  template<value_limits Limits>
  static problem check(std::string_view v) noexcept {
    return check_text(v, Limits.max_length);
  }

  template<value_limits Limits>
  static problem check(enumerator_name v) noexcept {
    return v.text.data() == nullptr ? unnamed_enumerator : check<Limits>(v.text);
  }

  template<value_limits Limits>
  static problem check(bytes_view v) noexcept {
    return Limits.max_length != 0 && v.size() > Limits.max_length ? too_long : nullptr;
  }

  template<value_limits>
  static problem check(date v) noexcept {
    return check_date(v.days, bad_date);
  }

  template<value_limits, time_unit U>
  static problem check(time_of_day<U> v) noexcept {
    return check_time(v);
  }

  template<value_limits, time_unit U, zone_kind Z>
  static problem check(timestamp<U, Z> v) noexcept {
    return check_timestamp(v);
  }

  template<value_limits>
  static problem check(json_view v) noexcept {
    return is_json(v.text) ? nullptr : bad_json;
  }

  template<value_limits, class Range>
  static problem check(sequence<Range> v) noexcept {
    using inner = typename value_traits<Range>::inner;
    for (auto&& element : v.range)
      if (problem const found = check_any<json_dialect, value_limits{}, inner>(element))
        return found;
    return nullptr;
  }

  template<value_limits, class Map>
  static problem check(dictionary<Map> v) noexcept {
    using inner = typename value_traits<Map>::inner;
    for (auto const& [name, value] : v.map) {
      if (!is_utf8(name)) return bad_key;
      if (problem const found = check_any<json_dialect, value_limits{}, inner>(value)) return found;
    }
    return nullptr;
  }

  template<value_limits, class Record>
  static problem check(object<Record> v) noexcept {
    return check_row<json_dialect>(v.record).what;
  }

  // Every bool, number and UUID can be written.
  template<value_limits, class Scalar>
  static constexpr problem check(Scalar const&) noexcept {
    return nullptr;
  }
};

/// NDJSON: one JSON object per line.
struct ndjson_dialect : json_dialect {
  static constexpr literal<2> row_end{{'}', '\n'}};
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_DETAIL_JSON_DIALECT_HPP
