#include "catch.hpp"
#include "scripted_pipe.hpp"

#include <sluice/snowpipe/error.hpp>
#include <sluice/transport/group.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace scripted;
using namespace std::chrono_literals;
using sluice::test::recording_ack;

/// Sends one payload and says what came of it.
template<class Session>
sluice::result<sluice::accepted> send(world& w,
                                      Session& s,
                                      sluice::payload const& p,
                                      recording_ack& verdicts) {
  verdicts.expect(p);
  return w.run(s.send(p, verdicts));
}

/// Succeeds if the payload is not taken.
template<class Session>
sluice::task<void> refused(Session& s, sluice::payload const& p, recording_ack& verdicts) {
  sluice::result<sluice::accepted> const sent = co_await s.send(p, verdicts);
  if (sent) co_return sluice::error{sluice::errc::internal, "it was accepted"};
  co_return sluice::success;
}

template<class Session>
sluice::result<void> finish(world& w, Session& s) {
  return w.run(s.finish(w.in(10min)));
}

}  // namespace

TEST_CASE("an append is accepted at once and confirmed when its token is committed",
          "[snowpipe][channel]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  auto const opened = w.run(s->open());
  REQUIRE(opened);
  CHECK_FALSE(opened->next);
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
  CHECK_FALSE(opened->next);
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
  CHECK_FALSE(opened->next);
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
                        {old, "src-1", rule::start_over, true, {}},
                        {old, "src-1", rule::adopt, true, 42},
                        // Without a name every run is its own source.
                        {old, "", rule::refuse, true, {}},
                        {"41", "src-1", rule::refuse, false, {}},
                        {"41", "src-1", rule::adopt, true, 42},
                        {"lsn/17", "src-1", rule::adopt, false, {}},
                        {"lsn/17", "src-1", rule::start_over, true, {}},
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

TEST_CASE("the same append is repeated as it was until there is an answer", "[snowpipe][channel]") {
  for (int const status : {0, 408, 429, 500, 502, 503, 504, 200}) {
    CAPTURE(status);
    world w;
    int failures = 3;
    w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
      if (!has(r.url, "/rows?") || failures-- <= 0) return;
      // The service has taken the rows; 200: but the answer is cut off.
      given = status == 0 ? broken() : reply(status, "<html>");
    };
    auto s = w.session();
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    REQUIRE(send(w, *s, world::events(0, 3), verdicts));
    auto const sent = w.to("/rows");
    REQUIRE(sent.size() == 4);
    for (seen_request const& r : sent) {
      CHECK(r.url == sent[0].url);
      CHECK(r.body == sent[0].body);
    }
    REQUIRE(send(w, *s, world::events(3, 2), verdicts));
    REQUIRE(finish(w, *s));
    CHECK(verdicts.counts().confirmed == 5);
    CHECK(w.pipe.table.size() == 5);
    CHECK(w.pipe.doubled() == 0);
    CHECK(w.pipe.reused == 0);
    CHECK(w.pipe.opens == 1);
  }
}

TEST_CASE("the service's wish to wait is heard", "[snowpipe][channel]") {
  world w;
  bool once = true;
  w.pipe.instead = [&](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
    if (!has(r.url, "/rows?") || !std::exchange(once, false)) return std::nullopt;
    auto slow = refusal(429, "RATE");
    slow.headers = {{"Retry-After", "20"}};
    return slow;
  };
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  auto const began = w.net->now();
  REQUIRE(send(w, *s, world::events(0, 1), verdicts));
  CHECK(w.net->now() - began >= 20s);
  CHECK(w.metrics.snapshot().throttled == 1);
}

