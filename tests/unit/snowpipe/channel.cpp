#include "catch.hpp"
#include "scripted_pipe.hpp"

#include <sluice/snowpipe/error.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace scripted;
using namespace std::chrono_literals;
using sluice::test::recording_ack;

}  // namespace

TEST_CASE("an append is accepted at once and confirmed when its token is committed",
          "[snowpipe][channel]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  auto const opened = w.run(s->open());
  REQUIRE(opened);
  CHECK(opened->next == 0);
  auto const p = world::events(0, 3);
  auto const sent = send(w, *s, p, verdicts);
  REQUIRE(sent);
  CHECK(sent->bytes_sent == p.body.size());
  CHECK(verdicts.counts().confirmed == 0);
  CHECK(w.pipe.table.empty());
  REQUIRE(w.run(s->flush(w.in(1min))));
  CHECK(verdicts.counts().confirmed == 3);
  CHECK(verdicts.counts().stray == 0);
  CHECK(w.pipe.table.size() == 3);
  auto const lag = w.metrics.snapshot().commit_lag_ms;
  CHECK(lag.count == 1);
  CHECK(lag.min >= 5'000);
  CHECK(lag.max <= 6'100);
  REQUIRE(finish(w, *s));
}

TEST_CASE("an append carries its bytes, its offset tokens and the way they are packed",
          "[snowpipe][channel]") {
  world w;
  auto s = w.session<sp::streaming<sp::tokens<"event_">>>(world::config(), sluice::codec::zstd);
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  REQUIRE(send(w, *s, world::events(40, 2, sluice::codec::zstd), verdicts));
  auto const sent = w.to("/rows").at(0);
  CHECK(
      sent.url.starts_with("https://ab-c.ingest.snowflakecomputing.com/v2/streaming/data/databases/"
                           "DB/schemas/SC/pipes/T-STREAMING/channels/CH/rows?"));
  CHECK(has(sent.url, "continuationToken=c%2F1%2Br%3D0&"));
  CHECK(parameter(sent.url, "startOffsetToken") == "event_00000000000000000040@src-1");
  CHECK(parameter(sent.url, "endOffsetToken") == "event_00000000000000000041@src-1");
  CHECK(parameter(sent.url, "requestId").size() == 36);
  CHECK(header(sent, "Content-Type") == "application/x-ndjson");
  CHECK(header(sent, "Content-Encoding") == "zstd");
  CHECK(header(sent, "Accept") == "application/json");
  CHECK_FALSE(header(sent, "User-Agent").empty());
  for (seen_request const& r : w.wire->requests()) CHECK(header(r, "Accept") == "application/json");
  REQUIRE(finish(w, *s));
  CHECK(w.pipe.table.contains(R"({"ID":41,"NAME":"n41"})"));
}

TEST_CASE("each append continues with the token of the one before", "[snowpipe][channel]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  for (std::uint64_t i = 0; i != 3; ++i) REQUIRE(send(w, *s, world::events(i * 2, 2), verdicts));
  auto const sent = w.to("/rows");
  REQUIRE(sent.size() == 3);
  for (std::size_t i = 0; i != 3; ++i)
    CHECK(parameter(sent[i].url, "continuationToken") == "c/1+r=" + std::to_string(i));
  REQUIRE(finish(w, *s));
  CHECK(verdicts.counts().confirmed == 6);
}

TEST_CASE("a restart resumes behind the committed token of its source", "[snowpipe][channel]") {
  world w;
  {
    auto s = w.session();
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    REQUIRE(send(w, *s, world::events(0, 5), verdicts));
    REQUIRE(finish(w, *s));
  }
  auto s = w.session();
  auto const opened = w.run(s->open());
  REQUIRE(opened);
  CHECK(opened->next == 5);
}

TEST_CASE("an open waits for rows that another opening left uncommitted", "[snowpipe][channel]") {
  world w;
  {
    auto s = w.session();
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    REQUIRE(send(w, *s, world::events(0, 5), verdicts));
  }
  auto s = w.session();
  auto const opened = w.run(s->open());
  REQUIRE(opened);
  CHECK(opened->next == 5);
  CHECK(w.pipe.table.size() == 5);
}

TEST_CASE("rows that never commit are given up by an open in the end", "[snowpipe][channel]") {
  world w;
  w.pipe.commits = false;
  {
    auto s = w.session();
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    REQUIRE(send(w, *s, world::events(0, 5), verdicts));
  }
  auto const began = w.net->now();
  auto s = w.session();
  auto const opened = w.run(s->open());
  REQUIRE(opened);
  CHECK(opened->next == 0);
  CHECK(w.net->now() - began >= 120s);
  CHECK(w.net->now() - began < 130s);
}

TEST_CASE("a null token is the start of the source", "[snowpipe][channel]") {
  world w;
  w.pipe.client = 7;
  w.pipe.committed = "";
  auto s = w.session();
  auto const opened = w.run(s->open());
  REQUIRE(opened);
  CHECK(opened->next == 0);
}

TEST_CASE("a channel without a token tells of young rows only", "[snowpipe][channel]") {
  world w;
  w.pipe.client = 7;
  w.pipe.committed = "";
  auto s = w.session();
  REQUIRE(w.run(s->open()));
  auto const p = world::events(0, 3);
  auto const recovered = [&](std::chrono::hours age, recording_ack& verdicts) {
    verdicts.expect(p);
    return w.run(s->recover({p.sequence, p.positions, w.net->system_now() - age}, verdicts));
  };
  recording_ack young;
  CHECK(recovered(29 * 24h, young).value() == sluice::recovery::absent);
  CHECK(young.counts().open == 3);
  recording_ack old;
  CHECK(recovered(31 * 24h, old).value() == sluice::recovery::settled);
  CHECK(old.counts().rejected == 3);
  CHECK(old.counts().last_rejection.find("look for it before a replay") != std::string::npos);
}

TEST_CASE("the token of another source is refused, skipped or adopted, as is said",
          "[snowpipe][channel]") {
  using rule = sp::foreign_token_rule;

  struct row {
    std::string token;
    std::string source;
    rule what;
    bool opens;
    std::optional<sluice::position> next;
  };

  std::string const old = "00000000000000000041@src-0";
  for (auto const& [token, source, what, opens, next] :
       std::vector<row>{{old, "src-1", rule::refuse, false, {}},
                        {old, "src-1", rule::start_over, true, 0},
                        {old, "src-1", rule::adopt, true, 42},
                        // Without a name every run is its own source.
                        {old, "", rule::refuse, true, {}},
                        {"41", "src-1", rule::refuse, false, {}},
                        {"41", "src-1", rule::adopt, true, 42},
                        {"lsn/17", "src-1", rule::adopt, false, {}},
                        {"lsn/17", "src-1", rule::start_over, true, 0},
                        {"00000000000000000041@src-1", "src-1", rule::refuse, true, 42}}) {
    CAPTURE(token, source);
    world w;
    w.pipe.client = 1;
    w.pipe.committed = token;
    auto c = world::config();
    c.source = source;
    c.on_foreign_token = what;
    auto s = w.session(c);
    auto const opened = w.run(s->open());
    CHECK(opened.has_value() == opens);
    if (!opened) {
      CHECK(opened.error().code == sp::errc::foreign_token);
      continue;
    }
    CHECK(opened->next == next);
    recording_ack verdicts;
    auto const p = world::events(next.value_or(0), 2);
    REQUIRE(send(w, *s, p, verdicts));
    REQUIRE(finish(w, *s));
    CHECK(verdicts.counts().confirmed == 2);
  }
}

TEST_CASE("a flush ends at its deadline and says so", "[snowpipe][channel]") {
  world w;
  w.pipe.lag = 1h;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  REQUIRE(send(w, *s, world::events(0, 2), verdicts));
  auto const began = w.net->now();
  auto const done = w.run(s->flush(w.in(7s)));
  REQUIRE_FALSE(done);
  CHECK(done.error().code == sluice::errc::deadline);
  CHECK(w.net->now() - began == 7s);
}

TEST_CASE("a channel is dropped only where that is asked for", "[snowpipe][channel]") {
  for (bool const drop : {false, true}) {
    world w;
    auto c = world::config();
    c.drop_channel = drop;
    auto s = w.session(c);
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    REQUIRE(send(w, *s, world::events(0, 2), verdicts));
    REQUIRE(finish(w, *s));
    CHECK((w.pipe.client == 0) == drop);
    CHECK(w.pipe.table.size() == 2);
  }
}

TEST_CASE("a table that was made just before is waited for", "[snowpipe][channel]") {
  world w;
  auto const began = w.net->now();
  w.pipe.instead = [&](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
    if (r.method == sluice::http_method::put && w.net->now() - began < 3s)
      return refusal(404, "ERR_TABLE_NOT_FOUND");
    return std::nullopt;
  };
  auto s = w.session();
  REQUIRE(w.run(s->open()));
  world never;
  never.pipe.instead = [&](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
    if (r.method == sluice::http_method::put) return reply(404, "Not Found");
    return std::nullopt;
  };
  auto missing = never.session();
  auto const opened = never.run(missing->open());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == sp::errc::object_missing);
  CHECK(has(opened.error().message, "grants"));
}

TEST_CASE("a body over the limit is not sent", "[snowpipe][channel]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  std::vector<event> const one{{1, std::string(4'000'001, 'x')}};
  auto const p =
      sluice::test::make_payload<event, sluice::ndjson>(std::span<event const>{one}, 0, 0);
  auto const refused = send(w, *s, p, verdicts);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sluice::errc::payload_too_large);
  CHECK(w.pipe.appends == 0);
}

