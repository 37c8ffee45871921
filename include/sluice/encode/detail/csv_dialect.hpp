#ifndef SLUICE_ENCODE_DETAIL_CSV_DIALECT_HPP
#define SLUICE_ENCODE_DETAIL_CSV_DIALECT_HPP

#include <sluice/config.hpp>
#include <sluice/encode/detail/json_dialect.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0::detail {

template<class View>
inline constexpr bool csv_text =
    std::same_as<View, std::string_view> || std::same_as<View, enumerator_name> ||
    std::same_as<View, bytes_view> || std::same_as<View, json_view>;

// ARRAY and OBJECT are JSON text.
template<class View>
inline constexpr bool csv_nested = false;
template<class Range>
inline constexpr bool csv_nested<sequence<Range>> = true;
template<class Map>
inline constexpr bool csv_nested<dictionary<Map>> = true;
template<class Record>
inline constexpr bool csv_nested<object<Record>> = true;

// Doubles every `quote` between `begin` and `end`, from behind, in the room that is there.
inline char* double_quotes(char* begin, char* end, char quote) noexcept {
  std::size_t quotes = 0;
  for (char const* at = begin; at != end; ++at) quotes += *at == quote ? 1 : 0;
  char* to = end + quotes;
  char* const new_end = to;
  for (char* from = end; to != from;) {
    *--to = *--from;
    if (*from == quote) *--to = quote;
  }
  return new_end;
}

template<char Delimiter, char Quote, fixed_string NullMarker>
struct csv_dialect {
  using escape = csv_escape<Quote>;

  static constexpr char quote = Quote;
  static constexpr auto null = literal_of(NullMarker);
  static constexpr literal<1> row_end{{'\n'}};

  template<class View>
  static constexpr bool quoted = csv_text<View> || csv_nested<View>;

  template<class Column>
  using key = void;

  template<class Key, bool First>
  static consteval auto lead(std::bool_constant<First>) {
    return literal_if<!First>(Delimiter);
  }

  template<value_limits Limits>
  static char* put(char* out, std::string_view v, bool& refused) noexcept {
    escaped const done = put_escaped<escape>(out, v);
    if (!done.ascii || (Limits.max_length != 0 && v.size() > Limits.max_length))
      refused = refused || check_text(v, Limits.max_length, done.ascii) != nullptr;
    if constexpr (NullMarker.view().size() != 0) refused = refused || v == NullMarker.view();
    return done.end;
  }

  template<value_limits Limits>
  static char* put(char* out, enumerator_name v, bool& refused) noexcept {
    refused = refused || v.text.data() == nullptr;
    return put<Limits>(out, v.text, refused);
  }

  template<value_limits Limits>
  static char* put(char* out, json_view v, bool& refused) noexcept {
    refused = refused || check<Limits>(v) != nullptr;
    return put_escaped<escape>(out, v.text).end;
  }

  template<value_limits, std::floating_point Float>
  static char* put(char* out, Float const& v, bool&) noexcept {
    if (v - v == 0) [[likely]]
      return put_float(out, v);
    return put_not_finite(out, v, "");
  }

  // Scalars and bytes look as in JSON.
  template<value_limits Limits, class View>
  static char* put(char* out, View const& v, bool& refused) noexcept {
    char* const end = json_dialect::put<Limits>(out, v, refused);
    if constexpr (csv_nested<View>)
      return double_quotes(out, end, Quote);
    else
      return end;
  }

  static std::size_t bound(std::string_view v) noexcept { return escaped_bound<escape>(v); }

  static std::size_t bound(enumerator_name v) noexcept { return bound(v.text); }

  static std::size_t bound(json_view v) noexcept { return bound(v.text); }

  template<class View>
  static constexpr std::size_t bound(View const& v) noexcept {
    return (csv_nested<View> ? 2 : 1) * json_dialect::bound(v);
  }

  template<value_limits Limits>
  static problem check(std::string_view v) noexcept {
    if (!NullMarker.view().empty() && v == NullMarker.view()) return is_null_marker;
    return json_dialect::check<Limits>(v);
  }

  template<value_limits Limits>
  static problem check(enumerator_name v) noexcept {
    return v.text.data() == nullptr ? unnamed_enumerator : check<Limits>(v.text);
  }

  template<value_limits Limits, class View>
  static constexpr problem check(View const& v) noexcept {
    return json_dialect::check<Limits>(v);
  }
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_DETAIL_CSV_DIALECT_HPP
