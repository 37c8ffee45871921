#include "catch.hpp"
#include "loads.hpp"
#include "temporary_directory.hpp"

#include <sluice/ledger/journal.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/transport/sync.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace sluice_test;

namespace {

/// What a session that holds payloads does with them in the end.
struct script {
  std::function<sluice::task<void>(std::vector<sluice::payload> const&, sluice::ack&)> finish;
  std::function<sluice::task<sluice::recovery>(sluice::in_doubt const&, sluice::ack&)> recover;
};

/// Takes every payload, forgets its bytes, and does as its script says.
template<bool Replayable>
struct scripted {
  static constexpr sluice::capabilities limits{.formats = {sluice::format::csv},
                                               .codecs = {sluice::codec::none},
                                               .replayable_after_accept = Replayable};
  template<class Record>
  using checks = sluice::passed;

  struct config {
    script* says = nullptr;
  };

  class session {
   public:
    session(sluice::environment const&, config const& c) : says_{c.says} {}

    sluice::task<sluice::resume_point> open() { co_return sluice::resume_point{}; }

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      held_.push_back(p);
      held_.back().body.clear();
      verdicts_ = &a;
      co_return sluice::accepted{p.body.size()};
    }

    sluice::task<void> flush(sluice::deadline) { co_return sluice::success; }

    sluice::task<void> finish(sluice::deadline) {
      if (held_.empty()) co_return sluice::success;
      sluice::result<void> done = co_await says_->finish(held_, *verdicts_);
      co_return done;
    }

    sluice::task<sluice::recovery> recover(sluice::in_doubt const& d, sluice::ack& a) {
      if (!says_->recover) co_return sluice::recovery::absent;
      sluice::result<sluice::recovery> how = co_await says_->recover(d, a);
      co_return how;
    }

   private:
    script* says_;
    std::vector<sluice::payload> held_;
    sluice::ack* verdicts_ = nullptr;
  };
};

sluice::rejection const refused{sluice::dead_reason::rejected, "42", "no", {}};
sluice::rejection const late{sluice::dead_reason::undelivered, "43", "late", {}};

template<class Loader>
sluice::report load_ten(script& says, sluice::run_options options, sluice::deadline until) {
  sluice::transport transport{{}};
  Loader load{transport, {&says}, std::move(options)};
  for (std::int64_t i = 0; i != 10; ++i) load.push(make_order(i));
  return load.finish(until);
}

using replayable_loader = model_loader<scripted<true>>;
using durable_loader = model_loader<scripted<true>, sluice::durable<sluice::journal>>;

/// A destination that says nothing of its payloads.
sluice::task<void> silence(std::vector<sluice::payload> const&, sluice::ack&) {
  co_return sluice::success;
}

sluice::deadline long_enough() {
  return sluice::deadline::in(std::chrono::seconds{60});
}

}  // namespace

TEST_CASE("records that a destination fetches later are in the letters", "[pipeline][letters]") {
  letters kept;
  std::uint64_t written = 0;
  script says;
  says.finish = [&](std::vector<sluice::payload> const& all, sluice::ack& a) -> sluice::task<void> {
    for (sluice::payload const& p : all) {
      CHECK(a.announce(p.sequence, p.positions, refused));
      for (std::uint64_t row = 0; row != p.row_count; ++row) {
        a.reject(p.position_of(row), refused, row_of(static_cast<std::int64_t>(row)) + '\n');
        // Who waits for this has at most one record in memory.
        auto const event = std::make_shared<sluice::async_event>();
        a.when_written(p.sequence, [&written, event, &kept] {
          written = kept.all().size();
          event->set();
        });
        sluice::result<void> waited = co_await event->wait();
        CHECK(waited);
        CHECK(written == row + 1);
      }
    }
    co_return sluice::success;
  };
  auto const r = load_ten<replayable_loader>(says, {.dead_letters = kept.sink()}, long_enough());
  CHECK(r.ok());
  CHECK(r.dead_lettered == 10);
  auto const all = kept.all();
  REQUIRE(all.size() == 10);
  for (std::size_t i = 0; i != all.size(); ++i) {
    CHECK(all[i].at == i);
    CHECK(all[i].why.code == "42");
    CHECK(all[i].record.find("\"ID\":" + std::to_string(i) + ',') != std::string::npos);
    CHECK(all[i].record.find("\"EMAIL\":\"[redacted]\"") != std::string::npos);
  }
}

