#include "catch.hpp"
#include "snowflake_orders.hpp"

#include <sluice/schema/json.hpp>
#include <sluice/snowflake/insert.hpp>
#include <sluice/snowflake/query.hpp>
#include <sluice/source/csv.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace orders;

namespace {

struct flight {
  sluice::timestamp<sluice::seconds> date;
  std::int16_t delay = 0;
  std::int16_t distance = 0;
  sluice::fixed_text<4> origin;
  sluice::fixed_text<4> destination;
};

struct every_type {
  std::int64_t id = 0;
  std::optional<bool> yes;
  std::optional<double> ratio;
  sluice::decimal<38, 10> exact;
  std::string text;
  std::vector<std::byte> raw;
  sluice::date day;
  sluice::time_of_day<sluice::micros> clock;
  sluice::timestamp<sluice::nanos> wall;
  sluice::timestamp<sluice::millis, sluice::zone_kind::utc> instant;
  sluice::timestamp<sluice::micros, sluice::zone_kind::offset> zoned;
  sluice::uuid key;
};

struct counted {
  std::int64_t id = 0;
};

struct renamed {
  std::int64_t number = 0;
  std::string words;
};

}  // namespace

template<>
struct sluice::schema<flight>
    : sluice::columns<flight,
                      sluice::column<"DATE", &flight::date>,
                      sluice::column<"DELAY", &flight::delay>,
                      sluice::column<"DISTANCE", &flight::distance>,
                      sluice::column<"ORIGIN", &flight::origin>,
                      sluice::column<"DESTINATION", &flight::destination>> {};

template<>
struct sluice::schema<every_type> : sluice::columns<every_type,
                                                    sluice::column<"ID", &every_type::id>,
                                                    sluice::column<"YES", &every_type::yes>,
                                                    sluice::column<"RATIO", &every_type::ratio>,
                                                    sluice::column<"EXACT", &every_type::exact>,
                                                    sluice::column<"TEXT", &every_type::text>,
                                                    sluice::column<"RAW", &every_type::raw>,
                                                    sluice::column<"DAY", &every_type::day>,
                                                    sluice::column<"CLOCK", &every_type::clock>,
                                                    sluice::column<"WALL", &every_type::wall>,
                                                    sluice::column<"INSTANT", &every_type::instant>,
                                                    sluice::column<"ZONED", &every_type::zoned>,
                                                    sluice::column<"KEY", &every_type::key>> {};

template<>
struct sluice::schema<counted> : sluice::columns<counted, sluice::column<"ID", &counted::id>> {};

template<>
struct sluice::schema<renamed>
    : sluice::columns<renamed,
                      sluice::column<"NUMBER", &renamed::number, sluice::source::header<"ID">>,
                      sluice::column<"words", &renamed::words>> {};

