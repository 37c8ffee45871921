#ifndef SLUICE_SANDBOX_IMPL_SERVICE_IPP
#define SLUICE_SANDBOX_IMPL_SERVICE_IPP

#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>

namespace sluice::inline v0::sandbox::detail {

namespace service_impl {

/// The same sequence in every run.
inline double random_share() {
  static std::mutex guard;
  static std::mt19937_64 numbers(1'000);
  std::lock_guard const lock(guard);
  return std::uniform_real_distribution<double>(0.0, 1.0)(numbers);
}

inline std::chrono::milliseconds uniform(std::int64_t longest_ms) {
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(random_share() * static_cast<double>(longest_ms)));
}

/// Half of the waits are shorter than the median; one in a hundred is longer than fifty medians.
inline std::chrono::milliseconds long_tail(std::int64_t median_ms) {
  double const share = std::max(1.0 - random_share(), 0.001);
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(median_ms) * (0.5 / share)));
}

}  // namespace service_impl

std::optional<std::int64_t> fault_gate::hit(std::string_view name) {
  auto const found = hit(name, {});
  return found ? std::optional(found->value) : std::nullopt;
}

std::optional<fault_hit> fault_gate::hit(std::string_view name,
                                         std::function<bool(std::string_view)> holds) {
  auto out = service_.faults.fire(name, {.subjects = subjects_, .holds = std::move(holds)});
  if (out) fired_.emplace_back(name);
  return out;
}

std::optional<std::int64_t> fault_gate::action(std::string_view name) {
  std::optional<std::int64_t> out;
  for (auto const& kind : kinds_) {
    auto const value = hit(kind + '.' + std::string(name));
    if (value && !out) out = value;
  }
  return out;
}

void fault_gate::apply_to_head(head_verdict& verdict) {
  if (auto const value = action("reset_body")) {
    verdict.reset_after = static_cast<std::uint64_t>(*value);
  }
  if (auto const value = action("slow_body")) {
    verdict.bytes_per_second = static_cast<std::uint64_t>(*value);
  }
  if (action("drop_at_head")) verdict.reply.emplace().send.drop = true;
}

http_response fault_gate::injected(int status) const {
  return error_ ? error_(status) : json_response(status, R"({"message":"injected"})");
}

std::optional<http_response> fault_gate::before(http_request const& request, connection& peer) {
  http_response out;
  if (auto const ms = action("delay")) peer.wait(std::chrono::milliseconds(*ms));
  if (auto const ms = action("delay_uniform")) peer.wait(service_impl::uniform(*ms));
  if (auto const ms = action("delay_tail")) peer.wait(service_impl::long_tail(*ms));
  if (action("drop_request")) {
    out.send.drop = true;
    return out;
  }
  if (action("hang")) {
    out.send.hang = true;
    return out;
  }
  if (auto const status = action("status")) {
    return injected(static_cast<int>(*status));
  }
  if (auto const status = action("plain_status")) {
    out.status = static_cast<int>(*status);
    out.headers.emplace_back("Content-Type", "text/plain");
    out.body = std::string(reason_phrase(out.status));
    return out;
  }
  if (auto const seconds = action("throttle")) {
    out = injected(429);
    out.headers.emplace_back("Retry-After", std::to_string(*seconds));
    return out;
  }
  if (auto const status = action("html_reply")) {
    out.status = static_cast<int>(*status);
    out.headers.emplace_back("Content-Type", "text/html");
    out.body = out.status < 400
                   ? std::string("<html><body><h1>Please sign in to the proxy</h1></body></html>")
                   : "<html><body><h1>" + std::to_string(out.status) + ' ' +
                         std::string(reason_phrase(out.status)) + "</h1></body></html>";
    return out;
  }
  if (auto const status = action("redirect")) {
    out.status = static_cast<int>(*status);
    out.headers.emplace_back("Location", other_port(service_, request));
    return out;
  }
  return std::nullopt;
}

void fault_gate::after(http_response& reply) {
  if (action("drop_reply")) reply.send.drop = true;
  if (action("close_reply")) reply.send.close = true;
  if (action("half_status_line")) reply.send.half_status_line = true;
  if (auto const ms = action("pause_in_reply")) {
    reply.send.pause_after_head = std::chrono::milliseconds(*ms);
  }
  if (auto const bytes = action("wrong_length")) reply.send.length_error = *bytes;
  if (action("hang_reply")) reply.send.hang = true;
  if (auto const status = action("status_after")) {
    reply = injected(static_cast<int>(*status));
  }
  if (action("garbage_reply")) {
    reply.body = "{\"success\": tru\x01\xff garbage";
    reply.shared_body.reset();
    reply.status = 200;
  }
  if (auto const bytes = action("huge_reply")) {
    reply.send.stream_bytes = static_cast<std::uint64_t>(*bytes);
  }
  if (auto const rate = action("slow_reply")) {
    reply.send.bytes_per_second = static_cast<std::uint64_t>(*rate);
  }
  auto const cut = [&](std::int64_t bytes) {
    reply.send.truncate_after =
        bytes >= 0 ? static_cast<std::uint64_t>(bytes) : reply.content().size() / 2;
  };
  if (auto const bytes = action("truncate_reply")) cut(*bytes);
  if (auto const bytes = action("reset_reply")) {
    cut(*bytes);
    reply.send.reset_at_cut = true;
  }
}

http_response fault_gate::around(http_request const& request,
                                 connection& peer,
                                 std::function<http_response()> const& execute) {
  if (auto const skew = hit("clock_skew")) service_.clock.skew(std::chrono::seconds(*skew));
  if (auto early = before(request, peer)) return *std::move(early);
  bool const twice = action("duplicate").has_value();
  http_response reply = execute();
  if (twice) reply = execute();
  after(reply);
  return reply;
}

request_record describe(service& s, std::string endpoint, http_request const& request) {
  static std::atomic<std::uint64_t> numbers{0};
  request_record out;
  out.number = ++numbers;
  out.time = s.clock.now();
  out.arrived = std::chrono::steady_clock::now();
  out.endpoint = std::move(endpoint);
  out.http2 = request.http2;
  out.method = request.method;
  out.path = request.path;
  for (auto const& [name, value] : request.query) out.query.emplace(name, value);
  out.headers = request.headers;
  out.request_id = request.has_parameter("requestId") ? request.parameter("requestId")
                                                      : request.parameter("request_id");
  out.request_guid = request.parameter("request_guid");
  out.marked_replay = request.parameter("retry") == "true" ||
                      to_integer(request.parameter("retryCount")).value_or(0) >= 1;
  return out;
}

std::string other_port(service const& s, http_request const& request) {
  std::string const authority(request.header("host"));
  auto const colon = authority.rfind(':');
  std::string port = colon == std::string::npos ? "" : authority.substr(colon + 1);
  for (port_pair const& pair : s.twins) {
    std::string const first = std::to_string(pair.first);
    std::string const second = std::to_string(pair.second);
    if (port != first && port != second) continue;
    port = port == first ? second : first;
    break;
  }
  return (request.secure ? "https://" : "http://") + authority.substr(0, colon) + ':' + port +
         request.target;
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_SERVICE_IPP
