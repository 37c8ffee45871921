#include "catch.hpp"
#include "streamer.hpp"

#include <algorithm>
#include <chrono>
#include <string>

using namespace streaming_test;

namespace {

std::string row(int id) {
  return "{\"ID\":" + std::to_string(id) + "}\n";
}

std::string code_of(json::object const& status) {
  return json::value_to<std::string>(status.at("channel_status_code"));
}

/// A channel with one rowset committed and one waiting.
struct half_done : fixture {
  half_done() : client(box) {
    first = client.open("CH").token();
    second = client.append("CH", first, row(1), "1", "1").token();
    box.streaming().commit_now();
    third = client.append("CH", second, row(2), "2", "2").token();
  }

  streamer client;
  std::string first, second, third;
};

}  // namespace

TEST_CASE("statuses and bodies that are no JSON") {
  half_done f;
  for (int const status : {408, 500, 502, 503, 504, 403, 401}) {
    f.box.faults().arm("append.status=" + std::to_string(status));
    CHECK(f.client.append("CH", f.third, row(3)).status == status);
    CHECK(f.box.faults().fired("append.status") > 0);
  }
  f.box.faults().arm("append.status=429");
  auto const bare = f.client.append("CH", f.third, row(3));
  CHECK(bare.status == 429);
  CHECK(bare.head.find("Retry-After") == std::string::npos);
  f.box.faults().arm("append.throttle=7");
  auto const limited = f.client.append("CH", f.third, row(3));
  CHECK(limited.status == 429);
  CHECK(limited.head.find("Retry-After: 7") != std::string::npos);
  f.box.faults().arm("bulk_status.plain_status=502");
  auto const plain = f.client.bulk({"CH"});
  CHECK(plain.status == 502);
  CHECK(plain.body == "Bad Gateway");
  f.box.faults().arm("append.html_reply");
  auto const sign_in = f.client.append("CH", f.third, row(3));
  CHECK(sign_in.status == 200);
  CHECK(sign_in.body.starts_with("<html>"));
  f.box.faults().arm("append.html_reply=502");
  auto const page = f.client.append("CH", f.third, row(3));
  CHECK(page.status == 502);
  CHECK(page.head.find("Content-Type: text/html") != std::string::npos);
  CHECK(page.body == "<html><body><h1>502 Bad Gateway</h1></body></html>");
  f.box.faults().arm("open.status=429:1:3");
  for (int i = 0; i < 3; ++i) CHECK(f.client.open("B").status == 429);
  CHECK(f.client.open("B").status == 200);
  // None of these has executed.
  CHECK(f.box.streaming().counts().rowsets_accepted == 2);
}

TEST_CASE("connections that are cut at each step") {
  half_done f;
  f.box.faults().arm("append.drop_request");
  CHECK(f.client.append("CH", f.third, row(3), "3", "3").status == 0);
  CHECK(f.box.streaming().counts().rowsets_accepted == 2);
  f.box.faults().arm("append.reset_body=4");
  CHECK(f.client.append("CH", f.third, row(3), "3", "3").status == 0);
  CHECK(f.box.streaming().counts().rowsets_accepted == 2);
  // Accepted, and nobody has heard of it: the frozen request brings the token that was missed.
  f.box.faults().arm("append.drop_reply");
  CHECK(f.client.append("CH", f.third, row(3), "3", "3").status == 0);
  CHECK(f.box.streaming().counts().rowsets_accepted == 3);
  auto const again = f.client.append("CH", f.third, row(3), "3", "3");
  CHECK(again.status == 200);
  CHECK(again.token() != f.third);
  f.box.faults().arm("append.truncate_reply");
  auto const half = f.client.append("CH", again.token(), row(4), "4", "4");
  CHECK(half.status == 200);
  CHECK_FALSE(half.complete);
  CHECK_FALSE(half.reset);
  CHECK(f.box.streaming().counts().rowsets_accepted == 4);
  f.box.faults().arm("append.garbage_reply");
  auto const junk = f.client.append("CH", again.token(), row(4), "4", "4");
  CHECK(junk.token().empty());
  f.box.streaming().commit_now();
  CHECK(f.box.number("select sum(ID) from T") == 10);
  CHECK(f.box.streaming().counts().tokens_reused_with_other_body == 0);
  for (auto const* fault : {"append.drop_request",
                            "append.reset_body",
                            "append.drop_reply",
                            "append.truncate_reply",
                            "append.garbage_reply"}) {
    CHECK(f.box.faults().fired(fault) == 1);
  }
}

TEST_CASE("reset_reply: part of the answer, then RST") {
  half_done f;
  f.box.faults().arm("append.reset_reply");
  auto const half = f.client.append("CH", f.third, row(3), "3", "3");
  CHECK(half.status == 200);
  CHECK(half.head.find("Transfer-Encoding: chunked") != std::string::npos);
  CHECK_FALSE(half.complete);
  CHECK(half.reset);
  f.box.faults().arm("bulk_status.reset_reply=5");
  auto const five = f.client.bulk({"CH"});
  CHECK(five.reset);
  CHECK(f.box.log().all().back().faults == std::vector<std::string>{"bulk_status.reset_reply"});
  // What the answer was about has happened, and asking again brings it.
  CHECK(f.client.append("CH", f.third, row(3), "3", "3").status == 200);
  f.box.streaming().commit_now();
  CHECK(f.box.number("select sum(ID) from T") == 6);
}