namespace {

sluice::sandbox::options chunked(std::size_t inline_rows) {
  sluice::sandbox::options o;
  o.inline_rows = inline_rows;
  return o;
}

/// A table ORDERS with the first `rows` orders.
void fill_orders(account_fixture& f, std::int64_t rows) {
  auto const o = load_rows(f, config_of(f), rows, make_order);
  INFO(o.words);
  REQUIRE(o.in_table == static_cast<std::uint64_t>(rows));
  f.server.log().clear();
}

/// A table NUMBERS with 0 to 159,999: 10,000 rows are inline, the others are in three chunks.
constexpr std::uint64_t many = 160'000;

void fill_numbers(account_fixture& f) {
  auto const s = f.session();
  std::string digits = "INSERT INTO DIGITS VALUES (0)";
  for (int i = 1; i != 400; ++i) digits += ", (" + std::to_string(i) + ')';
  REQUIRE(f.execute(s, "CREATE TABLE DIGITS (D NUMBER)"));
  REQUIRE(f.execute(s, digits));
  REQUIRE(f.execute(s, "CREATE TABLE NUMBERS (ID NUMBER)"));
  REQUIRE(f.execute(s, "INSERT INTO NUMBERS SELECT A.D * 400 + B.D FROM DIGITS A, DIGITS B"));
}

/// With patience for a service that is slow at many rows.
sf::connection patient(account_fixture const& f) {
  auto where = f.connection();
  where.limits.idle = std::chrono::milliseconds{60'000};
  return where;
}

}  // namespace

TEST_CASE("a month of flights comes back as it was loaded", "[contract][snowflake]") {
  account_fixture f{chunked(10'000)};
  {
    using flight_loader = sluice::loader<flight,
                                         sluice::encode<sluice::csv<>>,
                                         sluice::compress<sluice::zstd<1>>,
                                         sluice::upload<sf::bulk<>>>;
    auto flights = sluice::source::csv<flight>::open("examples/data/flights-2001-01.csv.zst");
    REQUIRE(flights);
    sf::bulk_config c;
    c.connection = f.connection();
    c.table = "FLIGHTS";
    c.create_table = true;
    flight_loader load{f.net, std::move(c)};
    load.push(*flights);
    auto const r = load.finish();
    if (r.failure) FAIL(r.failure->describe());
    REQUIRE(r.confirmed == 508'239);
  }
  f.server.log().clear();

  auto flights = sf::query<flight>::open(f.net, patient(f), "SELECT * FROM FLIGHTS");
  if (!flights) FAIL(flights.error().describe());
  std::uint64_t rows = 0;
  std::int64_t delay = 0;
  std::int64_t distance = 0;
  std::set<std::string> origins;
  std::set<std::string> destinations;
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  for (auto const item : *flights) {
    if (!item) FAIL(item.error().describe());
    REQUIRE(item.position() == rows);
    ++rows;
    delay += item->delay;
    distance += item->distance;
    origins.emplace(item->origin.view());
    destinations.emplace(item->destination.view());
    first = std::min(first, item->date.ticks);
  }
  CHECK(flights->failure() == nullptr);
  CHECK(rows == 508'239);
  CHECK(delay == 3'221'712);
  CHECK(distance == 369'781'288);
  CHECK(origins.size() == 223);
  CHECK(destinations.size() == 223);
  CHECK(first >= 978'307'200);
  CHECK(flights->progress()->records_read.value() == 508'239);
  CHECK(flights->progress()->records_total.value() == 508'239);
  // All rows but the inline ones came from storage.
  CHECK(f.server.log().count("chunk") >= 10);
}

TEST_CASE("every type comes back exactly", "[contract][snowflake]") {
  account_fixture f;
  every_type low;
  low.id = std::numeric_limits<std::int64_t>::min();
  low.exact = *sluice::decimal<38, 10>::parse("-1234567890123456789012345678.0123456789");
  low.text = "line\nü \"quoted\"";
  low.raw = {std::byte{0}, std::byte{0xff}};
  low.day = sluice::date{1600, 2, 29};
  low.clock.ticks = 86'399'999'999;
  low.wall.ticks = -1;
  low.instant.ticks = -86'400'001;
  low.zoned.ticks = -500'000;
  low.zoned.offset_minutes = -330;
  low.key.bytes[15] = 7;
  every_type high = low;
  high.id = std::numeric_limits<std::int64_t>::max();
  high.yes = true;
  high.ratio = 0.1;
  high.day = sluice::date{9999, 12, 31};
  high.wall.ticks = 978'307'200'123'456'789;
  high.instant.ticks = 978'307'200'001;
  high.zoned.offset_minutes = 840;
  {
    sluice::loader<every_type, sluice::upload<sf::insert>> load{
        f.net, {.connection = f.connection(), .table = "EVERY_TYPE", .create_table = true}};
    load.push(low);
    load.push(high);
    auto const r = load.finish();
    if (r.failure) FAIL(r.failure->describe());
    REQUIRE(r.confirmed == 2);
  }
  auto rows =
      sf::query<every_type>::open(f.net, f.session(), "SELECT * FROM EVERY_TYPE ORDER BY ID");
  if (!rows) FAIL(rows.error().describe());
  std::vector<every_type> back;
  for (auto const item : *rows) {
    if (!item) FAIL(item.error().describe());
    back.push_back(*item);
  }
  REQUIRE(back.size() == 2);
  for (auto const& [sent, got] : {std::pair{low, back[0]}, std::pair{high, back[1]}}) {
    CHECK(got.id == sent.id);
    CHECK(got.yes == sent.yes);
    CHECK(got.ratio == sent.ratio);
    CHECK(got.exact == sent.exact);
    CHECK(got.text == sent.text);
    CHECK(got.raw == sent.raw);
    CHECK(got.day == sent.day);
    CHECK(got.clock == sent.clock);
    CHECK(got.wall == sent.wall);
    CHECK(got.instant == sent.instant);
    CHECK(got.zoned.ticks == sent.zoned.ticks);
    CHECK(got.zoned.offset_minutes == sent.zoned.offset_minutes);
    CHECK(got.key == sent.key);
  }
}

TEST_CASE("a fault leaves each row of a query there once", "[contract][snowflake]") {
  for (char const* fault : {
           "chunk.drop_reply",
           "chunk.drop_request",
           "chunk.status=503",
           "chunk.status=403",
           "chunk.truncate_reply",
           "chunk.garbage_reply",
           "chunk.hang_reply",
           "select.drop_reply",
           "select.truncate_reply",
           "select.status_after=502",
           "query_in_progress:1",
           "query_in_progress_async:1",
           "session_expired:1",
       }) {
    DYNAMIC_SECTION(fault) {
      account_fixture f{chunked(300)};
      fill_orders(f, 3'000);
      auto where = f.connection();
      where.limits.idle = std::chrono::milliseconds{700};
      f.server.faults().arm(fault);
      auto rows = sf::query<order>::open(f.net, where, "SELECT * FROM ORDERS ORDER BY ID");
      if (!rows) FAIL(rows.error().describe());
      std::int64_t next = 0;
      for (auto const item : *rows) {
        if (!item) FAIL(item.error().describe());
        order const sent = make_order(next++);
        REQUIRE(item->id == sent.id);
        REQUIRE(item->note == sent.note);
        REQUIRE(item->amount == sent.amount);
        REQUIRE(item->ratio == sent.ratio);
      }
      CHECK(next == 3'000);
      CHECK(f.fired(name_of_fault(fault)) > 0);
    }
  }
}

TEST_CASE("rows that cannot be fetched end a query with a fatal item", "[contract][snowflake]") {
  account_fixture f;
  fill_numbers(f);
  auto where = patient(f);
  where.retry.max_attempts = 2;
  f.server.faults().arm("chunk.status=503:2:1000");
  {
    auto rows = sf::query<counted>::open(
        f.net, where, "SELECT * FROM NUMBERS ORDER BY ID", {.prefetch_bytes = 1});
    if (!rows) FAIL(rows.error().describe());
    std::uint64_t good = 0;
    bool fatal = false;
    for (auto const item : *rows) {
      REQUIRE_FALSE(fatal);
      if (item.position() != good) FAIL(item.position());
      if (item) {
        ++good;
        continue;
      }
      fatal = item.fatal();
      CHECK(item.raw().empty());
    }
    CHECK(fatal);
    CHECK(good == 60'000);
    REQUIRE(rows->failure() != nullptr);
    CHECK(rows->failure()->describe().find("result rows") != std::string::npos);
    CHECK(rows->begin() == rows->end());
  }
  CHECK(f.fired("chunk.status") == 2);
}

TEST_CASE("rows that a seek cannot fetch end a query", "[contract][snowflake]") {
  account_fixture f;
  fill_numbers(f);
  auto where = patient(f);
  where.retry.max_attempts = 2;
  // The second chunk cannot be fetched, the third one can.
  f.server.faults().arm("chunk.status=503:2:2");
  auto rows = sf::query<counted>::open(
      f.net, where, "SELECT * FROM NUMBERS ORDER BY ID", {.prefetch_bytes = 1});
  if (!rows) FAIL(rows.error().describe());
  CHECK_FALSE(rows->seek(60'001));
  CHECK(f.fired("chunk.status") == 2);
  REQUIRE(rows->failure() != nullptr);
  CHECK(rows->failure()->describe().find("result rows") != std::string::npos);
  CHECK_FALSE(rows->seek(60'000));
  CHECK_FALSE(rows->seek(60'001));
  CHECK(rows->begin() == rows->end());
}

TEST_CASE("a bad cell names row, column, value and type, and the rows go on",
          "[contract][snowflake]") {
  account_fixture f{chunked(2)};
  REQUIRE(f.execute(f.session(), "CREATE TABLE T (ID VARCHAR, \"words\" VARCHAR)"));
  REQUIRE(f.execute(f.session(),
                    "INSERT INTO T VALUES ('1', 'a'), ('2', NULL), ('many', 'c'), ('4', 'd')"));
  auto rows =
      sf::query<renamed>::open(f.net, f.connection(), "SELECT *, 1 AS MORE FROM T ORDER BY ID");
  if (!rows) FAIL(rows.error().describe());
  std::vector<std::string> seen;
  for (auto const item : *rows) {
    if (item) {
      seen.push_back(std::to_string(item.position()) + '=' + std::to_string(item->number));
      continue;
    }
    CHECK_FALSE(item.fatal());
    CHECK(item.error().code == sluice::errc::invalid_input);
    seen.push_back(std::to_string(item.position()) + '!' + item.error().message + ' ' + item.raw());
  }
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == "0=1");
  CHECK(seen[1] ==
        "1!row 2 of the query: column \"words\" holds \"\" (empty), expected text; fill "
        "the cell or make the member std::optional {\"NUMBER\":\"2\",\"words\":null}");
  CHECK(seen[2] == "2=4");
  CHECK(seen[3] ==
        "3!row 4 of the query: column \"ID\" holds \"many\", expected an integer from "
        "-9223372036854775808 to 9223372036854775807; correct the cell or make the "
        "member text {\"NUMBER\":\"many\",\"words\":\"c\"}");
  CHECK(rows->failure() == nullptr);
}

TEST_CASE("a query says what is wrong before the first row", "[contract][snowflake]") {
  account_fixture f;
  auto const missing = sf::query<order>::open(f.net, f.connection(), "SELECT * FROM NOWHERE");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == sf::errc::object_missing);
  REQUIRE(f.execute(f.session(), "CREATE TABLE T (ID NUMBER, WORD VARCHAR)"));
  auto const renamed_column = sf::query<renamed>::open(f.net, f.connection(), "SELECT * FROM T");
  REQUIRE_FALSE(renamed_column);
  CHECK(renamed_column.error().message.find("no column \"words\", the nearest is \"WORD\"") !=
        std::string::npos);
}

TEST_CASE("a query can be continued at a row", "[contract][snowflake]") {
  account_fixture f;
  fill_numbers(f);
  auto const session = f.session(patient(f));
  auto const open = [&] {
    auto rows = sf::query<counted>::open(
        f.net, session, "SELECT * FROM NUMBERS ORDER BY ID", {.prefetch_bytes = 1});
    if (!rows) FAIL(rows.error().describe());
    return *std::move(rows);
  };
  for (sluice::position const to : {9'999u, 60'001u, 159'999u, 160'000u}) {
    INFO(to);
    f.server.log().clear();
    auto rows = open();
    REQUIRE(rows.seek(to));
    sluice::position next = to;
    for (auto const item : rows) {
      if (!item || item.position() != next || item->id != static_cast<std::int64_t>(next))
        FAIL("row " << next);
      ++next;
    }
    CHECK(next == many);
    CHECK_FALSE(rows.seek(0));
    // The first chunk is on its way from the start; of the others only those that are wanted are.
    CHECK(f.server.log().count("chunk") == (to < 110'000 ? 3 : to < many ? 2 : 1));
  }
  auto rows = open();
  auto const past = rows.seek(many + 1);
  REQUIRE_FALSE(past);
  CHECK(past.error().message.find("its end") != std::string::npos);
}

TEST_CASE("no more rows than allowed are fetched ahead", "[contract][snowflake]") {
  account_fixture f;
  fill_numbers(f);
  auto const session = f.session(patient(f));
  for (bool const narrow : {true, false}) {
    f.server.log().clear();
    auto rows = sf::query<counted>::open(f.net,
                                         session,
                                         "SELECT * FROM NUMBERS ORDER BY ID",
                                         {.prefetch_bytes = narrow ? 1 : 64u << 20});
    if (!rows) FAIL(rows.error().describe());
    // The first row of the first chunk was fetched, so requests before it have been answered.
    REQUIRE(rows->seek(10'001));
    std::size_t const fetched = f.server.log().count("chunk");
    if (narrow) CHECK(fetched <= 2);
    sluice::position next = 10'001;
    for (auto const item : *rows) {
      if (!item || item.position() != next) FAIL("row " << next);
      ++next;
    }
    CHECK(next == many);
    CHECK(f.server.log().count("chunk") == 3);
  }
}

TEST_CASE("a query that is given up leaves nothing behind", "[contract][snowflake]") {
  account_fixture f{chunked(100)};
  fill_orders(f, 3'000);
  {
    auto rows = sf::query<order>::open(f.net, f.connection(), "SELECT * FROM ORDERS");
    REQUIRE(rows);
    auto at = rows->begin();
    CHECK(*at);
  }
  CHECK(f.server.open_sessions() == 0);
}
