// One column of every kind, through both formats, as the service reads it back.

#include "../unit/encode/records.hpp"
#include "catch.hpp"
#include "snowflake_orders.hpp"

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
using records::everything;

everything lowest() {
  everything r;
  r.tiny = -128;
  r.id = std::numeric_limits<std::int64_t>::min();
  r.ratio = -0.1f;
  r.value = std::numeric_limits<double>::lowest();
  r.amount = "-9999999999.99";
  r.wide = "-1234567890123456789012345678.0123456789";
  r.text = "a \"b\", c\n";
  r.fixed = "fixed";
  r.code[0] = 'X';
  r.raw = {std::byte{0x00}, std::byte{0xAB}};
  r.day = {1, 1, 1};
  r.time = {1, 2, 3, 4};
  r.wall = sluice::timestamp<sluice::micros>{-1};
  r.instant = sluice::timestamp<sluice::nanos, sluice::utc>{1};
  r.zoned = {0, -90};
  r.document.text = "{\"k\": [1, null]}";
  r.shade = records::color::green;
  r.points = {{1, "one \"1\""}, {2, {}}};
  r.measures = {{"m", 0.5}};
  return r;
}

everything highest() {
  everything r;
  r.flag = true;
  r.tiny = 127;
  r.huge = std::numeric_limits<std::uint64_t>::max();
  r.id = std::numeric_limits<std::int64_t>::max();
  r.ratio = 0.25f;
  r.value = std::numeric_limits<double>::max();
  r.amount = "9999999999.99";
  r.wide = "9999999999999999999999999999.9999999999";
  r.text = "üñï 🦆 \\ ' \t\r\n";
  r.view = "view";
  r.note = "";
  r.day = {9999, 12, 31};
  r.time = {23, 59, 59, 999};
  r.document.text = "[true, \"x\", 1.5]";
  r.maybe = 1e-300;
  return r;
}

using rows = std::vector<std::vector<std::optional<std::string>>>;

/// The three records as `columns` of the table; where `ddl` is empty, the record makes the table.
template<class Format>
rows loaded(std::string const& ddl, std::string const& columns) {
  account_fixture f;
  auto c = orders::config_of(f);
  c.create_table = ddl.empty();
  if (!ddl.empty()) REQUIRE(f.execute(f.session(), ddl));
  std::vector<sluice::dead_letter> letters;
  using loader = sluice::loader<everything,
                                sluice::encode<Format>,
                                sluice::compress<sluice::gzip<1>>,
                                sluice::upload<sf::bulk<>>>;
  loader load{f.net, c, orders::quiet(letters)};
  load.push(lowest());
  load.push(highest());
  load.push({});
  auto const r = load.finish();
  for (auto const& l : letters) UNSCOPED_INFO(l.why.message << ' ' << l.why.column);
  if (r.failure) UNSCOPED_INFO(r.failure->describe());
  CHECK(r.confirmed == 3);
  return f.server.rows("SELECT " + columns + " FROM ORDERS ORDER BY ID");
}

/// The table that the record makes, with text where JSON would be.
std::string with_text_for_json() {
  std::string ddl{sf::create_table<everything, "ORDERS">};
  for (char const* type : {"VARIANT", "ARRAY", "OBJECT"})
    for (auto at = ddl.find(type); at != ddl.npos; at = ddl.find(type, at))
      ddl.replace(at, std::string{type}.size(), "VARCHAR");
  return ddl;
}

constexpr char const* plain_columns =
    "ID, FLAG, TINY, HUGE, RATIO, VALUE, AMOUNT, WIDE, TEXT, VIEW, FIXED, CODE, NOTE, RAW, DAY, "
    "\"TIME\", WALL, INSTANT, ZONED, KEY, SHADE, MAYBE";

}  // namespace

TEST_CASE("every kind of column arrives as it was, by CSV and by NDJSON", "[contract][snowflake]") {
  rows const csv = loaded<sluice::csv<>>(with_text_for_json(), plain_columns);
  rows const ndjson = loaded<sluice::ndjson>("", plain_columns);
  REQUIRE(csv.size() == 3);
  REQUIRE(ndjson.size() == 3);
  // Dates are days, times seconds since midnight, timestamps seconds since 1970, offsets minutes
  // above -1440.
  rows const expected{{"-9223372036854775808",
                       "0",
                       "-128",
                       "0",
                       "-0.1",
                       "-1.7976931348623157e+308",
                       "-9999999999.99",
                       "-1234567890123456789012345678.0123456789",
                       "a \"b\", c\n",
                       "",
                       "fixed",
                       "X",
                       std::nullopt,
                       "00AB",
                       "-719162",
                       "3723.004",
                       "-0.000001",
                       "0.000000001",
                       "0 1350",
                       "00000000-0000-0000-0000-000000000000",
                       "GREEN",
                       std::nullopt},
                      {"0",          "0",
                       "0",          "0",
                       "0",          "0",
                       "0.00",       "0.0000000000",
                       "",           "",
                       "",           "",
                       std::nullopt, "",
                       "0",          "0.000",
                       "0.000000",   "0.000000000",
                       "0 1440",     "00000000-0000-0000-0000-000000000000",
                       "RED",        std::nullopt},
                      {"9223372036854775807",
                       "1",
                       "127",
                       "18446744073709551615",
                       "0.25",
                       "1.7976931348623157e+308",
                       "9999999999.99",
                       "9999999999999999999999999999.9999999999",
                       "üñï 🦆 \\ ' \t\r\n",
                       "view",
                       "",
                       "",
                       "",
                       "",
                       "2932896",
                       "86399.999",
                       "0.000000",
                       "0.000000000",
                       "0 1440",
                       "00000000-0000-0000-0000-000000000000",
                       "RED",
                       "1e-300"}};
  for (std::size_t row = 0; row != expected.size(); ++row) {
    for (std::size_t i = 0; i != expected[row].size(); ++i) {
      INFO("row " << row << ", column " << i);
      CHECK(csv[row][i].value_or("NULL") == expected[row][i].value_or("NULL"));
      CHECK(ndjson[row][i].value_or("NULL") == expected[row][i].value_or("NULL"));
    }
  }
}

TEST_CASE("JSON columns hold JSON", "[contract][snowflake]") {
  rows const got = loaded<sluice::ndjson>(
      "",
      "DOCUMENT:k[0]::NUMBER, POINTS[0]:LABEL::VARCHAR, POINTS[1]:X::NUMBER, MEASURES:m::FLOAT");
  REQUIRE(got.size() == 3);
  CHECK(got[0] == rows::value_type{"1", "one \"1\"", "2", "0.5"});
  CHECK(got[1] == rows::value_type(4));
}

TEST_CASE("CSV into JSON columns is refused before a row is sent", "[contract][snowflake]") {
  account_fixture f;
  std::vector<sluice::dead_letter> letters;
  using loader =
      sluice::loader<everything, sluice::encode<sluice::csv<>>, sluice::upload<sf::bulk<>>>;
  loader load{f.net, orders::config_of(f), orders::quiet(letters)};
  load.push({});
  auto const r = load.finish();
  REQUIRE(r.failure);
  CHECK(r.failure->code == sluice::errc::invalid_configuration);
  CHECK(r.failure->message.find("encode with ndjson") != std::string::npos);
  CHECK(f.server.log().count("upload") == 0);
}
