#include "catch.hpp"
#include "loads.hpp"

#include <sluice/pipeline/loader.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

using namespace sluice_test;
namespace test = sluice::test;
using namespace std::chrono_literals;
using sluice::dead_reason;

namespace {

/// A transport whose time is the test's and which runs only when the test polls it.
struct by_hand {
  std::shared_ptr<test::manual_clock> clock = std::make_shared<test::manual_clock>();
  sluice::transport transport{{.clock = clock, .run_thread = false}};

  /// Until nothing happens for a while.
  void settle() {
    for (int quiet = 0; quiet != 10;) quiet = transport.poll(1ms) ? 0 : quiet + 1;
  }

  template<class Condition>
  bool eventually(Condition holds) {
    for (int i = 0; i != 10'000 && !holds(); ++i) transport.poll(1ms);
    return holds();
  }
};

/// Time that passes by itself, a hundred milliseconds at a step.
class ticking {
 public:
  explicit ticking(std::shared_ptr<test::manual_clock> clock)
      : thread_{[this, clock = std::move(clock)] {
          while (!ended_) {
            clock->advance(100ms);
            std::this_thread::yield();
          }
        }} {}

  ~ticking() {
    ended_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

using aged = sluice::loader<order,
                            sluice::batch<sluice::max_rows<1000>, sluice::max_age<5000ms>>,
                            sluice::encode<sluice::csv<>>,
                            sluice::upload<test::row_errors>>;

/// Never answers.
struct black_hole : test::row_errors {
  class session : public test::row_errors::session {
   public:
    session(sluice::environment const& e, config const& c)
        : test::row_errors::session{e, c}, transport_{e.transport} {}

    sluice::task<sluice::accepted> send(sluice::payload const&, sluice::ack&) {
      auto const slept = co_await transport_.sleep_for(std::chrono::hours{24 * 365});
      if (!slept) co_return slept.error();
      co_return sluice::accepted{};
    }

   private:
    sluice::transport& transport_;
  };
};

}  // namespace

TEST_CASE("a batch goes out when its first record is old enough", "[pipeline][timing]") {
  by_hand world;
  auto const service = std::make_shared<model_service>();
  aged load{world.transport, {.service = service}};
  for (int round = 1; round != 4; ++round) {
    // The age counts from the first record of the batch, not from the last.
    auto const before = service->rows();
    REQUIRE(load.push(make_order(round * 10)));
    world.settle();
    world.clock->advance(4000ms);
    REQUIRE(load.push(make_order(round * 10 + 1)));
    world.settle();
    world.clock->advance(999ms);
    world.settle();
    CHECK(service->rows() == before);
    world.clock->advance(1ms);
    CHECK(world.eventually([&] { return service->rows() == before + 2; }));
    world.clock->advance(60'000ms);
    world.settle();
  }
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.files_uploaded == 3);
}

TEST_CASE("records that trickle in are never older than the age", "[pipeline][timing]") {
  by_hand world;
  auto const service = std::make_shared<model_service>();
  aged load{world.transport, {.service = service}};
  for (std::int64_t second = 0; second != 60; ++second) {
    REQUIRE(load.push(make_order(second)));
    world.settle();
    world.clock->advance(1000ms);
    world.settle();
    // What was pushed five seconds ago or earlier is there.
    CHECK(
        world.eventually([&] { return static_cast<std::int64_t>(service->rows()) >= second - 4; }));
  }
  CHECK(load.finish().ok());
  CHECK(service->rows() == 60);
}

TEST_CASE("finish answers at its deadline and accounts for every record", "[pipeline][timing]") {
  auto clock = std::make_shared<test::manual_clock>();
  sluice::transport transport{{.clock = clock}};
  letters dead;
  model_loader<black_hole> load{transport,
                                {.service = std::make_shared<model_service>()},
                                {.max_in_flight = 2, .dead_letters = dead.sink()}};
  for (std::int64_t i = 0; i != 100; ++i) REQUIRE(load.push(make_order(i)));
  ticking const time{clock};
  auto const asked = transport.now() + 10s;
  auto const report = load.finish(sluice::deadline{asked});
  CHECK(transport.now() >= asked);
  REQUIRE(report.failure);
  CHECK(report.failure->code == sluice::errc::deadline);
  CHECK(report.adds_up());
  CHECK(report.pending == 0);
  CHECK(report.dead_lettered == 100);
  CHECK(report.dead_by_reason[static_cast<std::size_t>(dead_reason::unknown)] == 20);
  CHECK(report.dead_by_reason[static_cast<std::size_t>(dead_reason::undelivered)] == 80);
  CHECK(dead.all().size() == 100);
  for (auto const& one : dead.all()) CHECK(one.record.find("\"ID\":") != std::string::npos);
}

TEST_CASE("flush answers at its deadline", "[pipeline][timing]") {
  auto clock = std::make_shared<test::manual_clock>();
  sluice::transport transport{{.clock = clock}};
  letters dead;
  ticking const time{clock};
  model_loader<black_hole> load{transport,
                                {.service = std::make_shared<model_service>()},
                                {.dead_letters = dead.sink(), .destructor_within = 1000ms}};
  REQUIRE(load.push(make_order(1)));
  auto const flushed = load.flush(sluice::deadline{transport.now() + 3s});
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().code == sluice::errc::deadline);
  CHECK(load.health().status == sluice::health_status::healthy);
}

TEST_CASE("a destructor does not hang on a service that does", "[pipeline][timing]") {
  auto clock = std::make_shared<test::manual_clock>();
  sluice::transport transport{{.clock = clock}};
  letters dead;
  incidents told;
  ticking const time{clock};
  {
    model_loader<black_hole> load{
        transport,
        {.service = std::make_shared<model_service>()},
        {.dead_letters = dead.sink(), .on_incident = told.handler(), .destructor_within = 2000ms}};
    for (std::int64_t i = 0; i != 30; ++i) load.push(make_order(i));
  }
  REQUIRE(told.reports().size() == 1);
  CHECK(told.reports()[0].dead_lettered == 30);
  CHECK(dead.all().size() == 30);
}

TEST_CASE("a late commit is waited for", "[pipeline][timing]") {
  by_hand world;
  auto const service = std::make_shared<model_service>();
  model_loader<test::late_commit> load{
      world.transport, {.service = service, .commit_lag = sluice::milliseconds{30'000}}};
  for (std::int64_t i = 0; i != 10; ++i) REQUIRE(load.push(make_order(i)));
  world.settle();
  CHECK(load.stats().files_uploaded == 1);
  CHECK(load.stats().records_written == 0);
  CHECK(load.stats().records_pending == 10);
  world.clock->advance(30'000ms);
  CHECK(world.eventually([&] { return load.stats().records_written == 10; }));
  CHECK(load.finish().ok());
}
