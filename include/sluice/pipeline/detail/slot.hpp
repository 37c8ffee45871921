#ifndef SLUICE_PIPELINE_DETAIL_SLOT_HPP
#define SLUICE_PIPELINE_DETAIL_SLOT_HPP

#include <sluice/config.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/units.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace sluice::inline v0::detail {

/// One producer's place: its open segment and how much of it others have taken.
struct alignas(64) slot {
  /// The producer looks up here when its segment has this many rows: at the first row after a cut,
  /// to note the time, and when the segment is full by rows. A relaxed load per record.
  std::atomic<std::uint32_t> watch{0};

  std::mutex mutex;
  std::shared_ptr<segment> open;  ///< replaced by its producer only
  segment::mark taken;
  std::uint32_t row_limit = 0;
  std::optional<steady_time> since;  ///< of the first row behind `taken`
  bool in_use = false;
  bool closed = false;
};

/// What a producer hears when it asks for room.
enum class intake_turn : std::uint8_t {
  ready,    ///< `slot.open` takes the record
  skipped,  ///< an earlier run has brought this record to its end
  full,     ///< no memory at the moment
  closed    ///< no more records are taken
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_DETAIL_SLOT_HPP
