#include "catch.hpp"
#include "scripted_pipe.hpp"

#include <sluice/snowpipe/error.hpp>
#include <sluice/transport/group.hpp>

#include <string>
#include <utility>
#include <vector>

// Answers that are lost, refused or late, and channels that die.

namespace {

using namespace scripted;
using namespace std::chrono_literals;
using sluice::test::recording_ack;

/// Succeeds if the payload is not taken.
template<class Session>
sluice::task<void> refused(Session& s, sluice::payload const& p, recording_ack& verdicts) {
  sluice::result<sluice::accepted> const sent = co_await s.send(p, verdicts);
  if (sent) co_return sluice::error{sluice::errc::internal, "it was accepted"};
  co_return sluice::success;
}

}  // namespace

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
    auto const first = send(w, *s, world::events(0, 3), verdicts);
    REQUIRE(first);
    CHECK(first->retries == 3);
    CHECK(w.metrics.retries.value() == 3);
    CHECK(w.metrics.throttled.value() == (status == 429 || status == 503 ? 3 : 0));
    auto const sent = w.to("/rows");
    REQUIRE(sent.size() == 4);
    for (seen_request const& r : sent) {
      CHECK(r.url == sent[0].url);
      CHECK(r.body == sent[0].body);
    }
    auto const second = send(w, *s, world::events(3, 2), verdicts);
    REQUIRE(second);
    CHECK(second->retries == 0);
    REQUIRE(finish(w, *s));
    CHECK(w.metrics.retries.value() == 3);
    CHECK(w.metrics.requests.value() == w.wire->count());
    CHECK(w.metrics.requests_in_flight.value() == 0);
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

TEST_CASE("an append without an answer is settled by an open", "[snowpipe][channel]") {
  for (auto const code : {sluice::errc::send_receive,
                          sluice::errc::reply_too_large,
                          sluice::errc::internal,
                          sluice::errc::io}) {
    for (bool const taken : {false, true}) {
      CAPTURE(static_cast<int>(code), taken);
      world w;
      bool down = true;
      scripted_reply lost;
      lost.failure = sluice::error{code, "no answer"};
      w.pipe.instead = [&](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
        if (taken || !down || !has(r.url, "/rows?")) return std::nullopt;
        return lost;
      };
      w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
        if (taken && down && has(r.url, "/rows?")) given = lost;
      };
      auto s = w.session();
      recording_ack verdicts;
      REQUIRE(w.run(s->open()));
      auto const first = send(w, *s, world::events(0, 2), verdicts);
      CHECK(w.pipe.opens == 2);
      CHECK(first.has_value() == taken);
      CHECK(verdicts.counts().confirmed == (taken ? 2 : 0));
      if (!first) {
        CHECK(first.error().code == code);
        CHECK(first.error().retryable());
      }
      down = false;
      recording_ack more;
      REQUIRE(send(w, *s, world::events(2, 2), more));
      REQUIRE(finish(w, *s));
      CHECK(more.counts().confirmed == 2);
      CHECK(w.pipe.table.size() == (taken ? 4 : 2));
      CHECK(w.pipe.doubled() == 0);
      CHECK(w.pipe.reused == 0);
      CHECK(w.pipe.opens == 2);
    }
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
    REQUIRE(send(w, *s, world::events(0, 2), verdicts));
    CHECK(verdicts.counts().confirmed == 2);
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
    for (std::uint64_t i = 0; i != 4; ++i) {
      auto const sent = send(w, *s, world::events(i * 2, 2), verdicts);
      REQUIRE(sent);
      // The one that was refused goes out again after the open.
      CHECK(sent->retries == (i == 2 ? 1 : 0));
    }
    REQUIRE(finish(w, *s));
    // It, and those before it, which are not committed.
    CHECK(w.metrics.retries.value() == w.to("/rows?").size() - 4);
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
