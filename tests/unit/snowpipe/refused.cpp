#include "catch.hpp"
#include "scripted_pipe.hpp"

#include <map>
#include <string>
#include <vector>

// Rows that the service accepts and then refuses.

namespace {

using namespace scripted;
using namespace std::chrono_literals;

/// Keeps every verdict by position.
class detailed_ack final : public sluice::ack {
 public:
  using ack::confirm;
  using ack::reject;

  void confirm(sluice::position_range rows) override {
    for (auto at = rows.first; at != rows.end(); ++at) ++confirmed[at];
  }

  void reject(sluice::position row, sluice::rejection why, std::string) override {
    rejected.emplace(row, std::move(why));
  }

  std::map<sluice::position, int> confirmed;
  std::map<sluice::position, sluice::rejection> rejected;
};

/// `was` becomes `is`, where it is there.
void replace(std::string& text, std::string_view was, std::string_view is) {
  auto const at = text.find(was);
  if (at != std::string::npos) text.replace(at, was.size(), is);
}

bool is_bad(std::string_view row) {
  return has(row, "n3\"") || has(row, "n11\"");
}

/// Three requests of four rows, of which 3 and 11 are bad.
void load(world& w, sp::streaming_session& s, detailed_ack& verdicts) {
  w.pipe.lag = 5'500ms;  // between two looks, so that one of them sees all three
  REQUIRE(w.run(s.open()));
  for (std::uint64_t i = 0; i != 3; ++i) REQUIRE(w.run(s.send(world::events(i * 4, 4), verdicts)));
  REQUIRE(w.run(s.finish(w.in(10min))));
}

}  // namespace

TEST_CASE("where rows were refused, the token alone confirms nothing", "[snowpipe][refused]") {
  world w;
  w.pipe.is_bad = is_bad;
  auto s = w.session();
  detailed_ack verdicts;
  load(w, *s, verdicts);
  CHECK(w.pipe.table.size() == 10);
  CHECK(verdicts.confirmed.empty());
  REQUIRE(verdicts.rejected.size() == 12);
  auto const& why = verdicts.rejected.at(0);
  CHECK(why.reason == sluice::dead_reason::unknown);
  CHECK(has(why.message, "2 of 12 rows"));
  CHECK(has(why.message, "00000000000000000000@src-1 to 00000000000000000011@src-1"));
  CHECK(has(why.message, "Numeric value '...' is not recognized"));
}

TEST_CASE("what begins behind the last bad row is confirmed", "[snowpipe][refused]") {
  world w;
  w.pipe.is_bad = [](std::string_view row) { return has(row, "n3\""); };
  auto s = w.session();
  detailed_ack verdicts;
  load(w, *s, verdicts);
  CHECK(verdicts.confirmed.size() == 8);
  CHECK_FALSE(verdicts.confirmed.contains(3));
  CHECK(verdicts.rejected.size() == 4);
  CHECK(has(verdicts.rejected.at(3).message, "1 of 4 rows"));
}

TEST_CASE("rows that are all refused are refused, not unknown", "[snowpipe][refused]") {
  world w;
  w.pipe.is_bad = [](std::string_view) { return true; };
  auto s = w.session();
  detailed_ack verdicts;
  load(w, *s, verdicts);
  CHECK(verdicts.rejected.size() == 12);
  CHECK(verdicts.rejected.at(0).reason == sluice::dead_reason::rejected);
}

TEST_CASE("requests before and after a bad one keep their own verdicts", "[snowpipe][refused]") {
  world w;
  w.pipe.is_bad = is_bad;
  auto s = w.session();
  detailed_ack verdicts;
  REQUIRE(w.run(s->open()));
  for (std::uint64_t i = 0; i != 4; ++i) {
    REQUIRE(w.run(s->send(world::events(i * 4, 4), verdicts)));
    REQUIRE(w.run(s->flush(w.in(1min))));
  }
  CHECK(verdicts.confirmed.size() == 8);
  CHECK(verdicts.confirmed.contains(4));
  CHECK(verdicts.confirmed.contains(12));
  CHECK(verdicts.rejected.size() == 8);
}

TEST_CASE("rows refused before this loader opened the channel are not its own",
          "[snowpipe][refused]") {
  world w;
  w.pipe.client = 3;
  w.pipe.refused = 17;
  auto s = w.session();
  detailed_ack verdicts;
  load(w, *s, verdicts);
  CHECK(verdicts.confirmed.size() == 12);
  CHECK(verdicts.rejected.empty());
}

