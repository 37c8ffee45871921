#include "catch.hpp"
#include "scripted_service.hpp"

#include <sluice/auth/profile.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/snowflake/internal_stage.hpp>
#include <sluice/snowflake/session_pool.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace {

namespace sf = sluice::snowflake;
using namespace std::chrono_literals;
using scripted::seen_request;
using scripted::service;

std::string put_reply(std::string_view kind, std::string_view key_id) {
  return R"({"success":true,"data":{"command":"UPLOAD","parallel":4,"threshold":209715200,)"
         R"("encryptionMaterial":null,"stageInfo":{"locationType":")" +
         std::string{kind} +
         R"(","location":"bucket/a/b","region":"us-west-2","isClientSideEncrypted":false,)"
         R"("creds":{"AWS_ID":")" +
         std::string{key_id} + R"(","AWS_KEY":"key","AWS_TOKEN":"token"}}}})";
}

/// A stage over a scripted account and store.
struct fixture {
  service s;
  sf::session_pool pool{*s.net, service::connection(), 1, s.log, nullptr};
  sf::internal_stage stage{
      *s.net, pool, "@~/sluice/run/", sluice::codec::none, sf::upload_options{}, s.log};
};

}  // namespace

TEST_CASE("a stage in another cloud is refused with what is missing", "[snowflake][stage]") {
  for (auto const& [kind, name] : {std::pair{"AZURE", "Azure Blob Storage"},
                                   std::pair{"GCS", "Google Cloud Storage"},
                                   std::pair{"MOON", "MOON"}}) {
    fixture f;
    f.s.answer = [&](seen_request const&, std::size_t) {
      return scripted::json(put_reply(kind, "id"));
    };
    auto const opened = f.s.run(f.stage.open());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == sf::errc::stage_not_supported);
    CHECK_FALSE(opened.error().retryable());
    CHECK(opened.error().message.find(name) != std::string::npos);
    CHECK(opened.error().message.find("; load through") != std::string::npos);
    CHECK(opened.error().message.find("token") == std::string::npos);
  }
}

TEST_CASE("credentials of a stage are renewed before they expire", "[snowflake][stage]") {
  fixture f;
  std::size_t asked = 0;
  f.s.answer = [&](seen_request const& r, std::size_t) {
    if (r.url.find("/queries/") != std::string::npos)
      return scripted::json(put_reply("S3", "key-" + std::to_string(++asked)));
    scripted::scripted_reply stored;
    stored.headers = {{"ETag", "\"e\""}, {"Content-Length", "4"}};
    return stored;
  };
  REQUIRE(f.s.run(f.stage.open()));
  CHECK(asked == 1);
  sluice::chunk_list const body{std::string{"1,2\n"}};
  auto const wait = [](sluice::transport& t) -> sluice::task<void> {
    sluice::result<void> slept = co_await t.sleep_for(41min);
    co_return slept;
  };
  auto const key_of_last_put = [&] {
    std::string key;
    for (seen_request const& r : f.s.to(".amazonaws.com/"))
      if (r.method == sluice::http_method::put) key = scripted::header(r, "Authorization");
    return key;
  };
  REQUIRE(f.s.run(f.stage.put("1.csv", body)));
  CHECK(asked == 1);
  CHECK(key_of_last_put().find("key-1/") != std::string::npos);
  REQUIRE(f.s.run(wait(*f.s.net)));
  REQUIRE(f.s.run(f.stage.put("2.csv", body)));
  CHECK(asked == 2);
  CHECK(key_of_last_put().find("key-2/") != std::string::npos);
}

TEST_CASE("a DSN becomes a connection, every part of it", "[snowflake][connection]") {
  auto profile = sluice::parse_dsn(
      "loader:p%40ss@acme-main/DB/RAW?warehouse=WH&role=R&host=private.example.org&port=8443&"
      "protocol=https&QUERY_TAG=nightly");
  REQUIRE(profile);
  sf::connection const c = sf::connect_as(*std::move(profile));
  CHECK(c.account == "acme-main");
  CHECK(c.user == "loader");
  CHECK(std::get<sluice::user_password>(c.auth).password.expose() == "p@ss");
  CHECK(c.database == "DB");
  CHECK(c.schema == "RAW");
  CHECK(c.warehouse == "WH");
  CHECK(c.role == "R");
  CHECK(c.host == "private.example.org");
  CHECK(c.port == 8'443);
  CHECK(c.protocol == "https");
  CHECK(c.parameters.at("QUERY_TAG") == "nightly");
}
