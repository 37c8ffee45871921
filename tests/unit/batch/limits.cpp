#include "catch.hpp"

#include <sluice/batch/batch_policy.hpp>

namespace {

using namespace sluice;
using namespace sluice::literals;

using policies = batch<max_rows<3>, max_bytes<100>, target_file_bytes<50>, max_age<1_s>>;

}  // namespace

TEST_CASE("the first limit that is reached closes a batch") {
  constexpr batch_limits limits = policies::limits();
  STATIC_REQUIRE_FALSE(full(limits, {.rows = 2, .bytes = 99, .file_bytes = 49, .age = 999_ms}));
  STATIC_REQUIRE(full(limits, {.rows = 3}));
  STATIC_REQUIRE(full(limits, {.rows = 1, .bytes = 100}));
  STATIC_REQUIRE(full(limits, {.rows = 1, .file_bytes = 50}));
  STATIC_REQUIRE(full(limits, {.rows = 1, .age = 1_s}));
}

TEST_CASE("a batch without rows is never full") {
  STATIC_REQUIRE_FALSE(full(policies::limits(), {.rows = 0, .bytes = 1'000, .age = 10_s}));
}

TEST_CASE("without limits a batch is never full") {
  constexpr std::uint64_t many = std::uint64_t{1} << 60;
  STATIC_REQUIRE_FALSE(full(
      batch<>::limits(),
      {.rows = many, .bytes = many, .file_bytes = many, .age = milliseconds{1'000'000'000'000}}));
}

TEST_CASE("rows that are left before the batch is full") {
  STATIC_REQUIRE(rows_left(policies::limits(), {}) == 3);
  STATIC_REQUIRE(rows_left(policies::limits(), {.rows = 2}) == 1);
  STATIC_REQUIRE(rows_left(policies::limits(), {.rows = 4}) == 0);
}

TEST_CASE("age counts from the first record and may be absent") {
  steady_time const first{std::chrono::seconds{100}};
  CHECK(due(policies::limits(), first) == first + std::chrono::seconds{1});
  CHECK(due(batch<>::limits(), first) == steady_time::max());
}

TEST_CASE("dynamic limits come from the configuration, the others do not") {
  using mixed =
      batch<max_rows<dynamic>, max_bytes<100>, target_file_bytes<dynamic>, max_age<dynamic>>;
  constexpr batch_limits configured{
      .max_rows = 7, .max_bytes = 1, .target_file_bytes = 9, .max_age = 2_s};
  constexpr batch_limits resolved = mixed::limits(configured);
  STATIC_REQUIRE(mixed::at_run_time);
  STATIC_REQUIRE(
      resolved ==
      batch_limits{.max_rows = 7, .max_bytes = 100, .target_file_bytes = 9, .max_age = 2_s});
  STATIC_REQUIRE_FALSE(policies::at_run_time);
  STATIC_REQUIRE(policies::limits(configured) == policies::limits());
}

TEST_CASE("presets") {
  STATIC_REQUIRE(low_latency::limits() ==
                 batch_limits{.max_rows = 50'000, .max_bytes = 16_MiB, .max_age = 1_s});
  STATIC_REQUIRE(balanced::limits() ==
                 batch_limits{.max_rows = 100'000, .max_bytes = 128_MiB, .max_age = 5_s});
  STATIC_REQUIRE(throughput::limits() == batch_limits{.max_rows = 200'000,
                                                      .max_bytes = 512_MiB,
                                                      .target_file_bytes = 100'000'000,
                                                      .max_age = 5_s});
}
