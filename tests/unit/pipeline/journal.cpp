#include "catch.hpp"
#include "loads.hpp"
#include "temporary_directory.hpp"

#include <sluice/destination/file.hpp>
#include <sluice/ledger/journal.hpp>
#include <sluice/pipeline/loader.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace sluice_test;
using sluice::position;
namespace test = sluice::test;

namespace {

/// Counts the steps of a process and ends it, as kill -9 would, at one of them.
struct death {
  static inline std::atomic<int> steps = 0;  // workers and the transport thread take them
  static inline std::atomic<int> at = 0;

  static void step() {
    if (++steps == at) ::_exit(9);
  }
};

/// Files, with a step before and after each is written: between the service's deed and the verdict.
struct mortal_file : sluice::file {
  class session : public sluice::file_session {
   public:
    using sluice::file_session::file_session;

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      struct later final : sluice::ack {
        void confirm(sluice::position_range rows) override { confirmed.push_back(rows); }

        void reject(sluice::position, sluice::rejection, std::string) override {}

        std::vector<sluice::position_range> confirmed;
      };

      death::step();
      later verdicts;
      auto const sent = co_await sluice::file_session::send(p, verdicts);
      death::step();
      for (auto const& rows : verdicts.confirmed) a.confirm(rows);
      co_return sent;
    }
  };
};

using durable_loader = sluice::loader<order,
                                      sluice::batch<sluice::max_rows<10>>,
                                      sluice::encode<sluice::csv<>>,
                                      sluice::upload<mortal_file>,
                                      sluice::durable<sluice::journal>>;

constexpr std::int64_t count = 45;
constexpr std::int64_t bad = 17;

/// The program that is killed: loads `count` records from a source that can start anywhere.
int load_all(std::string const& directory, int die_at) {
  death::steps = 0;
  death::at = die_at;
  sluice::transport transport{{}};
  durable_loader load{transport,
                      {.directory = directory + "/out"},
                      {.dead_letters = sluice::dead_letter_file(directory + "/dead.ndjson"),
                       .journal = {.path = directory + "/load.journal",
                                   .after_step = [](std::string_view) { death::step(); }}}};
  auto const first = load.resume_position();
  if (!first) return 2;
  for (auto i = static_cast<std::int64_t>(*first); i != count; ++i) {
    order one = make_order(i);
    if (i == bad) one.status = "\xff";
    load.push(one);
  }
  auto const report = load.finish();
  return report.ok() && report.adds_up() && report.pending == 0 ? 0 : 1;
}

int in_child(std::string const& directory, int die_at) {
  ::pid_t const child = ::fork();
  if (child == 0) ::_exit(load_all(directory, die_at));
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

std::map<std::string, int> rows_in(std::string const& directory) {
  std::map<std::string, int> rows;
  for (auto const& entry : std::filesystem::directory_iterator{directory}) {
    if (entry.path().filename().string().front() == '.') continue;
    std::istringstream lines{read_file(entry.path().string())};
    for (std::string line; std::getline(lines, line);) ++rows[line];
  }
  return rows;
}

}  // namespace

TEST_CASE("killed at any step, a load continues without loss or doubling", "[pipeline][journal]") {
  int kills = 0;
  for (int at = 1;; ++at) {
    REQUIRE(at < 500);
    temporary_directory const directory;
    int const first = in_child(directory.path(), at);
    if (first != 9) {
      REQUIRE(first == 0);
      break;
    }
    ++kills;
    INFO("killed at step " << at);
    // Killed again on the way, then left alone.
    in_child(directory.path(), 1 + at % 7);
    REQUIRE(in_child(directory.path(), 0) == 0);
    auto const rows = rows_in(directory / "out");
    REQUIRE(rows.size() == count - 1);
    for (auto const& [row, times] : rows) {
      INFO(row);
      REQUIRE(times == 1);
    }
    REQUIRE(read_file(directory / "dead.ndjson").find("\"position\":17,") != std::string::npos);
    // Once everything has its end, another run loads nothing.
    REQUIRE(in_child(directory.path(), 0) == 0);
    REQUIRE(rows_in(directory / "out") == rows);
  }
  CHECK(kills > 20);
}

namespace {

/// Files; one of them is taken, but the service has no time for its rows.
struct busy_file : sluice::file {
  static inline bool busy = false;

  class session : public sluice::file_session {
   public:
    using sluice::file_session::file_session;

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      if (busy && p.sequence == 1) {
        sluice::rejection const late{sluice::dead_reason::undelivered, {}, "no time for it", {}};
        for (sluice::position_range const& rows : p.positions) a.reject(rows, late);
        co_return sluice::accepted{0};
      }
      auto sent = sluice::file_session::send(p, a);
      sluice::result<sluice::accepted> const done = co_await std::move(sent);
      co_return done;
    }
  };
};

using busy_loader = sluice::loader<order,
                                   sluice::batch<sluice::max_rows<10>>,
                                   sluice::encode<sluice::csv<>>,
                                   sluice::upload<busy_file>,
                                   sluice::durable<sluice::journal>>;

}  // namespace