TEST_CASE("a delay holds an answer back") {
  half_done f;
  f.box.faults().arm("bulk_status.delay=50");
  auto const start = std::chrono::steady_clock::now();
  f.client.bulk({"CH"});
  // The wait counts whole milliseconds.
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(48));
}

TEST_CASE("scoped_tokens_expired ends every token between two appends") {
  half_done f;
  f.box.faults().arm("scoped_tokens_expired");
  CHECK(f.client.append("CH", f.third, row(3), "3", "3").status == 401);
  CHECK(f.client.append("CH", f.third, row(3), "3", "3").status == 401);
  f.client.scoped = f.client.exchange(exchange_form, oauth_token).body;
  CHECK(f.client.append("CH", f.third, row(3), "3", "3").status == 200);
}

TEST_CASE("channel_stale: the sequencer is stale and what waited is gone") {
  half_done f;
  f.box.faults().arm("channel_stale");
  CHECK(f.client.append("CH", f.third, row(3)).code() == "STALE_CONTINUATION_TOKEN_SEQUENCER");
  CHECK(f.client.open("CH").status_of_channel().at("last_committed_offset_token") == "1");
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T") == 1);
  CHECK(f.box.streaming().counts().rowsets_discarded == 1);
}

TEST_CASE("channel_conflict: 409, and a reopen helps") {
  half_done f;
  f.box.faults().arm("channel_conflict");
  auto const conflict = f.client.append("CH", f.third, row(3));
  CHECK(conflict.status == 409);
  CHECK(conflict.code() == "ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER");
  CHECK(code_of(f.client.status("CH")) == "ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER");
  CHECK(f.client.open("CH").status == 200);
}

TEST_CASE("channel_gone: 404, and the token is null afterwards") {
  half_done f;
  f.box.faults().arm("channel_gone");
  CHECK(f.client.append("CH", f.third, row(3)).status == 404);
  CHECK(f.client.open("CH").status_of_channel().at("last_committed_offset_token").is_null());
}

TEST_CASE("pipe_stale: 503 with a code that only a reopen cures") {
  half_done f;
  f.box.faults().arm("pipe_stale");
  auto const stale = f.client.append("CH", f.third, row(3));
  CHECK(stale.status == 503);
  CHECK(stale.code() == "STALE_PIPE_CACHE");
  CHECK(f.client.append("CH", f.third, row(3)).status == 400);
  CHECK(f.client.open("CH").status == 200);
}

TEST_CASE("pipe_failed_over: 410 until the host is asked for again") {
  half_done f;
  f.box.faults().arm("pipe_failed_over");
  CHECK(f.client.append("CH", f.third, row(3)).status == 410);
  CHECK(f.client.bulk({"CH"}).status == 410);
  f.client.host = "localhost";
  f.client.scoped =
      f.client
          .exchange("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&scope=localhost",
                    oauth_token)
          .body;
  CHECK(f.client.open("CH").status == 200);
}

TEST_CASE("channel_lost_silently: accepted, then only the status knows") {
  half_done f;
  f.box.faults().arm("channel_lost_silently");
  auto const accepted = f.client.append("CH", f.third, row(3), "3", "3");
  CHECK(accepted.status == 200);
  CHECK(code_of(f.client.status("CH")) == "ERR_CHANNEL_MUST_BE_REOPENED");
  f.box.streaming().commit_now();
  CHECK(f.client.committed_token("CH") == "1");
  CHECK(f.client.append("CH", accepted.token(), row(4)).code() ==
        "STALE_CONTINUATION_TOKEN_SEQUENCER");
}

TEST_CASE("commit_slow and commit_stalled hold rows back") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  f.box.faults().arm("commit_slow=86400000");
  client.append("CH", token, row(1), "1", "1");
  f.box.skew_clock(std::chrono::hours(2));
  f.box.faults().arm("commit_stalled:1:*");
  f.box.streaming().commit_now();
  CHECK(f.box.faults().fired("commit_stalled") > 0);
  CHECK(code_of(client.status("CH")) == "SUCCESS");
  CHECK(client.committed_token("CH") == "<null>");
  f.box.faults().disarm("commit_stalled");
  CHECK(f.box.streaming().uncommitted() == 1);  // a day must pass
  f.box.streaming().commit_now();
  CHECK(client.committed_token("CH") == "1");
}

TEST_CASE("commit_prefix: some rowsets, then an invalid channel") {
  fixture f;
  streamer const client(f.box);
  auto token = client.open("CH").token();
  for (int i = 1; i <= 3; ++i) {
    token = client.append("CH", token, row(i), std::to_string(i), std::to_string(i)).token();
  }
  f.box.faults().arm("commit_prefix=2");
  f.box.streaming().commit_now();
  CHECK(f.box.number("select sum(ID) from T") == 3);
  CHECK(client.committed_token("CH") == "2");
  CHECK(code_of(client.status("CH")) == "ERR_CHANNEL_MUST_BE_REOPENED");
  CHECK(f.box.streaming().counts().rowsets_discarded == 1);
}

