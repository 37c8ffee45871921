#include "catch.hpp"
#include "records.hpp"

#include <sluice/encode/detail/text_scan.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace records;
using Catch::Matchers::ContainsSubstring;

struct pair {
  int first;
  int second;
  std::string name;
};

// A template argument is constant: rows never ask the other overload.
struct number_of {
  int const& operator()(pair const& p) const { return p.first; }

  int const& operator()(pair const& p) { return p.second; }
};

everything sample() {
  everything r;
  r.flag = true;
  r.tiny = -128;
  r.huge = std::numeric_limits<std::uint64_t>::max();
  r.id = -5;
  r.ratio = -0.1f;
  r.value = 1e300;
  r.amount = "19.99";
  r.wide = "-1234567890123456789012345678.0123456789";
  r.text = "a \"b\", c\n";
  r.view = "";
  r.fixed = "fixed";
  r.code[0] = 'X';
  r.raw = {std::byte{0x00}, std::byte{0xAB}};
  r.day = {2024, 2, 29};
  r.time = {1, 2, 3, 4};
  r.wall = sluice::timestamp<sluice::micros>{-1};
  r.instant = sluice::timestamp<sluice::nanos, sluice::utc>{1};
  r.zoned = {0, -90};
  r.document.text = "{\"k\": [1, null]}";
  r.shade = color::green;
  r.points = {{1, "one \"1\""}, {2, {}}};
  r.measures = {{"m", std::nan("")}};
  return r;
}

}  // namespace

template<>
struct sluice::schema<pair>
    : sluice::columns<pair,
                      sluice::column<"N", number_of{}>,
                      sluice::column<"NAME", [](auto& p) -> auto& { return p.name; }>> {};

TEST_CASE("columns may be function objects") {
  std::vector<pair> const rows{{3, 30, "three"}, {4, 40, "four"}};
  CHECK(body_of<sluice::csv<>>(rows) == "3,\"three\"\n4,\"four\"\n");
  CHECK(body_of<sluice::ndjson>(rows) ==
        "{\"N\":3,\"NAME\":\"three\"}\n{\"N\":4,\"NAME\":\"four\"}\n");
  // Sources and vaults read the same value.
  std::vector<int> seen;
  sluice::for_each_column(rows[0], [&]<class Column>(auto const& value) {
    if constexpr (Column::name == "N") seen.push_back(value);
  });
  CHECK(seen == std::vector{3});
}

TEST_CASE("a CSV row, byte by byte") {
  CHECK(body_of<sluice::csv<>>(std::vector{sample()}) ==
        "true,-128,18446744073709551615,-5,-0.1,1e+300,19.99,"
        "-1234567890123456789012345678.0123456789,\"a \"\"b\"\", c\n\",\"\",\"fixed\",\"X\",,"
        "\"00AB\",2024-02-29,01:02:03.004,1969-12-31 23:59:59.999999,"
        "1970-01-01 00:00:00.000000001+00:00,1969-12-31 22:30:00-01:30,"
        "\"{\"\"k\"\": [1, null]}\",00000000-0000-0000-0000-000000000000,\"GREEN\","
        "\"[{\"\"X\"\":1,\"\"LABEL\"\":\"\"one "
        "\\\"\"1\\\"\"\"\"},{\"\"X\"\":2,\"\"LABEL\"\":null}]\","
        "\"{\"\"m\"\":\"\"NaN\"\"}\",\n");
}

TEST_CASE("an NDJSON row, byte by byte") {
  CHECK(
      body_of<sluice::ndjson>(std::vector{sample()}) ==
      "{\"FLAG\":true,\"TINY\":-128,\"HUGE\":18446744073709551615,\"ID\":-5,\"RATIO\":-0.1,"
      "\"VALUE\":1e+300,\"AMOUNT\":19.99,\"WIDE\":\"-1234567890123456789012345678.0123456789\","
      "\"TEXT\":\"a \\\"b\\\", "
      "c\\n\",\"VIEW\":\"\",\"FIXED\":\"fixed\",\"CODE\":\"X\",\"NOTE\":null,"
      "\"RAW\":\"00AB\",\"DAY\":\"2024-02-29\",\"TIME\":\"01:02:03.004\","
      "\"WALL\":\"1969-12-31 23:59:59.999999\",\"INSTANT\":\"1970-01-01 00:00:00.000000001+00:00\","
      "\"ZONED\":\"1969-12-31 22:30:00-01:30\",\"DOCUMENT\":{\"k\": [1, null]},"
      "\"KEY\":\"00000000-0000-0000-0000-000000000000\",\"SHADE\":\"GREEN\","
      "\"POINTS\":[{\"X\":1,\"LABEL\":\"one \\\"1\\\"\"},{\"X\":2,\"LABEL\":null}],"
      "\"MEASURES\":{\"m\":\"NaN\"},\"MAYBE\":null}\n");
}

