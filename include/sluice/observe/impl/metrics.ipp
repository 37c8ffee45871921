#ifndef SLUICE_OBSERVE_IMPL_METRICS_IPP
#define SLUICE_OBSERVE_IMPL_METRICS_IPP

#include <sluice/observe/metrics.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice::inline v0 {

SLUICE_DECL std::uint64_t histogram_snapshot::quantile(double q) const noexcept {
  if (count == 0) return 0;
  double const rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(count);
  double below = 0;
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    auto const here = static_cast<double>(counts[i]);
    if (here > 0 && below + here >= rank) {
      auto const from = static_cast<double>(std::max(min, i == 0 ? 0 : bounds[i - 1]));
      auto const to = static_cast<double>(i == bounds.size() ? max : std::min(max, bounds[i]));
      auto const value = static_cast<std::uint64_t>(from + (to - from) * (rank - below) / here);
      return std::clamp(value, min, max);
    }
    below += here;
  }
  return max;
}

SLUICE_DECL void histogram::record(std::uint64_t value) noexcept {
  auto const bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  sum_.fetch_add(value, std::memory_order_relaxed);
  std::uint64_t seen = min_.load(std::memory_order_relaxed);
  while (value < seen && !min_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
  seen = max_.load(std::memory_order_relaxed);
  while (value > seen && !max_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
  // Last, and released: who sees the count also sees min and max.
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_release);
}

SLUICE_DECL histogram_snapshot histogram::snapshot() const noexcept {
  histogram_snapshot now;
  now.bounds = bounds_;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) {
    now.counts[i] = counts_[i].load(std::memory_order_acquire);
    now.count += now.counts[i];
  }
  if (now.count == 0) return now;
  now.sum = sum_.load(std::memory_order_relaxed);
  now.min = min_.load(std::memory_order_relaxed);
  now.max = max_.load(std::memory_order_relaxed);
  return now;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_OBSERVE_IMPL_METRICS_IPP
