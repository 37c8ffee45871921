#ifndef SLUICE_SANDBOX_DETAIL_SERVICE_HPP
#define SLUICE_SANDBOX_DETAIL_SERVICE_HPP

#include <sluice/sandbox/detail/http.hpp>
#include <sluice/sandbox/sandbox.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::detail {

/// The service's clock: the system's, moved by a skew.
class service_clock {
 public:
  using time_point = std::chrono::system_clock::time_point;

  time_point now() const noexcept {
    return std::chrono::system_clock::now() + std::chrono::seconds(skew_.load());
  }

  void skew(std::chrono::seconds by) noexcept { skew_ = by.count(); }

 private:
  std::atomic<std::int64_t> skew_{0};
};

/// The two ports of one endpoint: what a redirect at the one leads to is the other.
struct port_pair {
  std::uint16_t first = 0;
  std::uint16_t second = 0;
};

/// What the servers share.
struct service {
  options const& configured;
  fault_control& faults;
  request_log& log;
  service_clock clock;
  endpoints where;
  std::vector<port_pair> twins;
};

/// Collects which faults hit one request and applies the `<kind>.<action>` ones.
class fault_gate {
 public:
  /// How a service words an injected error of this status.
  using error_maker = std::function<http_response(int status)>;

  /// `subjects` are what a fault may be limited to, such as a channel.
  fault_gate(service& s,
             std::vector<std::string> kinds,
             std::vector<std::string> subjects = {},
             error_maker error = {})
      : service_(s),
        kinds_(std::move(kinds)),
        subjects_(std::move(subjects)),
        error_(std::move(error)) {}

  /// Whether this fault in the field's words acts on the request.
  std::optional<std::int64_t> hit(std::string_view name);
  /// The same for a fault with a text, of which `holds` says whether it means this request.
  std::optional<fault_hit> hit(std::string_view name, std::function<bool(std::string_view)> holds);
  /// The same for an action on any of the request's kinds.
  std::optional<std::int64_t> action(std::string_view name);

  std::vector<std::string> const& kinds() const noexcept { return kinds_; }

  std::vector<std::string> const& fired() const noexcept { return fired_; }

  /// Faults on a request of which only the head is there.
  void apply_to_head(head_verdict& verdict);
  /// Faults before and after execution around `execute`.
  http_response around(http_request const& request,
                       connection& peer,
                       std::function<http_response()> const& execute);

 private:
  std::optional<http_response> before(http_request const& request, connection& peer);
  void after(http_response& reply);
  http_response injected(int status) const;

  service& service_;
  std::vector<std::string> kinds_;
  std::vector<std::string> subjects_;
  error_maker error_;
  std::vector<std::string> fired_;
};

/// The status for the request log: 0 if the peer gets no reply.
inline int logged_status(http_response const& reply) {
  auto const& how = reply.send;
  bool const none =
      how.drop || how.hang || how.close || how.half_status_line || how.reset_stream || how.go_away;
  return none ? 0 : reply.status;
}

/// What every request log entry has, whatever the endpoint.
request_record describe(service& s, std::string endpoint, http_request const& request);

/// `Location` for the same target at the same host and the other port of the endpoint.
std::string other_port(service const& s, http_request const& request);

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_SERVICE_HPP
