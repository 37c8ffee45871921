// What a restart finds of files that an earlier run left behind: settled once, or absent.

#include "catch.hpp"
#include "clock_ahead.hpp"
#include "snowflake_fixture.hpp"

#include <sluice/snowflake/bulk.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
using sluice::position;
using sluice::position_range;

struct row {
  std::int64_t id = 0;
  std::string name;
};

}  // namespace

template<>
struct sluice::schema<row>
    : sluice::columns<row, sluice::column<"ID", &row::id>, sluice::column<"NAME", &row::name>> {};

namespace {

class verdicts final : public sluice::ack {
 public:
  using sluice::ack::confirm;
  using sluice::ack::reject;

  void confirm(position_range rows) override {
    for (position at = rows.first; at != rows.end(); ++at) CHECK(given.emplace(at, "ok").second);
  }

  void reject(position at, sluice::rejection why, std::string record) override {
    CHECK(given.emplace(at, why.code.empty() ? why.message : why.code).second);
    records.emplace(at, std::move(record));
  }

  std::map<position, std::string> given;
  std::map<position, std::string> records;  ///< of those that were refused
  std::size_t when_recovered = 0;           ///< verdicts by the end of `recover`
};

sluice::payload file_of(std::uint64_t sequence, position first, std::uint64_t rows, bool bad) {
  std::string text;
  for (std::uint64_t i = 0; i != rows; ++i)
    text += std::to_string(first + i) + (bad && i == 1 ? ",\"too long\"\n" : ",\"ok\"\n");
  sluice::payload p;
  p.sequence = sequence;
  p.raw_bytes = text.size();
  p.row_count = rows;
  p.positions = {{first, rows}};
  p.body = sluice::chunk_list{std::move(text)};
  return p;
}

struct run {
  account_fixture& f;
  sluice::transport* net = &f.net;
  sf::bulk_config config;
  std::chrono::seconds patience{20};

  explicit run(account_fixture& fixture) : f{fixture} {
    config.connection = f.connection();
    config.table = "T";
    config.copy.on_error = sf::on_error::continue_();
  }

  sluice::environment env() const {
    return {*net,
            "the-run",
            sluice::columns_of<row>(),
            sluice::format_description{},
            sluice::codec::none};
  }

  /// Sends a file and, unless it is to stay in the stage, waits for its verdicts; then the process
  /// is gone: nothing is finished.
  sluice::task<void> send(sluice::payload const& p, verdicts& to, bool copied) {
    sf::bulk_session s{env(), config};
    sluice::result<sluice::resume_point> opened = co_await s.open();
    if (!opened) co_return opened.error();
    sluice::result<sluice::accepted> sent = co_await s.send(p, to);
    if (!sent) co_return sent.error();
    if (!copied) co_return sluice::success;
    sluice::result<void> flushed = co_await s.flush(sluice::deadline::in(patience));
    co_return flushed;
  }

  /// Of a payload that was sent `age` ago, in another process.
  sluice::result<sluice::recovery> settle(sluice::payload const& p,
                                          verdicts& to,
                                          std::chrono::hours age = std::chrono::hours{0}) {
    sluice::in_doubt doubt{p.sequence, p.positions, net->system_now() - age};
    return sluice::block_on(
        *net, recover(std::move(doubt), to), sluice::deadline::in(std::chrono::seconds{60}));
  }

  sluice::task<sluice::recovery> recover(sluice::in_doubt doubt, verdicts& to) {
    sf::bulk_session s{env(), config};
    sluice::result<sluice::resume_point> opened = co_await s.open();
    if (!opened) co_return opened.error();
    sluice::result<sluice::recovery> settled = co_await s.recover(doubt, to);
    if (!settled) co_return settled.error();
    to.when_recovered = to.given.size();
    sluice::result<void> done = co_await s.finish(sluice::deadline::in(std::chrono::seconds{20}));
    if (!done) co_return done.error();
    co_return settled;
  }

  void make_table() {
    REQUIRE(f.execute(f.session(), "CREATE TABLE T (ID NUMBER(38,0), NAME VARCHAR(4))"));
  }
};

void check_settled(account_fixture& f, verdicts const& after, bool bad) {
  CHECK(after.given.size() == 5);
  CHECK(after.given.at(11) == (bad ? "100078" : "ok"));
  CHECK(after.given.at(10) == "ok");
  CHECK(f.server.number("SELECT COUNT(*) FROM T") == (bad ? 4 : 5));
  CHECK(f.server.number("SELECT COUNT(DISTINCT ID) FROM T") == (bad ? 4 : 5));
}

}  // namespace

TEST_CASE("a file that was loaded is settled from the history", "[contract][snowflake]") {
  for (bool const bad : {false, true}) {
    for (bool const purge : {false, true}) {
      DYNAMIC_SECTION("bad row " << bad << ", purge " << purge) {
        account_fixture f;
        run r{f};
        r.make_table();
        r.config.purge = purge;
        verdicts before, after;
        auto const p = file_of(3, 10, 5, bad);
        auto const sent = f.run(r.send(p, before, true));
        if (!sent) FAIL(sent.error().describe());
        auto const again = r.settle(p, after);
        if (!again) FAIL(again.error().describe());
        CHECK(*again == sluice::recovery::settled);
        check_settled(f, after, bad);
        CHECK(before.given == after.given);
        // The history names no record: it is read from the stage, where the first run has left it.
        CHECK(after.when_recovered == 5);
        if (bad) CHECK(after.records.at(11) == "11,\"too long\"\n");
      }
    }
  }
}

