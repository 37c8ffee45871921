#ifndef SLUICE_TRANSPORT_IMPL_CLOCK_IPP
#define SLUICE_TRANSPORT_IMPL_CLOCK_IPP

#include <sluice/transport/clock.hpp>

#include <algorithm>
#include <chrono>
#include <functional>

namespace sluice::inline v0 {

SLUICE_DECL void clock_source::attach(std::function<void()>) {}

SLUICE_DECL steady_time machine_clock::now() const noexcept {
  return std::chrono::steady_clock::now();
}

SLUICE_DECL std::chrono::system_clock::time_point machine_clock::system_now() const noexcept {
  return std::chrono::system_clock::now();
}

SLUICE_DECL std::chrono::milliseconds machine_clock::wait_for(steady_time next,
                                                              std::chrono::milliseconds at_most,
                                                              bool) noexcept {
  if (next == steady_time::max()) return at_most;
  auto const left = std::chrono::ceil<std::chrono::milliseconds>(next - now());
  return std::clamp(left, std::chrono::milliseconds{0}, at_most);
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_CLOCK_IPP
