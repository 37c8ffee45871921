#include "catch.hpp"
#include "scripted_vault.hpp"

#include <sluice/skyflow/vault.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
namespace skyflow = sluice::skyflow;
using people::person;
using scripted::payload_of;
using scripted::people_to;
using scripted::seen_request;
using scripted::service;
using scripted::verdicts;

using plain = skyflow::vault<>;
using upserting = skyflow::vault<skyflow::upsert<&person::ssn>>;
using unique_ssn = skyflow::vault<skyflow::unique<&person::ssn>>;
using batching = skyflow::vault<skyflow::batch_endpoint>;
using continuing = skyflow::vault<skyflow::continue_on_error>;
using flow = skyflow::vault<skyflow::flowvault>;

skyflow::vault_config flow_config() {
  skyflow::vault_config c = service::config();
  c.connection.vault_url = "https://ebfc9bee4242.skyvault.skyflowapis.com";
  return c;
}

std::vector<person> with_poison(int count, std::initializer_list<int> where) {
  std::vector<person> all = people_to(count);
  for (int const i : where)
    all[static_cast<std::size_t>(i)].name = "Bob POISON " + std::to_string(i);
  return all;
}

}  // namespace

TEST_CASE("an insert is one request, and its answer confirms the records", "[skyflow][vault]") {
  service s;
  verdicts told;
  auto const p = payload_of(people_to(3));
  auto const sent = s.send<plain>(p, told);
  REQUIRE(sent);
  CHECK(told.confirmed == std::set<sluice::position>{100, 101, 102});
  CHECK(told.rejected.empty());
  auto const requests = s.wire->requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].url == "https://ebfc9bee4242.vault.skyflowapis.com/v1/vaults/v1/persons");
  CHECK(requests[0].method == sluice::http_method::post);
  CHECK(scripted::header(requests[0], "Authorization") == "Bearer given-token");
  CHECK(scripted::header(requests[0], "Content-Type") == "application/json");
  CHECK(requests[0].body ==
        R"({"records":)" + p.body.joined() + R"(,"tokenization":false,"byot":"ENABLE"})");
  CHECK(sent->bytes_sent == requests[0].body.size());
  CHECK(sent->retries == 0);
  CHECK(s.metrics.requests.value() == 1);
  CHECK(s.metrics.requests_in_flight.value() == 0);
}

TEST_CASE("a refused request is halved by the pipeline, a refused record is a dead letter",
          "[skyflow][vault]") {
  service s;
  verdicts told;
  auto const whole = s.send<plain>(payload_of(with_poison(3, {1})), told);
  REQUIRE_FALSE(whole);
  CHECK(whole.error().code == sluice::errc::payload_refused);
  CHECK(whole.error().request_id == "req-7");
  CHECK(told.confirmed.empty());
  CHECK(told.rejected.empty());

  std::vector<person> one = with_poison(2, {1});
  one.erase(one.begin());
  REQUIRE(s.send<plain>(payload_of(one), told));
  REQUIRE(told.rejected.size() == 1);
  sluice::rejection const& why = told.rejected.at(100);
  CHECK(why.reason == sluice::dead_reason::rejected);
  CHECK(why.code == "400/grpc 9");
  CHECK(why.message.find("insert: Invalid value ... for field; ") == 0);
  CHECK(why.message.find("(request id req-7)") != std::string::npos);
  CHECK(why.message.find("Bob") == std::string::npos);
}

TEST_CASE("at the batch endpoint each record has its own verdict", "[skyflow][vault]") {
  service s;
  verdicts told;
  auto const sent = s.send<batching>(payload_of(with_poison(5, {1, 3})), told);
  REQUIRE(sent);  // HTTP 200 all the same
  CHECK(told.confirmed == std::set<sluice::position>{100, 102, 104});
  CHECK(told.rejected.size() == 2);
  CHECK(told.rejected.count(101) == 1);
  CHECK(told.rejected.count(103) == 1);
  CHECK(told.twice == 0);
  auto const requests = s.wire->requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].url == "https://ebfc9bee4242.vault.skyflowapis.com/v1/vaults/v1");
  CHECK(requests[0].body.find(R"([{"method":"POST","tableName":"persons","tokenization":false,)"
                              R"("fields":{"ssn":"900-00-1001")") != std::string::npos);
}

