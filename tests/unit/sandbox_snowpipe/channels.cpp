#include "catch.hpp"
#include "streamer.hpp"
#include "unit/sandbox/driver.hpp"

#include <chrono>
#include <string>

using namespace streaming_test;

namespace {

std::string row(int id) {
  return "{\"ID\":" + std::to_string(id) + ",\"NAME\":\"n\"}\n";
}

std::string status_code(json::object const& status) {
  return json::value_to<std::string>(status.at("channel_status_code"));
}

}  // namespace

TEST_CASE("a channel is opened, fed and committed after the lag") {
  fixture f;
  streamer const client(f.box);
  auto const opened = client.open("CH");
  REQUIRE(opened.status == 200);
  auto const first = opened.status_of_channel();
  CHECK(status_code(first) == "SUCCESS");
  CHECK(first.at("database_name") == "SANDBOX");
  CHECK(first.at("pipe_name") == "T-STREAMING");
  CHECK(first.at("channel_name") == "CH");
  CHECK(first.at("last_committed_offset_token").is_null());
  for (auto const* counter : {"rows_inserted", "rows_parsed", "rows_error_count"}) {
    CHECK(first.at(counter) == 0);
  }

  auto const appended = client.append("CH", opened.token(), row(1) + row(2), "1", "2");
  REQUIRE(appended.status == 200);
  CHECK(appended.token() != opened.token());
  CHECK(f.box.number("select count(*) from T") == 0);
  CHECK(client.committed_token("CH") == "<null>");
  CHECK(f.box.streaming().uncommitted() == 1);

  f.box.skew_clock(std::chrono::hours(2));
  f.box.streaming().commit_now();
  CHECK(f.box.number("select sum(ID) from T") == 3);
  CHECK(client.committed_token("CH") == "2");
  auto const status = client.status("CH");
  CHECK(status.at("rows_inserted") == 2);
  CHECK(status.at("rows_parsed") == 2);
  CHECK(status.at("rows_error_count") == 0);
  CHECK(status.at("snowflake_avg_processing_latency_ms").as_int64() >= 7'200'000);
}

TEST_CASE("the engine commits by the service's clock") {
  fixture f;
  streamer const client(f.box);
  client.append("CH", client.open("CH").token(), row(7), "7", "7");
  CHECK(f.box.streaming().uncommitted() == 1);
  f.box.skew_clock(std::chrono::hours(2));
  // The engine looks at the clock by itself; a second is far beyond its tick.
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (f.box.streaming().uncommitted() > 0 && std::chrono::steady_clock::now() < end) {
  }
  CHECK(f.box.number("select ID from T") == 7);
}

TEST_CASE("rowsets of a channel are committed in order and the last token stays") {
  fixture f;
  streamer const client(f.box);
  std::string token = client.open("CH").token();
  for (int i = 1; i <= 5; ++i) {
    token = client.append("CH", token, row(i), std::to_string(i), std::to_string(i)).token();
  }
  f.box.streaming().commit_now();
  CHECK(client.committed_token("CH") == "5");
  auto const rowsets = f.box.streaming().committed();
  REQUIRE(rowsets.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(rowsets[i].channel == "CH");
    CHECK(rowsets[i].client_sequencer == 1);
    CHECK(rowsets[i].row_sequencer == static_cast<std::int64_t>(i));
    CHECK(rowsets[i].offset_upper == std::to_string(i + 1));
    CHECK(rowsets[i].first_row == static_cast<std::int64_t>(i + 1));
    CHECK(rowsets[i].rows_inserted == 1);
  }
}

