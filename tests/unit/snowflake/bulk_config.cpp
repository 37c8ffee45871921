#include "catch.hpp"
#include "scripted_service.hpp"

#include <sluice/snowflake/bulk.hpp>

#include <array>
#include <string>

namespace {

namespace sf = sluice::snowflake;

constexpr std::array columns{sluice::column_info{.name = "Order_Id"},
                             sluice::column_info{.name = "NOTE"},
                             sluice::column_info{.name = "ORDER_ID"}};

sluice::error refused(scripted::service& s, sf::column_match match) {
  sf::bulk_config config;
  config.connection = scripted::service::connection();
  config.table = "T";
  config.copy.match_by_column_name = match;
  sluice::format_description rows{};
  rows.kind = sluice::format::ndjson;
  sf::bulk_session session{{*s.net, "the-run", columns, rows, sluice::codec::none, s.log}, config};
  auto const opened = s.run(session.open());
  REQUIRE_FALSE(opened);
  return opened.error();
}

}  // namespace

TEST_CASE("columns that differ in case alone cannot be matched in any case", "[snowflake][bulk]") {
  scripted::service s;
  auto const why = refused(s, sf::column_match::case_insensitive);
  CHECK(why.code == sluice::errc::invalid_configuration);
  for (char const* const part : {"Order_Id", "ORDER_ID", "case_sensitive"})
    CHECK(why.message.find(part) != std::string::npos);
  CHECK(s.wire->requests().empty());
}

TEST_CASE("matched by their case, such columns are good", "[snowflake][bulk]") {
  scripted::service s;
  // Another rule then speaks, or the service, which knows no table.
  auto const why = refused(s, sf::column_match::case_sensitive);
  INFO(why.message);
  CHECK(why.message.find("in the case of letters alone") == std::string::npos);
  CHECK_FALSE(s.wire->requests().empty());
}
