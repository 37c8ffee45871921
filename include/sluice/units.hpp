#ifndef SLUICE_UNITS_HPP
#define SLUICE_UNITS_HPP

#include <sluice/config.hpp>

#include <chrono>
#include <cstdint>

namespace sluice::inline v0 {

/// The clock of deadlines and ages. It never goes back.
using steady_time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

/// When an operation has to give its answer. Pass `deadline::in(5s)` or a point in time.
struct deadline {
  steady_time at;

  explicit constexpr deadline(steady_time t) noexcept : at{t} {}

  [[nodiscard]] static deadline in(std::chrono::nanoseconds from_now) {
    return deadline{std::chrono::steady_clock::now() +
                    std::chrono::duration_cast<std::chrono::steady_clock::duration>(from_now)};
  }
};

inline namespace literals {

consteval std::uint64_t operator""_KiB(unsigned long long n) {
  return n << 10;
}

consteval std::uint64_t operator""_MiB(unsigned long long n) {
  return n << 20;
}

consteval std::uint64_t operator""_GiB(unsigned long long n) {
  return n << 30;
}

consteval std::uint64_t operator""_TiB(unsigned long long n) {
  return n << 40;
}

consteval milliseconds operator""_ms(unsigned long long n) {
  return milliseconds{static_cast<milliseconds::rep>(n)};
}

consteval milliseconds operator""_s(unsigned long long n) {
  return milliseconds{static_cast<milliseconds::rep>(n * 1000)};
}

consteval milliseconds operator""_min(unsigned long long n) {
  return milliseconds{static_cast<milliseconds::rep>(n * 60'000)};
}

}  // namespace literals
}  // namespace sluice::inline v0

#endif  // SLUICE_UNITS_HPP
