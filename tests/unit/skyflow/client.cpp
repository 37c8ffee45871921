#include "catch.hpp"
#include "scripted_vault.hpp"
#include "signing_key.hpp"

#include <sluice/auth/digest.hpp>
#include <sluice/skyflow/client.hpp>
#include <sluice/transport/group.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
namespace skyflow = sluice::skyflow;
using scripted::scripted_reply;
using scripted::seen_request;
using scripted::service;

constexpr std::string_view token_uri = "https://manage.skyflowapis.com/v1/auth/sa/oauth/token";

std::string access_token(std::int64_t expires) {
  return "h." + sluice::to_base64url(R"({"exp":)" + std::to_string(expires) + "}") + ".s";
}

/// A vault with a token endpoint, whose tokens are good for `life`.
struct issuing : service {
  explicit issuing(std::chrono::seconds for_how_long = 3600s) : life{for_how_long} {
    answer = [this](seen_request const& r, std::size_t) {
      if (r.url == token_uri) return issue(r);
      std::string const given = scripted::header(r, "Authorization");
      if (given != "Bearer " + good || system_now() >= good_until)
        return scripted::refusal(401, 16, "Unauthorized");
      return scripted::json(R"({"records":[]})");
    };
  }

  scripted_reply issue(seen_request const&) {
    ++issued;
    if (on_issue) {
      scripted_reply const r = on_issue(issued);
      if (r.status != 200 || r.failure || r.hang || !r.body.empty()) return r;
    }
    good_until = system_now() + life;
    good =
        access_token(std::chrono::duration_cast<std::chrono::seconds>(good_until.time_since_epoch())
                         .count()) +
        std::to_string(issued);
    return scripted::json(R"({"accessToken":")" + good + R"(","tokenType":"Bearer"})");
  }

  [[nodiscard]] std::chrono::system_clock::time_point system_now() const {
    return clock->system_now();
  }

  skyflow::connection account() const {
    skyflow::connection c = connection();
    skyflow::service_account a;
    a.client_id = "client";
    a.key_id = "key";
    a.token_uri = token_uri;
    a.key = sluice::key_pair::from_pem(signing_key_pem());
    c.auth = a;
    return c;
  }

  std::chrono::seconds life;
  std::function<scripted_reply(std::size_t)> on_issue;  ///< an empty reply: issue one
  std::string good;
  std::chrono::system_clock::time_point good_until{};
  std::size_t issued = 0;
};

sluice::result<std::vector<skyflow::vault_row>> read_one(service& s, skyflow::client& c) {
  return s.run(c.query("SELECT 1"));
}

}  // namespace

TEST_CASE("a bearer token is fetched once for all and renewed ahead of its end",
          "[skyflow][client]") {
  issuing s;
  skyflow::client c{*s.net, s.account(), s.log};
  std::vector<sluice::task<std::vector<skyflow::vault_row>>> many;
  for (int i = 0; i != 8; ++i) many.push_back(c.query("SELECT 1"));
  auto const all = s.run(sluice::when_all(*s.net, std::move(many)));
  REQUIRE(all);
  for (auto const& one : *all) CHECK(one);
  CHECK(s.issued == 1);
  s.clock->advance(47min);
  REQUIRE(read_one(s, c));
  CHECK(s.issued == 1);
  s.clock->advance(9min);  // four minutes are left
  REQUIRE(read_one(s, c));
  CHECK(s.issued == 2);
  CHECK(s.sent("query").size() == 10);  // no request met an expired token
}

TEST_CASE("plain http is a choice, for the vault and for the token endpoint", "[skyflow][client]") {
  skyflow::connection c = issuing{}.account();
  CHECK(skyflow::validate(c));
  std::get<skyflow::service_account>(c.auth).token_uri = "http://manage.example.org/token";
  CHECK_FALSE(skyflow::validate(c));
  c.plain_http = true;
  CHECK(skyflow::validate(c));
  c.vault_url = "http://vault.example.org";
  CHECK(skyflow::validate(c));
}

