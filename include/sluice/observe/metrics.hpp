#ifndef SLUICE_OBSERVE_METRICS_HPP
#define SLUICE_OBSERVE_METRICS_HPP

#include <sluice/config.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::inline v0 {

/// A number that only grows. Any thread; relaxed, so readers see each counter right but not several
/// of them at one instant.
class counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that goes up and down. Any thread; relaxed.
class gauge {
 public:
  void set(std::uint64_t v) noexcept { value_.store(v, std::memory_order_relaxed); }

  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }

  void sub(std::uint64_t n = 1) noexcept { value_.fetch_sub(n, std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Most buckets a histogram can have, the last one without an upper bound.
inline constexpr std::size_t max_buckets = 20;

/// What a histogram has seen.
struct histogram_snapshot {
  std::span<std::uint64_t const> bounds;  ///< inclusive upper bounds; one more bucket lies above
  std::array<std::uint64_t, max_buckets> counts{};  ///< per bucket, not summed up
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
  std::uint64_t min = 0;  ///< exact; 0 if `count` is 0
  std::uint64_t max = 0;  ///< exact

  /// Mean of all values; 0 if there are none.
  [[nodiscard]] std::uint64_t mean() const noexcept { return count == 0 ? 0 : sum / count; }

  /// A value that a share `q` in [0, 1] of all values does not exceed, interpolated within its
  /// bucket and never outside [min, max]; 0 if there are none.
  [[nodiscard]] std::uint64_t quantile(double q) const noexcept;
};

/// Counts values in buckets with constant bounds. Any thread; recording never waits.
class histogram {
 public:
  /// `bounds`: ascending, fewer than `max_buckets`, must outlive the histogram.
  explicit constexpr histogram(std::span<std::uint64_t const> bounds) noexcept : bounds_{bounds} {}

  void record(std::uint64_t value) noexcept;

  [[nodiscard]] histogram_snapshot snapshot() const noexcept;

 private:
  std::span<std::uint64_t const> bounds_;
  std::array<std::atomic<std::uint64_t>, max_buckets> counts_{};
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint64_t> min_{~std::uint64_t{0}};
  std::atomic<std::uint64_t> max_{0};
};

/// Buckets for the time of a request, in microseconds: 1 ms to 10 min.
inline constexpr std::array<std::uint64_t, 17> latency_bounds_us{1'000,
                                                                 2'000,
                                                                 5'000,
                                                                 10'000,
                                                                 20'000,
                                                                 50'000,
                                                                 100'000,
                                                                 200'000,
                                                                 500'000,
                                                                 1'000'000,
                                                                 2'000'000,
                                                                 5'000'000,
                                                                 10'000'000,
                                                                 30'000'000,
                                                                 60'000'000,
                                                                 180'000'000,
                                                                 600'000'000};

/// Buckets for the time from acceptance to commit, in milliseconds: 100 ms to 10 min.
inline constexpr std::array<std::uint64_t, 13> lag_bounds_ms{
    100, 500, 1'000, 2'000, 5'000, 6'000, 8'000, 10'000, 20'000, 30'000, 60'000, 180'000, 600'000};

/// Buckets for the size of a file or request body, in bytes: 1 KiB to 1 GiB.
inline constexpr std::array<std::uint64_t, 15> size_bounds_bytes{1ull << 10,
                                                                 1ull << 14,
                                                                 1ull << 16,
                                                                 1ull << 18,
                                                                 1ull << 20,
                                                                 2ull << 20,
                                                                 4ull << 20,
                                                                 8ull << 20,
                                                                 16ull << 20,
                                                                 32ull << 20,
                                                                 64ull << 20,
                                                                 128ull << 20,
                                                                 256ull << 20,
                                                                 512ull << 20,
                                                                 1ull << 30};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/observe/impl/metrics.ipp>
#endif

#endif  // SLUICE_OBSERVE_METRICS_HPP
