#ifndef SLUICE_TRANSPORT_LATENCY_LIMIT_HPP
#define SLUICE_TRANSPORT_LATENCY_LIMIT_HPP

#include <sluice/config.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::inline v0 {

/// How many of some operations may run at once, learned from how long they take.
///
/// A service that runs them side by side answers each in the same time; one that queues them
/// answers each the later, the more there are, and more of them gain nothing. So the limit grows
/// while an operation takes about as long as the quickest one did, and shrinks while two or more of
/// them seem to wait in line (the rule of TCP Vegas). Not thread-safe; pure apart from its own
/// state.
class latency_limit {
 public:
  enum class start : std::uint8_t {
    gentle,  ///< one more at a time from the beginning
    eager    ///< twice as many at a time, until the first sign of a line
  };

  /// Starts with one. Precondition: `most >= 1`.
  constexpr explicit latency_limit(std::size_t most, start how = start::gentle) noexcept
      : most_{most}, doubling_{how == start::eager} {}

  /// Operations that may run at once, 1 to `most`.
  [[nodiscard]] constexpr std::size_t current() const noexcept { return limit_; }

  /// An operation of `work` units (files, bytes) took `time` while `running` ran, itself included.
  /// Precondition: `work > 0`, `running >= 1`.
  constexpr void took(std::chrono::microseconds time, double work, std::size_t running) noexcept {
    double const each = std::max(1e-6, static_cast<double>(time.count()) * 1e-6) / work;
    // Alone, an operation shows what it takes today; among others it can only be better than
    // thought.
    quickest_ = quickest_ == 0 || running == 1 ? each : std::min(each, quickest_);
    // Operations that ran before the last change say nothing about it.
    if (unjudged_ > 0) {
      --unjudged_;
      return;
    }
    double const in_line = static_cast<double>(running) * (1 - quickest_ / each);
    if (in_line >= 1) doubling_ = false;
    if (in_line > 2) {
      change(std::max<std::size_t>(1, limit_ - 1), running);
    } else if (in_line < 1 && running >= limit_ && limit_ < most_) {
      change(doubling_ ? std::min(most_, 2 * limit_) : limit_ + 1, running);
    }
  }

  /// The service asked for less.
  constexpr void throttled() noexcept {
    limit_ = std::max<std::size_t>(1, limit_ / 2);
    doubling_ = false;
  }

 private:
  constexpr void change(std::size_t limit, std::size_t running) noexcept {
    limit_ = limit;
    unjudged_ = running - 1;
  }

  std::size_t most_;
  bool doubling_;
  std::size_t limit_ = 1;
  std::size_t unjudged_ = 0;
  double quickest_ = 0;  ///< seconds per unit of work; 0: none yet
};

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_LATENCY_LIMIT_HPP
