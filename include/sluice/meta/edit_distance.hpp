#ifndef SLUICE_META_EDIT_DISTANCE_HPP
#define SLUICE_META_EDIT_DISTANCE_HPP

#include <sluice/config.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {

/// Letters to insert, delete or replace to make `b` of `a`, without regard to ASCII case: how far a
/// misspelt name is from a known one. Looks at the first 128 bytes of each.
[[nodiscard]] constexpr std::size_t edit_distance(std::string_view a, std::string_view b) noexcept {
  constexpr std::size_t longest = 128;
  a = a.substr(0, longest);
  b = b.substr(0, longest);
  auto const lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  std::size_t row[longest + 1]{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

}  // namespace sluice::inline v0

#endif  // SLUICE_META_EDIT_DISTANCE_HPP
