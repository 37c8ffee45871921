#ifndef SLUICE_TRANSPORT_IMPL_RETRY_HPP
#define SLUICE_TRANSPORT_IMPL_RETRY_HPP

#include <sluice/transport/group.hpp>
#include <sluice/transport/retry.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sluice::inline v0 {

template<class F>
auto retry(transport& t,
           retry_policy policy,
           std::string what,
           F attempt,
           request_observer* observer,
           std::uint64_t* repeats)
    -> task<typename detail::task_value<std::invoke_result_t<F&, std::size_t>>::type> {
  using value_type = typename detail::task_value<std::invoke_result_t<F&, std::size_t>>::type;
  result<void> const good = validate(policy);
  if (!good) co_return good.error();
  steady_time const start = t.now();
  steady_time const end = start + policy.budget;
  std::optional<error> last;
  for (std::size_t n = 1;; ++n) {
    result<value_type> outcome = co_await with_deadline(t, attempt(n), end);
    if (outcome) co_return outcome;
    error& failure = outcome.error();
    if (failure.code == errc::deadline && t.now() >= end) {
      // The budget ended this attempt: what made the earlier ones fail says more.
      co_return detail::gave_up(
          last ? std::move(*last) : std::move(failure), what, n, t.now() - start, "time budget");
    }
    if (!failure.retryable()) co_return outcome;
    if (n == policy.max_attempts)
      co_return detail::gave_up(std::move(failure), what, n, t.now() - start, "attempts");
    std::chrono::milliseconds const wait = retry_wait(policy, n, failure, t.random());
    if (t.now() + wait >= end)
      co_return detail::gave_up(std::move(failure), what, n, t.now() - start, "time budget");
    if (observer != nullptr) observer->waits(what, n, failure, wait);
    result<void> slept = co_await t.sleep_for(wait);
    if (!slept) co_return slept.error();
    last = std::move(failure);
    if (repeats != nullptr) ++*repeats;
  }
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_RETRY_HPP
