#include "catch.hpp"
#include "scripted_pipe.hpp"

#include <sluice/snowpipe/error.hpp>
#include <sluice/snowpipe/ingest.hpp>
#include <sluice/transport/group.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace scripted;
using namespace std::chrono_literals;
using sluice::test::recording_ack;

sluice::key_pair make_key() {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key{EVP_RSA_gen(2048), &EVP_PKEY_free};
  std::unique_ptr<BIO, decltype(&BIO_free)> const out{BIO_new(BIO_s_mem()), &BIO_free};
  PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  auto const size = BIO_get_mem_data(out.get(), &data);
  return sluice::key_pair::from_pem({data, static_cast<std::size_t>(size)});
}

std::optional<scripted_reply> as_usual() {
  return std::nullopt;
}

}  // namespace

TEST_CASE("the host is found and a token for it exchanged before anything is opened",
          "[snowpipe][ingest]") {
  for (bool const json : {false, true}) {
    CAPTURE(json);
    world w;
    w.pipe.json_logins = json;
    auto s = w.session();
    REQUIRE(w.run(s->open()));
    auto const all = w.wire->requests();
    REQUIRE(all.size() == 3);
    CHECK(all[0].method == sluice::http_method::get);
    CHECK(all[0].url == "https://acme-main.snowflakecomputing.com/v2/streaming/hostname");
    CHECK(header(all[0], "Authorization") == "Bearer pat-secret");
    CHECK(header(all[0], "X-Snowflake-Authorization-Token-Type") == "PROGRAMMATIC_ACCESS_TOKEN");
    CHECK(all[1].url == "https://acme-main.snowflakecomputing.com/oauth/token");
    CHECK(header(all[1], "Content-Type") == "application/x-www-form-urlencoded");
    CHECK(header(all[1], "Authorization") == "Bearer pat-secret");
    CHECK(has(all[1].body, "&scope=ab-c.ingest.snowflakecomputing.com"));
    CHECK(header(all[2], "Authorization") == "Bearer " + w.pipe.scoped());
    CHECK(header(all[2], "X-Snowflake-Authorization-Token-Type").empty());
  }
}

TEST_CASE("a role that is not named is warned about", "[snowpipe][ingest]") {
  for (bool const named : {false, true}) {
    world w;
    auto c = world::config();
    if (named) c.connection.role = "LOADER";
    auto s = w.session(c);
    REQUIRE(w.run(s->open()));
    auto const warned =
        std::count_if(w.logged.begin(), w.logged.end(), [](std::string const& line) {
          return line.find("no role is named") != std::string::npos;
        });
    CHECK(warned == (named ? 0 : 1));
  }
}