TEST_CASE("an insert into a table that goes on behind errors has a verdict for each record",
          "[skyflow][vault]") {
  service s;
  verdicts told;
  skyflow::vault_config c = service::config();
  c.return_tokens = true;
  auto const p = payload_of(with_poison(5, {1, 3}));
  REQUIRE(s.send<continuing>(p, told, c));
  CHECK(told.confirmed == std::set<sluice::position>{100, 102, 104});
  REQUIRE(told.rejected.size() == 2);
  CHECK(told.rejected.at(101).reason == sluice::dead_reason::rejected);
  CHECK(told.rejected.at(103).message.find("Invalid value") != std::string::npos);
  CHECK(told.twice == 0);
  auto const requests = s.wire->requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].url == "https://ebfc9bee4242.vault.skyflowapis.com/v1/vaults/v1/persons");
  CHECK(requests[0].body == R"({"records":)" + p.body.joined() +
                                R"(,"continueOnError":true,"tokenization":true,"byot":"ENABLE"})");
}

TEST_CASE("a FlowVault's 207 is read record by record", "[skyflow][vault]") {
  service s;
  verdicts told;
  auto const sent = s.send<flow>(payload_of(with_poison(4, {0})), told, flow_config());
  REQUIRE(sent);
  CHECK(told.confirmed.size() == 3);
  CHECK(told.rejected.count(100) == 1);
  auto const requests = s.wire->requests();
  CHECK(requests[0].url == "https://ebfc9bee4242.skyvault.skyflowapis.com/v2/records/insert");
  CHECK(requests[0].body.find(
            R"({"vaultID":"v1","tableName":"persons","records":[{"data":{"ssn")") == 0);
}

TEST_CASE("records that the service wants again are sent again, alone", "[skyflow][vault]") {
  service s;
  s.answer = [&](seen_request const& r, std::size_t n) {
    if (n == 1)
      return scripted::json(R"({"vaultID":"v","responses":[
        {"Status":200,"Body":{"records":[{"skyflow_id":"a"}]}},
        {"Status":429,"Body":{"error":"Rate limit exceeded"}},
        {"Status":500,"Body":{"error":"internal"}},
        {"Status":400,"Body":{"error":"Insert failed. Column x is invalid."}}]})");
    return s.table.answer(r);
  };
  verdicts told;
  auto const sent = s.send<batching>(payload_of(people_to(4)), told);
  REQUIRE(sent);
  CHECK(sent->retries == 1);
  CHECK(s.metrics.retries.value() == 1);
  CHECK(told.confirmed == std::set<sluice::position>{100, 101, 102});
  CHECK(told.rejected.size() == 1);
  CHECK(told.twice == 0);
  auto const requests = s.sent("insert");
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].body.find("900-00-1001") == std::string::npos);
  CHECK(requests[1].body.find("900-00-1002") != std::string::npos);
  CHECK(requests[1].body.find("900-00-1003") != std::string::npos);
  CHECK(requests[1].body.find("900-00-1004") == std::string::npos);
  CHECK(s.table.rows.size() == 2);
}

TEST_CASE("records that are never taken are given back", "[skyflow][vault]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) {
    return scripted::json(
        R"({"responses":[{"Status":429,"Body":{"error":"Rate limit exceeded"}}]})");
  };
  verdicts told;
  auto const sent = s.send<batching>(payload_of(people_to(1)), told);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == skyflow::errc::throttled);
  CHECK(sent.error().retryable());  // the pipeline's word for: not refused, not delivered
  CHECK(told.confirmed.empty());
  CHECK(told.rejected.empty());
  CHECK(s.inserts == service::connection().retry.max_attempts);
}

TEST_CASE("part of a payload is halved by the session", "[skyflow][vault]") {
  service s;
  s.answer = [&](seen_request const& r, std::size_t n) {
    if (n == 1)
      return scripted::json(R"({"responses":[
        {"Status":200,"Body":{"records":[{"skyflow_id":"a"}]}},
        {"Status":503,"Body":{"error":"x"}},{"Status":503,"Body":{"error":"x"}},
        {"Status":503,"Body":{"error":"x"}}]})");
    if (n == 2) return scripted::refusal(400, 3, "Invalid request");
    return s.table.answer(r);
  };
  verdicts told;
  REQUIRE(s.send<batching>(payload_of(people_to(4)), told));
  CHECK(told.confirmed.size() == 4);
  CHECK(told.twice == 0);
  CHECK(s.inserts == 4);
}

TEST_CASE("a request that is too large is told, and remembered", "[skyflow][vault]") {
  service s;
  s.table.most_rows = 2;
  plain::session session{s.environment(), service::config()};
  REQUIRE(s.run(session.open()));
  verdicts told;
  auto const p = payload_of(people_to(4));
  for (int i = 0; i != 2; ++i) {
    auto const sent = s.run(session.send(p, told));
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == sluice::errc::payload_too_large);
  }
  CHECK(s.inserts == 1);
  REQUIRE(s.run(session.send(payload_of(people_to(2)), told)));
  CHECK(told.confirmed.size() == 2);
}

