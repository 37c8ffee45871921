#include "../transport/fixture.hpp"
#include "catch.hpp"

#include <sluice/destination/request_monitor.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/transport/duplex.hpp>
#include <sluice/transport/group.hpp>
#include <sluice/transport/request_observer.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct heard {
  std::vector<std::string> lines;

  sluice::logger logger(sluice::log_level from) {
    return sluice::logger{
        [this](sluice::log_entry const& e) {
          lines.push_back(std::string{e.component} + ' ' + std::string{e.message});
        },
        from};
  }
};

sluice::request signed_upload() {
  sluice::request r;
  r.method = sluice::http_method::put;
  r.url = "https://store.example:8443/bucket/file.csv?X-Amz-Signature=planted-1&requestId=id-7";
  r.headers = {{"Authorization", "planted-2"}};
  r.body = sluice::chunk_list{std::string{"planted-3"}};
  r.label = "PUT";
  r.attempt = 2;
  return r;
}

sluice::test::scripted_reply status(int code) {
  sluice::test::scripted_reply r;
  r.status = code;
  return r;
}

sluice::test::scripted_reply hanging() {
  sluice::test::scripted_reply r;
  r.hang = true;
  return r;
}

/// One attempt, and the figures after it.
sluice::load_stats after(transport_fixture& f,
                         sluice::request_monitor& monitor,
                         sluice::load_metrics const& figures,
                         std::size_t attempt = 1) {
  sluice::request r = get_request("https://host/");
  r.attempt = attempt;
  r.observer = monitor.observer();
  static_cast<void>(f.run(f.net->perform(std::move(r))));
  return figures.snapshot();
}

