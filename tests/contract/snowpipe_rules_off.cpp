// For each rule of Snowpipe Streaming one run with it, where the fault does no harm, and one
// without it, where the harm that it prevents must come about. Numbers are those of the field's
// faults; "faults" is the test of every fault of the field, and * marks tests of
// snowpipe_streaming.cpp.
//
// | rule                         | with it                             | without it ("off: ...")
// |------------------------------|-------------------------------------|-------------------------
// | F1  200 is not written       | *rows that the service refuses      | a committed token is ...
// | F3  tokens sort as numbers   | *faults: channel_lost_silently      | ... compared as text
// | F4  a token has one body     | *faults: append.drop_reply          | another body goes out
// | F12 rows are kept            | *faults: channel_lost_silently      | rows are forgotten
// | F12 only open rows go again  | *faults: commit_prefix              | everything is sent again
// | F13 no progress is a defect  | a token that does not move          | the token is waited for
// | F13 channels are looked at   | *faults: channel_lost_silently      | nobody looks
// | F14 tokens name positions    | a resume goes by the token          | a resume counts rows
// | F15 null is the start        | *typed rows arrive                  | a null token means
// | F16 tokens name their source | any token is adopted (first part)   | any token is adopted
// | F16 ... and stop a restart   | *typed rows arrive (second run)     | rows are doubled
// | F17 a close has a deadline   | a close ends at its deadline        | (the same test)
// | F24 tokens are renewed       | *faults: scoped_tokens_expired      | a scoped token is
// | F25 secrets stay secret      | planted.cpp                         | planted.cpp
// | F27 nothing is dropped       | a destructor waits for the commit   | a session that is dropped
// | codes before statuses        | *faults: pipe_stale                 | a 503 is repeated
// | rates are kept               | *the rates of a channel             | a channel sends as fast

#include "one_session.hpp"
#include "snowpipe_fixture.hpp"

#include <sluice/auth/request_id.hpp>
#include <sluice/snowpipe/ingest.hpp>
#include <sluice/snowpipe/offset_token.hpp>
#include <sluice/snowpipe/requests.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace events;

namespace {

std::vector<event> make_events(std::uint64_t first, std::uint64_t count) {
  std::vector<event> all;
  for (std::uint64_t id = first; id != first + count; ++id) all.push_back(make_event(id));
  return all;
}

/// A client that does what it is told, request by request, and keeps no rule.
class naive_client {
 public:
  explicit naive_client(pipe_fixture& f)
      : f_{f},
        at_{f.database, f.schema, "EVENTS-STREAMING"},
        ingest_{f.net, f.stream_connection(), {}, nullptr} {}

  sp::channel_status open() {
    sp::ingest_call c;
    c.method = sluice::http_method::put;
    c.target = sp::channel_path(at_, "NAIVE") + "?requestId=" + sluice::make_uuid();
    c.body = sluice::chunk_list{sp::guard_body(false)};
    c.content_type = "application/json";
    auto const a = ask(sp::operation::open, c);
    if (!a) FAIL(a.error().describe());
    auto reply = sp::parse_open_reply(a->body);
    if (!reply) FAIL(reply.error().describe());
    continuation = reply->continuation;
    return reply->status;
  }

  /// Whether the service accepts the rows [first, first + count).
  bool append(std::uint64_t first, std::uint64_t count, std::string_view token = {}) {
    std::string const last = token.empty() ? std::to_string(first + count - 1) : std::string{token};
    auto const a =
        ask(sp::operation::append, rows(first, count, last, continuation, sluice::make_uuid()));
    if (!a || a->what != sp::outcome::success) return false;
    continuation = sp::parse_append_reply(a->body).value();
    return true;
  }

  sp::ingest_call rows(std::uint64_t first,
                       std::uint64_t count,
                       std::string const& last,
                       std::string const& under,
                       std::string const& request_id) {
    std::vector<event> const records = make_events(first, count);
    sp::ingest_call c;
    c.target = sp::append_path(at_, "NAIVE") + '?' +
               sp::append_query({under, std::to_string(first), last, request_id});
    c.body =
        sluice::test::make_payload<event, sluice::ndjson>(std::span<event const>{records}, 0, first)
            .body;
    c.content_type = "application/x-ndjson";
    c.appends = true;
    return c;
  }

  sp::channel_status status() {
    sp::ingest_call c;
    c.target = sp::status_path(at_) + "?requestId=" + sluice::make_uuid();
    c.body = sluice::chunk_list{sp::status_body("NAIVE")};
    c.content_type = "application/json";
    auto const a = ask(sp::operation::status, c);
    if (!a) FAIL(a.error().describe());
    return sp::parse_status_reply(a->body, "NAIVE").value().value();
  }

