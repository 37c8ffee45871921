#ifndef SLUICE_DESTINATION_IMPL_REQUEST_MONITOR_IPP
#define SLUICE_DESTINATION_IMPL_REQUEST_MONITOR_IPP

#include <sluice/destination/request_monitor.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/transport/url.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

SLUICE_DECL std::string url_without_query(std::string_view url) {
  result<url_parts> const parts = parse_url(url);
  if (!parts) return {};
  return parts->origin().append(parts->path);
}

SLUICE_DECL std::string request_id_in(request const& r, response const* got) {
  constexpr std::string_view mark = "requestId=";
  std::size_t const query = std::min(r.url.size(), r.url.find('?'));
  std::size_t const at = r.url.find(mark, query);
  if (at != std::string::npos) {
    std::size_t const begin = at + mark.size();
    return r.url.substr(begin, r.url.find('&', begin) - begin);
  }
  if (got == nullptr) return {};
  for (std::string_view const name : {"x-request-id", "x-amz-request-id"})
    if (std::string_view const id = got->header_value(name); !id.empty()) return std::string{id};
  return {};
}

}  // namespace detail

SLUICE_DECL request_monitor::request_monitor(logger log,
                                             std::string_view component,
                                             load_metrics* metrics)
    : log_{std::move(log)}, component_{component}, metrics_{metrics} {}

SLUICE_DECL void request_monitor::detach() noexcept {
  if (metrics_ != nullptr) metrics_->requests_in_flight.sub(in_flight_);
  in_flight_ = 0;
  metrics_ = nullptr;
  log_ = {};
}

SLUICE_DECL void request_monitor::begins(request const&) noexcept {
  if (metrics_ == nullptr) return;
  metrics_->requests_in_flight.add();
  ++in_flight_;
}

SLUICE_DECL void request_monitor::count(request const& r,
                                        result<response> const& outcome) noexcept {
  if (metrics_ == nullptr) return;
  metrics_->requests_in_flight.sub();
  --in_flight_;
  metrics_->requests.add();
  if (r.attempt > 1) metrics_->retries.add();
  if (!outcome) return;
  metrics_->latency_us.record(static_cast<std::uint64_t>(outcome->metrics.total.count()));
  if (classify_status(outcome->status) == disposition::throttled) metrics_->throttled.add();
}

// A line that finds no memory must not change what became of its request.
template<class Make>
void request_monitor::write(Make make) noexcept {
  if (!log_.enabled(log_level::debug)) return;
  try {
    log_.debug(component_, make());
  } catch (std::bad_alloc const&) {
    return;
  }
}

SLUICE_DECL void request_monitor::ended(request const& r,
                                        result<response> const& outcome,
                                        std::chrono::nanoseconds took) noexcept {
  count(r, outcome);
  write([&] {
    std::string line = fmt::format("{}: {} {}",
                                   r.label.empty() ? "request" : r.label,
                                   name_of(r.method),
                                   detail::url_without_query(r.url));
    if (r.attempt != 0) line += fmt::format(", attempt {}", r.attempt);
    if (outcome)
      line += fmt::format(": {}, {} bytes sent, {} received",
                          outcome->status,
                          r.body.size(),
                          outcome->metrics.bytes_received);
    else
      line += ": " + outcome.error().describe();
    using std::chrono::milliseconds;
    line += fmt::format(", {} ms", std::chrono::duration_cast<milliseconds>(took).count());
    std::string const id = detail::request_id_in(r, outcome ? &*outcome : nullptr);
    if (!id.empty()) line += ", request " + id;
    return line;
  });
}

SLUICE_DECL void request_monitor::waits(std::string_view what,
                                        std::size_t attempt,
                                        error const& why,
                                        std::chrono::milliseconds wait) noexcept {
  write([&] {
    return fmt::format("{}: attempt {} failed, the next begins in {} ms: {}",
                       what,
                       attempt,
                       wait.count(),
                       why.describe());
  });
}

}  // namespace sluice::inline v0

#endif  // SLUICE_DESTINATION_IMPL_REQUEST_MONITOR_IPP
