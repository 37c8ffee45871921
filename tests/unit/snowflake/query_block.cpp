#include "catch.hpp"

#include <sluice/snowflake/detail/query_block.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace sf = sluice::snowflake;

struct reading {
  std::string_view type;
  std::string_view text;
  std::string_view plain;
};

std::string plain(std::string_view type, std::string_view text) {
  std::string out = "<";
  sf::detail::append_plain(out, type, text);
  return out.substr(1);
}

}  // namespace

TEST_CASE("cells of a result become the text that people write", "[unit][snowflake]") {
  for (auto const& [type, text, expected] : {
           reading{"fixed", "-12.50", "-12.50"},
           reading{"real", "1e300", "1e300"},
           reading{"text", "  as it is ", "  as it is "},
           reading{"binary", "0AFF", "0AFF"},
           reading{"variant", R"({"a":1})", R"({"a":1})"},
           reading{"boolean", "1", "true"},
           reading{"boolean", "0", "false"},
           reading{"boolean", "true", "true"},
           reading{"date", "0", "1970-01-01"},
           reading{"date", "11322", "2000-12-31"},
           reading{"date", "-719162", "0001-01-01"},
           reading{"date", "2932896", "9999-12-31"},
           reading{"time", "0.000000000", "00:00:00"},
           reading{"time", "86399.500", "23:59:59.5"},
           reading{"time", "61", "00:01:01"},
           reading{"timestamp_ntz", "978307200.000", "2001-01-01 00:00:00"},
           reading{"timestamp_ntz", "978307200.000001", "2001-01-01 00:00:00.000001"},
           // Decimal numbers: half a second before 1970 is not half a second behind it.
           reading{"timestamp_ntz", "-0.500000000", "1969-12-31 23:59:59.5"},
           reading{"timestamp_ntz", "-86400.000", "1969-12-31 00:00:00"},
           reading{"timestamp_ntz", "-86400.250", "1969-12-30 23:59:59.75"},
           reading{"timestamp_ltz", "978307200.1", "2001-01-01 00:00:00.1Z"},
           reading{"timestamp_tz", "978307200.000000000 1440", "2001-01-01 00:00:00 +00:00"},
           reading{"timestamp_tz", "978307200.5 1560", "2001-01-01 02:00:00.5 +02:00"},
           reading{"timestamp_tz", "978307200 1110", "2000-12-31 18:30:00 -05:30"},
       }) {
    INFO(type << ' ' << text);
    CHECK(plain(type, text) == expected);
  }
}

TEST_CASE("text that is not of its type stays as it is", "[unit][snowflake]") {
  for (auto const& [type, text] : {
           std::pair{"date", "x"},
           std::pair{"date", ""},
           std::pair{"date", "2932897"},
           std::pair{"date", "99999999999999999999"},
           std::pair{"time", "86400"},
           std::pair{"time", "-1"},
           std::pair{"time", "1.0000000000"},
           std::pair{"timestamp_ntz", "1.x"},
           std::pair{"timestamp_ntz", "--1"},
           std::pair{"timestamp_ntz", "-"},
           std::pair{"timestamp_ntz", "9223372036854775807"},
           std::pair{"timestamp_ltz", "999999999999999"},
           std::pair{"timestamp_tz", "1.0"},
           std::pair{"timestamp_tz", "1.0 2881"},
           std::pair{"timestamp_tz", "1.0 -1"},
           std::pair{"boolean", "2"},
       }) {
    INFO(type << ' ' << text);
    CHECK(plain(type, text) == text);
  }
}

TEST_CASE("a block holds the wanted columns in the record's order", "[unit][snowflake]") {
  sf::result_table table;
  table.columns = {"A", "B", "C"};
  table.types = {"fixed", "text", "date"};
  table.rows = {{"1", "x", "0"}, {std::nullopt, "", std::nullopt}};
  constexpr std::array<std::size_t, 3> places{2, 0, 1};
  sf::detail::query_block const block{table, places};
  REQUIRE(block.rows() == 2);
  CHECK(block.at(0, 0).text == "1970-01-01");
  CHECK(block.at(0, 1).text == "1");
  CHECK(block.at(0, 2).text == "x");
  CHECK_FALSE(block.at(0, 2).null);
  CHECK(block.at(1, 0).null);
  CHECK(block.at(1, 1).null);
  // An empty text is not NULL.
  CHECK_FALSE(block.at(1, 2).null);
  CHECK(block.at(1, 2).text.empty());
}
