// The preset `bulk_throughput`: what it promises is what reaches the service.

#include "catch.hpp"
#include "snowflake_orders.hpp"

#include <sluice/snowflake/presets.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

using namespace orders;

namespace {

using preset = sf::bulk_throughput<>;

/// Small files instead of the preset's own.
using preset_loader =
    sluice::loader<order, sluice::batch<sluice::max_rows<100>>, sluice::upload<preset>>;

/// The opposite of everything that the preset says.
sf::bulk_config slow_config(account_fixture const& f) {
  auto c = config_of(f);
  c.pool_size = 1;
  c.parallel_uploads = 1;
  c.async_copy = false;
  c.files_per_copy = 1;
  return c;
}

}  // namespace

TEST_CASE("the preset loads with its own batch, format and codec", "[contract][snowflake]") {
  account_fixture f;
  auto c = config_of(f);
  c.purge = false;
  auto const o = load_rows<sluice::loader<order, sluice::upload<preset>>>(f, c, 3'000, make_order);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.in_table == 3'000);
  CHECK(o.distinct == 3'000);
  // Far from 200,000 rows: one file for each worker that had any.
  auto const stored = f.server.stored_objects();
  REQUIRE_FALSE(stored.empty());
  for (std::string const& name : stored) CHECK(name.ends_with(".csv.zst"));
  CHECK(o.report.files_uploaded == stored.size());
}

TEST_CASE("the preset sends sixteen files at once, over eight sessions, and polls for COPY",
          "[contract][snowflake]") {
  account_fixture f;
  f.server.faults().arm("upload.delay=500:1:*");
  f.server.faults().arm("copy.delay=100:1:*");
  auto const o = load_rows<preset_loader>(f, slow_config(f), 6'400, make_order);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.in_table == 6'400);
  CHECK(o.distinct == 6'400);
  CHECK(f.fired("upload.delay") == 64);
  CHECK(f.fired("copy.delay") == 64);
  CHECK(most_at_once(f.server.log().of("upload")) == sf::bulk_limits::learned_uploads);
  std::size_t const sessions = f.server.log().count("login");
  CHECK(sessions > 4);
  CHECK(sessions <= 8);
  // A statement that is not waited for is answered at once, with where to ask for its end.
  for (auto const& copy : f.server.log().of("copy")) CHECK(copy.code == "333334");
  CHECK(f.server.log().count("poll") >= 64);
}

TEST_CASE("off: the same load without the preset", "[contract][snowflake][rule_off]") {
  using plain_loader = sluice::loader<order,
                                      sluice::batch<sluice::max_rows<100>>,
                                      sluice::encode<sluice::csv<>>,
                                      sluice::compress<sluice::zstd<1>>,
                                      sluice::upload<sf::bulk<>>>;
  account_fixture f;
  auto const o = load_rows<plain_loader>(f, slow_config(f), 1'600, make_order);
  INFO(o.words);
  CHECK(o.in_table == 1'600);
  CHECK(most_at_once(f.server.log().of("upload")) == 1);
  CHECK(f.server.log().count("login") == 1);
  CHECK(f.server.log().count("poll") == 0);
}
