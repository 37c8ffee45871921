#include "catch.hpp"
#include "scripted_pipe.hpp"
#include "temporary_directory.hpp"

#include <sluice/ledger/dead_letter.hpp>
#include <sluice/pipeline/loader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// The whole way: records through a loader into a channel, with a failure at every step.

namespace {

using namespace scripted;
using namespace std::chrono_literals;
using sluice::literals::operator""_s;

using stream = sp::streaming<sp::tokens<"event_">>;
using event_loader = sluice::loader<event,
                                    sluice::batch<sluice::max_rows<4>, sluice::max_age<1_s>>,
                                    sluice::compress<sluice::zstd<1>>,
                                    sluice::upload<stream>>;

struct kept_letters {
  std::vector<sluice::dead_letter> all;

  std::shared_ptr<sluice::dead_letter_sink> sink() {
    return sluice::dead_letter_callback(
        [this](sluice::dead_letter const& one) { all.push_back(one); });
  }
};

sluice::run_options options(kept_letters& letters) {
  sluice::run_options o;
  o.dead_letters = letters.sink();
  o.finish_within = 30min;
  return o;
}

event make_event(std::uint64_t id) {
  return {static_cast<std::int64_t>(id), "n" + std::to_string(id)};
}

/// Loads events up to `count`, from where the channel stands.
sluice::report load(world& w, std::uint64_t count, kept_letters& letters) {
  event_loader loader{*w.net, world::config(), options(letters)};
  auto const first = loader.resume_position();
  if (first)
    for (std::uint64_t id = *first; id < count; ++id) loader.push(make_event(id));
  return loader.finish();
}

}  // namespace

TEST_CASE("records go through a loader into the table, once each", "[snowpipe][loader]") {
  world w;
  kept_letters letters;
  auto const r = load(w, 22, letters);
  CHECK(r.ok());
  CHECK(r.pushed == 22);
  CHECK(r.confirmed == 22);
  CHECK(r.adds_up());
  CHECK(w.pipe.table.size() == 22);
  CHECK(w.pipe.appends == 6);
  CHECK(letters.all.empty());
  // The next run goes on.
  auto const more = load(w, 30, letters);
  CHECK(more.confirmed == 8);
  CHECK(w.pipe.table.size() == 30);
  CHECK(w.pipe.doubled() == 0);
}

TEST_CASE("a failure at any request is survived without loss or doubling", "[snowpipe][loader]") {
  enum class kind {
    unsent,
    unanswered,
    unavailable,
    throttled,
    garbage,
    revoked,
    invalidated,
    gone
  };
  for (auto const how : {kind::unsent,
                         kind::unanswered,
                         kind::unavailable,
                         kind::throttled,
                         kind::garbage,
                         kind::revoked,
                         kind::invalidated,
                         kind::gone}) {
    bool fired = true;
    std::size_t runs = 0;
    for (std::size_t nth = 1; fired; ++nth) {
      CAPTURE(static_cast<int>(how), nth);
      world w;
      fired = false;
      w.pipe.instead = [&](seen_request const& r, std::size_t n) -> std::optional<scripted_reply> {
        if (n != nth) return std::nullopt;
        bool const append = has(r.url, "/rows?");
        fired = true;
        switch (how) {
          case kind::unsent:
            return broken();
          case kind::unavailable:
            return reply(503, "<html>");
          case kind::throttled:
            return refusal(429, "RATE");
          case kind::revoked:
            w.pipe.revoke();
            return std::nullopt;
          case kind::invalidated:
            w.pipe.invalidate();
            return std::nullopt;
          case kind::gone:
            return append ? std::optional{reply(410, "Gone")} : std::nullopt;
          default:
            return std::nullopt;
        }
      };
      w.pipe.afterwards = [&](seen_request const& r, std::size_t n, scripted_reply& given) {
        if (n != nth) return;
        if (how == kind::unanswered) given = broken();
        if (how == kind::garbage && !has(r.url, "hostname") && !has(r.url, "oauth"))
          given.body = "{\"next_continuation_";
      };
      kept_letters letters;
      auto const r = load(w, 18, letters);
      CHECK(r.confirmed == 18);
      CHECK(r.ok());
      CHECK(w.pipe.table.size() == 18);
      CHECK(w.pipe.doubled() == 0);
      CHECK(w.pipe.reused == 0);
      CHECK(letters.all.empty());
      runs += fired;
    }
    // Discovery, exchange, open, five appends and the looks at the status.
    CHECK(runs >= 12);
  }
}