TEST_CASE("a token that was used is answered 200 and its body thrown away") {
  fixture f;
  streamer const client(f.box);
  auto const opened = client.open("CH").token();
  auto const next = client.append("CH", opened, row(1), "1", "1").token();
  auto const replay = client.append("CH", opened, row(1), "1", "1");
  CHECK(replay.status == 200);
  CHECK(replay.token() == next);
  CHECK(f.box.streaming().counts().tokens_reused_with_other_body == 0);

  auto const other = client.append("CH", opened, row(2), "2", "2");
  CHECK(other.status == 200);
  CHECK(other.token() == next);
  CHECK(f.box.streaming().counts().tokens_reused_with_other_body == 1);
  CHECK(f.box.streaming().counts().replays_swallowed == 2);
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T") == 1);
  CHECK(client.committed_token("CH") == "1");
  auto const after = client.append("CH", opened, row(1), "1", "2");
  CHECK(after.token() == next);
  CHECK(f.box.streaming().counts().tokens_reused_with_other_body == 2);
}

TEST_CASE("offset tokens are not compared: the same ones under a new token insert again") {
  fixture f;
  streamer const client(f.box);
  auto const opened = client.open("CH").token();
  auto const next = client.append("CH", opened, row(1), "1", "1").token();
  client.append("CH", next, row(1), "1", "1");
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T") == 2);
}

TEST_CASE("the second open of a channel fences the first client") {
  fixture f;
  streamer const first(f.box);
  streamer const second(f.box);
  auto const old = first.open("CH").token();
  auto const accepted = first.append("CH", old, row(1), "1", "1").token();
  f.box.streaming().commit_now();
  first.append("CH", accepted, row(2), "2", "2");

  auto const opened = second.open("CH");
  CHECK(opened.status_of_channel().at("last_committed_offset_token") == "1");
  for (auto const& dead : {old, accepted}) {
    auto const fenced = first.append("CH", dead, row(9), "9", "9");
    CHECK(fenced.status == 400);
    CHECK(fenced.code() == "STALE_CONTINUATION_TOKEN_SEQUENCER");
  }
  second.append("CH", opened.token(), row(2), "2", "2");
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T") == 2);
  CHECK(f.box.number("select sum(ID) from T") == 3);
  CHECK(f.box.streaming().counts().rowsets_discarded == 1);
  CHECK(f.box.streaming().committed().back().client_sequencer == 2);
}

TEST_CASE("a guarded open or drop is refused while rows wait") {
  fixture f;
  streamer const client(f.box);
  auto const guarded = R"({"fail_on_uncommitted_rows":true})";
  auto const token = client.open("CH", guarded).token();
  auto const next = client.append("CH", token, row(1), "1", "1").token();
  auto const refusal = client.open("CH", guarded);
  CHECK(refusal.status == 409);
  CHECK(refusal.code() == "ERR_CHANNEL_HAS_UNCOMMITTED_DATA");
  CHECK(client.drop("CH", guarded).status == 409);
  // The refusal has killed no token.
  CHECK(client.append("CH", next, row(2), "2", "2").status == 200);
  f.box.streaming().commit_now();
  CHECK(client.open("CH", guarded).status_of_channel().at("last_committed_offset_token") == "2");
  CHECK(client.drop("CH", guarded).status == 200);
}

TEST_CASE("counters survive a reopen and a drop forgets everything but the rows") {
  fixture f;
  streamer const client(f.box);
  client.append("CH", client.open("CH").token(), row(1), "1", "1");
  f.box.streaming().commit_now();
  CHECK(client.open("CH").status_of_channel().at("rows_inserted") == 1);
  CHECK(client.drop("CH").status == 200);
  auto const again = client.drop("CH");
  CHECK(again.status == 404);
  CHECK(client.status("CH").empty());
  auto const fresh = client.open("CH").status_of_channel();
  CHECK(fresh.at("rows_inserted") == 0);
  CHECK(fresh.at("last_committed_offset_token").is_null());
  CHECK(f.box.number("select count(*) from T") == 1);
}

TEST_CASE("an offset token given at the open is the channel's") {
  fixture f;
  streamer const client(f.box);
  auto const opened = client.open("CH", R"({"offset_token":"41"})");
  CHECK(opened.status_of_channel().at("last_committed_offset_token") == "41");
  CHECK(client.committed_token("CH") == "41");
  CHECK(client.open("CH").status_of_channel().at("last_committed_offset_token") == "41");
  CHECK(client.open("CH", R"({"offset_token":7})").status == 400);
  CHECK(client.open("CH", "[]").status == 400);
}