  sluice::result<sp::ingest_answer> ask(sp::operation what, sp::ingest_call const& c) {
    bool left_open = false;
    return f_.run(ingest_.ask(what, c, left_open));
  }

  std::string continuation;

 private:
  pipe_fixture& f_;
  sp::pipe_path at_;
  sp::ingest ingest_;
};

/// Nothing is committed until the test says so.
struct held_fixture : pipe_fixture {
  held_fixture() : pipe_fixture{held()} {}

  static sluice::sandbox::options held() {
    auto o = fast();
    o.snowpipe.commit_lag = 3'600'000ms;
    return o;
  }

  void commit() { server.streaming().commit_now(); }
};

using stream_session = one_session<stream, event, sluice::ndjson>;

/// A channel that commits nothing, and a configuration that soon finds that out.
sp::streaming_config impatient(pipe_fixture const& f) {
  auto c = f.config();
  c.stall_after = 100ms;
  c.guard_for = 50ms;
  c.most_reopens = 2;
  return c;
}

}  // namespace

TEST_CASE("off: a committed token is taken for rows that are written",
          "[contract][snowpipe][rule_off]") {
  held_fixture f;
  naive_client client{f};
  client.open();
  f.server.faults().arm("rows_rejected_every=2");
  REQUIRE(client.append(0, 100));
  f.commit();
  CHECK(f.fired("rows_rejected_every") == 1);
  CHECK(client.status().committed == "99");
  CHECK(f.in_table().rows == 50);
}

TEST_CASE("off: offset tokens are compared as text", "[contract][snowpipe][rule_off]") {
  held_fixture f;
  naive_client client{f};
  client.open();
  REQUIRE(client.append(0, 10));
  f.commit();
  f.server.faults().arm("channel_lost_silently");
  REQUIRE(client.append(10, 1));
  CHECK(f.fired("channel_lost_silently") == 1);
  // The text of the committed token is not before that of the row: the row counts as written.
  std::string const committed = client.status().committed.value();
  CHECK(committed >= std::string_view{"10"});
  CHECK(f.in_table() == pipe_fixture::of(10));
  CHECK(sp::to_text({9, "s"}, "e_") < sp::to_text({10, "s"}, "e_"));
}

TEST_CASE("off: another body goes out under the token of a lost append",
          "[contract][snowpipe][rule_off]") {
  held_fixture f;
  naive_client client{f};
  client.open();
  f.server.faults().arm("append.drop_reply");
  CHECK_FALSE(client.append(0, 50));
  CHECK(f.fired("append.drop_reply") == 1);
  // The batch is made anew, with more rows in it; the service says yes and throws it away.
  CHECK(client.append(0, 100));
  f.commit();
  CHECK(f.server.streaming().counts().tokens_reused_with_other_body == 1);
  CHECK(f.in_table() == pipe_fixture::of(50));
}

TEST_CASE("off: rows are forgotten once they are accepted", "[contract][snowpipe][rule_off]") {
  held_fixture f;
  naive_client client{f};
  client.open();
  f.server.faults().arm("channel_lost_silently:2");
  REQUIRE(client.append(0, 50));
  f.commit();
  REQUIRE(client.append(50, 50));
  CHECK(f.fired("channel_lost_silently") == 1);
  CHECK_FALSE(client.append(100, 50));
  CHECK(client.open().committed == "49");
  REQUIRE(client.append(100, 50));
  f.commit();
  CHECK(f.in_table().rows == 100);
  CHECK(f.server.number("SELECT COUNT(*) FROM EVENTS WHERE ID BETWEEN 50 AND 99") == 0);
}

TEST_CASE("off: everything is sent again after a reopen", "[contract][snowpipe][rule_off]") {
  held_fixture f;
  naive_client client{f};
  client.open();
  REQUIRE(client.append(0, 50));
  REQUIRE(client.append(50, 50));
  f.server.faults().arm("commit_prefix");
  f.commit();
  CHECK(f.fired("commit_prefix") == 1);
  client.open();
  REQUIRE(client.append(0, 50));
  REQUIRE(client.append(50, 50));
  f.commit();
  CHECK(f.in_table().distinct == 100);
  CHECK(f.in_table().rows > 100);
}