TEST_CASE("a refusal is known although the deadline comes before its records",
          "[pipeline][letters]") {
  letters kept;
  script says;
  says.finish = [&](std::vector<sluice::payload> const& all, sluice::ack& a) -> sluice::task<void> {
    sluice::payload const& p = all.front();
    sluice::position_range const first_eight{p.position_of(0), 8};
    CHECK(a.announce(p.sequence, {&first_eight, 1}, refused));
    a.reject(p.position_of(3), refused, row_of(3));
    sluice::async_event never;
    sluice::result<void> waited = co_await never.wait();
    co_return waited;
  };
  auto const r = load_ten<replayable_loader>(
      says, {.dead_letters = kept.sink()}, sluice::deadline::in(std::chrono::milliseconds{200}));
  CHECK(r.dead_lettered == 10);
  CHECK(r.pushed == r.confirmed + r.dead_lettered);
  std::size_t with_record = 0;
  for (auto const& letter : kept.all()) {
    bool const known = letter.at < 8;
    CHECK(letter.why.reason ==
          (known ? sluice::dead_reason::rejected : sluice::dead_reason::unknown));
    CHECK(letter.why.code == (known ? "42" : ""));
    with_record += letter.record.empty() ? 0 : 1;
  }
  CHECK(with_record == 1);
}

