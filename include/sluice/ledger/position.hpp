#ifndef SLUICE_LEDGER_POSITION_HPP
#define SLUICE_LEDGER_POSITION_HPP

#include <sluice/config.hpp>

#include <cstdint>

namespace sluice::inline v0 {

/// The number of a record in its run, counted from 0 in the order in which records were handed
/// over.
using position = std::uint64_t;

/// `count` records from `first` on.
struct position_range {
  position first = 0;
  std::uint64_t count = 0;

  /// One past the last position.
  [[nodiscard]] constexpr position end() const noexcept { return first + count; }

  friend constexpr bool operator==(position_range const&, position_range const&) = default;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_LEDGER_POSITION_HPP
