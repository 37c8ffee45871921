#include "catch.hpp"

#include <sluice/meta/edit_distance.hpp>
#include <sluice/snowflake/table_check.hpp>

#include <array>
#include <string>

namespace {

namespace sf = sluice::snowflake;

sf::result_table description() {
  sf::result_table t;
  t.columns = {"name", "type", "kind", "null?", "default", "expression"};
  t.rows = {{"ID", "NUMBER(38,0)", "COLUMN", "N", sf::cell{}, sf::cell{}},
            {"NOTE", "VARCHAR", "COLUMN", "Y", sf::cell{}, sf::cell{}},
            {"MADE", "DATE", "COLUMN", "N", "CURRENT_DATE()", sf::cell{}},
            {"DOC", "VARIANT", "COLUMN", "Y", sf::cell{}, sf::cell{}},
            {"PARTS", "OBJECT(A NUMBER)", "COLUMN", "Y", sf::cell{}, sf::cell{}},
            {"TAGS", "ARRAY", "COLUMN", "Y", sf::cell{}, sf::cell{}}};
  return t;
}

constexpr sluice::column_info id{.name = "ID"};
constexpr sluice::column_info note{.name = "NOTE", .nullable = true};

std::string message(sluice::column_table columns,
                    sf::column_match match,
                    sluice::format kind = sluice::format::csv) {
  auto const r = sf::check_table("\"T\"", description(), columns, match, kind);
  if (r) return "fits";
  CHECK(r.error().code == sluice::errc::invalid_configuration);
  return r.error().message;
}

}  // namespace

TEST_CASE("distance of names", "[meta]") {
  STATIC_REQUIRE(sluice::edit_distance("", "") == 0);
  STATIC_REQUIRE(sluice::edit_distance("DELAY", "delay") == 0);
  STATIC_REQUIRE(sluice::edit_distance("delay", "dealy") == 2);
  STATIC_REQUIRE(sluice::edit_distance("abc", "") == 3);
  CHECK(sluice::edit_distance(std::string(500, 'a'), std::string(400, 'b')) == 128);
}

TEST_CASE("a record that fits its table", "[snowflake][table_check]") {
  constexpr std::array both{id, note};
  constexpr std::array only_required{id};
  CHECK(message(both, sf::column_match::position) == "fits");
  CHECK(message(only_required, sf::column_match::case_sensitive) == "fits");
}

TEST_CASE("a column that the table lacks is named with the nearest", "[snowflake][table_check]") {
  constexpr std::array misspelt{id, sluice::column_info{.name = "NOTES"}};
  CHECK(message(misspelt, sf::column_match::position) ==
        "table \"T\" has no column \"NOTES\", the nearest is \"NOTE\"; correct the name in the "
        "schema, or add the column to the table (evolve::add_columns does)");
  constexpr std::array lower{id, sluice::column_info{.name = "note"}};
  CHECK(message(lower, sf::column_match::position) ==
        "table \"T\" has no column \"note\", the nearest is \"NOTE\"; write the column's name in "
        "the schema in exactly this case");
  CHECK(message(lower, sf::column_match::case_insensitive) == "fits");
}

TEST_CASE("a required column that the record lacks", "[snowflake][table_check]") {
  constexpr std::array only_note{note};
  CHECK(message(only_note, sf::column_match::position).starts_with("column \"ID\" of table"));
}

TEST_CASE("JSON goes into its columns by NDJSON alone", "[snowflake][table_check]") {
  for (char const* name : {"DOC", "PARTS", "TAGS"}) {
    std::array const columns{id, sluice::column_info{.name = name, .nullable = true}};
    std::string const said = message(columns, sf::column_match::position);
    CHECK(said.find('"' + std::string{name} + "\" of table \"T\" is ") != std::string::npos);
    CHECK(said.find("; encode with ndjson") != std::string::npos);
    CHECK(message(columns, sf::column_match::case_sensitive, sluice::format::ndjson) == "fits");
  }
}