TEST_CASE("null and the empty text stay apart") {
  std::vector<person> const people{{"", {}, ""}, {"", "", ""}};
  CHECK(body_of<sluice::csv<>>(people) == "\"\",,\"\"\n\"\",\"\",\"\"\n");
  CHECK(body_of<sluice::csv<sluice::null_marker<"\\N">, sluice::delimiter<'|'>>>(people) ==
        "\"\"|\\N|\"\"\n\"\"|\"\"|\"\"\n");
  CHECK(body_of<sluice::ndjson>(people) ==
        "{\"NAME\":\"\",\"E\\\"MAIL\":null,\"PASSWORD\":\"\"}\n"
        "{\"NAME\":\"\",\"E\\\"MAIL\":\"\",\"PASSWORD\":\"\"}\n");
}

TEST_CASE("infinities and NaN are words") {
  everything r;
  double const infinity = std::numeric_limits<double>::infinity();
  for (auto const& [value, csv, json] : {std::tuple{std::nan(""), ",NaN,", ":\"NaN\","},
                                         std::tuple{infinity, ",inf,", ":\"inf\","},
                                         std::tuple{-infinity, ",-inf,", ":\"-inf\","}}) {
    r.value = value;
    CHECK_THAT(body_of<sluice::csv<>>(std::vector{r}), ContainsSubstring(csv));
    CHECK_THAT(body_of<sluice::ndjson>(std::vector{r}), ContainsSubstring(json));
  }
}

TEST_CASE("JSON with line breaks stays on its line in NDJSON") {
  everything r;
  r.document.text = "{\"a\":\r\n1}";
  std::string const body = body_of<sluice::ndjson>(std::vector{r});
  CHECK(body.find('\n') == body.size() - 1);
  CHECK_THAT(body, ContainsSubstring("\"DOCUMENT\":{\"a\":  1}"));
}