TEST_CASE("refusals are found across a reopen", "[snowpipe][refused]") {
  world w;
  w.pipe.is_bad = is_bad;
  auto s = w.session();
  detailed_ack verdicts;
  REQUIRE(w.run(s->open()));
  REQUIRE(w.run(s->send(world::events(0, 4), verdicts)));
  w.pipe.commit_all();
  w.pipe.invalidate();
  REQUIRE(w.run(s->send(world::events(4, 4), verdicts)));
  REQUIRE(w.run(s->finish(w.in(10min))));
  CHECK(verdicts.rejected.size() == 4);
  CHECK(verdicts.rejected.contains(3));
  CHECK(verdicts.confirmed.size() == 4);
}

TEST_CASE("a refusal of rows that the token has not passed is not charged to those before",
          "[snowpipe][refused]") {
  world w;
  w.pipe.is_bad = [](std::string_view row) { return has(row, "n5\""); };
  auto s = w.session();
  detailed_ack verdicts;
  REQUIRE(w.run(s->open()));
  for (std::uint64_t i = 0; i != 2; ++i) REQUIRE(w.run(s->send(world::events(i * 4, 4), verdicts)));
  w.pipe.commit_all();
  std::size_t early = 0;
  w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
    if (!has(r.url, "bulk-channel-status") || early == 2) return;
    ++early;
    replace(given.body, R"(token":"00000000000000000007)", R"(token":"00000000000000000003)");
  };
  REQUIRE(w.run(s->flush(w.in(1min))));
  CHECK(early == 2);
  CHECK(verdicts.confirmed.empty());
  REQUIRE(verdicts.rejected.size() == 8);
  CHECK(has(verdicts.rejected.at(5).message, "1 of 8 rows"));
}

TEST_CASE("rows that wait for the verdicts on others are not sent again", "[snowpipe][refused]") {
  world w;
  w.pipe.is_bad = [](std::string_view row) { return has(row, "n5\""); };
  auto s = w.session();
  detailed_ack verdicts;
  REQUIRE(w.run(s->open()));
  for (std::uint64_t i = 0; i != 2; ++i) REQUIRE(w.run(s->send(world::events(i * 4, 4), verdicts)));
  // The first are committed; the second are counted as refused and then lost with the channel.
  w.pipe.buffer.pop_back();
  w.pipe.commit_all();
  w.pipe.invalidate();
  std::size_t early = 0;
  w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
    bool const opens = r.method == sluice::http_method::put;
    if ((!opens && !has(r.url, "bulk-channel-status")) || early == 2) return;
    ++early;
    replace(given.body,
            opens ? R"("rows_error_count":0)" : R"("rows_errors":0)",
            opens ? R"("rows_error_count":1)" : R"("rows_errors":1)");
    replace(given.body, R"(bound":null)", R"(bound":"00000000000000000007@src-1")");
  };
  REQUIRE(w.run(s->finish(w.in(10min))));
  CHECK(early == 2);
  CHECK(w.pipe.opens == 2);
  CHECK(w.pipe.table.size() == 7);
  CHECK(w.pipe.doubled() == 0);
  CHECK(verdicts.confirmed.size() == 4);
  CHECK(verdicts.confirmed.contains(0));
  REQUIRE(verdicts.rejected.size() == 4);
  CHECK(has(verdicts.rejected.at(5).message, "1 of 4 rows"));
}

TEST_CASE("rows that the service does not count as inserted are not confirmed",
          "[snowpipe][refused]") {
  for (char const* const counter : {"0", "\"none\""}) {
    CAPTURE(counter);
    world w;
    w.pipe.is_bad = is_bad;
    std::string const counted = R"("rows_errors":)" + std::string{counter} + ',';
    w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
      if (!has(r.url, "bulk-channel-status")) return;
      for (char const* const n : {"0", "1", "2"})
        replace(given.body, R"("rows_errors":)" + std::string{n} + ',', counted);
    };
    auto s = w.session();
    detailed_ack verdicts;
    load(w, *s, verdicts);
    CHECK(verdicts.confirmed.empty());
    REQUIRE(verdicts.rejected.size() == 12);
    CHECK(verdicts.rejected.at(0).reason == sluice::dead_reason::unknown);
    CHECK(has(verdicts.rejected.at(0).message, "2 of 12 rows"));
  }
}

