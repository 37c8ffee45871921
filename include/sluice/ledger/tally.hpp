#ifndef SLUICE_LEDGER_TALLY_HPP
#define SLUICE_LEDGER_TALLY_HPP

#include <sluice/config.hpp>

#include <cstdint>

namespace sluice::inline v0 {

/// What became of the records at one moment.
/// Invariant: `pushed == pending + confirmed + dead_lettered + spooled`.
struct tally {
  std::uint64_t pushed = 0;
  std::uint64_t pending = 0;        ///< no end so far
  std::uint64_t confirmed = 0;      ///< the service said so
  std::uint64_t dead_lettered = 0;  ///< in the dead letters, with a reason
  std::uint64_t spooled = 0;        ///< safe on disk for a later run
  std::uint64_t defects = 0;        ///< verdicts for records that had one or were not sent
  std::uint64_t late = 0;           ///< verdicts that came after the books were closed

  [[nodiscard]] bool adds_up() const noexcept {
    return pushed == pending + confirmed + dead_lettered + spooled;
  }

  friend bool operator==(tally const&, tally const&) = default;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_LEDGER_TALLY_HPP
