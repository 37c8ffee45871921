#include "catch.hpp"
#include "scripted_service.hpp"

#include <sluice/compress/codec_stream.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/snowflake/session_pool.hpp>
#include <sluice/snowflake/transaction.hpp>
#include <sluice/transport/group.hpp>

#include <set>
#include <string>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
using namespace std::chrono_literals;
using scripted::header;
using scripted::parameter;
using scripted::seen_request;
using scripted::service;

constexpr std::string_view statements = "/queries/v1/query-request";

sluice::task<void> run_one(std::shared_ptr<sf::session> on) {
  sf::statement s;
  s.sql = "select 1";
  sluice::result<sf::statement_reply> done = co_await on->execute(std::move(s));
  if (!done) co_return done.error();
  co_return sluice::success;
}

}  // namespace

TEST_CASE("a statement logs in first and carries the session's token", "[snowflake][session]") {
  service s;
  REQUIRE(s.execute("select 1"));
  auto const all = s.wire->requests();
  REQUIRE(all.size() == 2);
  CHECK(
      all[0].url.starts_with("https://acme-main.snowflakecomputing.com/session/v1/login-request?"));
  CHECK(header(all[0], "Authorization").empty());
  CHECK(header(all[1], "Authorization") == "Snowflake Token=\"S1.0\"");
  CHECK(parameter(all[1].url, "requestId").size() == 36);
  CHECK(parameter(all[1].url, "request_guid").size() == 36);
  CHECK(parameter(all[1].url, "retryCount").empty());
  CHECK(parameter(all[1].url, "retry").empty());
  CHECK(s.session->database() == "DB");
  REQUIRE(s.execute("select 2"));
  CHECK(s.logins == 1);
}

TEST_CASE("every retry of a statement has its id and says that it is a retry",
          "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const&, std::size_t n) {
    if (n == 1) return scripted::broken();
    if (n == 2) return scripted::status(503);
    if (n == 3) return scripted::json(R"({"success":true,"data":{"rowset":[["cut)");
    return scripted::ok();
  };
  REQUIRE(s.execute("insert"));
  auto const sent = s.to(statements);
  REQUIRE(sent.size() == 4);
  std::set<std::string> guids;
  for (std::size_t i = 0; i != sent.size(); ++i) {
    CHECK(parameter(sent[i].url, "requestId") == parameter(sent[0].url, "requestId"));
    guids.insert(parameter(sent[i].url, "request_guid"));
    CHECK(parameter(sent[i].url, "retryCount") == (i == 0 ? "" : std::to_string(i)));
    CHECK(parameter(sent[i].url, "retry") == (i == 0 ? "" : "true"));
    CHECK(parameter(sent[i].url, "clientStartTime").empty() == (i == 0));
    CHECK(sent[i].body == sent[0].body);
  }
  CHECK(guids.size() == sent.size());
  CHECK(parameter(sent[1].url, "retryReason") == "0");
  CHECK(parameter(sent[2].url, "retryReason") == "503");
  CHECK(parameter(sent[3].url, "retryReason") == "200");
}

TEST_CASE("a long statement goes out as gzip, its retry too, a short one as it is",
          "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const&, std::size_t n) {
    return n == 2 ? scripted::status(503) : scripted::ok();
  };
  REQUIRE(s.execute("select 1"));
  // Around the size from which bodies are compressed by a worker.
  for (std::size_t const length : {5'000u, 300'000u})
    REQUIRE(s.execute("select '" + std::string(length, 'x') + "'"));
  auto const sent = s.to(statements);
  REQUIRE(sent.size() == 4);
  CHECK(header(sent[0], "Content-Encoding").empty());
  CHECK(sent[0].body.find("select 1") != std::string::npos);
  for (std::size_t i = 1; i != sent.size(); ++i) {
    CHECK(header(sent[i], "Content-Encoding") == "gzip");
    CHECK(sent[i].body.size() < 5'000);
    auto const text = sluice::decompress(
        sluice::codec::gzip, sluice::chunk_list{std::string{sent[i].body}}, 1u << 20);
    REQUIRE(text);
    CHECK(text->find("select 'xxxxx") != std::string::npos);
    CHECK(text->find("xxxxx'") != std::string::npos);
  }
  CHECK(sent[1].body == sent[2].body);
}

