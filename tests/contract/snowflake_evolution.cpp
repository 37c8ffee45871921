// A record has outgrown its table: what each policy changes, and what it leaves alone.

#include "catch.hpp"
#include "snowflake_fixture.hpp"

#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/evolve.hpp>
#include <sluice/snowflake/insert.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

namespace sf = sluice::snowflake;
using sluice::column;

struct order_v1 {
  std::int64_t id = 0;
  std::string note;
  sluice::decimal<6, 2> amount;
  bool paid = false;
};

struct order_v2 {
  std::int64_t id = 0;
  std::string remark;
  sluice::decimal<12, 2> amount;
  std::optional<double> ratio;
};

struct order_with_rate {
  std::int64_t id = 0;
  std::string note;
  sluice::decimal<6, 2> amount;
  bool paid = false;
  double rate = 0;
};

struct order_twice {
  std::int64_t id = 0;
  std::string first;
  std::string second;
  sluice::decimal<6, 2> amount;
  bool paid = false;
};

struct small_id {
  std::int32_t id = 0;
};

struct order_finer {
  std::int64_t id = 0;
  sluice::decimal<12, 4> amount;
};

}  // namespace

template<>
struct sluice::schema<order_v1> : sluice::columns<order_v1,
                                                  column<"ID", &order_v1::id>,
                                                  column<"NOTE", &order_v1::note, max_length<4>>,
                                                  column<"AMOUNT", &order_v1::amount>,
                                                  column<"PAID", &order_v1::paid>> {};

template<>
struct sluice::schema<order_v2>
    : sluice::columns<order_v2,
                      column<"ID", &order_v2::id>,
                      column<"REMARK", &order_v2::remark, renamed_from<"NOTE">, max_length<40>>,
                      column<"AMOUNT", &order_v2::amount>,
                      column<"RATIO", &order_v2::ratio>> {};

template<>
struct sluice::schema<order_with_rate>
    : sluice::columns<order_with_rate,
                      column<"ID", &order_with_rate::id>,
                      column<"NOTE", &order_with_rate::note, max_length<4>>,
                      column<"AMOUNT", &order_with_rate::amount>,
                      column<"PAID", &order_with_rate::paid>,
                      column<"RATE", &order_with_rate::rate>> {};

template<>
struct sluice::schema<order_twice>
    : sluice::columns<order_twice,
                      column<"ID", &order_twice::id>,
                      column<"FIRST", &order_twice::first, renamed_from<"NOTE">>,
                      column<"SECOND", &order_twice::second, renamed_from<"NOTE">>,
                      column<"AMOUNT", &order_twice::amount>,
                      column<"PAID", &order_twice::paid>> {};

template<>
struct sluice::schema<small_id> : sluice::columns<small_id, column<"ID", &small_id::id>> {};

template<>
struct sluice::schema<order_finer> : sluice::columns<order_finer,
                                                     column<"ID", &order_finer::id>,
                                                     column<"AMOUNT", &order_finer::amount>> {};

namespace {

template<class Record, class Destination>
using loader_of =
    sluice::loader<Record, sluice::encode<sluice::csv<>>, sluice::upload<Destination>>;

template<class Config>
Config config_of(account_fixture const& f) {
  Config c;
  c.connection = f.connection();
  c.table = "ORDERS";
  return c;
}

/// ALTER statements that the account has seen.
std::size_t altered(account_fixture& f) {
  std::size_t n = 0;
  for (auto const& r : f.server.log().of("ddl"))
    if (r.sql.find("ALTER TABLE") != std::string::npos) ++n;
  return n;
}

void load_first_version(account_fixture& f) {
  auto c = config_of<sf::bulk_config>(f);
  c.create_table = true;
  loader_of<order_v1, sf::bulk<>> load{f.net, c};
  load.push({1, "old", sluice::decimal<6, 2>::from_unscaled(150), true});
  REQUIRE(load.finish().confirmed == 1);
}

order_v2 second_version(std::int64_t id) {
  return {id, "a remark that is longer", sluice::decimal<12, 2>::from_unscaled(999'999'999), 0.5};
}

template<class Destination>
sluice::report load_second_version(account_fixture& f, typename Destination::config c) {
  loader_of<order_v2, Destination> load{f.net, std::move(c)};
  load.push(second_version(2));
  return load.finish();
}

void check_second_version(account_fixture& f) {
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 2);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS WHERE REMARK = 'old' AND PAID AND RATIO IS "
                        "NULL") == 1);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS WHERE REMARK = 'a remark that is longer' AND "
                        "AMOUNT = 9999999.99 AND PAID IS NULL AND RATIO = 0.5") == 1);
}

}  // namespace

TEST_CASE("a table that lacks a column is refused unless it may change",
          "[contract][snowflake][evolve]") {
  account_fixture f;
  load_first_version(f);
  auto const r = load_second_version<sf::bulk<>>(f, config_of<sf::bulk_config>(f));
  REQUIRE(r.failure);
  CHECK(r.failure->message.find("has no column \"REMARK\"") != std::string::npos);
  CHECK(r.failure->message.find("evolve::add_columns") != std::string::npos);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 1);
}

