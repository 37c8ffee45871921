#ifndef SLUICE_PIPELINE_IMPL_PLAN_IPP
#define SLUICE_PIPELINE_IMPL_PLAN_IPP

#include <sluice/pipeline/detail/shape.hpp>

#include <algorithm>
#include <cstdint>

namespace sluice::inline v0::detail {

SLUICE_DECL void fit_segments(load_shape& s) {
  // Large enough that handing over costs nothing, small enough to stay in a core's cache.
  constexpr std::uint64_t usual_bytes = 1u << 20;
  constexpr std::uint64_t usual_rows = 1u << 16;
  s.segment_bytes = static_cast<std::size_t>(std::min(
      {usual_bytes, s.batch.max_bytes, s.limits.max_payload_bytes, s.limits.max_row_bytes}));
  // A batch closes on its row exactly when it is made of equal parts.
  std::uint64_t const most = std::min(s.batch.max_rows, s.limits.max_payload_rows);
  std::uint64_t const parts = most == batch_limits::none ? 1 : (most + usual_rows - 1) / usual_rows;
  s.segment_rows = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(most / std::max<std::uint64_t>(1, parts), 1, usual_rows));
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_PLAN_IPP
