#ifndef SLUICE_SNOWFLAKE_COPY_LIMIT_HPP
#define SLUICE_SNOWFLAKE_COPY_LIMIT_HPP

#include <sluice/config.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sluice::inline v0::snowflake {

/// How many COPY statements may run at once, learned from how long they take.
///
/// A warehouse that runs COPYs side by side answers each in the same time; one that queues them
/// answers each the later, the more there are, and a burst of them gains nothing and blocks the
/// table for everybody. So the limit grows while a COPY takes about as long as the quickest one
/// did, and shrinks while two or more of them seem to wait in line (the rule of TCP Vegas).
/// Not thread-safe; pure apart from its own state.
class copy_limit {
 public:
  /// Precondition: `most >= 1`.
  constexpr explicit copy_limit(std::size_t most) noexcept : most_{most} {}

  /// Statements that may run at once, 1 to `most`.
  [[nodiscard]] constexpr std::size_t current() const noexcept { return limit_; }

  /// A COPY of `files` files took `time` while `running` statements ran, itself included.
  /// Precondition: `files >= 1`, `running >= 1`.
  constexpr void took(std::chrono::microseconds time,
                      std::size_t files,
                      std::size_t running) noexcept {
    double const seconds =
        std::max(1e-6, static_cast<double>(time.count()) * 1e-6) / static_cast<double>(files);
    // Alone, a COPY shows what it takes today; among others it can only be better than thought.
    quickest_ = quickest_ == 0 || running == 1 ? seconds : std::min(seconds, quickest_);
    // Statements that ran before the last change say nothing about it.
    if (unjudged_ > 0) {
      --unjudged_;
      return;
    }
    double const in_line = static_cast<double>(running) * (1 - quickest_ / seconds);
    if (in_line > 2) {
      change(std::max<std::size_t>(1, limit_ - 1), running);
    } else if (in_line < 1 && running >= limit_ && limit_ < most_) {
      change(limit_ + 1, running);
    }
  }

  /// The service asked for less.
  constexpr void throttled() noexcept { limit_ = std::max<std::size_t>(1, limit_ / 2); }

 private:
  constexpr void change(std::size_t limit, std::size_t running) noexcept {
    limit_ = limit;
    unjudged_ = running - 1;
  }

  std::size_t most_;
  std::size_t limit_ = 1;
  std::size_t unjudged_ = 0;
  double quickest_ = 0;  ///< seconds per file; 0: none yet
};

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_COPY_LIMIT_HPP