TEST_CASE("evolution_failed: a commit ends the channel") {
  half_done f;
  f.box.faults().arm("evolution_failed");
  f.box.streaming().commit_now();
  CHECK(code_of(f.client.status("CH")) == "ERR_CHANNEL_MUST_BE_REOPENED");
  CHECK(f.client.committed_token("CH") == "1");
}

TEST_CASE("rows are rejected by number, by range and by column") {
  fixture f(quiet_options(), "create table T (ID number(38,0), NAME varchar) error_logging = true");
  streamer const client(f.box);
  auto token = client.open("CH").token();
  auto const load = [&](std::string const& fault) {
    f.box.faults().arm(fault);
    token =
        client.append("CH", token, row(1) + row(2) + row(3) + row(4) + row(5), "1", "5").token();
    f.box.streaming().commit_now();
    return client.status("CH").at("rows_error_count").as_int64();
  };
  CHECK(load("rows_rejected_every=2") == 2);
  CHECK(load("rows_rejected_first=3") == 5);
  CHECK(load("column_rejected=2") == 6);
  CHECK(load("rows_rejected_range~3-4") == 8);
  CHECK(f.box.number("select count(*) from T where ID in (3, 4)") == 4);
  CHECK(load("rows_rejected_range~5-1000") == 9);
  CHECK(f.box.number("select count(*) from error_table(T) where "
                     "error_metadata:error_source::varchar = 'NAME'") == 1);
  CHECK(client.committed_token("CH") == "5");
  CHECK(f.box.number("select count(*) from T") == 16);
  for (auto const* text : {"0-1", "3-2", "3", "-", "a-b"}) {
    CHECK_THROWS_WITH(f.box.faults().arm("rows_rejected_range~" + std::string(text)),
                      "fault 'rows_rejected_range': the text is <from>-<to>, rows from 1");
  }
}

TEST_CASE("open_refused: a guarded open is refused for some tries") {
  fixture f;
  streamer const client(f.box);
  auto const guarded = R"({"fail_on_uncommitted_rows":true})";
  f.box.faults().arm("open_refused:1:2");
  CHECK(client.open("CH", guarded).status == 409);
  CHECK(client.open("CH").status == 200);
  CHECK(client.open("CH", guarded).code() == "ERR_CHANNEL_HAS_UNCOMMITTED_DATA");
  CHECK(client.open("CH", guarded).status == 200);
}

TEST_CASE("bulk_status_stale: an older token than one already shown") {
  half_done f;
  f.box.streaming().commit_now();
  CHECK(f.client.committed_token("CH") == "2");
  f.box.faults().arm("bulk_status_stale=1");
  CHECK(f.client.committed_token("CH") == "1");
  CHECK(f.client.committed_token("CH") == "2");
  f.box.faults().arm("bulk_status_stale=2");
  CHECK(f.client.committed_token("CH") == "<null>");
}

TEST_CASE("a fault may be limited to one channel") {
  fixture f;
  streamer const client(f.box);
  auto const a = client.open("A").token();
  auto const b = client.open("B").token();
  f.box.faults().arm("append.status=503:1:*@B");
  CHECK(client.append("A", a, row(1)).status == 200);
  CHECK(client.append("B", b, row(1)).status == 503);
  CHECK(client.append("B", b, row(1)).status == 503);
  f.box.faults().clear();
  f.box.faults().arm("commit_stalled:1:*@B");
  client.append("B", b, row(2));
  f.box.streaming().commit_now();
  CHECK(f.box.number("select sum(ID) from T") == 1);
}

TEST_CASE("a fault may act on a share of events, the same share for the same seed") {
  auto const pattern = [](std::uint64_t seed) {
    sandbox::fault_control faults;
    faults.seed(seed);
    faults.arm("append.status=503:1:*%30");
    std::string out;
    for (int i = 0; i < 1'000; ++i) out += faults.fire("append.status") ? 'x' : '.';
    return out;
  };
  auto const one = pattern(7);
  CHECK(one == pattern(7));
  CHECK(one != pattern(8));
  auto const hits = std::count(one.begin(), one.end(), 'x');
  CHECK(hits > 200);
  CHECK(hits < 400);
  CHECK_THROWS_AS(sandbox::parse_fault("append.status%0"), std::invalid_argument);
  CHECK_THROWS_AS(sandbox::parse_fault("append.status%x"), std::invalid_argument);
  CHECK(sandbox::parse_fault("append.status=500:2:3@CH%25").only == "CH");
}

TEST_CASE("the log has no status for a call that got no reply") {
  fixture f;
  streamer const client(f.box);
  for (std::string const action : {"drop_reply", "close_reply", "half_status_line"}) {
    INFO(action);
    f.box.faults().arm("open." + action);
    CHECK_FALSE(client.open("CH").complete);
    CHECK(f.box.log().all().back().status == 0);
  }
}