TEST_CASE("a token that does not move ends the load with that reason",
          "[contract][snowpipe][rules]") {
  pipe_fixture f;
  f.server.faults().arm("commit_stalled:1:*");
  auto const start = f.net.now();
  auto const o = load(f, impatient(f), 100);
  CHECK(f.fired("commit_stalled") > 0);
  CHECK(f.net.now() - start < 30s);
  REQUIRE(o.report.failure);
  CHECK(o.report.failure->code == sp::errc::stalled);
  CHECK(o.letters.size() == 100);
}

TEST_CASE("off: the token is waited for without a limit", "[contract][snowpipe][rule_off]") {
  pipe_fixture f;
  f.server.faults().arm("commit_stalled:1:*");
  auto c = impatient(f);
  c.stall_after = 3'600'000ms;
  stream_session s{f.net, c};
  REQUIRE(s.open());
  REQUIRE(s.send(make_events(0, 100)));
  auto const waited = s.run(s.session->flush(sluice::deadline{sluice::steady_time::max()}), 2s);
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == sluice::errc::deadline);
  CHECK(f.fired("commit_stalled") > 0);
  CHECK(s.verdicts.counts().open == 100);
}

TEST_CASE("off: nobody looks at the status", "[contract][snowpipe][rule_off]") {
  pipe_fixture f;
  auto c = f.config();
  c.poll_interval = 3'600'000ms;
  f.server.faults().arm("channel_lost_silently");
  stream_session s{f.net, c};
  REQUIRE(s.open());
  REQUIRE(s.send(make_events(0, 100)));
  CHECK_FALSE(s.run(s.session->flush(sluice::deadline{sluice::steady_time::max()}), 2s));
  CHECK(f.fired("channel_lost_silently") == 1);
  CHECK(s.verdicts.counts().open == 100);
  CHECK(f.in_table().rows == 0);
}

TEST_CASE("a resume goes by the token, whatever was refused before",
          "[contract][snowpipe][rules]") {
  pipe_fixture f;
  f.server.faults().arm("rows_rejected_first=3");
  auto const first = load(f, f.config(), 100);
  CHECK(f.fired("rows_rejected_first") == 1);
  CHECK(first.report.dead_lettered == 100);
  auto const second = load(f, f.config(), 200);
  CHECK(second.report.confirmed == 100);
  CHECK(f.in_table().rows == 197);
  CHECK(f.in_table().distinct == 197);
}

TEST_CASE("off: a resume counts rows", "[contract][snowpipe][rule_off]") {
  held_fixture f;
  naive_client client{f};
  client.open();
  f.server.faults().arm("rows_rejected_first=3");
  REQUIRE(client.append(0, 100));
  f.commit();
  CHECK(f.fired("rows_rejected_first") == 1);
  auto const there = static_cast<std::uint64_t>(f.in_table().rows);
  REQUIRE(there == 97);
  client.open();
  REQUIRE(client.append(there, 100));
  f.commit();
  CHECK(f.in_table().rows == 197);
  CHECK(f.in_table().distinct == 194);
}

TEST_CASE("off: a null token means from here on", "[contract][snowpipe][rule_off]") {
  held_fixture f;
  constexpr std::uint64_t waiting = 100;
  naive_client client{f};
  auto const now = client.open();
  CHECK_FALSE(now.committed);
  REQUIRE(client.append(now.committed ? 0 : waiting, 50));
  f.commit();
  CHECK(f.in_table().rows == 50);
  CHECK(f.server.number("SELECT COUNT(*) FROM EVENTS WHERE ID < 100") == 0);
}

TEST_CASE("off: any token is adopted", "[contract][snowpipe][rule_off]") {
  pipe_fixture f;
  REQUIRE(load(f, f.config(), 100).report.confirmed == 100);
  auto c = f.config();
  c.source = "events-2";
  auto const refused = load(f, c, 100);
  REQUIRE(refused.report.failure);
  CHECK(refused.report.failure->code == sp::errc::foreign_token);
  // The hundred rows of another source are taken for rows that are there.
  c.on_foreign_token = sp::foreign_token_rule::adopt;
  auto const o = load(f, c, 100);
  CHECK(o.report.ok());
  CHECK(o.report.confirmed == 0);
  CHECK(f.in_table() == pipe_fixture::of(100));
}

TEST_CASE("off: rows are doubled when the offset token is not in the way of a restart",
          "[contract][snowpipe][rule_off]") {
  pipe_fixture f;
  REQUIRE(load(f, f.config(), 100).report.confirmed == 100);
  auto c = f.config();
  c.source = "renamed";
  c.on_foreign_token = sp::foreign_token_rule::start_over;
  CHECK(load(f, c, 100).report.confirmed == 100);
  CHECK(f.in_table().rows == 200);
  CHECK(f.in_table().distinct == 100);
}