TEST_CASE("a run that ends anywhere is continued without loss or doubling", "[snowpipe][loader]") {
  bool ended_early = true;
  for (std::size_t nth = 1; ended_early; ++nth) {
    CAPTURE(nth);
    world w;
    // From the nth request on the service does not answer: the process is as good as dead.
    ended_early = false;
    w.pipe.instead = [&](seen_request const&, std::size_t n) -> std::optional<scripted_reply> {
      if (n < nth) return std::nullopt;
      ended_early = true;
      return broken();
    };
    {
      kept_letters letters;
      event_loader loader{*w.net, world::config(), options(letters)};
      auto const first = loader.resume_position(w.in(5min));
      if (first)
        for (std::uint64_t id = *first; id < 18; ++id) loader.push(make_event(id));
      auto const r = loader.finish(w.in(20s));
      CHECK(r.adds_up());
      CHECK(r.pending == 0);
      if (!ended_early) CHECK(r.confirmed == 18);
    }
    w.pipe.instead = {};
    kept_letters letters;
    auto const r = load(w, 24, letters);
    CHECK(r.ok());
    CHECK(w.pipe.table.size() == 24);
    CHECK(w.pipe.doubled() == 0);
  }
}

TEST_CASE("a journal finds payloads in doubt by the committed token", "[snowpipe][loader]") {
  using durable_loader = sluice::loader<event,
                                        sluice::batch<sluice::max_rows<4>>,
                                        sluice::upload<stream>,
                                        sluice::durable<sluice::journal>>;
  for (bool const committed : {true, false}) {
    CAPTURE(committed);
    sluice_test::temporary_directory directory;
    world w;
    auto c = world::config();
    c.source.clear();
    kept_letters letters;
    auto o = options(letters);
    o.journal.path = directory.path() + "/journal";
    {
      w.pipe.commits = false;
      durable_loader loader{*w.net, c, o};
      REQUIRE(loader.resume_position());
      for (std::uint64_t id = 0; id != 10; ++id) loader.push(make_event(id));
      auto const r = loader.finish(w.in(30s));
      CHECK(r.pending == 10);
    }
    if (committed)
      w.pipe.commit_all();
    else
      w.pipe.invalidate();
    w.pipe.commits = true;
    durable_loader loader{*w.net, c, o};
    auto const first = loader.resume_position();
    REQUIRE(first);
    CHECK(*first == (committed ? 10u : 0u));
    for (std::uint64_t id = *first; id != 20; ++id) loader.push(make_event(id));
    auto const r = loader.finish();
    CHECK(r.ok());
    CHECK(r.recovered == (committed ? 10u : 0u));
    CHECK(w.pipe.table.size() == 20);
    CHECK(w.pipe.doubled() == 0);
  }
}

TEST_CASE("with a journal, rows that nobody refused stay open for the next run",
          "[snowpipe][loader]") {
  using durable_loader = sluice::loader<event,
                                        sluice::batch<sluice::max_rows<4>>,
                                        sluice::upload<stream>,
                                        sluice::durable<sluice::journal>>;
  sluice_test::temporary_directory directory;
  world w;
  kept_letters letters;
  auto o = options(letters);
  o.journal.path = directory.path() + "/journal";
  {
    durable_loader loader{*w.net, world::config(), o};
    REQUIRE(loader.resume_position());
    w.pipe.instead = [](seen_request const& r, std::size_t) -> std::optional<scripted_reply> {
      if (has(r.url, "/rows?")) return refusal(401, "390144");
      return std::nullopt;
    };
    for (std::uint64_t id = 0; id != 10; ++id) loader.push(make_event(id));
    auto const r = loader.finish();
    CHECK_FALSE(r.ok());
    CHECK(r.adds_up());
    CHECK(r.dead_lettered == 0);
    CHECK(r.pending > 0);
  }
  w.pipe.instead = {};
  durable_loader loader{*w.net, world::config(), o};
  auto const first = loader.resume_position();
  REQUIRE(first);
  CHECK(*first == 0);
  for (std::uint64_t id = *first; id != 10; ++id) loader.push(make_event(id));
  CHECK(loader.finish().ok());
  CHECK(w.pipe.table.size() == 10);
  CHECK(w.pipe.doubled() == 0);
}

