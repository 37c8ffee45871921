#include "catch.hpp"

#include <sluice/transport/latency_limit.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

using std::chrono::milliseconds;

namespace {

/// A service that runs `lanes` operations side by side and queues the others.
std::size_t settled_limit(std::size_t lanes,
                          std::size_t most,
                          sluice::latency_limit::start how = {}) {
  sluice::latency_limit limit{most, how};
  for (int round = 0; round != 200; ++round) {
    std::size_t const running = limit.current();
    std::size_t const turns = (running + lanes - 1) / lanes;
    for (std::size_t i = 0; i != running; ++i)
      limit.took(milliseconds{1'000 * static_cast<int>(turns)}, 10, running);
  }
  return limit.current();
}

}  // namespace

TEST_CASE("concurrency finds what a service runs side by side", "[transport]") {
  CHECK(settled_limit(8, 8) == 8);
  CHECK(settled_limit(20, 8) == 8);
  CHECK(settled_limit(1, 20) <= 3);
  std::size_t const four = settled_limit(4, 20);
  CHECK(four >= 3);
  CHECK(four <= 8);
  CHECK(settled_limit(1, 16, sluice::latency_limit::start::eager) <= 3);
  CHECK(settled_limit(20, 16, sluice::latency_limit::start::eager) == 16);
  sluice::latency_limit limit{8};
  for (int i = 0; i != 60; ++i) limit.took(milliseconds{10}, 10, limit.current());
  CHECK(limit.current() == 8);
  limit.throttled();
  CHECK(limit.current() == 4);
}

TEST_CASE("an eager limit doubles until operations wait in line", "[transport]") {
  sluice::latency_limit limit{16, sluice::latency_limit::start::eager};
  std::vector<std::size_t> seen;
  for (int round = 0; round != 4; ++round) {
    std::size_t const running = limit.current();
    seen.push_back(running);
    for (std::size_t i = 0; i != running; ++i)
      limit.took(milliseconds{running <= 4 ? 100 : 130}, 1, running);
  }
  CHECK(seen == std::vector<std::size_t>{1, 2, 4, 8});
  // Two of eight seem to wait: no more of them, and no doubling any more.
  CHECK(limit.current() == 8);
}