TEST_CASE("a close ends at its deadline, and without one it waits as long as it takes",
          "[contract][snowpipe][rules][rule_off]") {
  pipe_fixture f;
  auto c = f.config();
  c.connection.limits.idle = 60'000ms;
  f.server.faults().arm("bulk_status.hang:1:*");
  stream_session s{f.net, c};
  REQUIRE(s.open());
  REQUIRE(s.send(make_events(0, 10)));
  auto const waited = s.run(s.session->flush(sluice::deadline{sluice::steady_time::max()}), 2s);
  REQUIRE_FALSE(waited);
  CHECK(f.fired("bulk_status.hang") >= 1);
  auto const start = f.net.now();
  auto const ended = s.run(s.session->finish(sluice::deadline{start + 500ms}), 30s);
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == sluice::errc::deadline);
  CHECK(f.net.now() - start < 5s);
  CHECK(s.verdicts.counts().open == 10);
}

TEST_CASE("off: a scoped token is for ever", "[contract][snowpipe][rule_off]") {
  pipe_fixture f;
  sluice::request exchange;
  exchange.method = sluice::http_method::post;
  exchange.url = f.server.where().account_url + "/oauth/token";
  exchange.headers = {{"Accept", "application/json"},
                      {"Content-Type", "application/x-www-form-urlencoded"},
                      {"Authorization", "Bearer loader-oauth-token"},
                      {"X-Snowflake-Authorization-Token-Type", "OAUTH"}};
  exchange.body = sluice::chunk_list{sp::exchange_form(f.server.where().host, {})};
  auto const given = f.run(f.net.perform(exchange));
  REQUIRE(given);
  auto const token = sp::parse_scoped_token(given->body, f.net.system_now());
  REQUIRE(token);
  sluice::request open;
  open.method = sluice::http_method::put;
  open.url = f.server.where().ingest_url +
             sp::channel_path({f.database, f.schema, "EVENTS-STREAMING"}, "NAIVE") +
             "?requestId=" + sluice::make_uuid();
  open.headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}};
  std::string value = "Bearer ";
  value += token->token.expose();
  open.headers.push_back({"Authorization", value});
  open.body = sluice::chunk_list{sp::guard_body(false)};
  auto const good = f.run(f.net.perform(open));
  REQUIRE(good);
  CHECK(good->status == 200);
  f.server.streaming().revoke_tokens();
  auto const refused = f.run(f.net.perform(open));
  REQUIRE(refused);
  CHECK(refused->status == 401);
}

TEST_CASE("a destructor waits for the commit", "[contract][snowpipe][rules]") {
  pipe_fixture f;
  f.server.faults().arm("channel_lost_silently");
  {
    event_loader<> loader{f.net, f.config()};
    for (std::uint64_t id = 0; id != 77; ++id) loader.push(make_event(id));
  }
  CHECK(f.fired("channel_lost_silently") == 1);
  CHECK(f.in_table() == pipe_fixture::of(77));
}

TEST_CASE("off: a session that is dropped leaves its rows out", "[contract][snowpipe][rule_off]") {
  pipe_fixture f;
  f.server.faults().arm("channel_lost_silently");
  sluice::test::recording_ack::tally left;
  {
    stream_session s{f.net, f.config()};
    REQUIRE(s.open());
    REQUIRE(s.send(make_events(0, 77)));
    left = s.verdicts.counts();
  }
  f.server.streaming().commit_now();
  CHECK(f.fired("channel_lost_silently") == 1);
  CHECK(left.open == 77);
  CHECK(f.in_table().rows == 0);
}

TEST_CASE("off: a 503 is repeated whatever its code", "[contract][snowpipe][rule_off]") {
  held_fixture f;
  naive_client client{f};
  client.open();
  f.server.faults().arm("pipe_stale");
  auto const frozen = client.rows(0, 50, "49", client.continuation, sluice::make_uuid());
  for (int attempt = 0; attempt != 4; ++attempt) {
    auto const a = client.ask(sp::operation::append, frozen);
    CHECK((!a || a->what != sp::outcome::success));
  }
  CHECK(f.fired("pipe_stale") == 1);
  f.commit();
  CHECK(f.in_table().rows == 0);
}

TEST_CASE("off: a channel sends as fast as it can", "[contract][snowpipe][rule_off]") {
  auto options = fast();
  options.snowpipe.requests_per_second = 1;
  pipe_fixture f{options};
  auto c = f.config();
  c.requests_per_second = 0;
  auto const o = load(f, c, 300);
  INFO(o.words);
  CHECK(f.server.streaming().counts().throttled > 0);
}