TEST_CASE("nobody fetches what the pipeline has or leaves to the next run", "[pipeline][letters]") {
  std::vector<bool> wanted;
  script says;
  says.finish = [&](std::vector<sluice::payload> const& all, sluice::ack& a) -> sluice::task<void> {
    for (sluice::payload const& p : all) {
      wanted.push_back(a.announce(p.sequence, p.positions, late));
      wanted.push_back(a.announce(p.sequence + 1'000, p.positions, late));
      for (auto const& rows : p.positions) a.reject(rows, late);
    }
    co_return sluice::success;
  };
  letters kept;
  load_ten<model_loader<scripted<false>>>(says, {.dead_letters = kept.sink()}, long_enough());
  CHECK(wanted == std::vector<bool>{false, false});
  REQUIRE(kept.all().size() == 10);
  for (auto const& letter : kept.all()) CHECK_FALSE(letter.record.empty());

  wanted.clear();
  temporary_directory const directory;
  sluice::run_options options{.dead_letters = kept.sink()};
  options.journal.path = directory / "journal";
  auto const r = load_ten<durable_loader>(says, std::move(options), long_enough());
  CHECK(wanted == std::vector<bool>{false, false});
  CHECK(r.pending == 10);
  CHECK(kept.all().size() == 10);
}

TEST_CASE("after a restart, refusals that are in the letters may be told again",
          "[pipeline][letters]") {
  temporary_directory const directory;
  letters kept;
  sluice::run_options options{.dead_letters = kept.sink(),
                              .journal = {.path = directory / "journal"}};
  script says;
  says.finish = [&](std::vector<sluice::payload> const& all, sluice::ack& a) -> sluice::task<void> {
    a.reject(all.front().position_of(3), refused, row_of(3));
    a.reject(all.front().position_of(8), refused, row_of(8));
    co_return sluice::success;
  };
  auto const first = load_ten<durable_loader>(says, options, long_enough());
  CHECK(first.dead_lettered == 2);
  CHECK(first.pending == 8);

  says.recover = [](sluice::in_doubt const& d, sluice::ack& a) -> sluice::task<sluice::recovery> {
    for (auto const& rows : d.positions) {
      CHECK(rows == sluice::position_range{0, 10});
      a.confirm({0, 8});
      a.reject({8, 2}, refused);
    }
    co_return sluice::recovery::settled;
  };
  sluice::transport transport{{}};
  durable_loader load{transport, {&says}, options};
  CHECK(load.resume_position().value() == 10);
  auto const second = load.finish();
  CHECK(second.ok());
  CHECK(second.adds_up());
  CHECK(second.recovered == 8);
  CHECK(second.confirmed == 7);
  CHECK(second.dead_lettered == 1);
  CHECK(load.health().status == sluice::health_status::healthy);
  CHECK(kept.all().size() == 3);
}

TEST_CASE("what is known to be refused is in the letters, what is not stays open",
          "[pipeline][letters]") {
  temporary_directory const directory;
  letters kept;
  script says;
  says.finish = [](std::vector<sluice::payload> const& all, sluice::ack& a) -> sluice::task<void> {
    a.confirm({1, 1});
    sluice::position_range const last_eight{2, 8};
    CHECK(a.announce(all.front().sequence, {&last_eight, 1}, refused));
    co_return sluice::success;
  };
  auto const r = load_ten<durable_loader>(
      says,
      {.dead_letters = kept.sink(), .journal = {.path = directory / "journal"}},
      long_enough());
  CHECK(r.adds_up());
  CHECK(r.confirmed == 1);
  CHECK(r.dead_lettered == 8);
  CHECK(r.pending == 1);
  CHECK(kept.all().size() == 8);
}

TEST_CASE("a restart that cannot settle a payload ends at once", "[pipeline][letters]") {
  temporary_directory const directory;
  letters kept;
  sluice::run_options const options{
      .workers = 1, .dead_letters = kept.sink(), .journal = {.path = directory / "journal"}};
  script says;
  says.finish = silence;
  {
    sluice::transport transport{{}};
    durable_loader load{transport, {&says}, options};
    for (std::int64_t i = 0; i != 10; ++i) {
      if (i == 3)
        load.push_bad(sluice::error{sluice::errc::invalid_input, "line 4: no number"});
      else
        load.push(make_order(i));
    }
    CHECK(load.finish(long_enough()).pending == 9);
  }
  says.recover = [](sluice::in_doubt const& d, sluice::ack& a) -> sluice::task<sluice::recovery> {
    CHECK(d.positions.size() == 2);
    for (auto const& rows : d.positions) a.reject(rows, late);
    co_return sluice::error{sluice::errc::timeout, "no answer"};
  };
  sluice::transport transport{{}};
  durable_loader load{transport, {&says}, options};
  // A load that waited for its deadline would outlast the test.
  auto const r = load.finish(sluice::deadline::in(std::chrono::hours{24}));
  CHECK(r.failure.has_value());
  CHECK(r.adds_up());
  CHECK(r.confirmed + r.dead_lettered == 0);
}

TEST_CASE("refusals of a restart are counted although the deadline comes before their records",
          "[pipeline][letters]") {
  temporary_directory const directory;
  letters kept;
  sluice::run_options const options{.dead_letters = kept.sink(),
                                    .journal = {.path = directory / "journal"}};
  script says;
  says.finish = silence;
  CHECK(load_ten<durable_loader>(says, options, long_enough()).pending == 10);
  says.recover = [](sluice::in_doubt const& d, sluice::ack& a) -> sluice::task<sluice::recovery> {
    CHECK(a.announce(d.sequence, d.positions, refused));
    sluice::async_event never;
    sluice::result<void> waited = co_await never.wait();
    co_return waited ? sluice::result<sluice::recovery>{sluice::recovery::settled}
                     : sluice::result<sluice::recovery>{waited.error()};
  };
  sluice::transport transport{{}};
  durable_loader load{transport, {&says}, options};
  auto const r = load.finish(sluice::deadline::in(std::chrono::milliseconds{200}));
  CHECK(r.adds_up());
  CHECK(r.dead_lettered == 10);
  CHECK(r.pending == 0);
  CHECK(kept.all().size() == 10);
}

TEST_CASE("a row of a file with a header is shown by its columns", "[pipeline][letters]") {
  using header_loader = sluice::loader<order,
                                       sluice::encode<sluice::csv<sluice::with_header>>,
                                       sluice::upload<scripted<true>>>;
  letters kept;
  script says;
  says.finish = [&](std::vector<sluice::payload> const& all, sluice::ack& a) -> sluice::task<void> {
    for (sluice::payload const& p : all)
      for (std::uint64_t row = 0; row != p.row_count; ++row)
        a.reject(p.position_of(row), refused, row_of(static_cast<std::int64_t>(row)));
    co_return sluice::success;
  };
  load_ten<header_loader>(says, {.dead_letters = kept.sink()}, long_enough());
  auto const all = kept.all();
  REQUIRE(all.size() == 10);
  for (auto const& letter : all) {
    CHECK_FALSE(letter.record_is_text);
    CHECK(letter.record.find("\"STATUS\":\"open\"") != std::string::npos);
    CHECK(letter.record.find("someone@") == std::string::npos);
  }
}
