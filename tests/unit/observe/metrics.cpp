#include "catch.hpp"

#include <sluice/observe/metrics.hpp>
#include <sluice/observe/stats.hpp>

#include <array>
#include <cstdint>
#include <thread>
#include <vector>

namespace {

constexpr std::array<std::uint64_t, 3> bounds{10, 100, 1000};

TEST_CASE("a histogram counts values in the bucket whose bound they do not exceed") {
  sluice::histogram h{bounds};
  for (std::uint64_t const v : {0u, 10u, 11u, 100u, 1000u, 1001u, 5000u}) h.record(v);
  sluice::histogram_snapshot const s = h.snapshot();
  CHECK(s.counts[0] == 2);
  CHECK(s.counts[1] == 2);
  CHECK(s.counts[2] == 1);
  CHECK(s.counts[3] == 2);
  CHECK(s.count == 7);
  CHECK(s.sum == 7122);
  CHECK(s.min == 0);
  CHECK(s.max == 5000);
  CHECK(s.mean() == 1017);
}

TEST_CASE("quantiles are interpolated and never leave what was seen") {
  sluice::histogram h{bounds};
  CHECK(h.snapshot().quantile(0.5) == 0);
  h.record(40);
  CHECK(h.snapshot().quantile(0) == 40);
  CHECK(h.snapshot().quantile(0.5) == 40);
  CHECK(h.snapshot().quantile(1) == 40);

  for (std::uint64_t v = 11; v <= 100; ++v) h.record(v);
  sluice::histogram_snapshot const s = h.snapshot();
  CHECK(s.quantile(0.5) >= 50);
  CHECK(s.quantile(0.5) <= 60);
  CHECK(s.quantile(1) == 100);
  CHECK(s.quantile(-3) == 11);
}

TEST_CASE("values recorded by several threads are all counted") {
  sluice::histogram h{bounds};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&h] {
      for (std::uint64_t i = 1; i <= 10'000; ++i) h.record(i);
    });
  for (std::thread& t : threads) t.join();
  sluice::histogram_snapshot const s = h.snapshot();
  CHECK(s.count == 40'000);
  CHECK(s.sum == 4ull * 10'000 * 10'001 / 2);
  CHECK(s.min == 1);
  CHECK(s.max == 10'000);
}

TEST_CASE("a snapshot adds up, also when verdicts overtake the count of pushes") {
  sluice::load_metrics m;
  m.records_pushed.add(10);
  m.records_written.add(6);
  m.records_dead_lettered.add(1);
  m.records_spooled.add(1);
  sluice::load_stats s = m.snapshot();
  CHECK(s.records_pending == 2);

  m.records_written.add(20);
  s = m.snapshot();
  CHECK(s.records_pending == 0);
  CHECK(s.records_pushed == s.records_written + s.records_dead_lettered + s.records_spooled);
}

}  // namespace
