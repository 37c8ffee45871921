#include "catch.hpp"
#include "fixture.hpp"

#include <sluice/transport/circuit_breaker.hpp>
#include <sluice/transport/group.hpp>
#include <sluice/transport/rate_limiter.hpp>
#include <sluice/transport/retry.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using fixture = transport_fixture;

error failure(disposition kind, std::chrono::milliseconds after = 0ms) {
  error e{errc::send_receive, "the connection broke; try again", kind};
  e.service_code = "503";
  e.retry_after = after;
  return e;
}

/// Fails `failures` times, then gives the number of the attempt.
struct flaky {
  transport& net;
  std::size_t failures;
  error why;
  std::vector<steady_time>& times;

  task<std::size_t> operator()(std::size_t n) {
    times.push_back(net.now());
    if (n <= failures) co_return why;
    co_return n;
  }
};

}  // namespace

TEST_CASE("a retry succeeds after passing errors and waits longer each time") {
  fixture f;
  std::vector<steady_time> times;
  result<std::size_t> const done =
      f.run(retry(*f.net, {}, "login", flaky{*f.net, 5, failure(disposition::retryable), times}));
  REQUIRE(done);
  CHECK(*done == 6);
  REQUIRE(times.size() == 6);
  std::chrono::milliseconds most = 250ms;
  for (std::size_t i = 1; i != times.size(); ++i, most *= 2) CHECK(times[i] - times[i - 1] <= most);
}

TEST_CASE("only what never left leaves nothing at the service") {
  for (int code = 1; code <= static_cast<int>(errc::internal); ++code) {
    auto const e = static_cast<errc>(code);
    CAPTURE(make_error_code(e).message());
    bool const before = e == errc::connect || e == errc::name_resolution || e == errc::tls ||
                        e == errc::invalid_configuration || e == errc::circuit_open;
    CHECK(never_sent({e, "x"}) == before);
  }
}