TEST_CASE("continuation tokens are opaque, need escaping and cannot be forged") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  for (char const c : {'+', '/', '='}) CHECK(token.find(c) != std::string::npos);
  for (std::size_t i = 0; i < token.size(); i += 5) {
    auto forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    auto const refusal = client.append("CH", forged, row(1));
    CHECK(refusal.status == 400);
  }
  CHECK(client.append("CH", "", row(1)).status == 400);
  auto const other = client.open("OTHER").token();
  CHECK(client.append("CH", other, row(1)).code() == "STALE_CONTINUATION_TOKEN_SEQUENCER");
  CHECK(client.append("CH", token, row(1)).status == 200);
}

TEST_CASE("the first version's offsetToken is taken for the end token") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  client.call("POST",
              client.append_target("CH", token, "", "") + "&offsetToken=9",
              row(1),
              {{"Content-Type", "application/x-ndjson"}});
  f.box.streaming().commit_now();
  CHECK(client.committed_token("CH") == "9");
}

TEST_CASE("bulk status leaves out what is missing and echoes names as they are") {
  fixture f;
  streamer const client(f.box);
  client.open("CH0");
  client.open("CH1");
  auto const all = client.bulk({"CH0", "CH1", "NONE", "ch0"}).object();
  auto const& statuses = all.at("channel_statuses").as_object();
  CHECK(statuses.size() == 2);
  CHECK(statuses.contains("CH0"));
  CHECK(statuses.contains("CH1"));
  // In paths case does not matter.
  CHECK(client.open("ch0").status_of_channel().at("channel_name") == "CH0");
  auto const wrong = client.call("POST",
                                 "/v2/streaming/" + client.path() + ":bulk-channel-status",
                                 R"({"channel_names":"CH0"})");
  CHECK(wrong.status == 400);
}

TEST_CASE("spellings and forms of status replies follow the options") {
  auto o = quiet_options();
  o.snowpipe.bulk_error_counter = sandbox::error_counter::rows_errors;
  o.snowpipe.empty_offset_token = true;
  o.snowpipe.error_time_as_text = true;
  o.snowpipe.healthy_status = "ACTIVE";
  fixture f(std::move(o));
  streamer const client(f.box);
  auto const opened = client.open("CH");
  CHECK(opened.status_of_channel().contains("rows_error_count"));
  CHECK(opened.status_of_channel().at("last_committed_offset_token") == "");
  client.append("CH", opened.token(), "{\"ID\":\"x\"}\n", "1", "1");
  f.box.streaming().commit_now();
  auto const status = client.status("CH");
  CHECK(status_code(status) == "ACTIVE");
  CHECK(status.at("rows_errors") == 1);
  CHECK_FALSE(status.contains("rows_error_count"));
  CHECK(status.at("last_error_timestamp").is_string());
}

TEST_CASE("an idle channel is deleted after 30 days, or when a test says so") {
  fixture f;
  streamer const client(f.box);
  client.open("OLD", R"({"offset_token":"5"})");
  f.box.skew_clock(std::chrono::hours(31 * 24));
  auto const later = streamer(f.box);
  CHECK(later.status("OLD").empty());
  auto const token = later.open("CH").token();
  CHECK(f.box.streaming().expire_channel("CH"));
  CHECK_FALSE(f.box.streaming().expire_channel("CH"));
  auto const gone = later.append("CH", token, row(1));
  CHECK(gone.status == 404);
  CHECK(gone.code() == "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED");
}