TEST_CASE("an expired session is renewed once for all who meet it", "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const& r, std::size_t) {
    return header(r, "Authorization") == "Snowflake Token=\"S1.0\"" ? scripted::refusal("390112")
                                                                    : scripted::ok();
  };
  std::vector<sluice::task<sf::statement_reply>> three;
  for (char const* sql : {"a", "b", "c"}) {
    sf::statement one;
    one.sql = sql;
    three.push_back(s.session->execute(std::move(one)));
  }
  auto const all = s.run(sluice::when_all(*s.net, std::move(three)));
  REQUIRE(all);
  for (auto const& one : *all) CHECK(one);
  CHECK(s.logins == 1);
  CHECK(s.renewals == 1);
  auto const renewal = s.to("token-request");
  REQUIRE(renewal.size() == 1);
  CHECK(header(renewal[0], "Authorization") == "Snowflake Token=\"M1.0\"");
  CHECK(renewal[0].body == R"({"oldSessionToken":"S1.0","requestType":"RENEW"})");
  auto const sent = s.to(statements);
  REQUIRE(sent.size() == 6);
  std::set<std::string> ids;
  for (auto const& r : sent) ids.insert(parameter(r.url, "requestId"));
  CHECK(ids.size() == 3);
}

TEST_CASE("HTTP 401 is an expired session too, and the new master token counts",
          "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const&, std::size_t n) {
    return n == 1 || n == 3 ? scripted::status(401) : scripted::ok();
  };
  REQUIRE(s.execute("a"));
  REQUIRE(s.execute("b"));
  auto const renewal = s.to("token-request");
  REQUIRE(renewal.size() == 2);
  CHECK(header(renewal[1], "Authorization") == "Snowflake Token=\"RM1\"");
}

TEST_CASE("a session that cannot be renewed is opened again", "[snowflake][session]") {
  service s;
  s.on_renewal = [](std::size_t) { return scripted::refusal("390114"); };
  s.answer = [](seen_request const&, std::size_t n) {
    if (n == 1) return scripted::refusal("390112");
    if (n == 3) return scripted::refusal("390111");
    return scripted::ok();
  };
  REQUIRE(s.execute("a"));
  CHECK(s.logins == 2);
  REQUIRE(s.execute("b"));
  CHECK(s.logins == 3);
}

TEST_CASE("a session that expires for ever is an error", "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) { return scripted::refusal("390112"); };
  auto const r = s.execute("a");
  REQUIRE_FALSE(r);
  CHECK(r.error().code == sf::errc::session_lost);
  CHECK(s.renewals < 10);
}

TEST_CASE("a running statement is polled for, through an expiry", "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const& r, std::size_t n) {
    if (n == 1)
      return scripted::json(R"({"success":true,"code":"333334","data":{"queryId":"q",
        "getResultUrl":"/queries/q/result","queryAbortsAfterSecs":300}})");
    CHECK(r.url.find("/queries/q/result") != std::string::npos);
    CHECK(r.method == sluice::http_method::get);
    if (n == 2) return scripted::json(R"({"success":false,"code":"333333","data":{}})");
    if (n == 3) return scripted::refusal("390112");
    if (n == 4) return scripted::status(502);
    return scripted::json(R"({"success":true,"data":{"queryId":"q","rowtype":[{"name":"n"}],
      "rowset":[["7"]]}})");
  };
  auto const r = s.execute("copy");
  REQUIRE(r);
  CHECK(r->table.at(0, "N") == "7");
  CHECK(s.renewals == 1);
  CHECK(s.to(statements).size() == 1);
}

