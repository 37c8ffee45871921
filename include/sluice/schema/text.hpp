#ifndef SLUICE_SCHEMA_TEXT_HPP
#define SLUICE_SCHEMA_TEXT_HPP

#include <sluice/config.hpp>
#include <sluice/schema/decimal.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::inline v0 {

/// Bytes that someone else owns. Members that own theirs are ranges of std::byte
/// (`std::vector<std::byte>`, `std::array<std::byte, 16>`).
using bytes_view = std::span<std::byte const>;

/// Text of at most `Capacity` bytes inside the record: no allocation, trivially copyable.
template<std::size_t Capacity>
class fixed_text {
 public:
  static constexpr std::size_t capacity = Capacity;

  constexpr fixed_text() = default;

  /// Throws value_out_of_range if `text` has more than `Capacity` bytes: nothing is cut off.
  constexpr explicit(false) fixed_text(std::string_view text) {
    if (text.size() > Capacity)
      throw value_out_of_range{"sluice::fixed_text: the text is longer than the capacity"};
    for (std::size_t i = 0; i != text.size(); ++i) bytes_[i] = text[i];
    size_ = static_cast<std::uint32_t>(text.size());
  }

  constexpr explicit(false) fixed_text(char const* text) : fixed_text{std::string_view{text}} {}

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {bytes_, size_}; }

  constexpr explicit(false) operator std::string_view() const noexcept { return view(); }

  friend constexpr bool operator==(fixed_text const& a, fixed_text const& b) noexcept {
    return a.view() == b.view();
  }

 private:
  char bytes_[Capacity == 0 ? 1 : Capacity]{};
  std::uint32_t size_ = 0;
};

/// One JSON value as text: goes into VARIANT, OBJECT, ARRAY or JSON columns as a value, not as a
/// string. Text that is not well-formed JSON is refused when it is encoded.
template<class Text>
struct basic_json {
  Text text;

  friend constexpr bool operator==(basic_json const&, basic_json const&) = default;
};

/// JSON text that someone else owns; `json` (schema/json.hpp) owns its text.
using json_view = basic_json<std::string_view>;

/// 16 bytes in the order in which they are written: xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx.
struct uuid {
  std::uint8_t bytes[16]{};

  friend constexpr bool operator==(uuid const&, uuid const&) = default;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_TEXT_HPP
