#ifndef SLUICE_TRANSPORT_IMPL_RATE_LIMITER_IPP
#define SLUICE_TRANSPORT_IMPL_RATE_LIMITER_IPP

#include <sluice/transport/rate_limiter.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sluice::inline v0 {

SLUICE_DECL rate_limiter::rate_limiter(transport& t, double per_second, double burst) noexcept
    : transport_{t},
      per_second_{per_second},
      burst_{std::max(burst, 1.0)},
      tokens_{burst_},
      filled_at_{t.now()} {}

SLUICE_DECL void rate_limiter::refill() noexcept {
  steady_time const now = transport_.now();
  if (now <= filled_at_) return;  // paused
  double const span_s = std::chrono::duration<double>(now - filled_at_).count();
  tokens_ = std::min(burst_, tokens_ + span_s * per_second_);
  filled_at_ = now;
}

SLUICE_DECL std::chrono::nanoseconds rate_limiter::wait_for(double tokens) const noexcept {
  if (per_second_ <= 0) return std::chrono::nanoseconds{0};
  double const missing = tokens - tokens_;
  double const exact_ns = missing / per_second_ * 1e9;
  std::chrono::nanoseconds flow{static_cast<std::int64_t>(exact_ns)};
  if (static_cast<double>(flow.count()) < exact_ns) ++flow;
  return std::max(filled_at_ + flow - transport_.now(), std::chrono::nanoseconds{0});
}

SLUICE_DECL task<void> rate_limiter::acquire(double tokens) {
  if (per_second_ <= 0) co_return success;
  refill();
  std::chrono::nanoseconds const wait = wait_for(tokens);
  tokens_ -= tokens;
  if (wait.count() == 0) co_return success;
  result<void> slept = co_await transport_.sleep_for(wait);
  if (!slept) tokens_ += tokens;
  co_return slept;
}

SLUICE_DECL void rate_limiter::pause(std::chrono::nanoseconds span) noexcept {
  refill();
  filled_at_ = std::max(filled_at_, transport_.now() + span);
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_RATE_LIMITER_IPP
