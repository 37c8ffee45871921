#ifndef SLUICE_ENCODE_PAYLOAD_HPP
#define SLUICE_ENCODE_PAYLOAD_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/row_format.hpp>
#include <sluice/ledger/position.hpp>

#include <cstdint>
#include <vector>

namespace sluice::inline v0 {

/// One batch as the service will see it: a complete file or request body, immutable. Here record
/// types end; everything behind works on payloads.
struct payload {
  std::uint64_t sequence = 0;  ///< number of this payload in its run, the root of its identity
  chunk_list body;             ///< `rows->describe()` compressed with `compression`
  codec compression = codec::none;
  std::uint64_t raw_bytes = 0;            ///< size of the body before compression
  std::uint64_t row_count = 0;            ///< rows in the body
  std::vector<position_range> positions;  ///< of the rows in body order; counts sum to row_count
  row_format const* rows = nullptr;       ///< describes, slices and renders the body

  /// The position of row `row` of the body, counted from 0. Precondition: `row < row_count`.
  [[nodiscard]] position position_of(std::uint64_t row) const noexcept {
    for (position_range const& range : positions) {
      if (row < range.count) return range.first + row;
      row -= range.count;
    }
    return positions.empty() ? 0 : positions.back().end();
  }
};

}  // namespace sluice::inline v0

#endif  // SLUICE_ENCODE_PAYLOAD_HPP
