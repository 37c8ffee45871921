#include "catch.hpp"

#include <sluice/pipeline/id_allocator.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

TEST_CASE("ids follow from positions", "[pipeline][ids]") {
  sluice::id_allocator ids{41};
  CHECK(ids.next() == 41);
  CHECK(ids.next(10) == 42);
  CHECK(ids.next() == 52);
  CHECK(ids.id_of(7) == 7);
  CHECK(ids.step() == 1);
  sluice::id_allocator from{3, 1, 0, 1'000};
  CHECK(from.next() == 1'003);
}

TEST_CASE("parts of a load never share an id", "[pipeline][ids]") {
  std::vector<std::uint64_t> all;
  for (std::size_t part = 0; part != 3; ++part) {
    sluice::id_allocator ids{part * 2, 3, part};
    CHECK(ids.next() == part * 2 * 3 + part);
    std::uint64_t const first = ids.next(5);
    for (std::uint64_t i = 0; i != 5; ++i) all.push_back(first + i * ids.step());
  }
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("no two threads get the same id", "[pipeline][ids]") {
  constexpr std::size_t each = 20'000;
  sluice::id_allocator ids{100};
  std::vector<std::uint64_t> taken[2];
  {
    std::vector<std::jthread> threads;
    for (auto& mine : taken)
      threads.emplace_back([&] {
        for (std::size_t i = 0; i != each; ++i) mine.push_back(ids.next());
      });
  }
  std::vector<std::uint64_t> all = taken[0];
  all.insert(all.end(), taken[1].begin(), taken[1].end());
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i != all.size(); ++i) REQUIRE(all[i] == 100 + i);
}
