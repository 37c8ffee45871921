#include "catch.hpp"

#include <sluice/ledger/interval_set.hpp>

#include <cstdint>
#include <random>
#include <set>
#include <vector>

using sluice::interval_set;
using sluice::position_range;

TEST_CASE("ranges that touch or overlap become one", "[ledger][interval_set]") {
  interval_set set;
  CHECK(set.add({10, 5}) == 5);
  CHECK(set.add({20, 5}) == 5);
  CHECK(set.add({15, 5}) == 5);
  CHECK(set.ranges() == std::vector<position_range>{{10, 15}});
  CHECK(set.add({5, 30}) == 15);
  CHECK(set.ranges() == std::vector<position_range>{{5, 30}});
  CHECK(set.add({7, 3}) == 0);
  CHECK(set.add({0, 0}) == 0);
  CHECK(set.count() == 30);
}

TEST_CASE("removing cuts ranges and says what was there", "[ledger][interval_set]") {
  interval_set set;
  set.add({0, 10});
  set.add({20, 10});
  CHECK(set.remove({5, 20}) == std::vector<position_range>{{5, 5}, {20, 5}});
  CHECK(set.ranges() == std::vector<position_range>{{0, 5}, {25, 5}});
  CHECK(set.remove({2, 1}) == std::vector<position_range>{{2, 1}});
  CHECK(set.ranges() == std::vector<position_range>{{0, 2}, {3, 2}, {25, 5}});
  CHECK(set.remove({100, 5}).empty());
  CHECK(set.first() == 0);
  CHECK(set.range_at_or_after(4) == position_range{3, 2});
  CHECK(set.range_at_or_after(5) == position_range{25, 5});
  CHECK_FALSE(set.range_at_or_after(30).has_value());
}

TEST_CASE("an interval set behaves like a set of numbers", "[ledger][interval_set]") {
  std::mt19937 random{7};
  interval_set set;
  std::set<std::uint64_t> model;
  for (int step = 0; step != 5000; ++step) {
    position_range const rows{random() % 200, random() % 12};
    if (random() % 2 == 0) {
      std::uint64_t added = 0;
      for (auto at = rows.first; at != rows.end(); ++at) added += model.insert(at).second;
      REQUIRE(set.add(rows) == added);
    } else {
      std::uint64_t removed = 0;
      for (auto at = rows.first; at != rows.end(); ++at) removed += model.erase(at);
      std::uint64_t said = 0;
      for (auto const& part : set.remove(rows)) said += part.count;
      REQUIRE(said == removed);
    }
    REQUIRE(set.count() == model.size());
    position_range const window{random() % 200, random() % 30};
    std::uint64_t in_window = 0;
    for (auto at = window.first; at != window.end(); ++at) in_window += model.count(at);
    REQUIRE(set.count_in(window) == in_window);
    std::uint64_t previous_end = 0;
    bool first = true;
    for (auto const& range : set.ranges()) {
      REQUIRE(range.count > 0);
      REQUIRE((first || range.first > previous_end));
      previous_end = range.end();
      first = false;
    }
  }
}
