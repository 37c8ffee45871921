#ifndef SLUICE_SKYFLOW_IMPL_GOVERNOR_IPP
#define SLUICE_SKYFLOW_IMPL_GOVERNOR_IPP

#include <sluice/skyflow/governor.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::inline v0::skyflow {

SLUICE_DECL governor::governor(transport& t, std::size_t most, milliseconds gap) noexcept
    : transport_{t},
      most_{most},
      gate_{most},
      pace_{t, gap.count() > 0 ? 1000.0 / static_cast<double>(gap.count()) : 0.0, 1.0} {}

SLUICE_DECL task<permit> governor::admit() {
  result<permit> slot = co_await gate_.acquire();
  if (!slot) co_return std::move(slot).error();
  while (transport_.now() < silent_until_) {
    result<void> slept = co_await transport_.sleep_until(silent_until_);
    if (!slept) co_return std::move(slept).error();
  }
  result<void> paced = co_await pace_.acquire();
  if (!paced) co_return std::move(paced).error();
  co_return *std::move(slot);
}

SLUICE_DECL void governor::slow_down(milliseconds silence) noexcept {
  steady_time const now = transport_.now();
  silent_until_ = std::max(silent_until_, now + silence);
  // What was under way already when the number was halved says nothing about the half.
  if (slowed_at_ != steady_time::min() && now - slowed_at_ < std::chrono::seconds{1}) return;
  slowed_at_ = now;
  good_answers_ = 0;
  gate_.limit(std::max<std::size_t>(1, gate_.limit() / 2));
}

SLUICE_DECL void governor::went_well() noexcept {
  if (gate_.limit() >= most_ || ++good_answers_ < gate_.limit()) return;
  good_answers_ = 0;
  gate_.limit(gate_.limit() + 1);
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_GOVERNOR_IPP
