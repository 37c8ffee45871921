#include "catch.hpp"

#include <sluice/snowflake/requests.hpp>

#include <set>
#include <string>

namespace {

namespace sf = sluice::snowflake;
using std::chrono::milliseconds;

std::chrono::system_clock::time_point at(std::int64_t ms) {
  return std::chrono::system_clock::time_point{milliseconds{ms}};
}

bool holds(std::string const& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a login says who and how, and nothing empty", "[snowflake][requests]") {
  sf::login_request login;
  login.account = "ACME-MAIN";
  login.user = "LOADER";
  login.password = sluice::secret{"p\"w\\"};
  login.application = "my_app";
  login.parameters = {{"TIMEZONE", "UTC"}};
  CHECK(sf::login_body(login) ==
        R"({"data":{"ACCOUNT_NAME":"ACME-MAIN","LOGIN_NAME":"LOADER","PASSWORD":"p\"w\\",)"
        R"("CLIENT_APP_ID":"sluice","CLIENT_APP_VERSION":"0.1.0","SVN_REVISION":"",)"
        R"("CLIENT_ENVIRONMENT":{"APPLICATION":"my_app","OS":"Linux"},)"
        R"("CLIENT_CAPABILITIES":{"SMK_ID_AS_STRING":true},)"
        R"("SESSION_PARAMETERS":{"TIMEZONE":"UTC"}}})");
  login.password = {};
  login.authenticator = "SNOWFLAKE_JWT";
  login.token = sluice::secret{"jwt"};
  std::string const body = sf::login_body(login);
  CHECK(holds(body, R"("AUTHENTICATOR":"SNOWFLAKE_JWT","TOKEN":"jwt")"));
  CHECK_FALSE(holds(body, "PASSWORD"));
}

TEST_CASE("sessions are protected from the account's defaults", "[snowflake][requests]") {
  auto const p = sf::protective_parameters();
  CHECK(p.at("QUOTED_IDENTIFIERS_IGNORE_CASE") == "false");
  CHECK(p.at("TIMEZONE") == "UTC");
  CHECK(p.at("TIMESTAMP_INPUT_FORMAT") == "AUTO");
  CHECK(p.at("BINARY_INPUT_FORMAT") == "HEX");
  CHECK(p.at("GO_QUERY_RESULT_FORMAT") == "JSON");
}

TEST_CASE("the context of a login is encoded", "[snowflake][requests]") {
  CHECK(sf::login_context("D&B", "", "W H", "R") ==
        "&databaseName=D%26B&warehouse=W%20H&roleName=R");
  CHECK(sf::login_context("", "", "", "").empty());
}

TEST_CASE("a statement", "[snowflake][requests]") {
  CHECK(sf::statement_body("select 'x'\n", 7, true, at(1'767'322'645'000), {{"QUERY_TAG", "t"}}) ==
        R"({"sqlText":"select 'x'\n","asyncExec":true,"sequenceId":7,)"
        R"("querySubmissionTime":1767322645000,"isInternal":false,"describeOnly":false,)"
        R"("parameters":{"QUERY_TAG":"t"},"queryContextDTO":{"entries":[]}})");
  CHECK(sf::abort_body("x", "id") == R"({"sqlText":"x","requestId":"id"})");
  CHECK(sf::renewal_body(sluice::secret{"old"}) ==
        R"({"oldSessionToken":"old","requestType":"RENEW"})");
}

TEST_CASE("replays are marked, first attempts are not", "[snowflake][requests]") {
  CHECK(sf::query_string({"id", "guid", 0, at(5), 503}) == "requestId=id&request_guid=guid");
  CHECK(sf::query_string({"id", "guid", 2, at(5), 503}) ==
        "requestId=id&request_guid=guid&retry=true&clientStartTime=5&retryCount=2&retryReason=503");
  CHECK(sf::query_string({"id", "guid", 1, at(5), 0}).ends_with("&retryReason=0"));
}

TEST_CASE("request ids are version 4 UUIDs and never the same", "[snowflake][requests]") {
  std::set<std::string> seen;
  for (int i = 0; i != 1'000; ++i) {
    std::string const id = sluice::make_uuid();
    REQUIRE(id.size() == 36);
    REQUIRE(id[14] == '4');
    REQUIRE(std::string_view{"89ab"}.find(id[19]) != std::string_view::npos);
    REQUIRE(seen.insert(id).second);
  }
}