TEST_CASE("while the counters cannot be read nothing is confirmed", "[snowpipe][refused]") {
  world w;
  std::size_t unreadable = 0;
  w.pipe.afterwards = [&](seen_request const& r, std::size_t, scripted_reply& given) {
    if (!has(r.url, "bulk-channel-status") || unreadable == 9) return;
    ++unreadable;
    replace(given.body, R"("rows_errors":0)", R"("rows_errors":"none")");
    for (char const* const n : {"0", "4"})
      replace(
          given.body, R"("rows_inserted":)" + std::string{n} + ',', R"("rows_inserted":"all",)");
  };
  auto s = w.session();
  detailed_ack verdicts;
  REQUIRE(w.run(s->open()));
  REQUIRE(w.run(s->send(world::events(0, 4), verdicts)));
  CHECK_FALSE(w.run(s->flush(w.in(8s))));
  CHECK(verdicts.confirmed.empty());
  CHECK(w.pipe.table.size() == 4);
  REQUIRE(w.run(s->finish(w.in(1min))));
  CHECK(unreadable == 9);
  CHECK(verdicts.confirmed.size() == 4);
}

TEST_CASE("a table of errors names the bad rows, and the others are confirmed",
          "[snowpipe][refused]") {
  for (auto const codec : {sluice::codec::none, sluice::codec::zstd}) {
    world w;
    w.pipe.is_bad = is_bad;
    w.pipe.lag = 5'500ms;
    auto c = world::config();
    sluice::rejected_rows_query asked;
    c.rejected_rows = [&asked](sluice::rejected_rows_query const& q)
        -> sluice::task<std::vector<sluice::rejected_row>> {
      asked = q;
      std::vector<sluice::rejected_row> rows;
      // The members come in another order, as a VARIANT has them.
      rows.push_back({"00000000000000000000@src-1",
                      "00000000000000000003@src-1",
                      "100071",
                      "Numeric value 'x' is not recognized",
                      "ID",
                      R"({ "NAME": "n3", "ID": 3 })"});
      rows.push_back({"", "", "100071", "m", "ID", R"({"ID":11,"NAME":"n11"})"});
      co_return rows;
    };
    auto s = w.session(c, codec);
    detailed_ack verdicts;
    REQUIRE(w.run(s->open()));
    for (std::uint64_t i = 0; i != 3; ++i)
      REQUIRE(w.run(s->send(world::events(i * 4, 4, codec), verdicts)));
    REQUIRE(w.run(s->finish(w.in(10min))));
    CHECK(asked.table == "T");
    CHECK(asked.channel == "CH");
    CHECK(asked.first_token == "00000000000000000000@src-1");
    REQUIRE(verdicts.rejected.size() == 2);
    CHECK(verdicts.rejected.at(3).reason == sluice::dead_reason::rejected);
    CHECK(verdicts.rejected.at(3).code == "100071");
    CHECK(verdicts.rejected.at(3).column == "ID");
    CHECK(verdicts.rejected.at(3).message == "Numeric value '...' is not recognized");
    CHECK(verdicts.rejected.contains(11));
    CHECK(verdicts.confirmed.size() == 10);
  }
}

TEST_CASE("a table of errors that explains only a part leaves the rest unknown",
          "[snowpipe][refused]") {
  for (bool const fails : {false, true}) {
    world w;
    w.pipe.is_bad = is_bad;
    auto c = world::config();
    c.rejected_rows =
        [fails](
            sluice::rejected_rows_query const&) -> sluice::task<std::vector<sluice::rejected_row>> {
      if (fails) co_return sluice::error{sluice::errc::http_status, "no rights"};
      std::vector<sluice::rejected_row> rows;
      rows.push_back({"", "", "1", "m", "ID", R"({"ID":3,"NAME":"n3"})"});
      rows.push_back({"", "", "1", "m", "ID", "not JSON"});
      co_return rows;
    };
    auto s = w.session(c);
    detailed_ack verdicts;
    load(w, *s, verdicts);
    CHECK(verdicts.confirmed.empty());
    CHECK(verdicts.rejected.size() == 12);
    CHECK((verdicts.rejected.at(3).reason == sluice::dead_reason::rejected) == !fails);
    CHECK(verdicts.rejected.at(4).reason == sluice::dead_reason::unknown);
    CHECK(has(verdicts.rejected.at(4).message, fails ? "2 of 12" : "1 of 11"));
  }
}