TEST_CASE("a token of seconds is renewed in time too", "[skyflow][client]") {
  issuing s{5s};
  skyflow::client c{*s.net, s.account()};
  for (int i = 0; i != 10; ++i) {
    REQUIRE(read_one(s, c));
    s.clock->advance(1s);
  }
  CHECK(s.sent("query").size() == 10);
  CHECK(s.issued == 3);
}

TEST_CASE("a token that is revoked is replaced once, and the request is sent again",
          "[skyflow][client]") {
  issuing s;
  skyflow::client c{*s.net, s.account()};
  REQUIRE(read_one(s, c));
  s.good = "revoked";
  std::vector<sluice::task<std::vector<skyflow::vault_row>>> many;
  for (int i = 0; i != 3; ++i) many.push_back(c.query("SELECT 1"));
  auto const all = s.run(sluice::when_all(*s.net, std::move(many)));
  REQUIRE(all);
  for (auto const& one : *all) CHECK(one);
  CHECK(s.issued == 2);
  CHECK(s.sent("query").size() == 7);
}

TEST_CASE("a fresh token that is refused is the end", "[skyflow][client]") {
  issuing s;
  s.answer = [&](seen_request const& r, std::size_t) {
    return r.url == token_uri ? s.issue(r) : scripted::refusal(401, 16, "Unauthorized");
  };
  skyflow::client c{*s.net, s.account()};
  auto const read = read_one(s, c);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == skyflow::errc::unauthorized);
  CHECK_FALSE(read.error().retryable());
  CHECK(s.sent("query").size() == 2);
  CHECK(s.issued == 2);
}

TEST_CASE("a token or key that cannot be renewed is refused once", "[skyflow][client]") {
  for (skyflow::credential const& auth :
       {skyflow::credential{skyflow::bearer_token{sluice::secret{"stale"}, {}}},
        skyflow::credential{
            skyflow::api_key{sluice::secret{"sky-ab12c-0123456789abcdef0123456789ABCDEF"}}}}) {
    issuing s;
    skyflow::connection to = s.connection();
    to.auth = auth;
    skyflow::client c{*s.net, to};
    auto const read = read_one(s, c);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == skyflow::errc::unauthorized);
    CHECK(s.wire->count() == 1);
  }
}

TEST_CASE("a bearer token can come from the user's own function", "[skyflow][client]") {
  issuing s;
  s.issue({});
  skyflow::connection to = s.connection();
  int asked = 0;
  to.auth = skyflow::bearer_token{sluice::secret{"stale"}, [&] {
                                    ++asked;
                                    return sluice::result<sluice::secret>{sluice::secret{s.good}};
                                  }};
  skyflow::client c{*s.net, to};
  REQUIRE(read_one(s, c));
  REQUIRE(read_one(s, c));
  CHECK(asked == 1);
  CHECK(s.sent("query").size() == 3);
}

TEST_CASE("the token exchange is repeated through failures and ends with the credential's refusal",
          "[skyflow][client]") {
  issuing s;
  s.on_issue = [](std::size_t n) {
    if (n == 1) return scripted::broken();
    if (n == 2) return scripted::page(503);
    if (n == 3) return scripted::json("not json");
    return scripted_reply{};
  };
  skyflow::client c{*s.net, s.account()};
  REQUIRE(read_one(s, c));
  CHECK(s.issued == 4);

  issuing refused;
  refused.on_issue = [](std::size_t) {
    return scripted::refusal(404, 5, "Client client was not found");
  };
  skyflow::client other{*refused.net, refused.account()};
  auto const opened = refused.run(other.open());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == skyflow::errc::unauthorized);
  CHECK(refused.issued == 1);
}

TEST_CASE("while a good token is renewed in vain, it goes on being used", "[skyflow][client]") {
  issuing s;
  skyflow::client c{*s.net, s.account()};
  REQUIRE(read_one(s, c));
  s.on_issue = [](std::size_t) { return scripted::refusal(403); };
  s.clock->advance(56min);
  REQUIRE(read_one(s, c));
  REQUIRE(read_one(s, c));
  CHECK(s.issued == 2);  // tried again only half a minute later
  s.clock->advance(31s);
  REQUIRE(read_one(s, c));
  CHECK(s.issued == 3);
  s.clock->advance(4min);
  CHECK_FALSE(read_one(s, c));
}