TEST_CASE("what cannot be written is refused with column, cause and remedy") {
  auto const csv_refuses = [](auto change) {
    everything r;
    change(r);
    std::string const why = refusal_of<sluice::csv<>>(r);
    CHECK(why == refusal_of<sluice::ndjson>(r));
    return why;
  };
  CHECK(csv_refuses([](everything&) {}) == "");
  CHECK(csv_refuses([](everything& r) { r.text = "\xC3"; }) ==
        "column TEXT: the text is not valid UTF-8; convert it before it is pushed");
  CHECK_THAT(csv_refuses([](everything& r) { r.note = "long enough for a block \xFF and more"; }),
             ContainsSubstring("column NOTE: the text is not valid UTF-8"));
  CHECK_THAT(csv_refuses([](everything& r) { r.code[0] = '\xE9'; }),
             ContainsSubstring("column CODE"));
  CHECK_THAT(csv_refuses([](everything& r) { r.shade = static_cast<color>(7); }),
             ContainsSubstring("column SHADE: the value has no name"));
  CHECK_THAT(csv_refuses([](everything& r) { r.day.days = sluice::min_date.days - 1; }),
             ContainsSubstring("column DAY: the date is outside"));
  CHECK_THAT(csv_refuses([](everything& r) { r.day.days = sluice::max_date.days + 1; }),
             ContainsSubstring("column DAY"));
  CHECK_THAT(csv_refuses([](everything& r) { r.time.ticks = 86'400'000; }),
             ContainsSubstring("column TIME: the time is not between"));
  CHECK_THAT(csv_refuses([](everything& r) { r.time.ticks = -1; }),
             ContainsSubstring("column TIME"));
  CHECK_THAT(
      csv_refuses([](everything& r) { r.wall.ticks = std::numeric_limits<std::int64_t>::max(); }),
      ContainsSubstring("column WALL: the timestamp is outside"));
  CHECK_THAT(
      csv_refuses([](everything& r) { r.zoned.ticks = std::numeric_limits<std::int64_t>::min(); }),
      ContainsSubstring("column ZONED: the timestamp"));
  CHECK_THAT(csv_refuses([](everything& r) { r.zoned.offset_minutes = 1'081; }),
             ContainsSubstring("column ZONED: the offset"));
  CHECK_THAT(csv_refuses([](everything& r) { r.document.text = "{\"a\":1"; }),
             ContainsSubstring("column DOCUMENT: the text is not well-formed JSON"));
  CHECK_THAT(csv_refuses([](everything& r) {
               r.points = {{1, "\xFF"}};
             }),
             ContainsSubstring("column POINTS: the text is not valid UTF-8"));
  CHECK_THAT(csv_refuses([](everything& r) {
               r.measures = {{"\xFF", 1}};
             }),
             ContainsSubstring("column MEASURES: a name in the map"));
}

TEST_CASE("max_length counts characters, not bytes") {
  CHECK(refusal_of<sluice::csv<>>(person{"0123456789", {}, ""}) == "");
  CHECK(refusal_of<sluice::csv<>>(person{"012345678\xC3\xA9", {}, ""}) == "");
  CHECK_THAT(refusal_of<sluice::csv<>>(person{"0123456789a", {}, ""}),
             ContainsSubstring("column NAME: the value is longer than max_length"));
  CHECK_THAT(refusal_of<sluice::ndjson>(person{"0123456789\xC3\xA9", {}, ""}),
             ContainsSubstring("column NAME: the value is longer"));
}

TEST_CASE("text that would read as null is refused") {
  using dialect = sluice::csv<sluice::null_marker<"\\N">>;
  CHECK_THAT(refusal_of<dialect>(person{"\\N", {}, ""}),
             ContainsSubstring("means null in this CSV"));
  CHECK(refusal_of<dialect>(person{"\\N ", {}, ""}) == "");
  CHECK(refusal_of<sluice::ndjson>(person{"\\N", {}, ""}) == "");
}

TEST_CASE("the header names the columns") {
  sluice::encoder_for<sluice::csv<sluice::with_header>, person> const encode;

  struct text_sink : sluice::byte_sink {
    void write(sluice::chunk bytes) override { text += bytes.bytes(); }

    std::string text;
  } out;

  auto const body = encode.rows().open_body();
  body->begin(out);
  body->end(out);
  CHECK(out.text == "\"NAME\",\"E\"\"MAIL\",\"PASSWORD\"\n");
}

TEST_CASE("a body passes segments on without copying them") {
  sluice::encoder_for<sluice::csv<>, person> const encode;
  auto const rows = std::make_shared<sluice::segment>(1'000);
  REQUIRE(encode.append(person{"Ann", {}, ""}, *rows));

  struct pointer_sink : sluice::byte_sink {
    void write(sluice::chunk bytes) override { at = bytes.bytes().data(); }

    char const* at = nullptr;
  } out;

  encode.rows().open_body()->add({rows, {}, rows->committed()}, out);
  CHECK(out.at == rows->data());
}

TEST_CASE("rendered rows are JSON with the marked columns redacted") {
  std::vector<person> const people{{"Ann", "ann@example.org", "pw"}, {"B,\n\"", {}, ""}};
  auto const check = [&](std::string const& body, sluice::row_format const& rows) {
    CHECK(*rows.render(body, 0, false) ==
          "{\"NAME\":\"Ann\",\"E\\\"MAIL\":\"[redacted]\",\"PASSWORD\":\"[redacted]\"}");
    CHECK(*rows.render(body, 0, true) ==
          "{\"NAME\":\"Ann\",\"E\\\"MAIL\":\"ann@example.org\",\"PASSWORD\":\"[redacted]\"}");
    CHECK(*rows.render(body, 1, true) ==
          "{\"NAME\":\"B,\\n\\\"\",\"E\\\"MAIL\":null,\"PASSWORD\":\"[redacted]\"}");
  };
  check(body_of<sluice::csv<>>(people), sluice::encoder_for<sluice::csv<>, person>::rows());
  check(body_of<sluice::ndjson>(people), sluice::encoder_for<sluice::ndjson, person>::rows());
}

TEST_CASE("a rendered CSV row equals the NDJSON row") {
  std::vector<everything> const rows{sample()};
  using csv = sluice::encoder_for<sluice::csv<>, everything>;
  CHECK(*csv::rows().render(body_of<sluice::csv<>>(rows), 0, true) + "\n" ==
        body_of<sluice::ndjson>(rows));
}

TEST_CASE("bodies that are not the format's are refused") {
  auto const& csv = sluice::encoder_for<sluice::csv<>, person>::rows();
  CHECK_FALSE(csv.render("\"a\",\"b\"\n", 0, true));
  CHECK_FALSE(csv.render("\"a\",\"b\",\"c\",\"d\"\n", 0, true));
  CHECK_FALSE(csv.render("\"a\"x,\"b\",\"c\"\n", 0, true));
  CHECK_FALSE(csv.render("\"a\",\"b\",\"c", 0, true));
  CHECK_FALSE(csv.slice("\"a\",\"b\",\"c", 0, 1));
  auto const& json = sluice::encoder_for<sluice::ndjson, person>::rows();
  CHECK_FALSE(json.render("{\"NAME\":1", 0, true));
  CHECK_FALSE(json.render("{\"NAME\":1\n", 0, true));
  CHECK_FALSE(json.render("[1]\n", 0, true));
  CHECK_FALSE(json.render("1\n", 0, true));
  CHECK(json.render("{}\n", 0, true));
  // Another writer's escape of a column's name may not open what is hidden.
  CHECK(*json.render("{\"PASS\\u0057ORD\":\"pw\"}\n", 0, true) ==
        "{\"PASS\\u0057ORD\":\"[redacted]\"}");
}