TEST_CASE("a key pair signs for account and user", "[snowpipe][ingest]") {
  world w;
  auto c = world::config();
  c.connection.user = "loader";
  c.connection.auth = make_key();
  auto s = w.session(c);
  REQUIRE(w.run(s->open()));
  auto const first = w.wire->requests().at(0);
  CHECK(header(first, "X-Snowflake-Authorization-Token-Type") == "KEYPAIR_JWT");
  std::string const jwt = header(first, "Authorization").substr(7);
  std::string claims = jwt.substr(jwt.find('.') + 1);
  claims.resize(claims.find('.'));
  // "sub":"ACME-MAIN.LOADER" in base64url at one of three alignments.
  std::string const plain = [&] {
    std::string text;
    unsigned bits = 0;
    int held = 0;
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (char const d : claims) {
      bits = (bits << 6) | static_cast<unsigned>(digits.find(d));
      if ((held += 6) < 8) continue;
      held -= 8;
      text += static_cast<char>((bits >> held) & 0xffu);
    }
    return text;
  }();
  CHECK(has(plain, R"("sub":"ACME-MAIN.LOADER")"));
  CHECK(has(plain, R"("iss":"ACME-MAIN.LOADER.SHA256:)"));
}

TEST_CASE("a token is replaced before it ends, and by one caller", "[snowpipe][ingest]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  CHECK(w.pipe.logins == 1);
  w.pipe.clock->advance(470s);
  auto const p = world::events(0, 1);
  verdicts.expect(p);
  REQUIRE(w.run(s->send(p, verdicts)));
  CHECK(w.pipe.logins == 1);
  REQUIRE(w.run(s->flush(w.in(1min))));
  // The last fifth of its life is not used.
  w.pipe.clock->advance(10s);
  auto const q = world::events(1, 1);
  verdicts.expect(q);
  REQUIRE(w.run(s->send(q, verdicts)));
  CHECK(w.pipe.logins == 2);
  for (seen_request const& r : w.wire->requests()) CHECK(r.url.find("scope") == std::string::npos);
}

TEST_CASE("several requests that meet the end of a token share one exchange",
          "[snowpipe][ingest]") {
  world w;
  sp::ingest way{*w.net, world::config().connection, w.log, nullptr};
  REQUIRE(w.run(way.open()));
  w.pipe.revoke();
  std::vector<sluice::task<sluice::response>> three;
  std::vector<sp::ingest_call> calls(3);
  bool left_open = false;
  for (auto& c : calls) {
    c.target = "/v2/streaming/databases/DB/schemas/SC/pipes/P:bulk-channel-status";
    three.push_back(way.perform(c, left_open));
  }
  auto const all = w.run(sluice::when_all(*w.net, std::move(three)));
  REQUIRE(all);
  for (auto const& one : *all) CHECK(one.value().status == 200);
  CHECK_FALSE(left_open);
  CHECK(w.pipe.logins == 2);
}

TEST_CASE("a token that is refused is replaced once, then that is an answer",
          "[snowpipe][ingest]") {
  for (int const status : {401, 403}) {
    world w;
    auto s = w.session();
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    bool once = true;
    w.pipe.instead = [&](seen_request const& r, std::size_t) {
      if (!has(r.url, "/rows?") || !std::exchange(once, false)) return as_usual();
      return std::optional{reply(status, "")};
    };
    auto const p = world::events(0, 1);
    verdicts.expect(p);
    REQUIRE(w.run(s->send(p, verdicts)));
    CHECK(w.pipe.logins == 2);
    w.pipe.instead = [&](seen_request const& r, std::size_t) {
      return has(r.url, "/rows?") ? std::optional{reply(status, "")} : as_usual();
    };
    std::size_t const before = w.to("/rows?").size();
    auto const refused = w.run(s->send(world::events(1, 1), verdicts));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == sp::errc::login_refused);
    // Nobody refused the rows: they are undelivered.
    CHECK(refused.error().retryable());
    CHECK(w.to("/rows?").size() == before + 2);
  }
}

TEST_CASE("a refused credential is not tried again", "[snowpipe][ingest]") {
  for (auto const& [part, status] : std::vector<std::pair<std::string, int>>{
           {"hostname", 401}, {"oauth/token", 401}, {"oauth/token", 400}, {"hostname", 404}}) {
    CAPTURE(part, status);
    world w;
    w.pipe.instead = [&, at = part, code = status](seen_request const& r, std::size_t) {
      return has(r.url, at) ? std::optional{refusal(code, "390144")} : as_usual();
    };
    auto s = w.session();
    auto const opened = w.run(s->open());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == sp::errc::login_refused);
    CHECK(opened.error().service_code == "390144");
    CHECK(w.to(part).size() == 1);
    CHECK_FALSE(has(opened.error().describe(), "pat-secret"));
  }
}

TEST_CASE("discovery and exchange survive a bad moment", "[snowpipe][ingest]") {
  for (std::size_t nth = 1; nth <= 4; ++nth) {
    for (int const status : {0, 200, 429, 500, 503}) {
      CAPTURE(nth, status);
      world w;
      w.pipe.instead = [&](seen_request const&, std::size_t n) {
        if (n > nth) return as_usual();
        return std::optional{status == 0 ? broken() : reply(status, "<html> </html>")};
      };
      auto s = w.session();
      CHECK(w.run(s->open()));
      CHECK(w.wire->count() == 3 + nth);
    }
  }
}

TEST_CASE("an OAuth token is refreshed where it can be", "[snowpipe][ingest]") {
  world w;
  int refreshed = 0;
  auto c = world::config();
  c.connection.auth =
      sluice::oauth{sluice::secret{"old-oauth"}, [&] {
                      ++refreshed;
                      return sluice::result<sluice::secret>{sluice::secret{"new-oauth"}};
                    }};
  w.pipe.instead = [&](seen_request const& r, std::size_t) {
    if (header(r, "Authorization") == "Bearer old-oauth")
      return std::optional{refusal(401, "390318")};
    return as_usual();
  };
  auto s = w.session(c);
  REQUIRE(w.run(s->open()));
  CHECK(refreshed == 1);
  CHECK(header(w.wire->requests().at(1), "Authorization") == "Bearer new-oauth");
  CHECK(header(w.wire->requests().at(1), "X-Snowflake-Authorization-Token-Type") == "OAUTH");
}