bool has(std::string const& line, std::string const& part) {
  return line.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a line of a request has host and path, and nothing secret", "[destination][log]") {
  heard h;
  sluice::request_monitor log{h.logger(sluice::log_level::debug), "store", nullptr};
  REQUIRE(log.observer() == &log);
  sluice::response reply;
  reply.status = 503;
  reply.headers = {{"Set-Cookie", "planted-4"}};
  reply.body = "planted-5";
  reply.metrics.bytes_received = 41;
  log.ended(signed_upload(), reply, 12ms);
  log.ended(signed_upload(), sluice::error{sluice::errc::timeout, "too slow"}, 1'500ms);
  REQUIRE(h.lines.size() == 2);
  for (std::string const part : {"store ",
                                 "PUT https://store.example:8443/bucket/file.csv,",
                                 "attempt 2",
                                 "503",
                                 "9 bytes sent",
                                 "41 received",
                                 "12 ms",
                                 "id-7"})
    CHECK(has(h.lines[0], part));
  CHECK(has(h.lines[1], "too slow"));
  CHECK(has(h.lines[1], "1500 ms"));
  for (std::string const& line : h.lines) CHECK_FALSE(has(line, "planted"));
}

TEST_CASE("without debug lines and figures nobody observes requests", "[destination][log]") {
  heard h;
  sluice::request_monitor log{h.logger(sluice::log_level::info), "store", nullptr};
  CHECK(log.observer() == nullptr);
  CHECK(sluice::request_monitor{}.observer() == nullptr);
  log.ended(signed_upload(), sluice::response{}, 1ms);
  log.waits("PUT", 1, sluice::error{sluice::errc::timeout, "too slow"}, 1ms);
  CHECK(h.lines.empty());
}

TEST_CASE("every wait of a retry is heard of", "[destination][log]") {
  heard h;
  sluice::request_monitor log{h.logger(sluice::log_level::debug), "store", nullptr};
  sluice::transport net;
  sluice::retry_policy policy;
  policy.base = 1ms;
  policy.cap = policy.throttle_base = 2ms;
  auto const third_time = [](std::size_t n) -> sluice::task<int> {
    if (n < 3)
      co_return sluice::error{sluice::errc::timeout, "too slow", sluice::disposition::retryable};
    co_return 7;
  };
  auto const done = sluice::block_on(net,
                                     sluice::retry(net, policy, "PUT", third_time, log.observer()),
                                     sluice::deadline::in(10s));
  REQUIRE(done);
  REQUIRE(h.lines.size() == 2);
  CHECK(has(h.lines[0], "attempt 1 failed"));
  CHECK(has(h.lines[1], "attempt 2 failed"));
  CHECK(has(h.lines[1], "too slow"));
}

TEST_CASE("every attempt counts, with a reply or without", "[destination][figures]") {
  sluice::test::scripted_reply broken;
  broken.failure = sluice::error{sluice::errc::send_receive, "it broke; try again"};
  transport_fixture f{{status(200), status(503), status(429), broken, status(500)}};
  heard h;
  sluice::load_metrics figures;
  sluice::request_monitor monitor{h.logger(sluice::log_level::info), "store", &figures};
  REQUIRE(monitor.observer() == &monitor);
  sluice::load_stats s = after(f, monitor, figures);
  CHECK(s.requests == 1);
  CHECK(s.retries + s.throttled == 0);
  CHECK(s.latency_us.count == 1);
  s = after(f, monitor, figures, 2);
  CHECK(s.requests == 2);
  CHECK(s.retries == 1);
  CHECK(s.throttled == 1);
  s = after(f, monitor, figures, 0);
  CHECK(s.retries == 1);
  CHECK(s.throttled == 2);
  s = after(f, monitor, figures, 7);
  CHECK(s.requests == 4);
  CHECK(s.retries == 2);
  CHECK(s.throttled == 2);
  CHECK(s.latency_us.count == 3);
  s = after(f, monitor, figures);
  CHECK(s.throttled == 2);
  CHECK(s.latency_us.count == 4);
  CHECK(s.requests_in_flight == 0);
  CHECK(h.lines.empty());
}

TEST_CASE("an attempt is in flight from its begin to its end, however it ends",
          "[destination][figures]") {
  transport_fixture f{{hanging()}};
  sluice::load_metrics figures;
  sluice::request_monitor monitor{{}, "store", &figures};
  auto const given_up = [&]() -> sluice::task<std::uint64_t> {
    sluice::request r = get_request("https://host/");
    r.observer = monitor.observer();
    sluice::task_group one{*f.net};
    auto const send = [&]() -> sluice::task<void> {
      sluice::result<sluice::response> got = co_await f.net->perform(std::move(r));
      if (!got) co_return got.error();
      co_return sluice::success;
    };
    one.spawn(send());
    std::uint64_t const in_flight = figures.requests_in_flight.value();
    one.cancel();
    sluice::result<void> const ended = co_await one.wait();
    if (ended) co_return sluice::error{sluice::errc::internal, "it was answered"};
    co_return in_flight;
  };
  auto const in_flight = f.run(given_up());
  REQUIRE(in_flight);
  CHECK(*in_flight == 1);
  CHECK(figures.requests_in_flight.value() == 0);
  CHECK(figures.requests.value() == 1);
  CHECK(figures.latency_us.snapshot().count == 0);
}

TEST_CASE("what is refused before it is sent counts nowhere", "[destination][figures]") {
  transport_fixture f;
  sluice::load_metrics figures;
  sluice::request_monitor monitor{{}, "store", &figures};
  sluice::request nowhere = get_request("nowhere");
  nowhere.observer = monitor.observer();
  CHECK_FALSE(f.run(f.net->perform(std::move(nowhere))));
  CHECK(figures.requests.value() == 0);
  CHECK(figures.requests_in_flight.value() == 0);
}

TEST_CASE("figures whose load has gone are not touched, whatever is under way",
          "[destination][figures]") {
  transport_fixture f{{hanging()}};
  auto figures = std::make_unique<sluice::load_metrics>();
  sluice::request_monitor monitor{{}, "store", figures.get()};
  auto const outlives = [&]() -> sluice::task<std::uint64_t> {
    sluice::task_group one{*f.net};
    auto const send = [&]() -> sluice::task<void> {
      sluice::request r = get_request("https://host/");
      r.observer = monitor.observer();
      sluice::result<sluice::response> got = co_await f.net->perform(std::move(r));
      if (!got) co_return got.error();
      co_return sluice::success;
    };
    one.spawn(send());
    monitor.detach();
    std::uint64_t const in_flight = figures->requests_in_flight.value();
    figures.reset();
    one.cancel();
    sluice::result<void> const ended = co_await one.wait();
    static_cast<void>(ended);
    co_return in_flight;
  };
  auto const in_flight = f.run(outlives());
  REQUIRE(in_flight);
  CHECK(*in_flight == 0);
  CHECK(monitor.observer() == nullptr);
}

TEST_CASE("a call whose body grows is heard of by nobody", "[destination][figures]") {
  transport_fixture f;
  sluice::load_metrics figures;
  sluice::request_monitor monitor{{}, "store", &figures};
  auto const converse = [&]() -> sluice::task<int> {
    sluice::request r = get_request("https://host/");
    r.method = sluice::http_method::post;
    r.observer = monitor.observer();
    sluice::duplex call{*f.net, std::move(r)};
    call.finish_writing();
    sluice::result<sluice::reply_head> head = co_await call.head();
    if (!head) co_return head.error();
    sluice::result<std::optional<std::string>> end = co_await call.read();
    if (!end) co_return end.error();
    co_return head->status;
  };
  auto const code = f.run(converse());
  REQUIRE(code);
  CHECK(*code == 200);
  CHECK(figures.requests.value() + figures.requests_in_flight.value() == 0);
}
