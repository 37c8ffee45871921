#ifndef SLUICE_ENCODE_DETAIL_CSV_DIALECT_HPP
#define SLUICE_ENCODE_DETAIL_CSV_DIALECT_HPP

#include <sluice/config.hpp>
#include <sluice/encode/detail/check.hpp>
#include <sluice/encode/detail/escape.hpp>
#include <sluice/encode/detail/json_dialect.hpp>
#include <sluice/encode/detail/row.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0::detail {

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
  static constexpr bool quoted = !scalar_view<View>;

  template<class Column>
  using key = void;

  template<class Key, bool First>
  static consteval auto lead(std::bool_constant<First>) {
    return literal_if<!First>(Delimiter);
  }

  template<value_limits Limits>
  static char* put(char* out, std::string_view v, bool& refused) noexcept {
    written_text const done = put_text<escape>(out, v);
    refused |= !done.utf8;
    if constexpr (Limits.max_length != 0) refused |= is_longer(v, Limits.max_length);
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
    return put_text<escape>(out, v.text).end;
  }

  template<value_limits, std::floating_point Float>
  static char* put(char* out, Float const& v, bool&) noexcept {
    if (v - v == 0) [[likely]]
      return put_float(out, v);
    return put_not_finite(out, v, "");
  }

  // Scalars and bytes look as in JSON; ARRAY and OBJECT are JSON.
  template<value_limits Limits, class View>
  static char* put(char* out, View const& v, bool& refused) noexcept {
    char* const end = json_dialect::put<Limits>(out, v, refused);
    if constexpr (nested_view<View>)
      return double_quotes(out, end, Quote);
    else
      return end;
  }

  template<bound_by By>
  static std::size_t bound(std::string_view v) noexcept {
    return text_bound<escape, By>(v);
  }

  template<bound_by By>
  static std::size_t bound(enumerator_name v) noexcept {
    return bound<By>(v.text);
  }

  template<bound_by By>
  static std::size_t bound(json_view v) noexcept {
    return bound<By>(v.text);
  }

  template<bound_by By, class View>
  static std::size_t bound(View const& v) noexcept {
    return (nested_view<View> ? 2 : 1) * json_dialect::bound<By>(v);
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