TEST_CASE("a request to the control host that may have been carried out says so",
          "[snowpipe][ingest]") {
  for (auto const& [code, open] :
       std::vector<std::pair<sluice::errc, bool>>{{sluice::errc::connect, false},
                                                  {sluice::errc::tls, false},
                                                  {sluice::errc::name_resolution, false},
                                                  {sluice::errc::timeout, true},
                                                  {sluice::errc::internal, true}}) {
    CAPTURE(static_cast<int>(code));
    world w;
    w.pipe.instead = [&, what = code](seen_request const&, std::size_t) {
      auto lost = broken();
      lost.failure = sluice::error{what, "no answer"};
      return std::optional{lost};
    };
    sp::ingest way{*w.net, world::config().connection, w.log, nullptr};
    sluice::request tell;
    tell.method = sluice::http_method::post;
    tell.url = "/v1/data/pipes/DB.SC.P/insertFiles";
    bool left_open = false;
    auto const got = w.run(way.perform_at_control(std::move(tell), left_open));
    REQUIRE_FALSE(got);
    CHECK(got.error().code == code);
    CHECK(left_open == open);
  }
  // What cannot be signed was not sent.
  world w;
  auto c = world::config();
  c.connection.auth = sluice::user_password{"u", sluice::secret{"p"}};
  sp::ingest way{*w.net, c.connection, w.log, nullptr};
  bool left_open = false;
  CHECK_FALSE(w.run(way.perform_at_control({}, left_open)));
  CHECK_FALSE(left_open);
  CHECK(w.wire->count() == 0);
}

TEST_CASE("a token goes to no host outside the account's domain", "[snowpipe][ingest]") {
  world w;
  w.pipe.instead = [&](seen_request const& r, std::size_t) {
    if (has(r.url, "hostname")) return std::optional{reply(200, "ingest.example.org")};
    return as_usual();
  };
  auto s = w.session();
  auto const opened = w.run(s->open());
  REQUIRE_FALSE(opened);
  CHECK(w.to("example.org").empty());
  CHECK(w.pipe.logins == 0);
}

TEST_CASE("a host with a port, and a host that the program names", "[snowpipe][ingest]") {
  world w;
  auto c = world::config();
  c.connection.host = "gate.example.org";
  c.connection.port = 8443;
  c.connection.protocol = "http";
  auto s = w.session(c);
  REQUIRE(w.run(s->open()));
  CHECK(w.wire->requests().at(0).url == "http://gate.example.org:8443/v2/streaming/hostname");
  CHECK(w.wire->requests().at(2).url.starts_with(
      "http://ab-c.ingest.snowflakecomputing.com:8443/v2/"));
  world named;
  c.connection.ingest_host = "private.example.org:9000";
  auto t = named.session(c);
  REQUIRE(named.run(t->open()));
  CHECK(named.to("hostname").empty());
  CHECK(has(named.to("/oauth/token").at(0).body, "scope=private.example.org"));
  CHECK(named.wire->requests().at(1).url.starts_with("http://private.example.org:9000/v2/"));
}

TEST_CASE("no secret reaches a log or an error", "[snowpipe][ingest]") {
  world w;
  w.pipe.is_bad = [](std::string_view text) { return has(text, "n1"); };
  w.pipe.instead = [&](seen_request const&, std::size_t n) {
    return n % 5 == 0 ? std::optional{refusal(500, "X")} : as_usual();
  };
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  auto const p = world::events(0, 3);
  verdicts.expect(p);
  REQUIRE(w.run(s->send(p, verdicts)));
  w.pipe.revoke();
  REQUIRE(w.run(s->finish(w.in(10min))));
  REQUIRE_FALSE(w.logged.empty());
  for (std::string const& line : w.logged) {
    CAPTURE(line);
    CHECK_FALSE(has(line, "pat-secret"));
    CHECK_FALSE(has(line, ".s1"));
    CHECK_FALSE(has(line, "secret-value"));
  }
  CHECK_FALSE(has(verdicts.counts().last_rejection, "secret-value"));
}
