// The dead letters of bulk where time is up before all of them can be read back from the stage.

#include "catch.hpp"
#include "snowflake_letters.hpp"

#include <sluice/ledger/journal.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

using namespace orders;

TEST_CASE("a stage that does not answer keeps no verdict back beyond the deadline",
          "[contract][snowflake][letters]") {
  for (char const* fault : {"download.hang:1:*", "get.hang:1:*"}) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      make_table(f);
      auto c = config_for(f);
      c.connection.limits.idle = c.upload_limits.idle = 60s;
      refused_load done;
      f.server.faults().arm(fault);
      auto const start = std::chrono::steady_clock::now();
      {
        faulty_loader load{f.net, c, done.options()};
        REQUIRE(load.resume_position());
        REQUIRE(f.execute(f.session(), "DROP TABLE ORDERS"));
        for (std::int64_t i = 0; i != 400; ++i) load.push(make_order(i));
        done.report = load.finish(sluice::deadline::in(4s));
      }
      // Not the patience with a silent server ended it.
      CHECK(std::chrono::steady_clock::now() - start < c.connection.limits.idle);
      CHECK(f.fired(name_of_fault(fault)) > 0);
      CHECK(done.report.dead_lettered == 400);
      CHECK(done.said.find("cannot be read back") != std::string::npos);
      check_without_records(done.path, 400, "002003");
    }
  }
}

TEST_CASE("a refusal is told although the load is given up while its rows are read back",
          "[contract][snowflake][letters]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{narrow_table}));
  auto c = config_for(f);
  c.connection.limits.idle = c.upload_limits.idle = 60s;
  c.files_per_copy = 1;
  c.copy.on_error = sf::on_error::skip_file();
  refused_load done;
  // The first file is skipped; the second never gets to the stage.
  f.server.faults().arm("download.hang:1:*");
  f.server.faults().arm("upload.hang:2:*");
  {
    faulty_loader load{f.net, c, done.options()};
    for (std::int64_t i = 0; i != 900; ++i) load.push(with_long_status(i, i == 300));
    done.report = load.finish(sluice::deadline::in(4s));
  }
  CHECK(f.fired("download.hang") > 0);
  CHECK(f.fired("upload.hang") > 0);
  CHECK(done.report.dead_lettered == 900);
  std::size_t refused = 0;
  std::size_t records = 0;
  sluice::source::dead_letters<order> letters{{done.path}, {}};
  for (auto const& item : letters) {
    REQUIRE(letters.letter() != nullptr);
    sluice::dead_letter const& letter = letters.letter()->letter;
    bool const is_refused = letter.at < 500;
    CHECK((letter.why.reason == sluice::dead_reason::rejected) == is_refused);
    if (!is_refused) continue;
    ++refused;
    records += item ? 1 : 0;
    CHECK((letter.why.code.empty() ? letter.why.message.find("was refused") != std::string::npos
                                   : letter.at == 300));
  }
  CHECK(refused == 500);
  CHECK(records == 1);  // the one that VALIDATE gives
}

TEST_CASE("rows that no COPY has begun with are in the letters, too",
          "[contract][snowflake][letters]") {
  account_fixture f;
  make_table(f);
  auto c = config_for(f);
  c.connection.limits.idle = 60s;
  c.files_per_copy = 1;
  c.max_concurrent_copy = 1;
  f.server.faults().arm("copy.hang:1:*");
  refused_load done;
  {
    faulty_loader load{f.net, c, done.options()};
    for (std::int64_t i = 0; i != 1'000; ++i) load.push(make_order(i));
    done.report = load.finish(sluice::deadline::in(8s));
  }
  CHECK(done.report.dead_lettered == 1'000);
  std::size_t undelivered = 0;
  sluice::source::dead_letters<order> letters{{done.path},
                                              {.reasons = {sluice::dead_reason::undelivered}}};
  for (auto const& item : letters) {
    if (!item) FAIL(item.error().describe());
    check_same(*item, make_order(item->id));
    ++undelivered;
  }
  CHECK(undelivered >= 500);
}

TEST_CASE("with a journal, rows for the next run are not read back",
          "[contract][snowflake][letters]") {
  using durable_loader = sluice::loader<order,
                                        sluice::batch<sluice::max_rows<500>>,
                                        sluice::encode<sluice::csv<>>,
                                        sluice::compress<sluice::gzip<1>>,
                                        sluice::upload<sf::bulk<>>,
                                        sluice::durable<sluice::journal>>;
  account_fixture f;
  make_table(f);
  auto c = config_for(f);
  c.connection.retry.max_attempts = 2;
  f.server.faults().arm("copy_lock_timeout:1:*");
  refused_load done;
  {
    sluice::run_options o = done.options();
    o.journal.path = done.directory / "journal";
    durable_loader load{f.net, c, std::move(o)};
    for (std::int64_t i = 0; i != 400; ++i) load.push(make_order(i));
    done.report = load.finish();
  }
  CHECK(f.fired("copy_lock_timeout") > 0);
  CHECK(done.report.pending == 400);
  CHECK(f.server.log().count("get") == 0);
}
