#ifndef SLUICE_TRANSPORT_RATE_LIMITER_HPP
#define SLUICE_TRANSPORT_RATE_LIMITER_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <chrono>

namespace sluice::inline v0 {

/// A token bucket: `per_second` tokens flow in, at most `burst` are kept. Tokens may be requests or
/// bytes; who asks for more than `burst` waits for the rest. First come, first served.
/// Transport thread only; must outlive its waiters.
class rate_limiter {
 public:
  /// `per_second` above 0; 0 means no limit. `burst` at least 1.
  rate_limiter(transport& t, double per_second, double burst) noexcept;

  /// Ends when `tokens` may be used. Error: errc::cancelled; the tokens are given back.
  [[nodiscard]] task<void> acquire(double tokens = 1);

  /// A service asked for silence: nothing is given out for `span`.
  void pause(std::chrono::nanoseconds span) noexcept;

  /// The wait that `acquire(tokens)` would have.
  [[nodiscard]] std::chrono::nanoseconds wait_for(double tokens = 1) const noexcept;

 private:
  void refill() noexcept;

  transport& transport_;
  double per_second_;
  double burst_;
  double tokens_;  // negative: promised to those who sleep
  steady_time filled_at_;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/rate_limiter.ipp>
#endif

#endif  // SLUICE_TRANSPORT_RATE_LIMITER_HPP
