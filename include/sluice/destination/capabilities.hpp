#ifndef SLUICE_DESTINATION_CAPABILITIES_HPP
#define SLUICE_DESTINATION_CAPABILITIES_HPP

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sluice::inline v0 {

/// A set of formats or codecs, usable as a constant.
template<class Enum>
class enum_set {
 public:
  constexpr enum_set() = default;

  template<class... Values>
  constexpr explicit(false) enum_set(Enum first, Values... rest) noexcept
      : bits_{bit(first) | (0u | ... | bit(rest))} {}

  [[nodiscard]] constexpr bool has(Enum value) const noexcept { return (bits_ & bit(value)) != 0; }

  [[nodiscard]] constexpr std::size_t size() const noexcept {
    return static_cast<std::size_t>(std::popcount(bits_));
  }

  /// The `n`-th value in the order of the enumeration. Precondition: n < size().
  [[nodiscard]] constexpr Enum at(std::size_t n) const noexcept {
    std::uint32_t rest = bits_;
    for (; n != 0; --n) rest &= rest - 1;  // without its lowest bit
    return static_cast<Enum>(std::countr_zero(rest));
  }

 private:
  static constexpr std::uint32_t bit(Enum value) noexcept {
    return 1u << static_cast<unsigned>(value);
  }

  std::uint32_t bits_ = 0;
};

inline constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// What a service takes and how it answers: data, from which the pipeline and the compile-time
/// checks take every number.
struct capabilities {
  enum_set<format> formats;
  enum_set<codec> codecs;
  std::uint64_t max_payload_bytes = unlimited;  ///< of one body as sent
  std::uint64_t max_payload_rows = unlimited;
  std::uint64_t max_row_bytes = unlimited;  ///< of one encoded row
  std::size_t max_columns = std::numeric_limits<std::size_t>::max();
  std::size_t max_in_flight = 8;         ///< overlapping calls of send
  bool ordered = false;                  ///< payloads must arrive in the order of positions
  bool replayable_after_accept = false;  ///< accepted bytes need not be kept: the service has them
  bool copies_body = false;  ///< send holds a second copy of the body, e.g. an encrypted one
};

}  // namespace sluice::inline v0

#endif  // SLUICE_DESTINATION_CAPABILITIES_HPP