TEST_CASE("a body that the service finds too large is not followed under its token",
          "[snowpipe][channel]") {
  world w;
  w.pipe.body_limit = 60;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  auto const refused = send(w, *s, world::events(0, 4), verdicts);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sluice::errc::payload_too_large);
  recording_ack half;
  REQUIRE(send(w, *s, world::events(0, 2), half));
  CHECK(w.pipe.opens == 2);
}

TEST_CASE("the parts of a partitioned stream have channels and sources of their own",
          "[snowpipe][channel]") {
  world w;
  auto c = world::config();
  c.channel = "C";
  using named = sp::streaming<sp::channel_name<"H">>;
  auto s = w.session<named>(named::partition(c, 2, 4));
  REQUIRE(w.run(s->open()));
  CHECK(has(w.wire->requests().back().url, "/channels/H_K2?"));
  recording_ack verdicts;
  REQUIRE(send(w, *s, world::events(7, 1), verdicts));
  CHECK(parameter(w.to("/rows?").at(0).url, "endOffsetToken") == "00000000000000000007@src-1.2of4");
  CHECK(named::target(named::partition(c, 2, 4)) == "acme-main DB.SC.T  H_K2");
}

TEST_CASE("rows that come out of order are refused, not lost", "[snowpipe][channel]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  REQUIRE(send(w, *s, world::events(4, 2), verdicts));
  auto const refused = send(w, *s, world::events(0, 2), verdicts);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sluice::errc::internal);
  CHECK(w.pipe.appends == 1);
}

