#include "catch.hpp"
#include "snowflake_orders.hpp"

#include <sluice/snowflake/insert.hpp>
#include <sluice/test/destination_laws.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

using namespace orders;

namespace {

using insert_loader =
    sluice::loader<order, sluice::batch<sluice::max_rows<500>>, sluice::upload<sf::insert>>;

sf::insert_config insert_into_orders(account_fixture const& f) {
  sf::insert_config c;
  c.connection = f.connection();
  c.table = "ORDERS";
  c.create_table = true;
  return c;
}

template<class Loader = insert_loader>
outcome insert_rows(account_fixture& f,
                    std::int64_t rows,
                    auto make_record,
                    std::size_t workers = 0) {
  return load_rows<Loader>(f, insert_into_orders(f), rows, make_record, workers);
}

/// Requests with a statement that is not a repetition.
std::size_t statements(account_fixture& f) {
  auto const sent = f.server.log().of("insert");
  return static_cast<std::size_t>(
      std::count_if(sent.begin(), sent.end(), [](auto const& r) { return !r.marked_replay; }));
}

}  // namespace

TEST_CASE("inserted rows arrive as they were, whatever is in them", "[contract][snowflake]") {
  account_fixture f;
  constexpr std::int64_t rows = 3'000;
  auto const o = insert_rows(f, rows, make_order);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.report.confirmed == rows);
  CHECK(o.distinct == rows);
  CHECK(statements(f) == 6);
  auto const back =
      f.server.rows("SELECT ID, STATUS, NOTE, AMOUNT, PAID, RATIO FROM ORDERS ORDER BY ID");
  REQUIRE(back.size() == rows);
  for (std::int64_t i = 0; i != rows; ++i) {
    auto const& row = back[static_cast<std::size_t>(i)];
    order const sent = make_order(i);
    REQUIRE(row[1] == sent.status);
    REQUIRE(row[2] == sent.note);
    REQUIRE(sluice::decimal<12, 2>::parse(row[3].value()) == sent.amount);
    REQUIRE(row[5].has_value() == sent.ratio.has_value());
    if (sent.ratio) REQUIRE(std::stod(*row[5]) == *sent.ratio);
  }
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS WHERE PAID") == rows / 2);
  CHECK(f.server.stored_objects().empty());
  CHECK(f.server.open_sessions() == 0);
}

TEST_CASE("a fault leaves each inserted row in the table once", "[contract][snowflake]") {
  for (char const* fault : {
           "insert_reply_lost",
           "insert_reply_lost:3:2",
           "insert.drop_reply",
           "insert.drop_request",
           "account.reset_body=1000:4",
           "insert.status=500",
           "insert.status_after=502",
           "insert.throttle=0",
           "insert.garbage_reply",
           "insert.html_reply",
           "insert.truncate_reply",
           "insert.hang_reply",
           "insert.redirect",
           "table_not_ready:3",
           "session_expired:4",
           "session_expired_401:4",
           "session_gone:4",
           "query_in_progress:4",
           "query_in_progress_async:4",
           "hang_on_logout",
       }) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
      f.server.faults().arm(fault);
      auto c = insert_into_orders(f);
      c.connection.limits.idle = std::chrono::milliseconds{700};
      auto const o = load_rows<insert_loader>(f, c, 3'000, make_order);
      CHECK(f.fired(name_of_fault(fault)) > 0);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.report.confirmed == 3'000);
      CHECK(o.in_table == 3'000);
      CHECK(o.distinct == 3'000);
    }
  }
}

TEST_CASE("bad rows are found by halving, good rows are inserted once", "[contract][snowflake]") {
  auto const bad = [](std::int64_t i) { return i % 400 == 7; };
  auto const record = [&](std::int64_t i) {
    order o = make_order(i);
    o.status = bad(i) ? "far too long for its column" : "ok";
    return o;
  };
  account_fixture f;
  REQUIRE(f.execute(f.session(),
                    "CREATE TABLE ORDERS (ID NUMBER(38,0), STATUS VARCHAR(4), NOTE VARCHAR, "
                    "AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO FLOAT)"));
  constexpr std::int64_t rows = 3'000;
  auto const o = insert_rows(f, rows, record);
  INFO(o.words);
  CHECK_FALSE(o.report.failure);
  REQUIRE(o.letters.size() == 8);
  for (auto const& l : o.letters) {
    CHECK(bad(static_cast<std::int64_t>(l.at)));
    CHECK(l.why.reason == sluice::dead_reason::rejected);
    CHECK(l.why.code == "100078");
    CHECK(l.why.message.find("too long") != std::string::npos);
    CHECK(l.record.find("far too long for its column") != std::string::npos);
  }
  CHECK(o.in_table == rows - 8);
  CHECK(o.distinct == rows - 8);
  // 6 batches, and two halves at each of the 9 steps from 500 rows to 1, for each bad row at most.
  CHECK(statements(f) <= 6 + 8 * 2 * 9);
}

TEST_CASE("a batch with too many values for a statement takes several", "[contract][snowflake]") {
  using loader_of_large_batches =
      sluice::loader<order, sluice::batch<sluice::max_rows<25'000>>, sluice::upload<sf::insert>>;
  account_fixture f;
  constexpr std::int64_t rows = 25'000;
  // Two workers would share the rows between batches of their own, in varying parts.
  auto const o = insert_rows<loader_of_large_batches>(f, rows, make_order, 1);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.in_table == rows);
  CHECK(o.distinct == rows);
  // 6 columns: 150,000 values, a quarter of them fits into one statement.
  CHECK(statements(f) == 4);
}