TEST_CASE("a statement over its deadline is cancelled at the service", "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const& r, std::size_t) {
    return r.url.find("abort-request") != std::string::npos ? scripted::ok() : scripted::hanging();
  };
  sf::statement late;
  late.sql = "select 'private'";
  late.until = s.net->now() + 3s;
  auto const r = s.run(s.session->execute(std::move(late)));
  REQUIRE_FALSE(r);
  CHECK(r.error().code == sluice::errc::deadline);
  CHECK(r.error().message.find("private") == std::string::npos);
  auto const aborts = s.to("abort-request");
  REQUIRE(aborts.size() == 1);
  auto const id = parameter(s.to(statements).at(0).url, "requestId");
  CHECK(aborts[0].body.find(id) != std::string::npos);
  CHECK(parameter(aborts[0].url, "requestId") != id);
  CHECK(s.session->running() == 0);
}

TEST_CASE("cancelling also when nothing answers ends in time", "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) { return scripted::hanging(); };
  sf::statement late;
  late.sql = "select 1";
  late.until = s.net->now() + 3s;
  auto const start = s.net->now();
  auto const r = s.run(s.session->execute(std::move(late)));
  REQUIRE_FALSE(r);
  CHECK(r.error().code == sluice::errc::deadline);
  CHECK(s.net->now() - start <= 14s);
}

TEST_CASE("a wrong password, account or role is not tried again", "[snowflake][session]") {
  struct row {
    scripted::scripted_reply reply;
    std::error_code code;
    std::string part;
  };

  for (auto const& [reply, code, part] : std::vector<row>{
           {scripted::refusal("390100", "Incorrect username or password was specified."),
            make_error_code(sf::errc::login_refused),
            "password"},
           {scripted::status(403), make_error_code(sluice::errc::http_status), "account"},
           {scripted::refusal("390189", "Role 'X' is not granted"),
            make_error_code(sf::errc::login_refused),
            "role"},
           {scripted::refusal("394304", "JWT token is invalid."),
            make_error_code(sf::errc::login_refused),
            "RSA_PUBLIC_KEY"}}) {
    service s;
    s.login = [&](std::size_t) { return reply; };
    auto const r = s.execute("select 1");
    REQUIRE_FALSE(r);
    CHECK(r.error().code == code);
    CHECK_FALSE(r.error().retryable());
    CHECK(r.error().message.find(part) != std::string::npos);
    CHECK(s.logins == 1);
  }
}

TEST_CASE("a login is retried while the service is down, within its budget",
          "[snowflake][session]") {
  service s;
  s.login = [](std::size_t) { return scripted::status(503); };
  auto const start = s.net->now();
  auto const r = s.execute("select 1");
  REQUIRE_FALSE(r);
  CHECK(s.logins > 1);
  CHECK(s.net->now() - start <= 61s);
}

TEST_CASE("a redirect within the account is followed with body and token", "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const& r, std::size_t n) {
    if (n > 1) {
      CHECK(r.url.starts_with(
          "https://acme-two.snowflakecomputing.com/queries/v1/query-request?requestId="));
      CHECK(header(r, "Authorization") == "Snowflake Token=\"S1.0\"");
      return scripted::ok();
    }
    auto moved = scripted::status(307);
    moved.headers = {
        {"Location",
         "https://acme-two.snowflakecomputing.com/queries/v1/query-request?requestId=x"}};
    return moved;
  };
  REQUIRE(s.execute("select 1"));
}

TEST_CASE("a redirect to a stranger is not followed", "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) {
    auto moved = scripted::status(308);
    moved.headers = {{"Location", "https://evil.example/q"}};
    return moved;
  };
  auto const r = s.execute("select 1");
  REQUIRE_FALSE(r);
  CHECK(s.to("evil").empty());
}

TEST_CASE("an idle session sends heartbeats until it is closed", "[snowflake][session]") {
  service s;
  s.master_validity = 400;
  REQUIRE(s.execute("select 1"));
  auto const idle = [](sluice::transport& t) -> sluice::task<void> {
    sluice::result<void> slept = co_await t.sleep_for(350s);
    co_return slept;
  };
  REQUIRE(s.run(idle(*s.net)));
  CHECK(s.to("heartbeat").size() == 3);
  REQUIRE(s.run(s.session->close()));
  REQUIRE(s.run(idle(*s.net)));
  CHECK(s.to("heartbeat").size() == 3);
  CHECK(s.to("/session?delete=true").size() == 1);
}

