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

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_SCHEMA_IMPL_DECIMAL_HPP
