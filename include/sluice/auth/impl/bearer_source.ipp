#ifndef SLUICE_AUTH_IMPL_BEARER_SOURCE_IPP
#define SLUICE_AUTH_IMPL_BEARER_SOURCE_IPP

#include <sluice/auth/bearer_source.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::inline v0 {

SLUICE_DECL bearer_source::bearer_source(transport& t, fetch_function fetch)
    : transport_{t}, fetch_{std::move(fetch)} {}

SLUICE_DECL bearer_source::bearer_source(transport& t, secret token) : transport_{t} {
  grant_.token = std::move(token);
  generation_ = 1;
}

SLUICE_DECL bool bearer_source::good() const noexcept {
  return generation_ != 0 && transport_.system_now() < grant_.expires_at;
}

SLUICE_DECL bool bearer_source::due() const noexcept {
  return !good() || transport_.system_now() >= renew_at_;
}

SLUICE_DECL void bearer_source::take(bearer_grant grant) {
  using std::chrono::system_clock;
  grant_ = std::move(grant);
  ++generation_;
  renew_at_ = system_clock::time_point::max();
  if (grant_.expires_at == system_clock::time_point::max()) return;
  auto const life = grant_.expires_at - transport_.system_now();
  constexpr system_clock::duration margin = std::chrono::minutes{5};
  // Five minutes of a token that lives for less would be all of it.
  renew_at_ = grant_.expires_at - (life / 5 < margin && life > 2 * margin ? margin : life / 5);
}

SLUICE_DECL task<bearer> bearer_source::current() {
  if (!fetch_ || !due()) co_return bearer{grant_.token, generation_};
  if (good() && lock_.locked()) co_return bearer{grant_.token, generation_};
  result<permit> held = co_await lock_.lock();
  if (!held) co_return std::move(held).error();
  if (due()) {
    result<bearer_grant> fresh = co_await fetch_();
    if (fresh) {
      take(*std::move(fresh));
    } else {
      if (!good() || fresh.error().code == errc::cancelled) co_return std::move(fresh).error();
      renew_at_ = transport_.system_now() + std::chrono::seconds{30};
    }
  }
  co_return bearer{grant_.token, generation_};
}

SLUICE_DECL task<void> bearer_source::renew(std::uint64_t generation) {
  if (generation_ != generation) co_return success;
  if (!fetch_)
    co_return error{
        errc::invalid_configuration,
        "the token was refused and cannot be renewed; give a fresh one, or a credential "
        "from which tokens are made"};
  result<permit> held = co_await lock_.lock();
  if (!held) co_return std::move(held).error();
  if (generation_ != generation) co_return success;
  result<bearer_grant> fresh = co_await fetch_();
  if (!fresh) co_return std::move(fresh).error();
  take(*std::move(fresh));
  co_return success;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_BEARER_SOURCE_IPP