TEST_CASE("a channel without ingestion for 30 days is gone with its token and counters") {
  constexpr auto day = std::chrono::hours(24);
  fixture f;
  streamer const client(f.box);
  auto const token = client.append("CH", client.open("CH").token(), row(1), "1", "1").token();
  f.box.streaming().commit_now();
  REQUIRE(client.committed_token("CH") == "1");
  f.box.skew_clock(29 * day);
  CHECK(client.committed_token("CH") == "1");
  CHECK(succeeded(sql(f.box, "show channels")));
  CHECK(sql(f.box, "show channels").find("\"CH\"") != std::string::npos);
  f.box.skew_clock(31 * day);
  SECTION("its continuation token is that of no channel") {
    auto const late = client.append("CH", token, row(2), "2", "2");
    CHECK(late.status == 404);
    CHECK(late.code() == "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED");
    CHECK(client.drop("CH").status == 404);
  }
  SECTION("nothing shows it") {
    CHECK(client.status("CH").empty());
    CHECK(sql(f.box, "show channels").find("\"CH\"") == std::string::npos);
  }
  SECTION("an open makes another one, whatever it is called") {
    auto const fresh = client.open("ch");
    auto const status = fresh.status_of_channel();
    CHECK(status.at("last_committed_offset_token").is_null());
    CHECK(status.at("rows_inserted") == 0);
    CHECK(status.at("channel_name") == "ch");
    CHECK(client.append("ch", token, row(2)).code() == "STALE_CONTINUATION_TOKEN_SEQUENCER");
    CHECK(client.append("ch", fresh.token(), row(2)).status == 200);
    CHECK(sql(f.box, "show channels").find("\"CH\"") == std::string::npos);
  }
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T where ID = 1") == 1);
}

TEST_CASE("an append keeps a channel alive, an open does not") {
  constexpr auto day = std::chrono::hours(24);
  fixture f;
  streamer const client(f.box);
  client.open("OPENED", R"({"offset_token":"5"})");
  auto const token = client.open("FED", R"({"offset_token":"5"})").token();
  f.box.skew_clock(20 * day);
  CHECK(client.open("OPENED").status == 200);
  CHECK(client.append("FED", token, row(1), "6", "6").status == 200);
  f.box.streaming().commit_now();
  f.box.skew_clock(31 * day);
  CHECK(client.status("OPENED").empty());
  CHECK(client.committed_token("FED") == "6");
  f.box.skew_clock(51 * day);
  CHECK(client.status("FED").empty());
}

TEST_CASE("idle channels make room for others") {
  auto options = quiet_options();
  options.snowpipe.channels_per_pipe = 1;
  fixture f(std::move(options));
  streamer const client(f.box);
  REQUIRE(client.open("OLD").status == 200);
  CHECK(client.open("CH").code() == "ERR_CHANNEL_LIMIT_EXCEEDED_FOR_PIPE");
  f.box.skew_clock(std::chrono::hours(31 * 24));
  CHECK(client.open("CH").status == 200);
}

TEST_CASE("an invalidated channel shows its code and needs a reopen") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  client.append("CH", token, row(1), "1", "1");
  CHECK(f.box.streaming().invalidate("CH", "ERR_CHANNEL_HAS_INVALID_CLIENT_SEQUENCER"));
  CHECK(status_code(client.status("CH")) == "ERR_CHANNEL_HAS_INVALID_CLIENT_SEQUENCER");
  CHECK(client.append("CH", token, row(1)).code() == "STALE_CONTINUATION_TOKEN_SEQUENCER");
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T") == 0);
  CHECK(client.open("CH").status == 200);
  CHECK(status_code(client.status("CH")) == "SUCCESS");
}

TEST_CASE("a call that another transaction keeps waiting is answered 503") {
  auto options = quiet_options();
  options.lock_timeout = std::chrono::milliseconds(20);
  fixture f(std::move(options));
  streamer const client(f.box);
  plain_client::driver const other(f.box);
  REQUIRE(succeeded(other.query("begin", "b").body));
  REQUIRE(succeeded(other.query("insert into T values (1, 'x')", "i").body));
  // The first open makes the table's pipe, and writes the channel down.
  for (int i = 0; i < 2; ++i) {
    auto const waited = client.open("CH");
    CHECK(waited.status == 503);
    CHECK(waited.code() == "SERVICE_UNAVAILABLE");
  }
  REQUIRE(succeeded(other.query("commit", "c").body));
  CHECK(client.open("CH").status == 200);
}