TEST_CASE("Retry-After keeps every request silent, and fewer go on", "[skyflow][client]") {
  service s;
  std::vector<std::chrono::nanoseconds> times;
  std::size_t reads = 0;
  s.answer = [&](seen_request const&, std::size_t) {
    times.push_back(s.clock->elapsed());
    scripted_reply r = scripted::json(R"({"records":[]})");
    if (++reads == 1) {
      r = scripted::refusal(429, 8);
      r.headers.push_back({"Retry-After", "7"});
    }
    return r;
  };
  skyflow::connection to = service::connection();
  to.requests_at_once = 8;
  skyflow::client c{*s.net, to, {}, &s.metrics};
  REQUIRE(read_one(s, c));
  CHECK(times.at(1) - times.at(0) >= 7s);
  CHECK(times.at(1) - times.at(0) < 10s);
  CHECK(c.governor().at_once() == 4);
  for (int i = 0; i != 40; ++i) REQUIRE(read_one(s, c));
  CHECK(c.governor().at_once() == 8);
  CHECK(s.metrics.throttled.value() == 1);
}

TEST_CASE("no more requests are under way than the connection says", "[skyflow][client]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) {
    scripted_reply r = scripted::json(R"({"records":[]})");
    r.delay = 10ms;
    return r;
  };
  skyflow::connection to = service::connection();
  to.requests_at_once = 3;
  skyflow::client c{*s.net, to};
  std::vector<sluice::task<std::vector<skyflow::vault_row>>> many;
  for (int i = 0; i != 12; ++i) many.push_back(c.query("SELECT 1"));
  REQUIRE(s.run(sluice::when_all(*s.net, std::move(many))));
  CHECK(s.wire->most_at_once() == 3);
}

TEST_CASE("a gap lies between requests if one is asked for", "[skyflow][client]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) { return scripted::json(R"({"records":[]})"); };
  skyflow::connection to = service::connection();
  to.gap = sluice::milliseconds{50};
  skyflow::client c{*s.net, to};
  for (int i = 0; i != 5; ++i) REQUIRE(read_one(s, c));
  CHECK(s.clock->elapsed() >= 200ms);
  CHECK(s.clock->elapsed() < 300ms);
}

TEST_CASE("rows are read in pages, values stay out of sight", "[skyflow][client]") {
  service s;
  skyflow::client c{*s.net, service::connection()};
  skyflow::get_request what;
  what.table = "persons";
  what.column = "ssn";
  what.values = {sluice::secret{"900-00-1001"}, sluice::secret{"a b&c"}};
  s.table.rows["900-00-1001"] = 1;
  auto const rows = s.run(c.get(what));
  REQUIRE(rows);
  REQUIRE(rows->size() == 1);
  CHECK((*rows)[0].find("ssn")->expose() == "\"*REDACTED*\"");
  CHECK((*rows)[0].find("name") == nullptr);
  CHECK(s.wire->requests()[0].url.ends_with(
      "/v1/vaults/v1/persons?column_name=ssn&column_values=900-00-1001&column_values=a%20b%26c"
      "&redaction=DEFAULT"));
  what.values = {sluice::secret{"nobody"}};
  auto const none = s.run(c.get(what));
  REQUIRE(none);
  CHECK(none->empty());
}