TEST_CASE("an answer that never comes leaves the rows unknown", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  f.server.faults().arm("insert.drop_reply:1:1000");
  auto c = insert_into_orders(f);
  c.connection.retry.max_attempts = 3;
  auto const o = load_rows<insert_loader>(f, c, 500, make_order);
  CHECK(f.fired("insert.drop_reply") == 3);
  CHECK(o.report.confirmed == 0);
  REQUIRE(o.letters.size() == 500);
  for (auto const& l : o.letters) CHECK(l.why.reason == sluice::dead_reason::unknown);
  // They were written, once: who replays them has to look first, as the message says.
  CHECK(o.in_table == 500);
  CHECK(o.letters.front().why.message.find("not known") != std::string::npos);
}

TEST_CASE("insert says what is wrong before it sends a row", "[contract][snowflake]") {
  account_fixture f;
  std::vector<sluice::dead_letter> letters;
  auto const failure = [&](sf::insert_config c) {
    auto load = insert_loader::make(f.net, std::move(c), quiet(letters));
    REQUIRE(load);
    load->push(make_order(1));
    auto const r = load->finish();
    CHECK(r.confirmed == 0);
    return r.failure ? r.failure->describe() : std::string{};
  };
  auto c = insert_into_orders(f);
  c.table = "";
  CHECK(failure(c).find("set config.table") != std::string::npos);
  c = insert_into_orders(f);
  c.pool_size = 0;
  CHECK(failure(c).find("pool_size") != std::string::npos);
  c = insert_into_orders(f);
  c.create_table = false;
  c.table_wait = std::chrono::milliseconds{1};
  CHECK(failure(c).find("does not exist") != std::string::npos);
  REQUIRE(f.execute(f.session(), "CREATE TABLE ORDERS (ID NUMBER)"));
  CHECK(failure(c).find("no column \"STATUS\"") != std::string::npos);
  CHECK(statements(f) == 0);
}

TEST_CASE("insert obeys the laws of destinations", "[contract][snowflake]") {
  account_fixture f;
  sluice::test::law_setup<sf::insert> setup;
  int tables = 0;
  auto const table = [&] { return "LAW_" + std::to_string(tables); };
  setup.config = [&] {
    ++tables;
    auto c = insert_into_orders(f);
    c.table = table();
    return c;
  };
  setup.rows_held = [&] {
    return static_cast<std::uint64_t>(f.server.number("SELECT COUNT(*) FROM " + table()));
  };
  std::vector<order> samples;
  for (std::int64_t i = 0; i != 8; ++i) samples.push_back(make_order(i));
  auto const lawful = sluice::test::check_destination_laws<sf::insert, order, sluice::csv<>>(
      f.net, setup, std::span<order const>{samples});
  INFO((lawful ? std::string{} : lawful.error().message));
  CHECK(lawful);
}
