#ifndef SLUICE_TRANSPORT_IMPL_CIRCUIT_BREAKER_IPP
#define SLUICE_TRANSPORT_IMPL_CIRCUIT_BREAKER_IPP

#include <sluice/transport/circuit_breaker.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

namespace sluice::inline v0 {

SLUICE_DECL circuit_breaker::state circuit_breaker::current() const noexcept {
  if (!open_) return state::closed;
  return transport_.now() < open_until_ ? state::open : state::half_open;
}

SLUICE_DECL result<circuit_breaker::ticket> circuit_breaker::admit() {
  using std::chrono::milliseconds;
  state const now = current();
  if (now == state::closed) return ticket{*this, false};
  if (now == state::half_open && !probing_) {
    probing_ = true;
    return ticket{*this, true};
  }
  error e{errc::circuit_open,
          fmt::format("not tried: {} requests in a row failed; the service is given {} ms to "
                      "recover",
                      failures_,
                      policy_.open_for.count()),
          disposition::throttled};
  milliseconds const left = std::chrono::ceil<milliseconds>(open_until_ - transport_.now());
  e.retry_after = std::max(left, milliseconds{1});
  return e;
}

SLUICE_DECL void circuit_breaker::succeed(bool probe) noexcept {
  // A request from before the circuit opened says nothing about the service now.
  if (open_ && !probe) return;
  open_ = probing_ = false;
  failures_ = 0;
}

SLUICE_DECL void circuit_breaker::fail(bool probe) noexcept {
  if (open_ && !probe) return;
  ++failures_;
  if (!probe && failures_ < policy_.failures) return;
  open_ = true;
  probing_ = false;
  open_until_ = transport_.now() + policy_.open_for;
}

SLUICE_DECL void circuit_breaker::abandon(bool probe) noexcept {
  if (probe) probing_ = false;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_CIRCUIT_BREAKER_IPP
