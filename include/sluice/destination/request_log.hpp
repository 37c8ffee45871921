#ifndef SLUICE_DESTINATION_REQUEST_LOG_HPP
#define SLUICE_DESTINATION_REQUEST_LOG_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/request_observer.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

/// Writes a debug line for every attempt of a request and for every wait before the next:
///
///     statement: POST https://acme.example/queries/v1/query-request, attempt 2: 200, 312 bytes
///     sent, 1520 received, 12 ms, request 5f0c...
///
/// Of the URL host and path alone: queries may hold signatures, and so may headers and bodies.
/// Thread safety: the transport thread; must outlive the requests that were given its observer.
class request_log final : public request_observer {
 public:
  /// Drops every line.
  request_log() = default;

  /// Speaks as `component`, a constant.
  request_log(logger log, std::string_view component);

  /// For `request::observer` and `retry`: null unless debug lines are wanted, so that nothing is
  /// written or measured for nobody.
  [[nodiscard]] request_observer* observer() noexcept {
    return log_.enabled(log_level::debug) ? this : nullptr;
  }

  /// From here on every line is dropped, also of requests under way.
  void detach() noexcept { log_ = {}; }

  SLUICE_DECL void ended(request const& r,
                         result<response> const& outcome,
                         std::chrono::nanoseconds took) noexcept override;
  SLUICE_DECL void waits(std::string_view what,
                         std::size_t attempt,
                         error const& why,
                         std::chrono::milliseconds wait) noexcept override;

 private:
  template<class Make>
  void write(Make make) noexcept;

  logger log_;
  std::string_view component_;
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
#include <sluice/destination/impl/request_log.ipp>
#endif

#endif  // SLUICE_DESTINATION_REQUEST_LOG_HPP