TEST_CASE("an append without an answer leaves its fate open and its token unused",
          "[snowpipe][channel]") {
  for (auto const code : {sluice::errc::send_receive,
                          sluice::errc::reply_too_large,
                          sluice::errc::internal,
                          sluice::errc::io}) {
    CAPTURE(static_cast<int>(code));
    world w;
    bool down = true;
    w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
      if (has(r.url, "/rows?") && down) given.failure = sluice::error{code, "no answer"};
    };
    auto s = w.session();
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    auto const lost = send(w, *s, world::events(0, 2), verdicts);
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == sluice::errc::outcome_unknown);
    down = false;
    recording_ack more;
    REQUIRE(send(w, *s, world::events(2, 2), more));
    REQUIRE(finish(w, *s));
    // The first two were written after all; the next two went out under another opening's token.
    CHECK(more.counts().confirmed == 2);
    CHECK(w.pipe.table.size() == 4);
    CHECK(w.pipe.reused == 0);
    CHECK(w.pipe.opens == 2);
  }
}

TEST_CASE("an append that never left is undelivered", "[snowpipe][channel]") {
  for (auto const code :
       {sluice::errc::connect, sluice::errc::name_resolution, sluice::errc::tls}) {
    CAPTURE(static_cast<int>(code));
    world w;
    bool down = true;
    w.pipe.instead = [&](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
      if (!has(r.url, "/rows?") || !down) return std::nullopt;
      auto lost = broken();
      lost.failure = sluice::error{code, "no way"};
      return lost;
    };
    auto s = w.session();
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    auto const refused = send(w, *s, world::events(0, 2), verdicts);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == code);
    CHECK(refused.error().retryable());
    down = false;
    REQUIRE(send(w, *s, world::events(2, 2), verdicts));
    CHECK(w.pipe.opens == 1);
  }
}

TEST_CASE("an append whose token cannot be renewed is undelivered", "[snowpipe][channel]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  w.pipe.revoke();
  w.pipe.instead = [&](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
    if (has(r.url, "/oauth/token")) return broken();
    return std::nullopt;
  };
  auto const refused = send(w, *s, world::events(0, 2), verdicts);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sluice::errc::send_receive);
  CHECK(refused.error().retryable());
}

TEST_CASE("a refused repeat neither judges the attempt before it nor frees its token",
          "[snowpipe][channel]") {
  for (auto const& [status, code] : std::vector<std::pair<int, std::string>>{
           {400, "BAD"}, {404, "ERR_PIPE_DOES_NOT_EXIST"}, {413, ""}, {401, ""}}) {
    CAPTURE(status, code);
    world w;
    int sent = 0;
    w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
      // The first is taken and its answer lost; something on the way refuses the repeat.
      if (!has(r.url, "/rows?") || ++sent > 3) return;
      given = sent == 1 ? broken() : refusal(status, code);
    };
    auto s = w.session();
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    auto const lost = send(w, *s, world::events(0, 2), verdicts);
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == sluice::errc::outcome_unknown);
    sent = 3;
    recording_ack more;
    REQUIRE(send(w, *s, world::events(2, 2), more));
    REQUIRE(finish(w, *s));
    CHECK(more.counts().confirmed == 2);
    CHECK(w.pipe.table.size() == 4);
    CHECK(w.pipe.reused == 0);
    CHECK(w.pipe.opens == 2);
  }
}

TEST_CASE("rows that may be in a channel that cannot be opened again are not undelivered",
          "[snowpipe][channel]") {
  for (bool const fenced : {false, true}) {
    CAPTURE(fenced);
    world w;
    auto c = world::config();
    bool owner = true;
    c.still_owner = [&] { return owner; };
    int sent = 0;
    w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
      if (has(r.url, "/rows?")) given = ++sent == 1 ? broken() : reply(409, "");
      if (sent != 0 && r.method == sluice::http_method::put) given = refusal(400, "BAD");
      owner = !fenced;
    };
    auto s = w.session(c);
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    auto const lost = send(w, *s, world::events(0, 2), verdicts);
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == sluice::errc::outcome_unknown);
    CHECK(sent == 2);
    // What was never sent is undelivered.
    auto const next = send(w, *s, world::events(2, 2), verdicts);
    REQUIRE_FALSE(next);
    CHECK(next.error().code ==
          make_error_code(fenced ? sp::errc::fenced : sp::errc::request_refused));
    CHECK(next.error().retryable());
  }
}