TEST_CASE("a session whose owner has gone says nothing any more", "[snowflake][session]") {
  service s;
  REQUIRE(s.execute("select 1"));
  REQUIRE_FALSE(s.logged.empty());
  s.session->detach();
  s.logged.clear();
  REQUIRE(s.execute("select 2"));
  CHECK(s.logged.empty());
}

TEST_CASE("rows in storage count as requests, their repeats as retries", "[snowflake][session]") {
  service s;
  std::size_t fetched = 0;
  s.answer = [&](seen_request const& r, std::size_t) {
    if (r.url.find("storage.example") == std::string::npos)
      return scripted::json(R"({"success":true,"data":{"rowtype":[{"name":"ID","type":"fixed"}],
        "rowset":[],"chunks":[{"url":"https://storage.example/0","rowCount":1}]}})");
    return ++fetched < 3 ? scripted::status(503) : scripted::json(R"(["7"])");
  };
  sluice::load_metrics figures;
  s.session = std::make_shared<sf::session>(*s.net, service::connection(), s.log, &figures);
  std::uint64_t retries = 0;
  sf::statement query;
  query.sql = "select 7";
  query.retries = &retries;
  REQUIRE(s.run(s.session->execute(std::move(query))));
  CHECK(fetched == 3);
  CHECK(retries == 2);
  sluice::load_stats const now = figures.snapshot();
  CHECK(now.retries == 2);
  CHECK(now.throttled == 2);
  CHECK(now.requests == s.wire->count());
  s.session->detach();
  REQUIRE(s.execute("select 8"));
  CHECK(figures.requests.value() == now.requests);
  CHECK(figures.requests_in_flight.value() == 0);
}

TEST_CASE("without keep-alive an idle session sends nothing", "[snowflake][session]") {
  service s;
  s.master_validity = 400;
  auto c = service::connection();
  c.keep_alive = false;
  s.session = std::make_shared<sf::session>(*s.net, c, s.log);
  REQUIRE(s.execute("select 1"));
  CHECK(s.to("login-request").at(0).body.find(R"("CLIENT_SESSION_KEEP_ALIVE":"false")") !=
        std::string::npos);
  auto const idle = [](sluice::transport& t) -> sluice::task<void> {
    sluice::result<void> slept = co_await t.sleep_for(1'000s);
    co_return slept;
  };
  REQUIRE(s.run(idle(*s.net)));
  CHECK(s.to("heartbeat").empty());
}

TEST_CASE("the service's routing hint is sent back, own parameters go with the login",
          "[snowflake][session]") {
  service s;
  auto c = service::connection();
  c.parameters = {{"QUERY_TAG", "nightly"}, {"TIMEZONE", "Europe/Berlin"}};
  s.session = std::make_shared<sf::session>(*s.net, c, s.log);
  s.parameters = R"([{"name":"SERVICE_NAME","value":"gs-7"}])";
  REQUIRE(s.execute("select 1"));
  std::string const login = s.to("login-request").at(0).body;
  CHECK(login.find(R"("QUERY_TAG":"nightly")") != std::string::npos);
  CHECK(login.find(R"("TIMEZONE":"Europe/Berlin")") != std::string::npos);
  CHECK(header(s.to("login-request")[0], "X-Snowflake-Service").empty());
  CHECK(header(s.to(statements).at(0), "X-Snowflake-Service") == "gs-7");
}

TEST_CASE("a pool has as many sessions as it needs, up to its size", "[snowflake][session]") {
  service s;
  sf::session_pool pool{*s.net, service::connection(), 2, s.log, nullptr};
  auto const idle_picks_one = [](sf::session_pool& p) -> sluice::task<bool> {
    std::shared_ptr<sf::session> const first = p.pick();
    sluice::result<void> opened = co_await first->open();
    if (!opened) co_return opened.error();
    co_return p.pick() == first;
  };
  auto const one = s.run(idle_picks_one(pool));
  REQUIRE(one);
  CHECK(*one);
  auto const three_at_once = [](sluice::transport& t, sf::session_pool& p) -> sluice::task<void> {
    sluice::task_group all{t};
    for (int i = 0; i != 3; ++i) all.spawn(run_one(p.pick()));
    sluice::result<void> done = co_await all.wait();
    co_return done;
  };
  s.answer = [](seen_request const&, std::size_t) {
    auto late = scripted::ok();
    late.delay = 1s;
    return late;
  };
  REQUIRE(s.run(three_at_once(*s.net, pool)));
  CHECK(s.logins == 2);
  REQUIRE(s.run(pool.close()));
  CHECK(s.to("/session?delete=true").size() == 2);
}

TEST_CASE("logging out never takes longer than five seconds", "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const& r, std::size_t) {
    return r.url.find("delete=true") != std::string::npos ? scripted::hanging() : scripted::ok();
  };
  REQUIRE(s.execute("select 1"));
  auto const start = s.net->now();
  CHECK(s.run(s.session->close()));
  CHECK(s.net->now() - start <= 5s);
}