TEST_CASE("the age of a batch reaches the append", "[snowpipe][loader]") {
  world w;
  kept_letters letters;
  event_loader loader{*w.net, world::config(), options(letters)};
  REQUIRE(loader.resume_position());
  loader.push(make_event(0));
  auto const began = w.net->now();
  while (w.pipe.appends == 0) w.net->poll(1ms);
  CHECK(w.net->now() - began >= 1s);
  CHECK(w.net->now() - began <= 2s);
  CHECK(loader.finish().confirmed == 1);
}

TEST_CASE("a row over the service's limit is a dead letter, the others are loaded",
          "[snowpipe][loader]") {
  world w;
  kept_letters letters;
  using plain_loader = sluice::loader<event,
                                      sluice::batch<sluice::max_rows<4>>,
                                      sluice::compress<sluice::none>,
                                      sluice::upload<stream>>;
  auto o = options(letters);
  o.memory_limit = 512u << 20;
  plain_loader loader{*w.net, world::config(), o};
  for (std::uint64_t id = 0; id != 6; ++id)
    loader.push(id == 2 ? event{2, std::string(4'000'100, 'x')} : make_event(id));
  auto const r = loader.finish();
  CHECK(r.confirmed == 5);
  REQUIRE(letters.all.size() == 1);
  CHECK(letters.all[0].at == 2);
  CHECK(letters.all[0].why.reason == sluice::dead_reason::too_large);
  CHECK(w.pipe.table.size() == 5);
}

TEST_CASE("a service that takes less than it says gets smaller requests", "[snowpipe][loader]") {
  world w;
  w.pipe.body_limit = 60;
  kept_letters letters;
  using plain_loader = sluice::loader<event,
                                      sluice::batch<sluice::max_rows<8>>,
                                      sluice::compress<sluice::none>,
                                      sluice::upload<stream>>;
  plain_loader loader{*w.net, world::config(), options(letters)};
  for (std::uint64_t id = 0; id != 16; ++id) loader.push(make_event(id));
  auto const r = loader.finish();
  CHECK(r.confirmed == 16);
  CHECK(w.pipe.table.size() == 16);
  CHECK(w.pipe.doubled() == 0);
}

TEST_CASE("a finish that cannot wait for the commit gives exact counts", "[snowpipe][loader]") {
  world w;
  w.pipe.commits = false;
  kept_letters letters;
  event_loader loader{*w.net, world::config(), options(letters)};
  for (std::uint64_t id = 0; id != 10; ++id) loader.push(make_event(id));
  auto const r = loader.finish(w.in(20s));
  CHECK_FALSE(r.ok());
  CHECK(r.confirmed == 0);
  CHECK(r.dead_by_reason[static_cast<std::size_t>(sluice::dead_reason::unknown)] == 10);
  CHECK(r.adds_up());
  CHECK(letters.all.size() == 10);
}

TEST_CASE("rows that the service refuses are in the dead letters with the count",
          "[snowpipe][loader]") {
  world w;
  w.pipe.is_bad = [](std::string_view row) { return has(row, "n5\""); };
  kept_letters letters;
  auto const r = load(w, 12, letters);
  CHECK(r.pushed == 12);
  CHECK(r.confirmed + r.dead_lettered == 12);
  CHECK(r.dead_lettered >= 4);
  bool found = false;
  for (auto const& one : letters.all) {
    found |= one.at == 5;
    CHECK(has(one.record, "\"NAME\""));
  }
  CHECK(found);
  // A resume goes on behind the refused row.
  kept_letters more;
  CHECK(load(w, 14, more).confirmed == 2);
}

TEST_CASE("the laws of destinations hold", "[snowpipe][laws]") {
  for (auto const codec : {sluice::codec::none, sluice::codec::gzip, sluice::codec::zstd}) {
    auto w = std::make_unique<world>();
    std::vector<event> samples;
    for (std::uint64_t id = 0; id != 8; ++id) samples.push_back(make_event(id));
    sluice::test::law_setup<stream> setup;
    setup.compression = codec;
    setup.patience = 20min;
    std::string table;
    setup.config = [&] {
      w->pipe.drop();
      w->pipe.table.clear();
      auto c = world::config();
      c.source.clear();
      return c;
    };
    setup.rows_held = [&] {
      return w->pipe.doubled() == 0 ? w->pipe.table.size() : std::size_t{1'000'000};
    };
    auto const lawful = sluice::test::check_destination_laws<stream, event, sluice::ndjson>(
        *w->net, setup, std::span<event const>{samples});
    CAPTURE(lawful ? "" : lawful.error().message);
    CHECK(lawful);
  }
}
