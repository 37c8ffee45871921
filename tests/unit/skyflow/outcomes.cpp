#include "catch.hpp"
#include "scripted_vault.hpp"

#include <sluice/skyflow/vault.hpp>

#include <chrono>
#include <string>
#include <vector>

// Answers that are lost, late, or no answers.

namespace {

using namespace std::chrono_literals;
namespace skyflow = sluice::skyflow;
using people::person;
using scripted::payload_of;
using scripted::people_to;
using scripted::scripted_reply;
using scripted::seen_request;
using scripted::service;
using scripted::verdicts;

using plain = skyflow::vault<>;
using upserting = skyflow::vault<skyflow::upsert<&person::ssn>>;
using unique_ssn = skyflow::vault<skyflow::unique<&person::ssn>>;
using batching = skyflow::vault<skyflow::batch_endpoint>;
using unique_batching = skyflow::vault<skyflow::batch_endpoint, skyflow::unique<&person::ssn>>;

/// Answers the first `count` inserts, after carrying them out, with `instead`.
void spoil(service& s, std::size_t count, scripted_reply instead) {
  s.answer = [&s, count, instead](seen_request const& r, std::size_t n) {
    scripted_reply const real = s.table.answer(r);
    return n <= count ? instead : real;
  };
}

std::vector<scripted_reply> lost_answers() {
  std::vector<scripted_reply> all{scripted::broken(),
                                  scripted::hanging(),
                                  scripted::page(500),
                                  scripted::page(502),
                                  scripted::page(504),
                                  scripted::page(408),
                                  scripted::page(503),
                                  scripted::refusal(500, 13, "Couldn't load data"),
                                  scripted::refusal(503, 14)};
  all.push_back(scripted::json("", 200));
  all.push_back(scripted::json(R"({"records":[{"skyflow_id":"a")"));
  all.push_back(scripted::json(R"({"records":[{"skyflow_id":"a"}]})"));
  all.push_back(
      scripted::json(R"({"records":[{"skyflow_id":"a"},{"skyflow_id":"b"},{"skyflow_id":"c"}]})"));
  all.push_back(scripted::json(R"({"records":[{"skyflow_id":""},{"tokens":null}]})"));
  all.push_back(scripted::json(R"({"records":[null,null]})"));
  all.push_back(scripted::json("[]"));
  all.push_back(scripted::json("<html>maintenance</html>"));
  return all;
}

}  // namespace

TEST_CASE("a lost answer is not asked for again where that could store a record twice",
          "[skyflow][vault]") {
  for (scripted_reply const& lost : lost_answers()) {
    INFO(lost.status << " " << lost.body);
    service s;
    spoil(s, 1, lost);
    verdicts told;
    auto const sent = s.send<plain>(payload_of(people_to(2)), told);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == sluice::errc::outcome_unknown);
    CHECK_FALSE(sent.error().retryable());
    CHECK(told.confirmed.empty());
    CHECK(told.rejected.empty());
    CHECK(s.inserts == 1);
    for (auto const& [ssn, copies] : s.table.rows) CHECK(copies == 1);
    CHECK(s.clock->elapsed() <= 121s);
  }
}

TEST_CASE("an upsert is repeated after a lost answer", "[skyflow][vault]") {
  for (scripted_reply const& lost : lost_answers()) {
    INFO(lost.status << " " << lost.body);
    service s;
    spoil(s, 2, lost);
    verdicts told;
    auto const sent = s.send<upserting>(payload_of(people_to(2)), told);
    REQUIRE(sent);
    CHECK(sent->retries == 2);
    CHECK(told.confirmed.size() == 2);
    CHECK(told.twice == 0);
    CHECK(s.inserts == 3);
    CHECK(s.metrics.requests.value() == 3);
    CHECK(s.metrics.throttled.value() == (lost.status == 503 ? 2 : 0));
    for (auto const& [ssn, copies] : s.table.rows) CHECK(copies == 1);
    CHECK(s.metrics.retries.value() == 2);
    CHECK(s.metrics.requests_in_flight.value() == 0);
  }
}

TEST_CASE("an upsert whose answers are all lost is unknown, within the budget",
          "[skyflow][vault]") {
  service s;
  spoil(s, 1'000, scripted::hanging());
  verdicts told;
  auto const sent = s.send<upserting>(payload_of(people_to(2)), told);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == sluice::errc::outcome_unknown);
  CHECK(s.clock->elapsed() <= service::connection().retry.budget + 1s);
}

TEST_CASE("a repeated insert that meets its own rows is settled by reading them back",
          "[skyflow][vault]") {
  service s;
  s.table.unique_ssn = true;
  spoil(s, 1, scripted::broken());
  verdicts told;
  REQUIRE(s.send<unique_ssn>(payload_of(people_to(60)), told));
  CHECK(told.confirmed.size() == 60);
  CHECK(told.rejected.empty());
  CHECK(s.inserts == 2);
  CHECK(s.sent("get").size() == 3);  // 25 values at a time
  for (auto const& [ssn, copies] : s.table.rows) CHECK(copies == 1);
}

TEST_CASE("a repeated insert that meets somebody else's row is refused", "[skyflow][vault]") {
  service s;
  s.table.unique_ssn = true;
  s.table.rows["900-00-1002"] = 1;
  // The first attempt is lost on its way there.
  s.answer = [&](seen_request const& r, std::size_t n) {
    return n == 1 ? scripted::broken() : s.table.answer(r);
  };
  verdicts told;
  auto const sent = s.send<unique_ssn>(payload_of(people_to(3)), told);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == sluice::errc::payload_refused);
  CHECK(s.table.rows.size() == 1);
}

