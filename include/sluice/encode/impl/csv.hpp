#ifndef SLUICE_ENCODE_IMPL_CSV_HPP
#define SLUICE_ENCODE_IMPL_CSV_HPP

#include <sluice/encode/csv.hpp>

#include <cstddef>
#include <type_traits>

namespace sluice::inline v0::detail {

enum class csv_setting { unknown, delimiter, quote, null_marker, header };

template<class Option>
struct csv_option {
  static constexpr csv_setting setting = csv_setting::unknown;
};

template<char Byte>
struct csv_option<delimiter<Byte>> {
  static constexpr csv_setting setting = csv_setting::delimiter;
  static constexpr char value = Byte;
};

template<char Byte>
struct csv_option<quote<Byte>> {
  static constexpr csv_setting setting = csv_setting::quote;
  static constexpr char value = Byte;
};

template<fixed_string Text>
struct csv_option<null_marker<Text>> {
  static constexpr csv_setting setting = csv_setting::null_marker;
  static constexpr auto value = Text;
};

template<>
struct csv_option<with_header> {
  static constexpr csv_setting setting = csv_setting::header;
  static constexpr bool value = true;
};

// The value of the first option of a kind.
template<csv_setting, auto Default, class...>
inline constexpr auto csv_value = Default;
template<csv_setting Setting, auto Default, class First, class... Rest>
inline constexpr auto csv_value<Setting, Default, First, Rest...> =
    csv_value<Setting, Default, Rest...>;
template<csv_setting Setting, auto Default, class First, class... Rest>
  requires(csv_option<First>::setting == Setting)
inline constexpr auto csv_value<Setting, Default, First, Rest...> = csv_option<First>::value;

template<class First, class... Rest>
using csv_twice = all_of<check<csv_option<First>::setting != csv_option<Rest>::setting,
                               failed::csv_option_given_twice<First, Rest>>...>;

template<class... Options>
struct csv_unique {
  using type = passed;
};

template<class First, class... Rest>
struct csv_unique<First, Rest...> {
  using type = all_of<csv_twice<First, Rest...>, typename csv_unique<Rest...>::type>;
};

constexpr bool stands_in_values(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view{"+-.: "}.find(c) != std::string_view::npos;
}

// Tab is the one control byte that separates fields in practice.
constexpr bool may_separate(char c) noexcept {
  return c == '\t' || (c > ' ' && c < 0x7F && !stands_in_values(c));
}

constexpr bool has_any(std::string_view text, std::string_view bytes) noexcept {
  return text.find_first_of(bytes) != std::string_view::npos;
}

constexpr bool looks_like_value(std::string_view text) noexcept {
  if (text == "true" || text == "false" || text == "NaN" || text == "inf" || text == "-inf")
    return true;
  return has_any(text, "0123456789") &&
         text.find_first_not_of("0123456789+-.:e ") == std::string_view::npos;
}

template<class... Options>
struct csv_settings {
  static constexpr char separator = csv_value<csv_setting::delimiter, ',', Options...>;
  static constexpr char mark = csv_value<csv_setting::quote, '"', Options...>;
  static constexpr auto marker = csv_value<csv_setting::null_marker, fixed_string{""}, Options...>;
  static constexpr char special[]{separator, mark, '\n', '\r', '\0'};

  using diagnosis =
      all_of<check<csv_option<Options>::setting != csv_setting::unknown,
                   failed::unknown_csv_option<Options>>...,
             typename csv_unique<Options...>::type,
             check<may_separate(separator), failed::csv_delimiter_occurs_in_values<separator>>,
             check<may_separate(mark) && mark != '\t', failed::csv_quote_occurs_in_values<mark>>,
             check<separator != mark, failed::csv_delimiter_equals_quote<separator>>,
             check<!has_any(marker.view(), {special, sizeof special}),
                   failed::csv_null_marker_has_special_byte<marker>>,
             check<!looks_like_value(marker.view()), failed::csv_null_marker_is_a_value<marker>>>;

  // The marker's characters in an object of their own: `marker` is a template argument.
  static constexpr format_description description{
      .kind = format::csv,
      .delimiter = separator,
      .quote = mark,
      .null_marker = marker.view(),
      .header = csv_value<csv_setting::header, false, Options...>};

  using dialect = csv_dialect<separator, mark, marker>;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_IMPL_CSV_HPP
