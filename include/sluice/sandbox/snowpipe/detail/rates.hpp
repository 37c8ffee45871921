#ifndef SLUICE_SANDBOX_SNOWPIPE_DETAIL_RATES_HPP
#define SLUICE_SANDBOX_SNOWPIPE_DETAIL_RATES_HPP

#include <sluice/config.hpp>

#include <algorithm>
#include <chrono>

namespace sluice::inline v0::sandbox::snowpipe {

/// A token bucket that holds what one second brings, at least one. A debt may be run up: one large
/// request passes, and the next ones wait for it.
class token_bucket {
 public:
  using time_point = std::chrono::system_clock::time_point;

  explicit token_bucket(double per_second)
      : per_second_(per_second), capacity_(std::max(per_second, 1.0)), filled_(capacity_) {}

  /// Whether something may pass now.
  bool open(time_point now) {
    refill(now);
    return filled_ >= 1;
  }

  void take(double amount) { filled_ -= amount; }

  /// Until something may pass again.
  std::chrono::duration<double> wait() const {
    return std::chrono::duration<double>(filled_ >= 1 ? 0 : (1 - filled_) / per_second_);
  }

 private:
  void refill(time_point now) {
    if (last_ != time_point{} && now > last_) {
      double const seconds = std::chrono::duration<double>(now - last_).count();
      filled_ = std::min(capacity_, filled_ + seconds * per_second_);
    }
    last_ = now;
  }

  double per_second_;
  double capacity_;
  double filled_;
  time_point last_{};
};

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_DETAIL_RATES_HPP
