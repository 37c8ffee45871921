#ifndef SLUICE_TRANSPORT_RETRY_HPP
#define SLUICE_TRANSPORT_RETRY_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/request_observer.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0 {

/// How waits are spread, so that clients which failed together do not come back together.
enum class retry_jitter : std::uint8_t {
  full,  ///< anything up to the wait
  added  ///< the wait, and up to a quarter of it more
};

/// How often and how long to try. Both bounds always hold: there is no endless retry.
struct retry_policy {
  std::size_t max_attempts = 7;                   ///< the first one included; at least 1
  std::chrono::milliseconds budget{300'000};      ///< from the start of the first; above 0
  std::chrono::milliseconds base{250};            ///< longest wait before the second attempt
  std::chrono::milliseconds throttle_base{1000};  ///< the same after disposition::throttled
  std::chrono::milliseconds cap{16'000};  ///< longest wait, but for Retry-After and added jitter
  retry_jitter jitter = retry_jitter::full;

  /// The default by its name: waits double, with full jitter.
  [[nodiscard]] static constexpr retry_policy exponential() noexcept { return {}; }

  /// Against a service that is full (429, ReceiverSaturated): five attempts, after one second and
  /// then twice as long each time, what loaders of Snowpipe Streaming in the field do.
  [[nodiscard]] static constexpr retry_policy backpressure() noexcept {
    using std::chrono::milliseconds;
    return {5,
            milliseconds{300'000},
            milliseconds{1'000},
            milliseconds{1'000},
            milliseconds{30'000},
            retry_jitter::added};
  }
};

/// Error: errc::invalid_configuration, naming the member.
[[nodiscard]] SLUICE_DECL result<void> validate(retry_policy const& policy);

/// The wait after the `attempt`-th attempt (from 1) failed with `why`: of min(cap,
/// base x 2^(attempt-1)) the share `draw`, or all of it and a quarter of that share, as the policy
/// spreads; or the service's retry_after plus `draw` x base. `draw` is in [0, 1). A pure function.
[[nodiscard]] SLUICE_DECL std::chrono::milliseconds retry_wait(retry_policy const& policy,
                                                               std::size_t attempt,
                                                               error const& why,
                                                               double draw) noexcept;

/// What an HTTP status means for a retry: 429 and 503 throttled; 408 and other 5xx but 501
/// retryable; the rest permanent. Services refine it.
[[nodiscard]] SLUICE_DECL disposition classify_status(int status) noexcept;

/// Whether an exchange that failed with `e` certainly left nothing at the service: no connection
/// was made, or nothing was tried. Any other error without a reply leaves open what was done.
[[nodiscard]] SLUICE_DECL bool never_sent(error const& e) noexcept;

/// The value of a Retry-After header, in seconds or as an HTTP date, at most a day; nothing if it
/// is neither.
[[nodiscard]] SLUICE_DECL std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now);

/// An HTTP date, e.g. of a Date header: "Sun, 06 Nov 1994 08:49:37 GMT".
[[nodiscard]] SLUICE_DECL std::optional<std::chrono::system_clock::time_point> parse_http_date(
    std::string_view value);

/// The error for a reply of an error status: errc::http_status, classified, with Retry-After, the
/// status as service code, and no bytes of the body. `what`: "login".
[[nodiscard]] SLUICE_DECL error status_error(std::string_view what,
                                             response const& reply,
                                             std::chrono::system_clock::time_point now);

namespace detail {

/// The error of the last attempt, made permanent and told how often and how long it was tried.
[[nodiscard]] SLUICE_DECL error gave_up(error last,
                                        std::string_view what,
                                        std::size_t attempts,
                                        std::chrono::nanoseconds spent,
                                        std::string_view bound);

template<class Task>
struct task_value;

template<class T>
struct task_value<task<T>> {
  using type = T;
};

}  // namespace detail

/// Runs `attempt(n)`, n from 1, until it succeeds or fails for good: a permanent error is passed on
/// as it is; otherwise waits and tries again until the attempts or the budget are used up. An
/// attempt still under way at the end of the budget is given up. `attempt` is a callable that
/// returns a task; it lives until the end. `what` names the operation in the error. `observer`, if
/// not null, hears of every wait; `repeats`, if not null, grows with every attempt behind the first
/// and lives until the end. Errors: the last attempt's with its code, made permanent;
/// errc::deadline when the budget ended the first attempt; errc::cancelled.
template<class F>
[[nodiscard]] auto retry(transport& t,
                         retry_policy policy,
                         std::string what,
                         F attempt,
                         request_observer* observer = nullptr,
                         std::uint64_t* repeats = nullptr)
    -> task<typename detail::task_value<std::invoke_result_t<F&, std::size_t>>::type>;

}  // namespace sluice::inline v0

#include <sluice/transport/impl/retry.hpp>

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/retry.ipp>
#endif

#endif  // SLUICE_TRANSPORT_RETRY_HPP
