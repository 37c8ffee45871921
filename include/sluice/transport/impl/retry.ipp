#ifndef SLUICE_TRANSPORT_IMPL_RETRY_IPP
#define SLUICE_TRANSPORT_IMPL_RETRY_IPP

#include <sluice/transport/retry.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

SLUICE_DECL result<void> validate(retry_policy const& policy) {
  auto const bad = [](std::string_view what) {
    return error{errc::invalid_configuration,
                 fmt::format("the retry policy cannot be used: {}", what)};
  };
  using std::chrono::milliseconds;
  if (policy.max_attempts == 0) return bad("max_attempts is 0; allow at least one attempt");
  if (policy.budget <= milliseconds{0}) return bad("budget is not above 0; allow some time");
  if (policy.base < milliseconds{0} || policy.throttle_base < milliseconds{0})
    return bad("base and throttle_base must not be negative");
  if (policy.cap < std::max(policy.base, policy.throttle_base))
    return bad("cap is below base or throttle_base; raise it");
  return success;
}

SLUICE_DECL std::chrono::milliseconds retry_wait(retry_policy const& policy,
                                                 std::size_t attempt,
                                                 error const& why,
                                                 double draw) noexcept {
  using std::chrono::milliseconds;
  milliseconds const base = why.kind == disposition::throttled ? policy.throttle_base : policy.base;
  auto const share = [&](milliseconds most) {
    return milliseconds{
        static_cast<milliseconds::rep>(draw * static_cast<double>(most.count()) + 0.5)};
  };
  if (why.retry_after > milliseconds{0}) return why.retry_after + share(base);
  std::size_t const doublings = std::min<std::size_t>(attempt - 1, 30);
  milliseconds most = policy.cap;
  if (base.count() <= (policy.cap.count() >> doublings)) most = base * (1LL << doublings);
  return policy.jitter == retry_jitter::full ? share(most) : most + share(most) / 4;
}

SLUICE_DECL disposition classify_status(int status) noexcept {
  if (status == 429 || status == 503) return disposition::throttled;
  if (status == 408) return disposition::retryable;
  if (status >= 500 && status <= 599 && status != 501) return disposition::retryable;
  return disposition::permanent;
}

SLUICE_DECL bool never_sent(error const& e) noexcept {
  return e.code == errc::connect || e.code == errc::name_resolution || e.code == errc::tls ||
         e.code == errc::invalid_configuration || e.code == errc::circuit_open;
}

SLUICE_DECL std::optional<std::chrono::system_clock::time_point> parse_http_date(
    std::string_view value) {
  // RFC 9110, 5.6.7: the only form that may be sent has 29 characters.
  constexpr std::string_view shape = "aaa, 00 aaa 0000 00:00:00 GMT";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (value.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i != shape.size(); ++i) {
    bool const digit = value[i] >= '0' && value[i] <= '9';
    if (shape[i] == '0' ? !digit : shape[i] != 'a' && value[i] != shape[i]) return std::nullopt;
  }
  auto const number = [&](std::size_t at, std::size_t length) {
    unsigned n = 0;
    std::from_chars(value.data() + at, value.data() + at + length, n);
    return n;
  };
  std::size_t const month = months.find(value.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  std::chrono::year_month_day const date{std::chrono::year{static_cast<int>(number(12, 4))},
                                         std::chrono::month{static_cast<unsigned>(month / 3 + 1)},
                                         std::chrono::day{number(5, 2)}};
  unsigned const hour = number(17, 2);
  unsigned const minute = number(20, 2);
  unsigned const second = number(23, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

SLUICE_DECL std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now) {
  using std::chrono::milliseconds;
  constexpr milliseconds most = std::chrono::hours{24};
  std::uint32_t wanted_s = 0;
  char const* const end = value.data() + value.size();
  auto const [stop, failure] = std::from_chars(value.data(), end, wanted_s);
  if (stop == end && !value.empty()) {
    if (failure == std::errc::result_out_of_range) return most;
    if (failure == std::errc{}) return std::min<milliseconds>(most, std::chrono::seconds{wanted_s});
  }
  std::optional<std::chrono::system_clock::time_point> const date = parse_http_date(value);
  if (!date) return std::nullopt;
  return std::clamp(std::chrono::ceil<milliseconds>(*date - now), milliseconds{0}, most);
}

SLUICE_DECL error status_error(std::string_view what,
                               response const& reply,
                               std::chrono::system_clock::time_point now) {
  disposition const kind = classify_status(reply.status);
  std::string_view remedy = "check the request's host, path and credentials";
  if (kind == disposition::throttled)
    remedy = "the service asks for fewer requests: wait or lower the concurrency";
  else if (kind == disposition::retryable)
    remedy = "the service has a passing problem: try again";
  error e{
      errc::http_status,
      fmt::format("{}: the server answered with HTTP status {}; {}", what, reply.status, remedy),
      kind};
  e.service_code = std::to_string(reply.status);
  if (kind != disposition::permanent)
    e.retry_after = parse_retry_after(reply.header_value("Retry-After"), now)
                        .value_or(std::chrono::milliseconds{0});
  return e;
}

SLUICE_DECL error detail::gave_up(error last,
                                  std::string_view what,
                                  std::size_t attempts,
                                  std::chrono::nanoseconds spent,
                                  std::string_view bound) {
  double const spent_s = std::chrono::duration<double>(spent).count();
  last.message =
      fmt::format("{}: gave up after {} attempt{} in {:.1f} s ({} used up); last error: {}",
                  what,
                  attempts,
                  attempts == 1 ? "" : "s",
                  spent_s,
                  bound,
                  last.message.empty() ? last.code.message() : last.message);
  last.kind = disposition::permanent;
  return last;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_RETRY_IPP