TEST_CASE("a configuration that cannot work is refused before any request", "[snowpipe][channel]") {
  std::vector<std::function<void(sp::streaming_config&)>> const mistakes{
      [](auto& c) { c.table.clear(); },
      [](auto& c) { c.connection.database.clear(); },
      [](auto& c) { c.channel = "lower"; },
      [](auto& c) { c.channel.clear(); },
      [](auto& c) { c.channel = std::string(256, 'A'); },
      [](auto& c) { c.pipe = "P"; },
      [](auto& c) { c.source = "a@b"; },
      [](auto& c) { c.source = std::string(65, 'a'); },
      [](auto& c) { c.poll_interval = 0ms; },
      [](auto& c) { c.most_reopens = 0; },
      [](auto& c) { c.append_retry.max_attempts = 0; },
      [](auto& c) { c.connection.account.clear(); },
      [](auto& c) { c.connection.protocol = "ftp"; },
      [](auto& c) { c.connection.application = "a(b)"; },
      [](auto& c) { c.connection.auth = {}; },
      [](auto& c) {
        c.connection.auth = sluice::user_password{"u", sluice::secret{"p"}};
      }};
  for (std::size_t i = 0; i != mistakes.size(); ++i) {
    CAPTURE(i);
    world w;
    auto c = world::config();
    mistakes[i](c);
    auto s = w.session(c);
    auto const opened = w.run(s->open());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == sluice::errc::invalid_configuration);
    CHECK(w.wire->count() == 0);
  }
}