TEST_CASE("rows that certainly did not arrive are undelivered", "[snowpipe][channel]") {
  world w;
  w.pipe.instead = [&](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
    if (has(r.url, "/rows?")) return refusal(429, "RATE");
    return std::nullopt;
  };
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  auto const refused = send(w, *s, world::events(0, 2), verdicts);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().retryable());
  CHECK(refused.error().code != sluice::errc::outcome_unknown);
}

TEST_CASE("whatever invalidates a channel, it is opened again and nothing is lost or doubled",
          "[snowpipe][channel]") {
  struct row {
    int status;
    std::string code;
  };

  for (auto const& [status, code] :
       std::vector<row>{{400, "STALE_CONTINUATION_TOKEN_SEQUENCER"},
                        {503, "STALE_PIPE_CACHE"},
                        {400, "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED"},
                        {404, ""},
                        {409, ""},
                        {409, "ERR_CHANNEL_MUST_BE_REOPENED"},
                        {409, "ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER"},
                        {500, "ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP"},
                        {410, ""}}) {
    CAPTURE(status, code);
    world w;
    bool once = true;
    w.pipe.instead = [&](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
      if (!has(r.url, "/rows?") || w.pipe.appends != 2 || !std::exchange(once, false))
        return std::nullopt;
      w.pipe.invalidate();
      return code.empty() ? reply(status, "Gone") : refusal(status, code);
    };
    auto s = w.session();
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    for (std::uint64_t i = 0; i != 4; ++i) REQUIRE(send(w, *s, world::events(i * 2, 2), verdicts));
    REQUIRE(finish(w, *s));
    CHECK(w.pipe.opens == 2);
    CHECK(verdicts.counts().confirmed == 8);
    CHECK(verdicts.counts().stray == 0);
    CHECK(w.pipe.table.size() == 8);
    CHECK(w.pipe.doubled() == 0);
    CHECK(w.pipe.reused == 0);
    CHECK((w.to("/v2/streaming/hostname").size() == 2) == (status == 410));
  }
}

TEST_CASE("a channel that dies without traffic is noticed by the poll", "[snowpipe][channel]") {
  for (bool const dropped : {false, true}) {
    CAPTURE(dropped);
    world one;
    auto s = one.session();
    recording_ack verdicts;
    REQUIRE(one.run(s->open()));
    REQUIRE(send(one, *s, world::events(0, 4), verdicts));
    if (dropped)
      one.pipe.drop();
    else
      one.pipe.invalidate();
    REQUIRE(one.run(s->flush(one.in(5min))));
    CHECK(verdicts.counts().confirmed == 4);
    CHECK(one.pipe.table.size() == 4);
    CHECK(one.pipe.doubled() == 0);
    CHECK(one.pipe.opens == 2);
  }
}

TEST_CASE("only rows behind the committed token are sent again", "[snowpipe][channel]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  REQUIRE(send(w, *s, world::events(0, 2), verdicts));
  REQUIRE(send(w, *s, world::events(2, 2), verdicts));
  // The first commits, then the channel loses what it holds.
  auto const second = w.pipe.buffer.back();
  w.pipe.buffer.pop_back();
  w.pipe.commit_all();
  w.pipe.invalidate();
  static_cast<void>(second);
  REQUIRE(finish(w, *s));
  CHECK(verdicts.counts().confirmed == 4);
  CHECK(w.pipe.table.size() == 4);
  CHECK(w.pipe.doubled() == 0);
}

TEST_CASE("a rowset of which a part is committed is sent again from there on",
          "[snowpipe][channel]") {
  for (auto const codec : {sluice::codec::none, sluice::codec::zstd, sluice::codec::gzip}) {
    world w;
    auto s = w.session(world::config(), codec);
    recording_ack verdicts;
    REQUIRE(w.run(s->open()));
    REQUIRE(send(w, *s, world::events(0, 5, codec), verdicts));
    auto& only = w.pipe.buffer.front();
    only.rows.resize(2);
    only.end_token = "00000000000000000001@src-1";
    w.pipe.commit_all();
    w.pipe.invalidate();
    REQUIRE(finish(w, *s));
    CHECK(verdicts.counts().confirmed == 5);
    CHECK(verdicts.counts().stray == 0);
    CHECK(w.pipe.table.size() == 5);
    CHECK(w.pipe.doubled() == 0);
  }
}

