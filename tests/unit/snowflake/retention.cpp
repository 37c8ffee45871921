#include "catch.hpp"

#include <sluice/snowflake/retention.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
using namespace std::chrono_literals;

char const* const old_date = "Thu, 01 Jan 2026 00:00:00 GMT";
char const* const new_date = "Sat, 10 Jan 2026 00:00:00 GMT";
std::chrono::system_clock::time_point const now =
    std::chrono::sys_days{std::chrono::January / 11 / 2026};

}  // namespace

TEST_CASE("only runs of which every file is old may go", "[snowflake][retention]") {
  sf::result_table t;
  t.columns = {"name", "size", "md5", "last_modified"};
  auto const add = [&](char const* name, char const* date) {
    t.rows.push_back({name, "16", "x", date});
  };
  add("sluice/old/000000000000.csv.gz", old_date);
  add("sluice/old/000000000001.json.zst", old_date);
  add("sluice/mixed/000000000000.csv.gz", old_date);
  add("sluice/mixed/000000000001.csv.gz", new_date);
  add("sluice/young/000000000000.csv.gz", new_date);
  add("sluice/foreign/000000000000.csv.gz", old_date);
  add("sluice/foreign/holiday.jpg", old_date);
  add("sluice/undated/000000000000.csv.gz", "yesterday");
  add("sluice/own/000000000000.csv.gz", old_date);
  add("000000000000.csv.gz", old_date);
  CHECK(sf::expired_runs(t, now, 7 * 24h, "own") == std::vector<std::string>{"old"});
  CHECK(sf::expired_runs(t, now, 20 * 24h, "own").empty());
  CHECK(sf::expired_runs(sf::result_table{}, now, 1h, "own").empty());
}
