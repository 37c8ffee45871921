#include "catch.hpp"
#include "loads.hpp"

#include <sluice/pipeline/partitioned.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace sluice_test;
using namespace std::chrono_literals;

/// A late commit whose parts share the table; the suffix of a part is part of the run's identity.
struct parted : sluice::test::late_commit {
  static config partition(config c, std::size_t index, std::size_t count) {
    c.group = 100 * count + index;
    return c;
  }
};

using parts = sluice::partitioned<model_loader<parted>, 3>;

}  // namespace

TEST_CASE("ranges of parts cover everything once, evenly", "[pipeline][partitioned]") {
  for (std::uint64_t const total : {0ull, 1ull, 2ull, 3ull, 10ull, 1'000'001ull}) {
    std::uint64_t next = 0;
    for (std::size_t i = 0; i != 3; ++i) {
      auto const range = sluice::partition_range(total, 3, i);
      CHECK(range.first == next);
      CHECK(range.count >= total / 3);
      CHECK(range.count <= total / 3 + 1);
      next = range.end();
    }
    CHECK(next == total);
  }
  STATIC_REQUIRE(sluice::partition_range(10, 3, 0) == sluice::position_range{0, 4});
}

TEST_CASE("a partitioned load brings every part into the table", "[pipeline][partitioned]") {
  sluice::transport transport;
  model_config config{.service = std::make_shared<model_service>(), .commit_lag = 20ms};
  config.service->is_bad = [](std::string_view row) { return row.starts_with("7,"); };
  letters dead;
  sluice::run_options options;
  options.dead_letters = dead.sink();
  options.run_id = "night";
  parts load{transport, config, options};
  CHECK(load.size() == 3);
  for (std::size_t i = 0; i != load.size(); ++i) {
    auto const mine = sluice::partition_range(100, load.size(), i);
    for (auto id = mine.first; id != mine.end(); ++id)
      REQUIRE(load[i].push(make_order(static_cast<std::int64_t>(id))));
    CHECK(load[i].run_id() == "night-k" + std::to_string(i));
  }
  auto const r = load.finish();
  CHECK(r.ok());
  CHECK(r.total.pushed == 100);
  CHECK(r.total.confirmed == 99);
  CHECK(r.total.dead_lettered == 1);
  CHECK(r.total.adds_up());
  REQUIRE(r.parts.size() == 3);
  CHECK(r.parts[0].pushed == 34);
  CHECK(dead.all().size() == 1);
  CHECK(config.service->rows() == 99);
  CHECK(config.service->doubled() == 0);
}

TEST_CASE("a part that fails makes the whole fail, with all counts", "[pipeline][partitioned]") {
  sluice::transport transport;
  model_config config{.service = std::make_shared<model_service>()};
  config.service->fails = [](std::string_view step) -> std::optional<sluice::error> {
    if (step != "open") return std::nullopt;
    return sluice::error{sluice::errc::http_status, "no table"};
  };
  letters dead;
  sluice::run_options options;
  options.dead_letters = dead.sink();
  parts load{transport, config, options};
  for (std::size_t i = 0; i != load.size(); ++i) load[i].push(make_order(1));
  auto const r = load.finish();
  CHECK_FALSE(r.ok());
  CHECK(r.total.adds_up());
  CHECK(r.total.confirmed == 0);
}

TEST_CASE("memory for a part that is too little is refused", "[pipeline][partitioned]") {
  sluice::transport transport;
  model_config config{.service = std::make_shared<model_service>()};
  sluice::run_options options;
  options.memory_limit = 3u << 20;
  auto const refused = parts::make(transport, config, options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sluice::errc::memory_limit);
}
