// Rules of the Snowflake client that a count of rows alone does not show. Each has its run without
// the rule in snowflake_rules_off.cpp.

#include "catch.hpp"
#include "snowflake_orders.hpp"
#include "snowflake_people.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace orders;
using namespace std::chrono_literals;

TEST_CASE("COPY statements that the warehouse serialises come few at once, with many files each",
          "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  auto c = config_of(f);
  c.async_copy = false;  // so that the log shows how long each COPY ran
  c.pool_size = c.max_concurrent_copy = 12;
  c.files_per_copy = 4;
  f.server.faults().arm("copy_burst_serialised=40:1:*");
  auto const o = load_rows(f, c, 18'000, make_order);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.in_table == 18'000);
  CHECK(o.distinct == 18'000);
  CHECK(o.report.files_uploaded == 36);
  CHECK(f.fired("copy_burst_serialised") >= 9);
  CHECK(most_at_once(f.server.log().of("copy")) <= 4);
  for (auto const& copy : f.server.log().of("copy")) {
    CHECK(files_named_in(copy.sql) >= 1);
    CHECK(files_named_in(copy.sql) <= 4);
  }
}

TEST_CASE("only files of which every row is seen to be in the table leave the stage",
          "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(),
                    "CREATE TABLE ORDERS (ID NUMBER(38,0), STATUS VARCHAR(4), NOTE VARCHAR, "
                    "AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO FLOAT)"));
  auto c = config_of(f);
  c.copy.on_error = sf::on_error::continue_();
  f.server.faults().arm("copy_files_remain:1:2");
  auto const o = load_rows(f, c, 2'000, [](std::int64_t i) {
    order one = make_order(i);
    one.status = i == 700 ? "far too long for its column" : "ok";
    return one;
  });
  INFO(o.words);
  CHECK(f.fired("copy_files_remain") >= 1);
  CHECK(o.report.ok());
  CHECK(o.in_table == 1'999);
  CHECK(o.letters.size() == 1);
  // The file of the refused row is there for whoever repairs it.
  auto const left = f.server.stored_objects();
  REQUIRE(left.size() == 1);
  // Which one that is depends on which worker was first.
  auto const& sent = o.report.payloads;
  auto const spoilt =
      std::find_if(sent.begin(), sent.end(), [](auto const& p) { return p.dead_lettered == 1; });
  REQUIRE(spoilt != sent.end());
  CHECK(left[0].find(fmt::format("/{:012}.csv.gz", spoilt->sequence)) != std::string::npos);
  for (auto const& copy : f.server.log().of("copy"))
    CHECK(copy.sql.find("PURGE = TRUE") == std::string::npos);
}

TEST_CASE("a connection that breaks for ever costs a bounded number of attempts",
          "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  auto c = config_of(f);
  c.connection.retry.max_attempts = 3;
  f.server.faults().arm("broken_pipe=100:1:*");
  auto const o = load_rows(f, c, 500, make_order);
  CHECK(f.fired("broken_pipe") == 3);
  CHECK(o.report.confirmed == 0);
  CHECK(o.report.dead_lettered == 500);
  CHECK(o.in_table == 0);
  CHECK(o.words.find("3 attempts") != std::string::npos);
}

TEST_CASE("a destructor loads the last batch that is not full", "[contract][snowflake]") {
  account_fixture f;
  std::vector<sluice::dead_letter> letters;
  // What a destructor does is checked and repeated as everything else is.
  f.server.faults().arm("upload_lost:2");
  f.server.faults().arm("copy.drop_request");
  {
    faulty_loader load{f.net, config_of(f), quiet(letters)};
    for (std::int64_t i = 0; i != 777; ++i) load.push(make_order(i));
  }
  CHECK(f.fired("upload_lost") == 1);
  CHECK(f.fired("copy.drop_request") == 1);
  CHECK(letters.empty());
  CHECK(f.server.number("SELECT COUNT(DISTINCT ID) FROM ORDERS") == 777);
}

TEST_CASE("a destructor that cannot load tells how many rows are where", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  auto c = config_of(f);
  c.create_table = false;
  c.connection.limits.idle = sluice::milliseconds{60'000};
  f.server.faults().arm("copy.hang:1:*");
  std::vector<sluice::dead_letter> letters;
  std::vector<sluice::report> told;
  auto options = quiet(letters);
  options.destructor_within = sluice::milliseconds{1'500};
  options.on_incident = [&](sluice::incident const& i) {
    if (i.final_report != nullptr) told.push_back(*i.final_report);
  };
  auto start = f.net.now();
  {
    faulty_loader load{f.net, c, options};
    REQUIRE(load.resume_position());  // the limit is not about the login
    for (std::int64_t i = 0; i != 777; ++i) load.push(make_order(i));
    start = f.net.now();
  }
  CHECK(f.net.now() - start < 10s);
  CHECK(f.fired("copy.hang") >= 1);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 0);
  REQUIRE(told.size() == 1);
  CHECK(told[0].pushed == 777);
  CHECK(told[0].dead_lettered == 777);
  CHECK(letters.size() == 777);
}

TEST_CASE("no personal datum and no secret is in a log line, an error or a dead letter",
          "[contract][snowflake]") {
  account_fixture f;
  // Retries make the client talk.
  for (char const* fault : {"login.drop_reply", "copy.status_after=504", "upload.drop_reply"})
    f.server.faults().arm(fault);
  people::load const l{f, false};
  for (char const* fault : {"login.drop_reply", "copy.status_after", "upload.drop_reply"})
    CHECK(f.fired(fault) == 1);
  CHECK(l.report.ok());
  CHECK(l.in_table == 9);
  CHECK(l.letters.size() == 1);
  CHECK(l.tells("warning"));
  CHECK(l.tells("\"EMAIL\""));
  CHECK_FALSE(l.tells(people::planted));
  CHECK_FALSE(l.tells("loader-password"));
}
