#include "catch.hpp"
#include "scripted_service.hpp"

#include <sluice/auth/profile.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/snowflake/internal_stage.hpp>
#include <sluice/snowflake/session_pool.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
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
  sluice::load_metrics figures;
  sf::session_pool pool{*s.net, service::connection(), 1, s.log, &figures};
  sf::internal_stage stage{
      *s.net, pool, "@~/sluice/run/", sluice::codec::none, sf::upload_options{}, s.log, &figures};
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

TEST_CASE("an upload counts in the figures and says how often it was repeated",
          "[snowflake][stage]") {
  fixture f;
  std::size_t puts = 0;
  std::size_t heads = 0;
  f.s.answer = [&](seen_request const& r, std::size_t) {
    if (r.url.find("/queries/") != std::string::npos) return scripted::json(put_reply("S3", "id"));
    bool const put = r.method == sluice::http_method::put;
    // The first PUT is told to slow down, the first HEAD says that the file is not there.
    if (put && ++puts == 1) return scripted::status(503);
    if (!put && ++heads == 1) return scripted::status(404);
    scripted::scripted_reply stored;
    stored.headers = {{"ETag", "\"e\""}, {"Content-Length", "4"}};
    return stored;
  };
  REQUIRE(f.s.run(f.stage.open()));
  sluice::load_stats const before = f.figures.snapshot();
  CHECK(before.requests == 2);
  sluice::chunk_list const body{std::string{"1,2\n"}};
  auto const first = f.s.run(f.stage.put("1.csv", body));
  REQUIRE(first);
  CHECK(first->bytes_sent == 4);
  CHECK(puts == 3);
  CHECK(heads == 2);
  CHECK(first->retries == 2);
  auto const second = f.s.run(f.stage.put("2.csv", body));
  REQUIRE(second);
  CHECK(second->retries == 0);
  sluice::load_stats const s = f.figures.snapshot();
  CHECK(s.requests == before.requests + 7);
  CHECK(s.requests == f.s.wire->count());
  CHECK(s.retries == 2);
  CHECK(s.throttled == 1);
  CHECK(s.latency_us.count == s.requests);
  CHECK(s.requests_in_flight == 0);
  f.stage.detach();
  REQUIRE(f.s.run(f.stage.put("3.csv", body)));
  CHECK(f.figures.requests.value() == s.requests);
  f.pool.detach();
  sf::statement last;
  last.sql = "select 1";
  REQUIRE(f.s.run(f.pool.pick()->execute(std::move(last))));
  CHECK(f.figures.requests.value() == s.requests);
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