TEST_CASE("a single record that is too large is a dead letter", "[skyflow][vault]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) { return scripted::page(413); };
  verdicts told;
  REQUIRE(s.send<plain>(payload_of(people_to(1)), told));
  CHECK(told.rejected.at(100).reason == sluice::dead_reason::too_large);
}

TEST_CASE("where nothing is ever stored the configuration is at fault", "[skyflow][vault]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) {
    return scripted::refusal(400, 3, "Invalid field present in JSON full_name");
  };
  skyflow::vault_config c = service::config();
  c.give_up_after_refusals = 3;
  plain::session session{s.environment(), c};
  REQUIRE(s.run(session.open()));
  for (int i = 0; i != 3; ++i) {
    verdicts told;
    REQUIRE(s.run(session.send(payload_of(people_to(1)), told)));
    CHECK(told.rejected.size() == 1);
  }
  verdicts told;
  auto const sent = s.run(session.send(payload_of(people_to(1)), told));
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == skyflow::errc::refused);
  CHECK(sent.error().message.find("full_name") != std::string::npos);
  CHECK(s.inserts == 3);
}

TEST_CASE("a record that was stored shows that the configuration is right", "[skyflow][vault]") {
  service s;
  skyflow::vault_config c = service::config();
  c.give_up_after_refusals = 2;
  plain::session session{s.environment(), c};
  REQUIRE(s.run(session.open()));
  verdicts good;
  REQUIRE(s.run(session.send(payload_of(people_to(1)), good)));
  for (int i = 0; i != 5; ++i) {
    verdicts told;
    REQUIRE(s.run(session.send(payload_of(with_poison(1, {0})), told)));
    CHECK(told.rejected.size() == 1);
  }
}

TEST_CASE("receipts carry what the vault gave, before the record counts", "[skyflow][vault]") {
  service s;
  s.answer = [](seen_request const& r, std::size_t) {
    CHECK(r.body.find(R"("tokenization":true)") != std::string::npos);
    return scripted::json(R"({"records":[
      {"skyflow_id":"one","tokens":{"ssn":"tok_ssn_1"}},
      {"skyflow_id":"two","tokens":null}]})");
  };
  verdicts told;
  std::vector<skyflow::receipt> got;
  skyflow::vault_config c = service::config();
  c.return_tokens = true;
  c.on_receipt = [&](skyflow::receipt r) {
    CHECK(told.confirmed.count(r.at) == 0);
    got.push_back(std::move(r));
  };
  REQUIRE(s.send<plain>(payload_of(people_to(2)), told, c));
  REQUIRE(got.size() == 2);
  CHECK(got[0].at == 100);
  CHECK(got[0].skyflow_id.expose() == "one");
  REQUIRE(got[0].tokens.size() == 1);
  CHECK(got[0].tokens[0].column == "ssn");
  CHECK(got[0].tokens[0].token.expose() == "tok_ssn_1");
  CHECK(got[1].at == 101);
  CHECK(got[1].tokens.empty());
  CHECK(told.confirmed.size() == 2);
}

TEST_CASE("an upsert names its column", "[skyflow][vault]") {
  service s;
  verdicts told;
  REQUIRE(s.send<upserting>(payload_of(people_to(1)), told));
  CHECK(s.wire->requests()[0].body.ends_with(
      R"(,"tokenization":false,"byot":"ENABLE","upsert":"ssn"})"));
}

TEST_CASE("a wrong configuration is told before anything is sent", "[skyflow][vault]") {
  service s;
  auto const refused = [&](skyflow::vault_config const& c, std::string const& word) {
    plain::session session{s.environment(), c};
    auto const opened = s.run(session.open());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == sluice::errc::invalid_configuration);
    CHECK(opened.error().message.find(word) != std::string::npos);
  };
  skyflow::vault_config c = service::config();
  c.table.clear();
  refused(c, "table");
  refused(flow_config(), "flowvault");
  c = service::config();
  c.connection.vault_url = "http://vault.example.org";
  refused(c, "https");
  c.connection.vault_url = "http://127.0.0.1:80";
  refused(c, "https");
  c.connection.vault_url = "https://v.vault.skyflowapis.com/v1/vaults";
  refused(c, "path");
  c = service::config();
  c.connection.vault_id.clear();
  refused(c, "vault_id");
  c = service::config();
  c.connection.auth = {};
  refused(c, "credentials");
  c.connection.auth = skyflow::api_key{sluice::secret{"sky-short"}};
  refused(c, "API key");
  CHECK(s.wire->count() == 0);

  flow::session session{s.environment(), service::config()};
  auto const opened = s.run(session.open());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().message.find("classic") != std::string::npos);
}