TEST_CASE("added columns appear, with none in rows that were there",
          "[contract][snowflake][evolve]") {
  account_fixture f;
  load_first_version(f);
  auto c = config_of<sf::bulk_config>(f);
  loader_of<order_with_rate, sf::bulk<sf::evolve::add_columns>> load{f.net, c};
  load.push({2, "new", sluice::decimal<6, 2>::from_unscaled(1), false, 0.5});
  CHECK(load.finish().confirmed == 1);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS WHERE ID = 1 AND RATE IS NULL") == 1);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS WHERE ID = 2 AND RATE = 0.5") == 1);
}

TEST_CASE("nothing is changed where the policy does not reach far enough",
          "[contract][snowflake][evolve]") {
  account_fixture f;
  load_first_version(f);
  auto const r =
      load_second_version<sf::bulk<sf::evolve::add_columns>>(f, config_of<sf::bulk_config>(f));
  // PAID may not be empty, and nothing says that this may change.
  REQUIRE(r.failure);
  CHECK(r.failure->message.find("column \"PAID\"") != std::string::npos);
  CHECK(altered(f) == 0);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS WHERE NOTE = 'old'") == 1);
}

TEST_CASE("a name that two columns claim is not guessed at", "[contract][snowflake][evolve]") {
  account_fixture f;
  load_first_version(f);
  auto c = config_of<sf::bulk_config>(f);
  loader_of<order_twice, sf::bulk<sf::evolve::widen>> load{f.net, c};
  load.push({2, "a", "b", sluice::decimal<6, 2>::from_unscaled(1), false});
  sluice::report const r = load.finish();
  REQUIRE(r.failure);
  CHECK(r.failure->message.find("renamed from \"NOTE\"") != std::string::npos);
  CHECK(altered(f) == 0);
}

TEST_CASE("integers fit what holds their digits", "[contract][snowflake][evolve]") {
  account_fixture f;
  auto const login = f.session();
  REQUIRE(f.execute(login, "CREATE TABLE ORDERS (ID NUMBER(12, 2))"));
  auto c = config_of<sf::bulk_config>(f);
  c.evolution = sf::table_evolution::widen;
  loader_of<small_id, sf::bulk<>> load{f.net, c};
  load.push({7});
  CHECK(load.finish().confirmed == 1);
  CHECK(altered(f) == 0);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS WHERE ID = 7") == 1);
}

TEST_CASE("a table is widened for the next version of its record",
          "[contract][snowflake][evolve]") {
  account_fixture f;
  load_first_version(f);
  SECTION("by the type") {
    CHECK(load_second_version<sf::bulk<sf::evolve::widen>>(f, config_of<sf::bulk_config>(f))
              .confirmed == 1);
  }
  SECTION("by the configuration") {
    auto c = config_of<sf::bulk_config>(f);
    c.evolution = sf::table_evolution::widen;
    CHECK(load_second_version<sf::bulk<>>(f, c).confirmed == 1);
  }
  SECTION("for INSERT") {
    auto c = config_of<sf::insert_config>(f);
    c.evolution = sf::table_evolution::widen;
    CHECK(load_second_version<sf::insert>(f, c).confirmed == 1);
  }
  check_second_version(f);
  // The next load finds nothing to change.
  std::size_t const changes = altered(f);
  CHECK(changes == 5);
  auto c = config_of<sf::bulk_config>(f);
  c.evolution = sf::table_evolution::widen;
  CHECK(load_second_version<sf::bulk<>>(f, c).confirmed == 1);
  CHECK(altered(f) == changes);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 3);
}

TEST_CASE("loads that start at once change a table together", "[contract][snowflake][evolve]") {
  account_fixture f;
  load_first_version(f);
  using wide_loader = loader_of<order_v2, sf::bulk<sf::evolve::widen>>;
  auto const c = config_of<sf::bulk_config>(f);
  wide_loader loads[]{{f.net, c}, {f.net, c}, {f.net, c}, {f.net, c}};
  std::int64_t id = 2;
  for (wide_loader& load : loads) load.push(second_version(id++));
  for (wide_loader& load : loads) {
    sluice::report const r = load.finish();
    INFO((r.failure ? r.failure->describe() : std::string{}));
    CHECK(r.confirmed == 1);
  }
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 5);
}

TEST_CASE("a column that would cut values is named", "[contract][snowflake][evolve]") {
  account_fixture f;
  load_first_version(f);
  auto c = config_of<sf::bulk_config>(f);
  c.evolution = sf::table_evolution::widen;
  loader_of<order_finer, sf::bulk<>> load{f.net, c};
  load.push({2, sluice::decimal<12, 4>::from_unscaled(12'345)});
  sluice::report const r = load.finish();
  REQUIRE(r.failure);
  CHECK(r.failure->message.find("column \"AMOUNT\"") != std::string::npos);
  CHECK(r.failure->message.find("NUMBER(6, 2)") != std::string::npos);
  CHECK(altered(f) == 0);
}