TEST_CASE("a transaction is rolled back unless it is committed", "[snowflake][session]") {
  service s;
  auto const work = [](std::shared_ptr<sf::session> on, bool commit) -> sluice::task<void> {
    sluice::result<sf::transaction> t = co_await sf::transaction::begin(on);
    if (!t) co_return t.error();
    sf::statement one;
    one.sql = "insert";
    sluice::result<sf::statement_reply> done = co_await t->execute(std::move(one));
    if (!done) co_return done.error();
    if (commit) {
      sluice::result<void> committed = co_await t->commit();
      co_return committed;
    }
    co_return sluice::success;
  };
  auto const bodies = [&] {
    std::string all;
    for (auto const& r : s.to(statements)) {
      auto const from = r.body.find("\"sqlText\":\"") + 11;
      all += r.body.substr(from, r.body.find('"', from) - from) + ';';
    }
    return all;
  };
  REQUIRE(s.run(work(s.session, true)));
  CHECK(bodies() == "BEGIN TRANSACTION;insert;COMMIT;");
  REQUIRE(s.run(work(s.session, false)));
  REQUIRE(s.execute("after"));
  CHECK(bodies() == "BEGIN TRANSACTION;insert;COMMIT;BEGIN TRANSACTION;insert;ROLLBACK;after;");
}

TEST_CASE("a session lost inside a transaction is not replaced in silence",
          "[snowflake][session]") {
  service s;
  s.answer = [](seen_request const& r, std::size_t n) {
    bool const gone = n >= 2 && header(r, "Authorization") == "Snowflake Token=\"S1.0\"";
    return gone ? scripted::refusal("390111") : scripted::ok();
  };
  auto const work = [](std::shared_ptr<sf::session> on) -> sluice::task<void> {
    sluice::result<sf::transaction> t = co_await sf::transaction::begin(on);
    if (!t) co_return t.error();
    sf::statement one;
    one.sql = "insert";
    sluice::result<sf::statement_reply> done = co_await t->execute(std::move(one));
    if (!done) co_return done.error();
    co_return sluice::success;
  };
  auto const r = s.run(work(s.session));
  REQUIRE_FALSE(r);
  CHECK(r.error().code == sf::errc::session_lost);
  CHECK(s.logins == 1);
  CHECK(s.execute("after"));
  CHECK(s.logins == 2);
}

TEST_CASE("secrets are in no error and no log line", "[snowflake][session]") {
  service s;
  s.on_renewal = [](std::size_t) { return scripted::status(500); };
  s.answer = [](seen_request const&, std::size_t) { return scripted::refusal("390112"); };
  auto const r = s.execute("select 1");
  REQUIRE_FALSE(r);
  std::string all = r.error().describe();
  for (auto const& line : s.logged) all += line;
  CHECK_FALSE(s.logged.empty());
  for (char const* secret : {"open sesame", "S1.0", "M1.0"})
    CHECK(all.find(secret) == std::string::npos);
}
