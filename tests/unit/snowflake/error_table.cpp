#include "catch.hpp"
#include "scripted_service.hpp"

#include <sluice/snowflake/error_table.hpp>

#include <string>

namespace sf = sluice::snowflake;

TEST_CASE("a table of errors is asked for one channel and a range of tokens",
          "[snowflake][error_table]") {
  sluice::rejected_rows_query const q{"O\"RDERS", "P", "CH'1", "order_01@a", "order_09@a"};
  std::string const sql = sf::error_table_text(q);
  auto const has = [&](std::string_view part) { return sql.find(part) != std::string::npos; };
  CHECK(has(R"(FROM ERROR_TABLE("O""RDERS"))"));
  CHECK(has("error_metadata:details:channel_name::VARCHAR = 'CH''1'"));
  CHECK(has("offset_token_upper_bound::VARCHAR >= 'order_01@a'"));
  CHECK(has("offset_token_lower_bound::VARCHAR <= 'order_09@a'"));
}

TEST_CASE("rows of a table of errors are read by name, and a refusal is an error",
          "[snowflake][error_table]") {
  scripted::service s;
  s.answer = [](scripted::seen_request const&, std::size_t n) {
    if (n == 2) return scripted::refusal("002003", "Object does not exist");
    return scripted::json(R"({"success":true,"data":{"rowtype":[{"name":"RECORD"},{"name":"CODE"},
      {"name":"MESSAGE"},{"name":"SOURCE"},{"name":"FIRST_TOKEN"},{"name":"LAST_TOKEN"}],
      "rowset":[["{\"ID\":1}","100071","no number","ID","01","02"],[null,null,null,null,null,null]]
      }})");
  };
  sluice::rejected_rows_query const q{"T", "P", "CH", "01", "02"};
  auto const reader = sf::error_table_reader(s.session);
  auto const rows = s.run(reader(q));
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0].record == R"({"ID":1})");
  CHECK((*rows)[0].code == "100071");
  CHECK((*rows)[0].column == "ID");
  CHECK((*rows)[0].first_token == "01");
  CHECK((*rows)[1].record.empty());
  auto const refused = s.run(reader(q));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sf::errc::object_missing);
}
