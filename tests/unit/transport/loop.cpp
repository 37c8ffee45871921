#include "catch.hpp"
#include "fixture.hpp"

#include <sluice/test/manual_clock.hpp>
#include <sluice/test/scripted_wire.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace sluice;
using namespace std::chrono_literals;

using fixture = transport_fixture;

task<int> answer(int value) {
  co_return value;
}

task<int> sum_of(int count) {
  int sum = 0;
  for (int i = 0; i != count; ++i) {
    result<int> one = co_await answer(i);
    sum += *one;
  }
  co_return sum;
}

task<int> throws() {
  throw std::runtime_error{"broken"};
  co_return 1;
}

}  // namespace

TEST_CASE("a task gives its value to the task that awaits it") {
  fixture f;
  result<int> const sum = block_on(*f.net, sum_of(10));
  REQUIRE(sum);
  CHECK(*sum == 45);
}

TEST_CASE("a loop over tasks that end at once needs no stack") {
  fixture f;
  result<int> const sum = block_on(*f.net, sum_of(60'000));
  REQUIRE(sum);
}

TEST_CASE("an exception ends a task with errc::internal") {
  fixture f;
  result<int> const failed = block_on(*f.net, throws());
  REQUIRE(!failed);
  CHECK(failed.error().code == errc::internal);
  CHECK(failed.error().message == "broken");
}

TEST_CASE("sleepers wake in the order of their times") {
  fixture f;
  std::vector<int> order;
  auto const nap = [&](std::chrono::milliseconds span, int id) -> task<void> {
    result<void> slept = co_await f.net->sleep_for(span);
    order.push_back(id);
    co_return slept;
  };
  {
    scope tasks{*f.net};
    tasks.spawn(nap(3h, 3));
    tasks.spawn(nap(1s, 1));
    tasks.spawn(nap(2min, 2));
    tasks.join();
  }
  CHECK(order == std::vector<int>{1, 2, 3});
  CHECK(f.clock->elapsed() == 3h);
}

TEST_CASE("timers of the same time fire in the order in which they were armed") {
  struct noting final : sluice::detail::timer {
    std::vector<int>* order = nullptr;
    int id = 0;

    void fire() override { order->push_back(id); }
  };

  fixture f;
  std::vector<int> order;
  std::array<noting, 4> timers;
  auto const arm_and_wait = [&]() -> task<void> {
    // Against the order of their addresses.
    for (int id : {3, 2, 1, 0}) {
      noting& t = timers[static_cast<std::size_t>(id)];
      t.order = &order;
      t.id = id;
      t.arm(f.net->scheduler(), f.net->now() + 1s);
    }
    co_return co_await f.net->sleep_for(2s);
  };
  REQUIRE(block_on(*f.net, arm_and_wait()));
  CHECK(order == std::vector<int>{3, 2, 1, 0});
}

TEST_CASE("posted work runs in the order of the calls") {
  fixture f;
  std::vector<int> order;
  for (int i = 0; i != 5; ++i) f.net->post([&order, i] { order.push_back(i); });
  CHECK(f.net->poll(0ms));
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
  CHECK_FALSE(f.net->poll(0ms));
}

TEST_CASE("perform returns a reply of any status") {
  fixture f{{{.status = 503, .headers = {{"Retry-After", "3"}}, .body = "busy"}}};
  result<response> const reply = block_on(*f.net, f.net->perform(get_request("https://host/path")));
  REQUIRE(reply);
  CHECK(reply->status == 503);
  CHECK(reply->body == "busy");
  CHECK(reply->header_value("retry-AFTER") == "3");
  CHECK(reply->header_value("absent").empty());
}

TEST_CASE("a body over max_reply_bytes is reply_too_large") {
  fixture f{{{.body = std::string(100, 'x')}}};
  request r = get_request("https://host/");
  r.max_reply_bytes = 99;
  result<response> const over = block_on(*f.net, f.net->perform(std::move(r)));
  REQUIRE(!over);
  CHECK(over.error().code == errc::reply_too_large);
  CHECK_FALSE(over.error().retryable());

  request fits = get_request("https://host/");
  fits.max_reply_bytes = 100;
  CHECK(block_on(*f.net, f.net->perform(std::move(fits))));
}

TEST_CASE("the idle and total limits end an exchange that hangs") {
  fixture f{{{.hang = true}}};
  request r = get_request("https://host/secret?token=abc");
  r.limits.total = 5s;
  result<response> const slow = block_on(*f.net, f.net->perform(std::move(r)));
  REQUIRE(!slow);
  CHECK(slow.error().code == errc::timeout);
  CHECK(slow.error().retryable());
  CHECK(f.clock->elapsed() == 5s);
  CHECK(f.wire->cancelled() == 1);
  CHECK(slow.error().message.find("fetch to https://host took over 5000 ms in all") == 0);
  CHECK(slow.error().message.find("secret") == std::string::npos);
  CHECK(slow.error().message.find("abc") == std::string::npos);
}

TEST_CASE("requests that cannot be sent are refused with a reason") {
  fixture f;
  auto const refused = [&](request r) {
    result<response> const reply = block_on(*f.net, f.net->perform(std::move(r)));
    REQUIRE(!reply);
    CHECK(reply.error().code == errc::invalid_configuration);
    return reply.error().message;
  };
  CHECK(refused(get_request("host/path")).find("scheme") != std::string::npos);
  CHECK(refused(get_request("ftp://host/path")).find("neither") != std::string::npos);
  CHECK(refused(get_request("https://")).find("host name") != std::string::npos);
  CHECK(refused(get_request("https://me:pw@host/")).find("user name") != std::string::npos);
  CHECK(refused(get_request("https://host:99999/")).find("port") != std::string::npos);
  CHECK(refused(get_request("https://host/a b")).find("space") != std::string::npos);
  request injected = get_request("https://host/");
  injected.headers.push_back({"X-A", "1\r\nX-B: 2"});
  CHECK(refused(std::move(injected)).find("'X-A'") != std::string::npos);
  request bad_name = get_request("https://host/");
  bad_name.headers.push_back({"X A:", "1"});
  CHECK(refused(std::move(bad_name)).find("header") != std::string::npos);
  CHECK(f.wire->count() == 0);
}

TEST_CASE("workers run off the transport thread and results come back to it") {
  fixture f;
  auto const work = [&]() -> task<std::thread::id> {
    result<std::thread::id> there =
        co_await f.net->on_worker([] { return std::this_thread::get_id(); });
    CHECK(f.net->on_transport_thread());
    co_return there;
  };
  result<std::thread::id> const there = block_on(*f.net, work());
  REQUIRE(there);
  CHECK(*there != std::this_thread::get_id());
}

TEST_CASE("on_worker passes results, errors and exceptions on") {
  fixture f;
  auto const fails = [&]() -> task<int> {
    result<int> r = co_await f.net->on_worker([]() -> result<int> {
      return error{errc::invalid_input, "no"};
    });
    co_return r;
  };
  result<int> const failed = block_on(*f.net, fails());
  REQUIRE(!failed);
  CHECK(failed.error().code == errc::invalid_input);

  auto const nothing = [&]() -> task<void> {
    result<void> r = co_await f.net->on_worker([] { throw std::runtime_error{"worker"}; });
    co_return r;
  };
  result<void> const thrown = block_on(*f.net, nothing());
  REQUIRE(!thrown);
  CHECK(thrown.error().message == "worker");
}

TEST_CASE("an error of a spawned task is reported, a cancellation is not") {
  fixture f;
  auto const fails = []() -> task<void> { co_return error{errc::io, "disk"}; };
  f.net->spawn(fails());
  f.net->poll(0ms);
  REQUIRE(f.errors.size() == 1);
  CHECK(f.errors[0].message == "disk");

  cancel_source source;
  f.net->spawn(f.net->sleep_for(1h), source.token());
  f.net->post([source]() mutable { source.cancel(); });
  for (int i = 0; i != 5; ++i) f.net->poll(0ms);
  CHECK(f.errors.size() == 1);
}

TEST_CASE("a cancelled scope ends requests, sleeps and queued work, and their successors") {
  fixture f{{{.hang = true}}};
  std::vector<std::error_code> codes;
  auto const work = [&]() -> task<void> {
    result<response> reply = co_await f.net->perform(get_request("https://host/"));
    REQUIRE(!reply);
    codes.push_back(reply.error().code);
    result<void> slept = co_await f.net->sleep_for(1h);
    REQUIRE(!slept);
    codes.push_back(slept.error().code);
    co_return success;
  };
  {
    scope tasks{*f.net};
    tasks.spawn(work());
    f.net->poll(0ms);
    CHECK(f.wire->count() == 1);
    tasks.stop();
    tasks.join();
  }
  CHECK(codes == std::vector<std::error_code>(2, make_error_code(errc::cancelled)));
  CHECK(f.wire->cancelled() == 1);
  CHECK(f.clock->elapsed() == 0s);
}

TEST_CASE("block_on with a deadline gives the task up") {
  fixture f{{{.hang = true}}};
  result<response> const late =
      block_on(*f.net, f.net->perform(get_request("https://host/")), deadline{f.clock->now()});
  REQUIRE(!late);
  CHECK(late.error().code == errc::deadline);
  CHECK(f.wire->cancelled() == 1);
}

TEST_CASE("the end of the transport ends what is under way") {
  std::error_code seen;
  bool frame_ended = false;
  auto held = std::make_shared<int>(1);
  {
    fixture f{{{.hang = true}}};
    transport& net = *f.net;
    auto const work = [&](std::shared_ptr<int>) -> task<void> {
      result<response> reply = co_await net.perform(get_request("https://host/"));
      seen = reply ? std::error_code{} : reply.error().code;
      frame_ended = true;
      co_return success;
    };
    f.net->spawn(work(held));
    f.net->poll(0ms);
    CHECK(held.use_count() == 2);
    f.net.reset();
  }
  CHECK(seen == errc::cancelled);
  CHECK(frame_ended);
  CHECK(held.use_count() == 1);
}

TEST_CASE("a task that ignores its cancellation does not hold up the end") {
  auto held = std::make_shared<int>(1);
  {
    fixture f;
    transport& net = *f.net;
    auto const stubborn = [&](std::shared_ptr<int>) -> task<void> {
      for (;;) {
        result<void> ignored = co_await net.sleep_for(1s);
        (void)ignored;
      }
    };
    f.net->spawn(stubborn(held));
    f.net->poll(0ms);
    f.net.reset();
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("with a thread of its own the transport serves other threads") {
  auto wire =
      std::make_shared<test::scripted_wire>(std::vector<test::scripted_reply>{{.body = "pong"}});
  transport_options options;
  options.wire = wire;
  options.worker_threads = 2;
  transport net{options};
  std::atomic<int> good = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i != 4; ++i)
    callers.emplace_back([&] {
      for (int n = 0; n != 50; ++n) {
        result<response> const reply = block_on(net, net.perform(get_request("https://host/")));
        if (reply && reply->body == "pong") ++good;
        auto const work = [&]() -> task<int> {
          result<int> r = co_await net.on_worker([n] { return n; });
          co_return r;
        };
        result<int> const same = block_on(net, work());
        if (same && *same == n) ++good;
      }
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(good == 400);
  CHECK(wire->count() == 200);
}

TEST_CASE("block_on refuses to block the transport thread") {
  transport_options options;
  options.wire = std::make_shared<test::scripted_wire>(std::vector<test::scripted_reply>{{}});
  transport net{options};
  auto const nested = [&]() -> task<int> {
    result<int> inner = block_on(net, answer(1));
    co_return inner;
  };
  result<int> const refused = block_on(net, nested());
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::internal);
}