TEST_CASE("tokens are looked up 25 at a time, unknown ones are not found", "[skyflow][client]") {
  service s;
  s.answer = [&](seen_request const& r, std::size_t) {
    std::string body;
    std::size_t const asked =
        static_cast<std::size_t>(std::count(r.body.begin(), r.body.end(), '{')) - 1;
    if (r.body.find("tok_gone") != std::string::npos) return scripted::refusal(404, 5);
    for (std::size_t i = 0; i != asked; ++i) {
      if (i != 0) body += ',';
      body += i == 1 ? R"({"token":"t","value":null,"error":"Token not found for tok_x"})"
                     : R"({"token":"t","valueType":"STRING","value":"v","error":null})";
    }
    return scripted::json(R"({"records":[)" + body + "]}", 207);
  };
  skyflow::client c{*s.net, service::connection()};
  std::vector<sluice::secret> tokens(27, sluice::secret{"tok"});
  tokens.emplace_back("tok_gone");
  auto const values = s.run(c.detokenize(tokens));
  REQUIRE(values);
  REQUIRE(values->size() == 28);
  CHECK((*values)[0].found());
  CHECK((*values)[0].value.expose() == "v");
  CHECK_FALSE((*values)[1].found());
  CHECK_FALSE((*values)[27].found());
  CHECK(s.wire->count() == 2);
}

TEST_CASE("a table is cleared page by page until it is empty", "[skyflow][client]") {
  for (skyflow::vault_api const api :
       {skyflow::vault_api::classic, skyflow::vault_api::flowvault}) {
    // Cut at each request in turn: lost before or after it was carried out, the end is the same.
    bool cut = true;
    for (std::size_t n = 1; cut; ++n) {
      service s;
      std::vector<std::string> ids;
      for (int i = 0; i != 230; ++i) ids.push_back("row-" + std::to_string(i));
      skyflow::connection to = service::connection();
      to.api = api;
      skyflow::client c{*s.net, to};
      // `get` is answered here as well: the table of the service has no ids.
      s.page = [&](seen_request const& r) {
        std::string body;
        if (r.label == "get") {
          if (ids.empty() && api == skyflow::vault_api::classic)
            return scripted::refusal(404, 5, "No Records Found");
          for (std::size_t i = 0; i != std::min<std::size_t>(ids.size(), 25); ++i)
            body += (i == 0 ? R"({"fields":{"skyflow_id":")" : R"(,{"fields":{"skyflow_id":")") +
                    ids[i] + R"("}})";
          return scripted::json(R"({"records":[)" + body + "]}");
        }
        CHECK(r.label == "delete");
        std::size_t const before = ids.size();
        std::erase_if(ids, [&](std::string const& id) {
          return r.body.find('"' + id + '"') != std::string::npos;
        });
        for (std::size_t i = 0; i != before - ids.size(); ++i)
          body += i == 0 ? R"("x")" : R"(,"x")";
        if (before == ids.size()) return scripted::refusal(404, 5, "No Records Found");
        return scripted::json(R"({"RecordIDResponse":[)" + body + "]}");
      };
      s.wire->fail_nth(n, *scripted::broken().failure);
      auto const cleared = s.run(c.clear("persons"));
      INFO("request " << n);
      REQUIRE(cleared);
      CHECK(ids.empty());
      CHECK(*cleared <= 230);
      cut = s.wire->count() >= n;
      if (!cut) CHECK(*cleared == 230);
    }
  }
}

TEST_CASE("rows that stay are told instead of being deleted for ever", "[skyflow][client]") {
  service s;
  s.page = [](seen_request const& r) {
    if (r.label == "get") return scripted::json(R"({"records":[{"fields":{"skyflow_id":"a"}}]})");
    return scripted::json(R"({"RecordIDResponse":["a"]})");
  };
  skyflow::client c{*s.net, service::connection()};
  auto const cleared = s.run(c.clear("persons"));
  REQUIRE_FALSE(cleared);
  CHECK(cleared.error().code == skyflow::errc::refused);
}

TEST_CASE("every request carries its error's id", "[skyflow][client]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) {
    scripted_reply r = scripted::refusal(403, 7, "Permission denied for Ada Planted");
    r.headers = {{"X-Request-ID", std::string(500, 'r') + "\n"}};
    return r;
  };
  skyflow::client c{*s.net, service::connection()};
  auto const read = read_one(s, c);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == skyflow::errc::forbidden);
  CHECK(read.error().request_id == std::string(128, 'r'));
  CHECK(read.error().message.find("Planted") == std::string::npos);
  CHECK(read.error().message.find("query: permission denied for ...") == std::string::npos);
  CHECK(read.error().message.find("Permission denied for ...") != std::string::npos);
}
