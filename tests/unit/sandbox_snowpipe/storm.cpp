#include "catch.hpp"
#include "streamer.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace streaming_test;

namespace {

/// What a correct client does with one channel: frozen requests, and a resume by token whenever
/// the channel is lost.
class exact_writer {
 public:
  exact_writer(sandbox::server& box, std::string channel, int base)
      : box_(box), client_(box), channel_(std::move(channel)), base_(base) {}

  /// Writes rows 1 to `last`, and returns when all of them are committed.
  void write(int last) {
    reopen();
    while (committed_ < last) {
      if (sent_ < last && sent_ - committed_ < rows_in_flight) {
        send(last);
      } else {
        poll();
      }
    }
  }

 private:
  static constexpr int rows_per_append = 7;
  static constexpr int rows_in_flight = 70;

  void reopen() {
    for (;;) {
      auto const opened = client_.open(channel_);
      if (opened.status == 401) renew();
      if (opened.status != 200 || opened.token().empty()) continue;
      token_ = opened.token();
      json::value const at = opened.status_of_channel().at("last_committed_offset_token");
      committed_ = at.is_string() ? std::stoi(json::value_to<std::string>(at)) : 0;
      sent_ = committed_;
      return;
    }
  }

  void renew() { client_.scoped = client_.exchange(exchange_form, oauth_token).body; }

  void send(int last) {
    int const to = std::min(last, sent_ + rows_per_append);
    std::string rows;
    for (int i = sent_ + 1; i <= to; ++i) {
      rows += "{\"ID\":" + std::to_string(base_ + i) + ",\"NAME\":\"" + channel_ + "\"}\n";
    }
    for (;;) {
      auto const done =
          client_.append(channel_, token_, rows, std::to_string(sent_ + 1), std::to_string(to));
      if (done.status == 200 && done.complete && !done.token().empty()) {
        token_ = done.token();
        sent_ = to;
        return;
      }
      if (done.status == 401) renew();
      if (done.status == 400 || done.status == 404 || done.status == 409 ||
          done.code() == "STALE_PIPE_CACHE") {
        return reopen();
      }
    }
  }

  void poll() {
    box_.streaming().commit_now();
    auto const reply = client_.bulk({channel_});
    if (reply.status == 401) renew();
    if (reply.status != 200 || !reply.complete) return;
    auto const all = reply.object().at("channel_statuses").as_object();
    auto const* status = all.if_contains(channel_);
    if (status == nullptr) return reopen();
    if (status->at("channel_status_code") != "SUCCESS") return reopen();
    auto const& at = status->at("last_committed_offset_token");
    if (at.is_string()) committed_ = std::stoi(json::value_to<std::string>(at));
  }

  sandbox::server& box_;
  streamer client_;
  std::string channel_;
  int base_;
  std::string token_;
  int sent_ = 0;
  int committed_ = 0;
};

}  // namespace

TEST_CASE("a correct client loses and doubles nothing in a storm of faults") {
  constexpr int writers = 4;
  constexpr int rows = 700;
  auto o = quiet_options();
  o.snowpipe.commit_lag = std::chrono::milliseconds(5);
  fixture f(std::move(o));
  // By number where a share of few events might be none.
  for (auto const* fault : {"append.drop_reply:1:*%10",
                            "append.drop_request:1:*%10",
                            "append.status=503:1:*%10",
                            "append.truncate_reply:1:*%10",
                            "channel_stale:25:4",
                            "channel_conflict:40:3",
                            "channel_lost_silently:55:4",
                            "pipe_stale:70:3",
                            "commit_prefix:6:3",
                            "commit_stalled:10:10",
                            "scoped_tokens_expired:90:2",
                            "open.status=429:3:3",
                            "bulk_status.status=500:4:5"}) {
    f.box.faults().arm(fault);
  }
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&f, w] {
      exact_writer writer(f.box, "CH" + std::to_string(w), w * 100'000);
      writer.write(rows);
    });
  }
  for (auto& t : threads) t.join();
  CHECK(f.box.number("select count(*) from T") == writers * rows);
  CHECK(f.box.number("select count(distinct ID) from T") == writers * rows);
  CHECK(f.box.streaming().counts().tokens_reused_with_other_body == 0);
  for (auto const& [name, count] : f.box.faults().fired()) {
    INFO(name);
    CHECK(count > 0);
  }
  // Rows of one channel were committed in the order of their offsets.
  std::map<std::string, int> seen;
  for (auto const& r : f.box.streaming().committed()) {
    CHECK(std::stoi(r.offset_lower) == seen[r.channel] + 1);
    seen[r.channel] = std::stoi(r.offset_upper);
  }
  CHECK(seen.size() == writers);
}

TEST_CASE("the storm catches a client that resumes from the token instead of behind it") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  client.append("CH", token, "{\"ID\":1}\n", "1", "1");
  f.box.streaming().commit_now();
  auto const again = client.open("CH");
  client.append("CH", again.token(), "{\"ID\":1}\n{\"ID\":2}\n", "1", "2");
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T") != f.box.number("select count(distinct ID) from T"));
}