TEST_CASE("a token that does not move is a defect: the channel is opened again",
          "[snowpipe][channel]") {
  world w;
  w.pipe.commits = false;
  auto c = world::config();
  c.guard_for = 5s;
  auto s = w.session(c);
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  w.pipe.instead = [&](seen_request const&, std::size_t) -> std::optional<scripted_reply> {
    if (w.pipe.opens == 2) w.pipe.commits = true;
    return std::nullopt;
  };
  REQUIRE(send(w, *s, world::events(0, 2), verdicts));
  REQUIRE(w.run(s->flush(w.in(10min))));
  CHECK(verdicts.counts().confirmed == 2);
  CHECK(w.pipe.opens == 2);
  CHECK(w.pipe.doubled() == 0);
}

TEST_CASE("a channel that never commits ends with that reason, in time", "[snowpipe][channel]") {
  world w;
  w.pipe.commits = false;
  auto c = world::config();
  c.guard_for = 5s;
  c.most_reopens = 3;
  auto s = w.session(c);
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  REQUIRE(send(w, *s, world::events(0, 2), verdicts));
  auto const done = w.run(s->finish(w.in(60min)));
  REQUIRE_FALSE(done);
  CHECK(done.error().code == sp::errc::stalled);
  CHECK(verdicts.counts().open == 2);
  auto const refused = send(w, *s, world::events(2, 2), verdicts);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sp::errc::stalled);
}

TEST_CASE("two writers do not take the channel from each other for ever", "[snowpipe][channel]") {
  world w;
  w.pipe.commits = false;
  w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply&) {
    if (r.method == sluice::http_method::put) w.pipe.invalidate();
  };
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  auto const refused = send(w, *s, world::events(0, 2), verdicts);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sp::errc::channel_taken);
  CHECK(w.pipe.opens == 9);
}

TEST_CASE("a writer that does not own the channel any more opens nothing", "[snowpipe][channel]") {
  world w;
  auto c = world::config();
  bool owner = true;
  c.still_owner = [&] { return owner; };
  auto s = w.session(c);
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  REQUIRE(send(w, *s, world::events(0, 2), verdicts));
  owner = false;
  w.pipe.invalidate();
  auto const refused = send(w, *s, world::events(2, 2), verdicts);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == sp::errc::fenced);
  CHECK(w.pipe.opens == 1);
}

TEST_CASE("an answer older than one that was read before changes nothing", "[snowpipe][channel]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  REQUIRE(send(w, *s, world::events(0, 2), verdicts));
  REQUIRE(w.run(s->flush(w.in(1min))));
  REQUIRE(send(w, *s, world::events(2, 2), verdicts));
  std::size_t stale = 0;
  w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
    if (!has(r.url, "bulk-channel-status") || stale == 3) return;
    ++stale;
    given = reply(200,
                  R"({"channel_statuses":{"CH":{"channel_status_code":"SUCCESS",)"
                  R"("last_committed_offset_token":null,"rows_error_count":0}}})");
  };
  REQUIRE(w.run(s->flush(w.in(1min))));
  CHECK(stale == 3);
  CHECK(verdicts.counts().confirmed == 4);
  CHECK(w.pipe.opens == 1);
}

TEST_CASE("a flush does not wait for an append that fails meanwhile", "[snowpipe][channel]") {
  world w;
  auto s = w.session();
  recording_ack verdicts;
  REQUIRE(w.run(s->open()));
  w.pipe.instead = [&](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
    if (has(r.url, "/rows?")) return refusal(429, "RATE");
    return std::nullopt;
  };
  auto const p = world::events(0, 2);
  verdicts.expect(p);
  auto const began = w.net->now();
  std::vector<sluice::task<void>> both;
  both.push_back(refused(*s, p, verdicts));
  both.push_back(s->flush(w.in(60min)));
  auto const done = w.run(sluice::when_all(*w.net, std::move(both)));
  REQUIRE(done);
  for (sluice::result<void> const& one : *done) CHECK(one);
  CHECK(w.net->now() - began < 10min);
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
