#ifndef SLUICE_DESTINATION_REQUEST_MONITOR_HPP
#define SLUICE_DESTINATION_REQUEST_MONITOR_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/request_observer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

/// Watches the requests of a session: counts them in the figures of its load, and writes a debug
/// line for every attempt and for every wait before the next:
///
///     statement: POST https://acme.example/queries/v1/query-request, attempt 2: 200, 312 bytes
///     sent, 1520 received, 12 ms, request 5f0c...
///
/// Of the URL host and path alone: queries may hold signatures, and so may headers and bodies.
///
/// | figure of `load_metrics` | what is counted |
/// |---|---|
/// | `requests_in_flight` | attempts between begin and end |
/// | `requests` | attempts that have ended, with a reply or without |
/// | `retries` | those of them whose `request::attempt` is above 1 |
/// | `throttled` | replies that `classify_status` takes for a wish to slow down: 429, 503 |
/// | `latency_us` | `request_metrics::total` of attempts with a reply |
///
/// Thread safety: the transport thread; must outlive the requests that were given its observer.
class request_monitor final : public request_observer {
 public:
  /// Drops every line and counts nothing.
  request_monitor() = default;

  /// Speaks as `component`, a constant, and counts in `metrics`; null: nowhere.
  request_monitor(logger log, std::string_view component, load_metrics* metrics);
  request_monitor(request_monitor const&) = delete;
  request_monitor& operator=(request_monitor const&) = delete;

  ~request_monitor() { detach(); }

  /// For `request::observer` and `retry`: null if neither debug lines nor figures are wanted, so
  /// that nothing is measured for nobody.
  [[nodiscard]] request_observer* observer() noexcept {
    return metrics_ != nullptr || log_.enabled(log_level::debug) ? this : nullptr;
  }

  /// The owner goes: log and figures are not used from here on. Requests under way count as in
  /// flight no more, and are not heard of again.
  SLUICE_DECL void detach() noexcept;

  SLUICE_DECL void begins(request const& r) noexcept override;
  SLUICE_DECL void ended(request const& r,
                         result<response> const& outcome,
                         std::chrono::nanoseconds took) noexcept override;
  SLUICE_DECL void waits(std::string_view what,
                         std::size_t attempt,
                         error const& why,
                         std::chrono::milliseconds wait) noexcept override;

 private:
  void count(request const& r, result<response> const& outcome) noexcept;
  template<class Make>
  void write(Make make) noexcept;

  logger log_;
  std::string_view component_;
  load_metrics* metrics_ = nullptr;
  std::uint64_t in_flight_ = 0;  ///< what it has added to the gauge
};

namespace detail {

/// Host and path of a URL, without user and query; empty if it cannot be read.
[[nodiscard]] SLUICE_DECL std::string url_without_query(std::string_view url);

/// By what the service's support finds a request: its parameter `requestId`, or what the reply
/// names it; empty if neither is there.
[[nodiscard]] SLUICE_DECL std::string request_id_in(request const& r, response const* got);

}  // namespace detail

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/destination/impl/request_monitor.ipp>
#endif

#endif  // SLUICE_DESTINATION_REQUEST_MONITOR_HPP
