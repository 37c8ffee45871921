#ifndef SLUICE_META_FIXED_STRING_HPP
#define SLUICE_META_FIXED_STRING_HPP

#include <sluice/config.hpp>

#include <cstddef>
#include <string_view>

namespace sluice::inline v0 {

/// A string literal as a template argument: `column<"ID", ...>`. `Size` counts the final NUL.
template<std::size_t Size>
struct fixed_string {
  char text[Size]{};

  constexpr fixed_string() = default;

  consteval explicit(false) fixed_string(char const (&literal)[Size]) noexcept {
    for (std::size_t i = 0; i != Size; ++i) text[i] = literal[i];
  }

  /// Without the final NUL. Points into this object: a template argument lives for ever.
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }

  friend constexpr bool operator==(fixed_string const&, fixed_string const&) = default;
};

/// `name` with 'a' to 'z' as 'A' to 'Z'.
template<std::size_t Size>
[[nodiscard]] constexpr fixed_string<Size> upper_case(fixed_string<Size> name) noexcept {
  for (char& c : name.text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return name;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_META_FIXED_STRING_HPP