TEST_CASE("without a lost answer a duplicate is a refusal, and nothing is read back",
          "[skyflow][vault]") {
  service s;
  s.table.unique_ssn = true;
  s.table.rows["900-00-1001"] = 1;
  verdicts told;
  REQUIRE(s.send<unique_ssn>(payload_of(people_to(1)), told));
  CHECK(told.rejected.size() == 1);
  CHECK(s.sent("get").empty());
}

TEST_CASE("record by record, a repeated insert confirms what the first attempt stored",
          "[skyflow][vault]") {
  service s;
  s.table.unique_ssn = true;
  spoil(s, 1, scripted::broken());
  verdicts told;
  REQUIRE(s.send<unique_batching>(payload_of(people_to(3)), told));
  CHECK(told.confirmed.size() == 3);
  CHECK(told.rejected.empty());
}

TEST_CASE("record by record, a refusal as a whole behind a lost answer loses no stored row",
          "[skyflow][vault]") {
  service s;
  s.table.unique_ssn = true;
  s.answer = [&](seen_request const& r, std::size_t n) {
    if (n == 1) s.table.rows["900-00-1002"] = 1;  // carried out in part
    if (n == 1) return scripted::broken();
    return n == 2 ? scripted::refusal(400, 3, "Invalid request") : s.table.answer(r);
  };
  verdicts told;
  REQUIRE(s.send<unique_batching>(payload_of(people_to(3)), told));
  CHECK(told.confirmed.size() == 1);
  CHECK(told.rejected.size() == 2);
  CHECK(told.twice == 0);
}

TEST_CASE("at least once is a choice, and its bound is the number of attempts",
          "[skyflow][vault]") {
  service s;
  spoil(s, 1'000, scripted::broken());
  verdicts told;
  skyflow::vault_config c = service::config();
  c.lost_answer = skyflow::lost_answer::send_again;
  c.connection.retry.max_attempts = 4;
  auto const sent = s.send<plain>(payload_of(people_to(1)), told, c);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == sluice::errc::outcome_unknown);
  CHECK(s.table.rows["900-00-1001"] == 4);
}

TEST_CASE("a request that was not taken is sent again", "[skyflow][vault]") {
  for (scripted_reply const& failure : {scripted::refusal(429, 8),
                                        scripted::refusal(529),
                                        scripted::page(429),
                                        scripted::page(425)}) {
    INFO(failure.status << " " << failure.body);
    service s;
    s.answer = [&](seen_request const& r, std::size_t n) {
      return n <= 2 ? failure : s.table.answer(r);
    };
    verdicts told;
    REQUIRE(s.send<plain>(payload_of(people_to(2)), told));
    CHECK(told.confirmed.size() == 2);
    CHECK(s.inserts == 3);
  }
}

TEST_CASE("a service that never recovers gives the records back", "[skyflow][vault]") {
  service s;
  s.answer = [](seen_request const&, std::size_t) { return scripted::refusal(429, 8); };
  verdicts told;
  auto const sent = s.send<plain>(payload_of(people_to(2)), told);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == skyflow::errc::throttled);
  CHECK(sent.error().retryable());
  CHECK(sent.error().request_id == "req-7");
}

TEST_CASE("what can never pass is not repeated", "[skyflow][vault]") {
  struct expected {
    int status;
    skyflow::errc code;
  };

  for (expected const& e : {expected{403, skyflow::errc::forbidden},
                            expected{404, skyflow::errc::not_found},
                            expected{307, skyflow::errc::unexpected_status},
                            expected{407, skyflow::errc::unexpected_status},
                            expected{501, skyflow::errc::unexpected_status}}) {
    INFO(e.status);
    service s;
    s.answer = [&](seen_request const&, std::size_t) { return scripted::refusal(e.status); };
    verdicts told;
    auto const sent = s.send<plain>(payload_of(people_to(2)), told);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == e.code);
    CHECK_FALSE(sent.error().retryable());
    CHECK(sent.error().service_code == std::to_string(e.status));
    CHECK(s.inserts == 1);
  }
}

TEST_CASE("what was never sent is sent again", "[skyflow][vault]") {
  service s;
  s.answer = [&](seen_request const& r, std::size_t n) {
    if (n != 1) return s.table.answer(r);
    scripted_reply refused;
    refused.failure =
        sluice::error{sluice::errc::connect, "no connection", sluice::disposition::retryable};
    return refused;
  };
  verdicts told;
  REQUIRE(s.send<plain>(payload_of(people_to(2)), told));
  CHECK(told.confirmed.size() == 2);
}

TEST_CASE("a reply beside the service's error is judged by its status", "[skyflow][vault]") {
  // A FlowVault may list records in the body of a failure: nothing in there is a success.
  service s;
  s.answer = [](seen_request const&, std::size_t) {
    return scripted::json(R"({"error":{"grpc_code":3,"message":"Invalid request"},
                              "records":[{"skyflow_id":"a"}]})",
                          400);
  };
  verdicts told;
  REQUIRE(s.send<plain>(payload_of(people_to(1)), told));
  CHECK(told.confirmed.empty());
  CHECK(told.rejected.size() == 1);
}
