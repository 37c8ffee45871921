#include "catch.hpp"

#include <sluice/encode/csv.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowflake/bindings.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace sf = sluice::snowflake;

struct reading {
  std::int64_t id = 0;
  std::optional<std::string> note;
  sluice::decimal<12, 2> amount;
  bool good = false;
  double ratio = 0;
  std::vector<std::byte> raw;
  sluice::date day;
};

}  // namespace

template<>
struct sluice::schema<reading> : sluice::columns<reading,
                                                 sluice::column<"ID", &reading::id>,
                                                 sluice::column<"NOTE", &reading::note>,
                                                 sluice::column<"AMOUNT", &reading::amount>,
                                                 sluice::column<"GOOD", &reading::good>,
                                                 sluice::column<"RATIO", &reading::ratio>,
                                                 sluice::column<"RAW", &reading::raw>,
                                                 sluice::column<"DAY", &reading::day>> {};

namespace {

constexpr auto shape = sluice::csv<>::description;
constexpr sluice::column_table columns = sluice::columns_of<reading>();

/// The record as the encoder writes it.
std::string row_of(reading const& r) {
  using encoder = sluice::csv<>::encoder_for<reading>;
  auto const open = std::make_shared<sluice::segment>(encoder{}.max_size(r));
  REQUIRE(encoder{}.append(r, *open));
  return {open->data(), static_cast<std::size_t>(open->cursor() - open->data())};
}

boost::json::value parsed(sluice::result<std::string> const& text) {
  if (!text) FAIL(text.error().describe());
  return boost::json::parse(*text);
}

constexpr sluice::column_info plain_columns[]{{.name = "A"}, {.name = "B"}};

}  // namespace

TEST_CASE("rows become one array of texts per column", "[unit][snowflake]") {
  reading r;
  r.id = -7;
  r.note = "say \"hi\",\nü";
  r.amount = sluice::decimal<12, 2>::from_unscaled(1'250);
  r.good = true;
  r.ratio = 0.5;
  r.raw = {std::byte{0x0a}, std::byte{0xff}};
  r.day = sluice::date{2001, 2, 3};
  reading empty;
  empty.note = "";
  empty.day = r.day;
  reading null = empty;
  null.note.reset();

  // Segments are chunks of their own.
  sluice::chunk_list body{row_of(r) + row_of(empty)};
  body.push_back(sluice::chunk{row_of(null)});
  boost::json::value const all = parsed(sf::bindings_of(body, 3, shape, columns));
  CHECK(all == boost::json::parse(R"({
      "1": {"type": "FIXED", "value": ["-7", "0", "0"]},
      "2": {"type": "TEXT", "value": ["say \"hi\",\nü", "", null]},
      "3": {"type": "FIXED", "value": ["12.50", "0.00", "0.00"]},
      "4": {"type": "BOOLEAN", "value": ["true", "false", "false"]},
      "5": {"type": "REAL", "value": ["0.5", "0", "0"]},
      "6": {"type": "BINARY", "value": ["0AFF", "", ""]},
      "7": {"type": "TEXT", "value": ["2001-02-03", "2001-02-03", "2001-02-03"]}})"));
}

TEST_CASE("a header is not a row", "[unit][snowflake]") {
  auto with_header = shape;
  with_header.header = true;
  sluice::chunk_list body{std::string{"\"A\",\"B\"\n"}};
  body.push_back(sluice::chunk{std::string{"\"1\",\"2\"\n"}});
  CHECK(parsed(sf::bindings_of(body, 1, with_header, plain_columns)) ==
        boost::json::parse(
            R"({"1":{"type":"TEXT","value":["1"]},"2":{"type":"TEXT","value":["2"]}})"));
}

TEST_CASE("a body that is not what it should be is refused", "[unit][snowflake]") {
  for (std::string_view const wrong : {"\"1\",\"2\"\n\"3\"\n",              // a field is missing
                                       "\"1\",\"2\",\"3\"\n\"1\",\"2\"\n",  // one too many
                                       "\"1\",\"2\"\n\"3\",\"4\"",          // cut off
                                       "\"1\",\"2\"\n",                     // a row is missing
                                       "1,2\n3,4\n5,6\n",
                                       ""}) {
    INFO(wrong);
    auto const bound =
        sf::bindings_of(sluice::chunk_list{std::string{wrong}}, 2, shape, plain_columns);
    REQUIRE_FALSE(bound);
    CHECK(bound.error().code == sluice::errc::invalid_input);
  }
}

TEST_CASE("what needs a function around its placeholder has no binding type", "[unit][snowflake]") {
  using enum sluice::logical_type;
  for (auto const type : {json, array, object})
    CHECK(sf::binding_type({.name = "A", .type = type}).empty());
  for (auto const type : {text, uuid, date, time, timestamp})
    CHECK(sf::binding_type({.name = "A", .type = type}) == "TEXT");
}
