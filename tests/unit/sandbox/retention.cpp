#include "catch.hpp"
#include "driver.hpp"

#include <sluice/sandbox/sandbox.hpp>

#include <chrono>
#include <string>

namespace sandbox = sluice::sandbox;
using plain_client::driver;
using plain_client::member;
using plain_client::reply;

namespace {

/// Tokens outlive what the tests wait for.
sandbox::options patient() {
  sandbox::options o;
  o.session_validity = std::chrono::hours(1'000);
  o.master_validity = std::chrono::hours(1'000);
  return o;
}

}  // namespace

TEST_CASE("CURRENT_TIMESTAMP is the service's clock") {
  sandbox::server box;
  auto const now = [] {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  auto const shown = [&] {
    return box.number("select datediff(second, '1970-01-01'::timestamp_ltz, current_timestamp())");
  };
  constexpr std::int64_t ahead = 20 * 24 * 3600;
  auto const before = now();
  CHECK(shown() >= before);
  CHECK(shown() <= now());
  box.skew_clock(std::chrono::seconds(ahead));
  CHECK(shown() >= before + ahead);
  CHECK(shown() <= now() + ahead);
}

TEST_CASE("a result is kept for 24 hours") {
  sandbox::server box(patient());
  driver const d(box);
  auto const id = member(d.query("select 7", "r1").body, "queryId");
  auto const result = "/queries/" + id + "/result";
  box.skew_clock(std::chrono::hours(24) - std::chrono::minutes(1));
  CHECK(d.get(result).contains("\"rowset\":[[\"7\"]]"));
  box.skew_clock(std::chrono::hours(24) + std::chrono::minutes(1));
  CHECK(d.get(result).contains("000612"));
  // That it ran is known for longer.
  CHECK(d.get("/monitoring/queries/" + id).contains("SUCCESS"));
}

TEST_CASE("a replay that comes after the result is gone executes again") {
  sandbox::server box(patient());
  driver const d(box);
  REQUIRE(d.query("create table t (a int)", "c1").contains("\"success\":true"));
  REQUIRE(d.query("insert into t values (1)", "i1").contains("\"success\":true"));
  box.skew_clock(std::chrono::hours(24) - std::chrono::minutes(1));
  REQUIRE(d.query("insert into t values (1)", "i1", "&retryCount=1").contains("\"success\":true"));
  CHECK(box.number("select count(*) from t") == 1);
  box.skew_clock(std::chrono::hours(24) + std::chrono::minutes(1));
  REQUIRE(d.query("insert into t values (1)", "i1", "&retryCount=1").contains("\"success\":true"));
  CHECK(box.number("select count(*) from t") == 2);
  CHECK(box.log().executions("i1") == 2);
}
