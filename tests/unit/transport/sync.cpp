#include "catch.hpp"
#include "fixture.hpp"

#include <sluice/transport/group.hpp>
#include <sluice/transport/sync.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using fixture = transport_fixture;

task<int> later(transport& net, std::chrono::milliseconds span, int value) {
  result<void> slept = co_await net.sleep_for(span);
  if (!slept) co_return slept.error();
  co_return value;
}

task<void> fail_after(transport& net, std::chrono::milliseconds span, errc code) {
  result<void> slept = co_await net.sleep_for(span);
  if (!slept) co_return slept.error();
  co_return error{code, "failed"};
}

}  // namespace

TEST_CASE("a semaphore lets only so many in, in order") {
  fixture f;
  async_semaphore slots{2};
  std::size_t inside = 0;
  std::size_t most = 0;
  std::vector<int> order;
  auto const visit = [&](int id) -> task<void> {
    result<permit> slot = co_await slots.acquire();
    if (!slot) co_return slot.error();
    order.push_back(id);
    most = std::max(most, ++inside);
    result<void> slept = co_await f.net->sleep_for(1s);
    --inside;
    co_return slept;
  };
  auto const all = [&]() -> task<void> {
    task_group group{*f.net};
    for (int id = 0; id != 6; ++id) group.spawn(visit(id));
    result<void> done = co_await group.wait();
    co_return done;
  };
  REQUIRE(f.run(all()));
  CHECK(most == 2);
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5});
  CHECK(f.clock->elapsed() == 3s);
  CHECK(slots.held() == 0);
}

TEST_CASE("a semaphore's limit may grow and shrink while it is used") {
  fixture f;
  async_semaphore slots{1};
  std::size_t entered = 0;
  auto const visit = [&]() -> task<void> {
    result<permit> slot = co_await slots.acquire();
    ++entered;
    result<void> slept = co_await f.net->sleep_for(1s);
    co_return slept;
  };
  auto const all = [&]() -> task<void> {
    task_group group{*f.net};
    for (int id = 0; id != 5; ++id) group.spawn(visit());
    CHECK(entered == 1);
    slots.limit(3);
    result<void> slept = co_await f.net->sleep_for(1ms);
    CHECK(entered == 3);
    slots.limit(1);
    slept = co_await f.net->sleep_for(1500ms);
    CHECK(entered == 4);  // of three permits given back one was given out
    result<void> done = co_await group.wait();
    co_return done;
  };
  REQUIRE(f.run(all()));
  CHECK(entered == 5);
}

TEST_CASE("a waiter that is cancelled or destroyed takes no permit") {
  fixture f;
  async_mutex mutex;
  auto const hold = [&](std::chrono::milliseconds span) -> task<void> {
    result<permit> held = co_await mutex.lock();
    if (!held) co_return held.error();
    result<void> slept = co_await f.net->sleep_for(span);
    co_return slept;
  };
  auto const all = [&]() -> task<void> {
    task_group first{*f.net};
    first.spawn(hold(10s));
    {
      task_group doomed{*f.net};
      doomed.spawn(hold(10s));
    }
    task_group cancelled{*f.net};
    cancelled.spawn(hold(10s));
    cancelled.cancel();
    result<void> gone = co_await cancelled.wait();
    CHECK(gone.error().code == errc::cancelled);
    result<void> done = co_await first.wait();
    CHECK_FALSE(mutex.locked());
    co_return done;
  };
  REQUIRE(f.run(all()));
  CHECK(f.clock->elapsed() == 10s);
}

TEST_CASE("a permit handed to a frame that is destroyed before it runs goes on to the next") {
  fixture f;
  async_mutex mutex;
  bool entered = false;
  auto const enter = [&]() -> task<void> {
    result<permit> held = co_await mutex.lock();
    entered = held.has_value();
    co_return success;
  };
  auto const all = [&]() -> task<void> {
    result<permit> held = co_await mutex.lock();
    auto doomed = std::make_unique<task_group>(*f.net);
    doomed->spawn(enter());
    task_group next{*f.net};
    next.spawn(enter());
    held->release();  // `doomed` is served and queued
    doomed.reset();
    CHECK_FALSE(entered);
    result<void> done = co_await next.wait();
    co_return done;
  };
  REQUIRE(f.run(all()));
  CHECK(entered);
  CHECK_FALSE(mutex.locked());
}

TEST_CASE("an event lets everybody through once it is set") {
  fixture f;
  async_event ready;
  int passed = 0;
  auto const pass = [&]() -> task<void> {
    result<void> waited = co_await ready.wait();
    if (waited) ++passed;
    co_return waited;
  };
  auto const all = [&]() -> task<void> {
    task_group group{*f.net};
    group.spawn(pass());
    group.spawn(pass());
    result<void> slept = co_await f.net->sleep_for(1s);
    CHECK(passed == 0);
    ready.set();
    group.spawn(pass());
    CHECK(passed == 1);
    slept = co_await group.wait();
    ready.reset();
    CHECK_FALSE(ready.is_set());
    co_return slept;
  };
  REQUIRE(f.run(all()));
  CHECK(passed == 3);
}