TEST_CASE("the wait has full jitter, a cap, and room for the service's wish") {
  retry_policy const policy{.base = 100ms, .throttle_base = 1000ms, .cap = 1600ms};
  error const passing = failure(disposition::retryable);
  CHECK(retry_wait(policy, 1, passing, 0.0) == 0ms);
  CHECK(retry_wait(policy, 1, passing, 0.5) == 50ms);
  CHECK(retry_wait(policy, 3, passing, 0.5) == 200ms);
  CHECK(retry_wait(policy, 5, passing, 0.5) == 800ms);
  CHECK(retry_wait(policy, 6, passing, 0.5) == 800ms);
  CHECK(retry_wait(policy, 1'000'000, passing, 0.5) == 800ms);
  CHECK(retry_wait(policy, 1, failure(disposition::throttled), 0.5) == 500ms);
  CHECK(retry_wait(policy, 1, failure(disposition::throttled, 30s), 0.5) == 30'500ms);
}

TEST_CASE("waits against a full service double from a second, and a quarter is spread") {
  retry_policy const policy = retry_policy::backpressure();
  error const full = failure(disposition::throttled);
  CHECK(policy.max_attempts == 5);
  CHECK(retry_wait(policy, 1, full, 0.0) == 1'000ms);
  CHECK(retry_wait(policy, 1, full, 0.999) == 1'249ms);
  CHECK(retry_wait(policy, 3, full, 0.0) == 4'000ms);
  CHECK(retry_wait(policy, 9, full, 0.5) == 33'750ms);
  CHECK(validate(policy));
  CHECK(retry_policy::exponential().jitter == retry_jitter::full);
}

TEST_CASE("a permanent error is not tried again and stays as it is") {
  fixture f;
  std::vector<steady_time> times;
  result<std::size_t> const refused =
      f.run(retry(*f.net, {}, "login", flaky{*f.net, 99, failure(disposition::permanent), times}));
  REQUIRE(!refused);
  CHECK(times.size() == 1);
  CHECK(refused.error().message == "the connection broke; try again");
}

TEST_CASE("the attempts behind the first are counted for whoever asks") {
  for (std::size_t const failures : {0u, 2u}) {
    fixture f;
    std::vector<steady_time> times;
    std::uint64_t repeats = 5;
    CHECK(f.run(retry(*f.net,
                      {},
                      "upload",
                      flaky{*f.net, failures, failure(disposition::retryable), times},
                      nullptr,
                      &repeats)));
    CHECK(repeats == 5 + failures);
  }
  fixture f;
  std::vector<steady_time> times;
  std::uint64_t repeats = 0;
  CHECK_FALSE(f.run(retry(*f.net,
                          {.max_attempts = 3},
                          "upload",
                          flaky{*f.net, 99, failure(disposition::retryable), times},
                          nullptr,
                          &repeats)));
  CHECK(repeats == 2);
}

TEST_CASE("the attempts are bounded, and the error says how often and how long") {
  fixture f;
  std::vector<steady_time> times;
  result<std::size_t> const given_up =
      f.run(retry(*f.net,
                  {.max_attempts = 3, .budget = 1h},
                  "upload",
                  flaky{*f.net, 99, failure(disposition::throttled, 10s), times}));
  REQUIRE(!given_up);
  CHECK(times.size() == 3);
  error const& e = given_up.error();
  CHECK_FALSE(e.retryable());
  CHECK(e.code == errc::send_receive);
  CHECK(e.service_code == "503");
  CHECK(e.message.starts_with("upload: gave up after 3 attempts in 2"));
  CHECK(e.message.find("the connection broke") != std::string::npos);
}

TEST_CASE("the time budget bounds waits, attempts under way, and the service's wish") {
  fixture f;
  std::vector<steady_time> times;
  SECTION("a wait that would pass the end is not begun") {
    result<std::size_t> const given_up =
        f.run(retry(*f.net,
                    {.max_attempts = 1000, .budget = 60s},
                    "query",
                    flaky{*f.net, 9999, failure(disposition::retryable), times}));
    REQUIRE(!given_up);
    CHECK(times.size() > 3);
    CHECK(f.clock->elapsed() < 60s);
    CHECK(given_up.error().message.find("time budget") != std::string::npos);
  }
  SECTION("a Retry-After beyond the end fails at once") {
    result<std::size_t> const given_up =
        f.run(retry(*f.net,
                    {.budget = 60s},
                    "query",
                    flaky{*f.net, 9999, failure(disposition::throttled, 61s), times}));
    REQUIRE(!given_up);
    CHECK(times.size() == 1);
    CHECK(f.clock->elapsed() == 0s);
  }
  SECTION("an attempt that hangs is cut off") {
    auto const hang = [&](std::size_t) -> task<int> {
      result<void> slept = co_await f.net->sleep_for(1h);
      if (!slept) co_return slept.error();
      co_return 1;
    };
    result<int> const given_up = f.run(retry(*f.net, {.budget = 60s}, "query", hang));
    REQUIRE(!given_up);
    CHECK(given_up.error().code == errc::deadline);
    CHECK_FALSE(given_up.error().retryable());
    CHECK(f.clock->elapsed() == 60s);
  }
}

TEST_CASE("a policy without bounds is refused") {
  CHECK(validate({}));
  CHECK(validate({.max_attempts = 0}).error().code == errc::invalid_configuration);
  CHECK(validate({.budget = 0ms}).error().message.find("budget") != std::string::npos);
  CHECK_FALSE(validate({.base = 20s}));
  fixture f;
  std::vector<steady_time> times;
  CHECK_FALSE(f.run(retry(
      *f.net, {.max_attempts = 0}, "x", flaky{*f.net, 0, failure(disposition::retryable), times})));
  CHECK(times.empty());
}

TEST_CASE("Retry-After is read in both of its forms") {
  auto const now = std::chrono::sys_days{std::chrono::November / 6 / 1994} + 8h + 49min + 30s;
  CHECK(parse_retry_after("120", now) == 120s);
  CHECK(parse_retry_after("0", now) == 0s);
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == 7s);
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now) == 0s);
  CHECK(parse_retry_after("99999999999999999999", now) == 24h);
  CHECK(parse_retry_after("4000000000", now) == 24h);
  for (char const* const bad : {"",
                                "-1",
                                "soon",
                                "1.5",
                                "12 GMT nonsense",
                                "Sun, 31 Feb 1994 08:49:37 GMT",
                                "Sun, 06 anF 1994 08:49:37 GMT",
                                "Sun, 06 Nov 1994 24:49:37 GMT",
                                "Sun, 06 Nov 1994 08:49:37 UTC"})
    CHECK(parse_retry_after(bad, now).value_or(-1ms) == -1ms);
}

TEST_CASE("statuses are told apart") {
  CHECK(classify_status(429) == disposition::throttled);
  CHECK(classify_status(503) == disposition::throttled);
  for (int const status : {408, 500, 502, 504, 599})
    CHECK(classify_status(status) == disposition::retryable);
  for (int const status : {200, 301, 400, 401, 403, 404, 405, 409, 412, 501, 600})
    CHECK(classify_status(status) == disposition::permanent);
  response reply;
  reply.status = 429;
  reply.headers = {{"retry-after", "7"}};
  reply.body = "never shown";
  error const e = status_error("login", reply, {});
  CHECK(e.code == errc::http_status);
  CHECK(e.kind == disposition::throttled);
  CHECK(e.retry_after == 7s);
  CHECK(e.service_code == "429");
  CHECK(e.message.find("never") == std::string::npos);
}

TEST_CASE("a rate limiter spreads requests, after a burst") {
  fixture f;
  rate_limiter limiter{*f.net, 10, 3};
  std::vector<std::chrono::nanoseconds> times;
  auto const ask = [&]() -> task<void> {
    result<void> passed = co_await limiter.acquire();
    times.push_back(f.clock->elapsed());
    co_return passed;
  };
  auto const all = [&]() -> task<void> {
    task_group group{*f.net};
    for (int i = 0; i != 6; ++i) group.spawn(ask());
    result<void> done = co_await group.wait();
    co_return done;
  };
  REQUIRE(f.run(all()));
  REQUIRE(times.size() == 6);
  CHECK(times[2] == 0ms);
  CHECK(times[3] == 100ms);
  CHECK(times[5] == 300ms);
  CHECK(limiter.wait_for() == 100ms);
  limiter.pause(5s);
  CHECK(limiter.wait_for() >= 5s);
  REQUIRE(f.run(limiter.acquire(2)));
  CHECK(f.clock->elapsed() >= 5300ms);
}

TEST_CASE("tokens of a cancelled wait are given back") {
  fixture f;
  rate_limiter limiter{*f.net, 1, 1};
  REQUIRE(f.run(limiter.acquire()));
  result<void> const late =
      f.run(with_deadline(*f.net, limiter.acquire(100), f.clock->now() + 1ms));
  CHECK(late.error().code == errc::deadline);
  CHECK(limiter.wait_for() <= 1s);
}

TEST_CASE("a circuit opens after failures in a row, lets one probe through, and closes") {
  using state = circuit_breaker::state;
  fixture f;
  circuit_breaker circuit{*f.net, {.failures = 3, .open_for = 10s}};
  auto const tell = [&](bool good) {
    result<circuit_breaker::ticket> ticket = circuit.admit();
    REQUIRE(ticket);
    good ? ticket->succeeded() : ticket->failed();
  };
  tell(false);
  tell(false);
  tell(true);  // the row is broken
  tell(false);
  tell(false);
  CHECK(circuit.current() == state::closed);
  tell(false);
  CHECK(circuit.current() == state::open);
  result<circuit_breaker::ticket> const refused = circuit.admit();
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::circuit_open);
  CHECK(refused.error().kind == disposition::throttled);
  CHECK(refused.error().retry_after == 10s);

  f.clock->advance(10s);
  CHECK(circuit.current() == state::half_open);
  {
    result<circuit_breaker::ticket> probe = circuit.admit();
    REQUIRE(probe);
    CHECK_FALSE(circuit.admit());
    probe->failed();
  }
  CHECK(circuit.current() == state::open);
  f.clock->advance(10s);
  { CHECK(circuit.admit()); }  // given up without a verdict
  tell(true);
  CHECK(circuit.current() == state::closed);
}

TEST_CASE("only errors that speak against the service count for the circuit") {
  fixture f;
  circuit_breaker circuit{*f.net, {.failures = 1, .open_for = 10s}};
  auto const settle = [&](result<void> const& outcome) {
    result<circuit_breaker::ticket> ticket = circuit.admit();
    REQUIRE(ticket);
    ticket->settle(outcome);
  };
  settle(failure(disposition::permanent));
  settle(error{errc::cancelled, "given up", disposition::retryable});
  settle(success);
  CHECK(circuit.current() == circuit_breaker::state::closed);
  settle(failure(disposition::retryable));
  CHECK(circuit.current() == circuit_breaker::state::open);
}
