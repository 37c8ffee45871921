// F16: the table is made anew under a live channel. The rows that come behind it are in the table
// that is there then, each once, or the load says which are not and why.

#include "snowpipe_fixture.hpp"

#include <sluice/snowpipe/pipe.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using namespace events;

namespace {

using own_pipe = sp::streaming<sp::tokens<"event_">, sp::pipe<"EVENTS_PIPE">>;

constexpr char const* columns =
    " TABLE EVENTS (ID NUMBER(38,0), NAME VARCHAR, NOTE VARCHAR, AMOUNT NUMBER(12,2), PAID "
    "BOOLEAN, "
    "AT TIMESTAMP_NTZ(6))";

void execute(pipe_fixture& f, std::string const& sql) {
  auto const done = f.execute(f.session(), sql);
  if (!done) FAIL(done.error().describe());
}

/// The rows [first, last) and nothing else are in the table, each once.
pipe_fixture::figures rows_between(std::int64_t first, std::int64_t last) {
  return {last - first, last - first, (first + last - 1) * (last - first) / 2};
}

/// A load under way, whose table changes.
template<class Destination>
struct live_load {
  pipe_fixture f;
  std::vector<sluice::dead_letter> letters;
  sluice::run_options run;

  live_load() {
    if constexpr (std::is_same_v<Destination, own_pipe>)
      execute(f, std::string{sp::create_pipe<event, "EVENTS_PIPE", "EVENTS">});
    run.finish_within = 60'000ms;
    run.dead_letters = sluice::dead_letter_callback(
        [this](sluice::dead_letter const& one) { letters.push_back(one); });
  }

  template<class Loader>
  static void push(Loader& loader, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t id = first; id != last; ++id) REQUIRE(loader.push(make_event(id)));
  }

  /// Waits until so many requests are accepted and none of them is committed.
  void until_accepted(std::size_t rowsets) {
    auto const end = std::chrono::steady_clock::now() + 30s;
    while (f.server.streaming().uncommitted() != rowsets) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::yield();
    }
  }
};

}  // namespace

TEMPLATE_TEST_CASE("rows behind those of a table that was replaced are in the one that is there",
                   "[contract][snowpipe][recreated]",
                   stream,
                   own_pipe) {
  live_load<TestType> l;
  event_loader<TestType> loader{l.f.net, l.f.config(), l.run};
  l.push(loader, 0, 250);
  REQUIRE(loader.flush());
  CHECK(l.f.in_table() == pipe_fixture::of(250));
  execute(l.f, std::string{"CREATE OR REPLACE"} + columns);
  CHECK(l.f.in_table().rows == 0);
  l.push(loader, 250, 600);
  auto const r = loader.finish();
  INFO((r.failure ? r.failure->describe() : "ok"));
  CHECK(r.ok());
  CHECK(r.adds_up());
  CHECK(r.confirmed == 600);
  CHECK(l.letters.empty());
  CHECK(l.f.in_table() == rows_between(250, 600));
}

TEMPLATE_TEST_CASE(
    "rows that were accepted and not committed when a table is replaced are sent again",
    "[contract][snowpipe][recreated]",
    stream,
    own_pipe) {
  live_load<TestType> l;
  auto c = l.f.config();
  // Nobody loses patience while nothing is committed.
  c.stall_after = c.guard_for = 60'000ms;
  event_loader<TestType> loader{l.f.net, c, l.run};
  REQUIRE(loader.resume_position());
  l.f.server.faults().arm("commit_stalled:1:*");
  l.push(loader, 0, 300);
  l.until_accepted(3);
  CHECK(l.f.in_table().rows == 0);
  execute(l.f, std::string{"CREATE OR REPLACE"} + columns);
  l.f.server.faults().disarm("commit_stalled");
  l.push(loader, 300, 600);
  auto const r = loader.finish();
  INFO((r.failure ? r.failure->describe() : "ok"));
  CHECK(l.f.server.streaming().counts().tokens_reused_with_other_body == 0);
  CHECK(r.ok());
  CHECK(r.adds_up());
  CHECK(r.confirmed == 600);
  CHECK(l.letters.empty());
  CHECK(l.f.in_table() == pipe_fixture::of(600));
}

TEST_CASE("a table that is dropped under a channel ends the load, which names the rows",
          "[contract][snowpipe][recreated]") {
  live_load<stream> l;
  event_loader<> loader{l.f.net, l.f.config(), l.run};
  l.push(loader, 0, 200);
  REQUIRE(loader.flush());
  execute(l.f, "DROP TABLE EVENTS");
  std::uint64_t pushed = 200;
  while (pushed != 600 && loader.push(make_event(pushed))) ++pushed;
  auto const r = loader.finish();
  REQUIRE(r.failure);
  INFO(r.failure->describe());
  CHECK(r.failure->describe().find("ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED") != std::string::npos);
  CHECK(r.adds_up());
  CHECK(r.pushed == pushed);
  CHECK(r.confirmed == 200);
  REQUIRE(l.letters.size() == pushed - 200);
  for (auto const& one : l.letters) {
    CHECK(one.at >= 200);
    CHECK(one.why.reason == sluice::dead_reason::undelivered);
    CHECK_FALSE(one.why.message.empty());
  }
}

TEST_CASE("a restart on a table that was made anew loads all of it",
          "[contract][snowpipe][recreated]") {
  pipe_fixture f;
  REQUIRE(load(f, f.config(), 300).report.confirmed == 300);
  execute(f, std::string{"CREATE OR REPLACE"} + columns);
  // The channel went with the table's pipe, and so did the token that would hide its rows.
  auto const o = load(f, f.config(), 300);
  INFO(o.words);
  CHECK(o.report.confirmed == 300);
  CHECK(f.in_table() == pipe_fixture::of(300));
}
