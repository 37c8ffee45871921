#ifndef SLUICE_SCHEMA_IMPL_DECIMAL_HPP
#define SLUICE_SCHEMA_IMPL_DECIMAL_HPP

#include <sluice/schema/decimal.hpp>

namespace sluice::inline v0::detail {

constexpr std::optional<int128> parse_decimal(std::string_view text,
                                              unsigned precision,
                                              unsigned scale) noexcept {
  bool const negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);

  int128 value = 0;
  int128 const limit = power_of_ten(precision);
  unsigned fraction = 0;
  bool any_digit = false;
  bool in_fraction = false;
  for (char const c : text) {
    if (c == '.' && !in_fraction) {
      in_fraction = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    any_digit = true;
    if (in_fraction && fraction == scale) {
      if (c != '0') return std::nullopt;
      continue;
    }
    if (in_fraction) ++fraction;
    value = value * 10 + (c - '0');
    if (value >= limit) return std::nullopt;
  }
  if (!any_digit) return std::nullopt;
  for (; fraction != scale; ++fraction) {
    value *= 10;
    if (value >= limit) return std::nullopt;
  }
  return negative ? -value : value;
}

constexpr void explain_decimal_literal(std::string_view literal,
                                       unsigned precision,
                                       unsigned scale) {
  if (literal.starts_with('-') || literal.starts_with('+')) literal.remove_prefix(1);
  std::size_t const point = literal.find('.');
  std::string_view const whole = literal.substr(0, point);
  std::string_view fraction;
  if (point != std::string_view::npos) fraction = literal.substr(point + 1);
  constexpr std::string_view digits = "0123456789";
  if (whole.size() + fraction.size() == 0 || whole.find_first_not_of(digits) != whole.npos ||
      fraction.find_first_not_of(digits) != fraction.npos)
    a_decimal_literal_has_digits_at_most_one_point_and_a_sign();
  // Zeros at either end are no digits of the value.
  std::size_t const last = fraction.find_last_not_of('0');
  if (last != fraction.npos && last >= scale)
    the_decimal_literal_has_too_many_digits_behind_the_point();
  if (!parse_decimal(whole, precision - scale, 0))
    the_decimal_literal_has_too_many_digits_before_the_point();
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_SCHEMA_IMPL_DECIMAL_HPP