TEST_CASE("with a journal, rows that are not delivered are no dead letters",
          "[pipeline][journal]") {
  temporary_directory const directory;
  letters dead;
  for (bool const busy : {true, false}) {
    busy_file::busy = busy;
    sluice::transport transport{{}};
    busy_loader load{
        transport,
        {.directory = directory / "out"},
        {.dead_letters = dead.sink(), .journal = {.path = directory / "load.journal"}}};
    auto const first = load.resume_position();
    REQUIRE(first);
    for (auto i = static_cast<std::int64_t>(*first); i != 30; ++i)
      if (!load.push(make_order(i))) break;
    auto const report = load.finish();
    CHECK(report.adds_up());
    CHECK(report.dead_lettered == 0);
    CHECK(report.ok() == !busy);
    CHECK((report.pending >= 10) == busy);
    if (busy) CHECK(report.failure->message.find("no time for it") != std::string::npos);
  }
  CHECK(dead.all().empty());
  auto const rows = rows_in(directory / "out");
  CHECK(rows.size() == 30);
  for (auto const& [row, times] : rows) CHECK(times == 1);
}

TEST_CASE("with a journal, what a service does not take stays open for the next run",
          "[pipeline][journal]") {
  temporary_directory const directory;
  auto const service = std::make_shared<model_service>();
  using loader = model_loader<test::row_errors, sluice::durable<sluice::journal>>;
  letters dead;
  sluice::run_options options{.dead_letters = dead.sink(),
                              .journal = {.path = directory / "load.journal"}};
  std::string run;
  {
    sluice::transport transport{{}};
    int sends = 0;
    service->fails = [&](std::string_view step) -> std::optional<sluice::error> {
      if (step != "send" || ++sends != 3) return std::nullopt;
      return sluice::error{sluice::errc::connect, "no route", sluice::disposition::retryable};
    };
    loader load{transport, {.service = service}, options};
    for (std::int64_t i = 0; i != 100; ++i)
      if (!load.push(make_order(i))) break;
    auto const report = load.finish();
    REQUIRE(report.failure);
    CHECK(report.adds_up());
    CHECK(report.pending >= 10);
    CHECK(report.confirmed == service->rows());
    CHECK(report.dead_lettered == 0);
    run = report.run_id;
  }
  sluice::transport transport{{}};
  service->fails = nullptr;
  loader load{transport, {.service = service}, options};
  CHECK(load.run_id() == run);
  auto const first = load.resume_position();
  REQUIRE(first);
  for (auto i = static_cast<std::int64_t>(*first); i != 100; ++i) REQUIRE(load.push(make_order(i)));
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.adds_up());
  CHECK(service->rows() == 100);
  CHECK(service->doubled() == 0);
  CHECK(dead.all().empty());
}

TEST_CASE("with a journal, what the dead letters do not take stays open for the next run",
          "[pipeline][journal]") {
  temporary_directory const directory;
  auto const service = std::make_shared<model_service>();
  service->is_bad = [](std::string_view row) { return row.starts_with("5,"); };
  using loader = model_loader<test::row_errors, sluice::durable<sluice::journal>>;
  letters dead;
  incidents told;
  auto const full = sluice::dead_letter_callback(
      [](sluice::dead_letter const&) { throw std::runtime_error{"no space left"}; });
  auto const load_from = [&](position first, loader& load) {
    for (position at = first; at != 30; ++at) {
      bool const taken =
          at == 15 ? load.push_bad(sluice::error{sluice::errc::invalid_input, "line 16: no number"})
                   : load.push(make_order(static_cast<std::int64_t>(at)));
      if (!taken) break;
    }
  };
  SECTION("a row that the service refused") {
    sluice::transport transport{{}};
    loader load{transport,
                {.service = service},
                {.dead_letters = full,
                 .journal = {.path = directory / "load.journal"},
                 .on_incident = told.handler()}};
    for (std::int64_t i = 0; i != 10; ++i) REQUIRE(load.push(make_order(i)));
    auto const report = load.finish();
    REQUIRE(report.failure);
    CHECK(report.failure->message.find("no space left") != std::string::npos);
    CHECK(report.adds_up());
    CHECK(report.dead_lettered == 0);
    CHECK(report.pending == 1);
    CHECK(told.letters() == 1);
  }
  SECTION("a record that could not be read") {
    sluice::transport transport{{}};
    loader load{transport,
                {.service = service},
                {.dead_letters = full,
                 .journal = {.path = directory / "load.journal"},
                 .on_incident = told.handler()}};
    REQUIRE(load.push_bad(sluice::error{sluice::errc::invalid_input, "line 1: no number"}));
    CHECK_FALSE(load.push(make_order(1)));
    auto const report = load.finish();
    REQUIRE(report.failure);
    CHECK(report.adds_up());
    CHECK(report.pending == 1);
  }
  sluice::transport transport{{}};
  loader load{transport,
              {.service = service},
              {.dead_letters = dead.sink(), .journal = {.path = directory / "load.journal"}}};
  auto const first = load.resume_position();
  REQUIRE(first);
  load_from(*first, load);
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.adds_up());
  CHECK(service->rows() == 28);
  CHECK(service->doubled() == 0);
  std::multiset<position> at;
  for (auto const& letter : dead.all()) at.insert(letter.at);
  CHECK(at == std::multiset<position>{5, 15});
}

TEST_CASE("journal and policy must agree", "[pipeline][journal]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  auto const without_file = model_loader<test::row_errors, sluice::durable<sluice::journal>>::make(
      transport, {.service = service});
  REQUIRE_FALSE(without_file);
  CHECK(without_file.error().message.find("journal.path") != std::string::npos);
  auto const without_policy = model_loader<test::row_errors>::make(
      transport, {.service = service}, {.journal = {.path = "x"}});
  REQUIRE_FALSE(without_policy);
  CHECK(without_policy.error().message.find("durable<journal>") != std::string::npos);
}
