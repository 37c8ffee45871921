#include "catch.hpp"
#include "scripted_pipe.hpp"

#include <sluice/snowpipe/error.hpp>

#include <string>

namespace {

using namespace scripted;
using elastic = sp::streaming<sp::elastic>;
using sluice::test::recording_ack;

/// Elastic appends in front of the model's logins: `answers` in turn, the last for ever.
struct elastic_world : world {
  explicit elastic_world(std::vector<scripted_reply> answers) {
    pipe.instead = [list = std::move(answers), next = std::size_t{0}](
                       seen_request const& r,
                       std::size_t) mutable -> std::optional<scripted_reply> {
      if (!has(r.url, "/rows?")) return std::nullopt;
      return list[std::min(next++, list.size() - 1)];
    };
  }
};

scripted_reply ok() {
  return reply(200, R"({"message":"OK"})");
}

}  // namespace

TEST_CASE("an elastic append is confirmed with its answer", "[snowpipe][elastic]") {
  elastic_world w{{ok()}};
  auto s = w.session<elastic>();
  recording_ack verdicts;
  auto const opened = w.run(s->open());
  REQUIRE(opened);
  CHECK_FALSE(opened->next);
  auto const p = world::events(0, 3);
  verdicts.expect(p);
  REQUIRE(w.run(s->send(p, verdicts)));
  CHECK(verdicts.counts().confirmed == 3);
  auto const sent = w.to("/rows?").at(0);
  CHECK(has(sent.url, "/v2/streaming/data/databases/DB/schemas/SC/tables/T/rows?requestId="));
  CHECK(parameter(sent.url, "retryCount") == "0");
  CHECK_FALSE(has(sent.url, "oken="));
  CHECK(sent.body == p.body.joined());
  REQUIRE(w.run(s->finish(w.in(sluice::milliseconds{1}))));
  CHECK(w.pipe.opens == 0);
}

TEST_CASE("a pipe of one's own has an elastic channel too", "[snowpipe][elastic]") {
  elastic_world w{{ok()}};
  auto s = w.session<sp::streaming<sp::elastic, sp::pipe<"P">>>();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  auto const p = world::events(0, 1);
  verdicts.expect(p);
  REQUIRE(w.run(s->send(p, verdicts)));
  CHECK(has(w.to("/rows?").at(0).url, "/pipes/P/channels/ELASTIC/rows?"));
}

TEST_CASE("a repeated elastic append says how often it was tried", "[snowpipe][elastic]") {
  elastic_world w{{reply(500, ""), broken(), refusal(429, "RATE"), reply(410, "Gone"), ok()}};
  auto s = w.session<elastic>();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  auto const p = world::events(0, 1);
  verdicts.expect(p);
  auto const taken = w.run(s->send(p, verdicts));
  REQUIRE(taken);
  CHECK(taken->retries == 4);
  CHECK(w.metrics.retries.value() == 4);
  CHECK(w.metrics.throttled.value() == 1);
  auto const sent = w.to("/rows?");
  REQUIRE(sent.size() == 5);
  for (std::size_t i = 0; i != 4; ++i) {
    CHECK(parameter(sent[i].url, "retryCount") == std::to_string(i));
    CHECK(parameter(sent[i].url, "requestId") == parameter(sent[0].url, "requestId"));
  }
  CHECK(verdicts.counts().confirmed == 1);
  CHECK(w.to("hostname").size() == 2);
}

TEST_CASE("an elastic append that fails says whether it may be there", "[snowpipe][elastic]") {
  auto c = world::config();
  c.append_retry.max_attempts = 3;

  struct row {
    std::vector<scripted_reply> answers;
    std::error_code code;
  };

  auto const unknown = make_error_code(sluice::errc::outcome_unknown);
  for (auto const& [answers, code] :
       std::vector<row>{{{broken()}, unknown},
                        {{reply(503, "")}, unknown},
                        {{refusal(429, "RATE")}, make_error_code(sp::errc::service_failure)},
                        {{refusal(400, "BAD")}, make_error_code(sp::errc::request_refused)},
                        {{reply(404, "")}, make_error_code(sp::errc::object_missing)},
                        {{reply(401, "")}, make_error_code(sp::errc::login_refused)},
                        {{reply(413, "")}, make_error_code(sluice::errc::payload_too_large)},
                        // A refusal of the repeat says nothing of the attempt before.
                        {{broken(), refusal(400, "BAD")}, unknown},
                        {{broken(), reply(404, "")}, unknown},
                        {{broken(), reply(410, "")}, unknown},
                        {{broken(), reply(413, "")}, unknown}}) {
    CAPTURE(code.message(), answers.back().status);
    elastic_world w{answers};
    auto s = w.session<elastic>(c);
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    auto const refused = w.run(s->send(world::events(0, 1), verdicts));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == code);
    CHECK(verdicts.counts().stray == 0);
  }
}