TEST_CASE("a condition wakes one or all of those who wait") {
  fixture f;
  async_condition changed;
  int woken = 0;
  auto const wait = [&]() -> task<void> {
    result<void> waited = co_await changed.wait();
    ++woken;
    co_return waited;
  };
  auto const all = [&]() -> task<void> {
    task_group group{*f.net};
    for (int i = 0; i != 3; ++i) group.spawn(wait());
    changed.notify_one();
    result<void> slept = co_await f.net->sleep_for(1ms);
    CHECK(woken == 1);
    changed.notify_all();
    slept = co_await group.wait();
    co_return slept;
  };
  REQUIRE(f.run(all()));
  CHECK(woken == 3);
}

TEST_CASE("a group gives its first error when all have ended") {
  fixture f;
  auto const all = [&](task_group::on_failure policy) -> task<void> {
    task_group group{*f.net, policy};
    group.spawn(fail_after(*f.net, 20s, errc::io));
    group.spawn(fail_after(*f.net, 10s, errc::tls));
    result<void> done = co_await group.wait();
    CHECK(group.running() == 0);
    co_return done;
  };
  result<void> const patient = f.run(all(task_group::on_failure::go_on));
  CHECK(patient.error().code == errc::tls);
  CHECK(f.clock->elapsed() == 20s);
  result<void> const strict = f.run(all(task_group::on_failure::cancel_rest));
  CHECK(strict.error().code == errc::tls);
  CHECK(f.clock->elapsed() == 30s);
}

TEST_CASE("cancelling the one who waits for a group cancels the group") {
  fixture f;
  std::error_code inner;
  auto const child = [&]() -> task<void> {
    result<void> slept = co_await f.net->sleep_for(1h);
    inner = slept.error().code;
    co_return slept;
  };
  auto const parent = [&]() -> task<void> {
    task_group group{*f.net};
    group.spawn(child());
    result<void> done = co_await group.wait();
    co_return done;
  };
  scope tasks{*f.net};
  tasks.spawn(parent());
  f.net->poll(0ms);
  tasks.stop();
  tasks.join();
  CHECK(inner == errc::cancelled);
  CHECK(f.clock->elapsed() == 0s);
}

TEST_CASE("when_all gives every result in order") {
  fixture f;
  auto const many = [&]() -> task<std::vector<result<int>>> {
    std::vector<task<int>> tasks;
    for (int i = 0; i != 4; ++i) tasks.push_back(later(*f.net, 1s * (4 - i), i));
    result<std::vector<result<int>>> all = co_await when_all(*f.net, std::move(tasks));
    co_return all;
  };
  result<std::vector<result<int>>> const all = f.run(many());
  REQUIRE(all);
  REQUIRE(all->size() == 4);
  for (int i = 0; i != 4; ++i) CHECK((*all)[static_cast<std::size_t>(i)].value() == i);
  CHECK(f.clock->elapsed() == 4s);

  auto const text = [&]() -> task<std::string> { co_return std::string{"text"}; };
  result<std::tuple<result<int>, result<std::string>>> const pair =
      f.run(when_all(*f.net, later(*f.net, 1s, 7), text()));
  REQUIRE(pair);
  CHECK(std::get<0>(*pair).value() == 7);
  CHECK(std::get<1>(*pair).value() == "text");
}

TEST_CASE("with_deadline gives the work up in time, and only then") {
  fixture f;
  result<int> const late = f.run(with_deadline(*f.net, later(*f.net, 1h, 1), f.clock->now() + 5s));
  REQUIRE(!late);
  CHECK(late.error().code == errc::deadline);
  CHECK(f.clock->elapsed() == 5s);
  result<int> const early = f.run(with_deadline(*f.net, later(*f.net, 1s, 2), f.clock->now() + 5s));
  REQUIRE(early);
  CHECK(*early == 2);
  CHECK(f.clock->elapsed() == 6s);
}

TEST_CASE("the nearer of two deadlines counts") {
  fixture f;
  auto const nested = [&]() -> task<int> {
    result<int> inner = co_await with_deadline(*f.net, later(*f.net, 1h, 1), f.clock->now() + 60s);
    co_return inner;
  };
  result<int> const late = f.run(with_deadline(*f.net, nested(), f.clock->now() + 2s));
  REQUIRE(!late);
  CHECK(late.error().code == errc::deadline);
  CHECK(f.clock->elapsed() == 2s);
}

TEST_CASE("shielded work runs on in a cancelled scope") {
  fixture f;
  int cleaned = 0;
  auto const clean = [&]() -> task<int> {
    result<int> value = co_await later(*f.net, 3s, 42);
    if (value) cleaned = *value;
    co_return value;
  };
  auto const work = [&]() -> task<void> {
    result<void> slept = co_await f.net->sleep_for(1h);
    result<int> kept = co_await shielded(clean());
    CHECK(kept.has_value());
    co_return slept;
  };
  result<void> const late = f.run(with_deadline(*f.net, work(), f.clock->now() + 1s));
  CHECK(late.error().code == errc::deadline);
  CHECK(cleaned == 42);
  CHECK(f.clock->elapsed() == 4s);
}