TEST_CASE("a file that lies in the stage is loaded, once", "[contract][snowflake]") {
  for (bool const bad : {false, true}) {
    DYNAMIC_SECTION("bad row " << bad) {
      account_fixture f;
      run r{f};
      r.make_table();
      verdicts before, after;
      auto const p = file_of(3, 10, 5, bad);
      f.server.faults().arm("copy.hang:1:1");
      REQUIRE(f.run(r.send(p, before, false)));
      CHECK(before.given.empty());
      CHECK(f.server.number("SELECT COUNT(*) FROM T") == 0);
      f.server.faults().clear();
      auto const again = r.settle(p, after);
      if (!again) FAIL(again.error().describe());
      CHECK(*again == sluice::recovery::settled);
      check_settled(f, after, bad);
    }
  }
}

TEST_CASE("a file whose COPY took effect unheard is not loaded again", "[contract][snowflake]") {
  account_fixture f;
  run r{f};
  r.make_table();
  verdicts before, after;
  auto const p = file_of(3, 10, 5, true);
  f.server.faults().arm("copy.hang_reply");
  r.patience = std::chrono::seconds{2};
  auto const gone = f.run(r.send(p, before, true));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == sluice::errc::deadline);
  CHECK(f.fired("copy.hang_reply") == 1);
  CHECK(before.given.empty());
  auto const again = r.settle(p, after);
  if (!again) FAIL(again.error().describe());
  CHECK(*again == sluice::recovery::settled);
  check_settled(f, after, true);
}

TEST_CASE("a file that never arrived is absent", "[contract][snowflake]") {
  account_fixture f;
  run r{f};
  r.make_table();
  verdicts before, after;
  REQUIRE(f.run(r.send(file_of(3, 10, 5, false), before, true)));
  auto const again = r.settle(file_of(4, 20, 5, false), after);
  if (!again) FAIL(again.error().describe());
  CHECK(*again == sluice::recovery::absent);
  CHECK(after.given.empty());
}

TEST_CASE("what the service may have forgotten is neither confirmed nor sent again",
          "[contract][snowflake]") {
  account_fixture f;
  run r{f};
  r.make_table();
  verdicts before, after;
  auto const p = file_of(3, 10, 5, false);
  REQUIRE(f.run(r.send(p, before, true)));
  constexpr std::chrono::hours age{15 * 24};
  f.server.skew_clock(age);
  sluice::transport later{later_by(age)};
  r.net = &later;
  SECTION("the file is gone") {
    auto const again = r.settle(p, after, age);
    if (!again) FAIL(again.error().describe());
    CHECK(*again == sluice::recovery::settled);
    REQUIRE(after.given.size() == 5);
    CHECK(after.given.at(10).find("look for its rows before a replay") != std::string::npos);
  }
  SECTION("off: nobody knows how old it is") {
    auto const again = r.settle(p, after);
    if (!again) FAIL(again.error().describe());
    CHECK(*again == sluice::recovery::absent);  // its rows would be sent again
  }
  CHECK(f.server.number("SELECT COUNT(*) FROM T") == 5);
}

TEST_CASE("an old file that is in the stage and in the table is not loaded again",
          "[contract][snowflake]") {
  account_fixture f;
  run r{f};
  r.make_table();
  r.config.purge = false;
  r.config.stage_retention = std::chrono::hours{0};
  r.config.copy.force = GENERATE(false, true);
  INFO("FORCE " << r.config.copy.force);
  verdicts before, after;
  auto const p = file_of(3, 10, 5, false);
  REQUIRE(f.run(r.send(p, before, true)));
  REQUIRE(f.server.stored_objects().size() == 1);
  constexpr std::chrono::hours age{15 * 24};
  f.server.skew_clock(age);
  sluice::transport later{later_by(age)};
  r.net = &later;
  auto const again = r.settle(p, after, age);
  if (r.config.copy.force) {
    if (!again) FAIL(again.error().describe());
    CHECK(*again == sluice::recovery::settled);
  }
  REQUIRE(after.given.size() == 5);
  CHECK(after.given.at(10) != "ok");
  CHECK(f.server.number("SELECT COUNT(*) FROM T") == 5);
}

TEST_CASE("with FORCE, a COPY without an answer is settled by the history, not sent again",
          "[contract][snowflake]") {
  account_fixture f;
  run r{f};
  r.make_table();
  r.config.copy.force = true;
  r.config.connection.retry.max_attempts = 1;
  verdicts before;
  f.server.faults().arm("copy_reply_lost");
  auto const sent = f.run(r.send(file_of(3, 10, 5, false), before, true));
  CHECK(f.fired("copy_reply_lost") == 1);
  CHECK(sent);
  CHECK(before.given.size() == 5);
  CHECK(f.server.number("SELECT COUNT(*) FROM T") == 5);
}

TEST_CASE("a file that is skipped in a later run gives its records back", "[contract][snowflake]") {
  account_fixture f;
  run r{f};
  r.make_table();
  r.config.copy.on_error = sf::on_error::skip_file();
  verdicts before, after;
  auto const p = file_of(3, 10, 5, true);
  f.server.faults().arm("copy.hang:1:1");
  REQUIRE(f.run(r.send(p, before, false)));
  f.server.faults().clear();
  auto const again = r.settle(p, after);
  if (!again) FAIL(again.error().describe());
  CHECK(*again == sluice::recovery::settled);
  CHECK(after.given.size() == 5);
  CHECK(after.when_recovered == 5);
  REQUIRE(after.records.size() == 5);
  for (auto const& [at, record] : after.records)
    CHECK(record.starts_with(std::to_string(at) + (at == 11 ? ",\"too long\"" : ",\"ok\"")));
}
