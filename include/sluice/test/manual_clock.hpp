#ifndef SLUICE_TEST_MANUAL_CLOCK_HPP
#define SLUICE_TEST_MANUAL_CLOCK_HPP

#include <sluice/config.hpp>
#include <sluice/transport/clock.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <functional>
#include <mutex>
#include <utility>

namespace sluice::inline v0::test {

/// A clock that stands still until it is told otherwise: timing rules are tested without waiting.
///
/// `automatic`: whenever the transport has nothing to do before its next timer, the clock jumps
/// there, so that hours of back-off pass in microseconds. For a transport that is driven by `poll`
/// or `block_on`; behind a transport thread, use `advance`, or a periodic timer makes it race.
/// Thread safety: all members.
class manual_clock final : public clock_source {
 public:
  enum class mode : bool { by_hand, automatic };

  explicit manual_clock(mode m = mode::by_hand,
                        std::chrono::system_clock::time_point wall_start =
                            std::chrono::sys_days{std::chrono::January / 2 / 2026})
      : automatic_{m == mode::automatic}, wall_start_{wall_start} {}

  [[nodiscard]] steady_time now() const noexcept override {
    std::lock_guard const lock{mutex_};
    return now_;
  }

  [[nodiscard]] std::chrono::system_clock::time_point system_now() const noexcept override {
    return wall_start_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(elapsed());
  }

  [[nodiscard]] std::chrono::milliseconds wait_for(steady_time next,
                                                   std::chrono::milliseconds at_most,
                                                   bool busy) noexcept override {
    std::lock_guard const lock{mutex_};
    if (next <= now_) return std::chrono::milliseconds{0};
    if (!automatic_ || busy || next == steady_time::max()) return at_most;
    now_ = next;
    return std::chrono::milliseconds{0};
  }

  void attach(std::function<void()> wake) override {
    std::lock_guard const lock{mutex_};
    wake_ = std::move(wake);
  }

  /// Moves the time on and wakes the transport.
  void advance(std::chrono::nanoseconds span) {
    std::lock_guard const lock{mutex_};
    now_ += std::chrono::duration_cast<steady_time::duration>(span);
    if (wake_) wake_();
  }

  /// Time passed since the clock was made.
  [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept { return now() - start; }

 private:
  // Not the epoch: code that takes zero for "never" must not get away with it.
  static constexpr steady_time start{std::chrono::hours{1000}};

  mutable std::mutex mutex_;
  steady_time now_ = start;
  std::function<void()> wake_;
  bool automatic_;
  std::chrono::system_clock::time_point wall_start_;
};

}  // namespace sluice::inline v0::test

#endif  // SLUICE_TEST_MANUAL_CLOCK_HPP
