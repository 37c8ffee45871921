#include "catch.hpp"
#include "snowflake_fixture.hpp"

#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/ddl.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace sf = sluice::snowflake;

struct order {
  std::int64_t id = 0;
  std::string status;
  std::optional<std::string> note;
  sluice::decimal<12, 2> amount;
  bool paid = false;
  std::optional<double> ratio;
};

}  // namespace

template<>
struct sluice::schema<order> : sluice::columns<order,
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"STATUS", &order::status>,
                                               sluice::column<"NOTE", &order::note>,
                                               sluice::column<"AMOUNT", &order::amount>,
                                               sluice::column<"PAID", &order::paid>,
                                               sluice::column<"RATIO", &order::ratio>> {};

namespace {

template<class Format, class Codec, class... Options>
using bulk_loader = sluice::loader<order,
                                   sluice::batch<sluice::max_rows<500>>,
                                   sluice::encode<Format>,
                                   sluice::compress<Codec>,
                                   sluice::upload<sf::bulk<Options...>>>;

std::string nasty(std::int64_t i) {
  static std::vector<std::string> const all{"plain",
                                            "",
                                            "comma, \"quote\"",
                                            "line\nbreak",
                                            "\r\n",
                                            "back\\slash\\",
                                            "\\N",
                                            "NULL",
                                            "tab\there",
                                            "üñïçødé 🦆",
                                            "'single'",
                                            " spaces ",
                                            "trailing\\",
                                            std::string{"nul\0byte", 8}};
  return all[static_cast<std::size_t>(i) % all.size()];
}

order make_order(std::int64_t i) {
  order o;
  o.id = i;
  o.status = nasty(i);
  if (i % 3 != 0) o.note = nasty(i / 3);
  o.amount = sluice::decimal<12, 2>::from_unscaled(i * 101 - 5'000);
  o.paid = i % 2 == 0;
  if (i % 5 != 0) o.ratio = static_cast<double>(i) / 7;
  return o;
}

sf::bulk_config config_of(account_fixture const& f) {
  sf::bulk_config c;
  c.connection = f.connection();
  c.table = "ORDERS";
  c.create_table = true;
  return c;
}

sluice::run_options quiet(std::vector<sluice::dead_letter>& letters) {
  sluice::run_options o;
  o.dead_letters = sluice::dead_letter_callback(
      [&letters](sluice::dead_letter const& l) { letters.push_back(l); });
  return o;
}

}  // namespace

TEMPLATE_TEST_CASE("typed rows arrive as they were, whatever is in them",
                   "[contract][snowflake]",
                   (bulk_loader<sluice::csv<>, sluice::none>),
                   (bulk_loader<sluice::csv<>, sluice::gzip<1>>),
                   (bulk_loader<sluice::csv<>, sluice::zstd<1>>),
                   (bulk_loader<sluice::ndjson, sluice::gzip<1>>)) {
  account_fixture f;
  std::vector<sluice::dead_letter> letters;
  constexpr std::int64_t rows = 3'000;
  {
    TestType load{f.net, config_of(f), quiet(letters)};
    for (std::int64_t i = 0; i != rows; ++i) REQUIRE(load.push(make_order(i)));
    auto const r = load.finish();
    if (r.failure) FAIL(r.failure->describe());
    CHECK(r.confirmed == rows);
    CHECK(r.dead_lettered == 0);
    CHECK(r.copy_operations >= 1);
  }
  for (auto const& l : letters) UNSCOPED_INFO(l.why.message);
  CHECK(letters.empty());
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == rows);
  CHECK(f.server.number("SELECT COUNT(DISTINCT ID) FROM ORDERS") == rows);
  auto const back = f.server.rows("SELECT ID, STATUS, NOTE, PAID FROM ORDERS ORDER BY ID");
  REQUIRE(back.size() == rows);
  for (std::int64_t i = 0; i != rows; ++i) {
    auto const& row = back[static_cast<std::size_t>(i)];
    order const sent = make_order(i);
    REQUIRE(row[1] == sent.status);
    REQUIRE(row[2] == sent.note);
  }
  CHECK(f.server.open_sessions() == 0);
  CHECK(f.server.stored_objects().empty());
}

namespace {

using faulty_loader = bulk_loader<sluice::csv<>, sluice::gzip<1>>;

struct outcome {
  sluice::report report;
  std::vector<sluice::dead_letter> letters;
  std::string words;  ///< of dead letters and failure, for messages
  std::uint64_t in_table = 0;
  std::uint64_t distinct = 0;
};

template<class Loader = faulty_loader>
outcome load_rows(account_fixture& f, sf::bulk_config c, std::int64_t rows, auto make_record) {
  outcome o;
  {
    Loader load{f.net, std::move(c), quiet(o.letters)};
    for (std::int64_t i = 0; i != rows; ++i) load.push(make_record(i));
    o.report = load.finish();
  }
  o.in_table = static_cast<std::uint64_t>(f.server.number("SELECT COUNT(*) FROM ORDERS"));
  o.distinct = static_cast<std::uint64_t>(f.server.number("SELECT COUNT(DISTINCT ID) FROM ORDERS"));
  for (auto const& l : o.letters)
    if (o.words.size() < 2'000) o.words += std::to_string(l.at) + ": " + l.why.message + '\n';
  if (o.report.failure) o.words += o.report.failure->describe();
  CHECK(o.report.pushed == o.report.confirmed + o.report.dead_lettered);
  CHECK(o.letters.size() == o.report.dead_lettered);
  return o;
}

std::string name_of_fault(std::string_view text) {
  return std::string{text.substr(0, text.find_first_of("=:"))};
}

}  // namespace

TEST_CASE("every fault of the field leaves each row in the table once", "[contract][snowflake]") {
  for (char const* fault : {
           "copy_reply_lost",
           "execute_twice",
           "copy_files_remain",
           "copy_zero_files",
           "stage_path_shared",
           "copy_burst_serialised=20:1:*",
           "stage_credentials_expired:2",
           "slow_down:1:3",
           "broken_pipe=100",
           "upload_lost",
           "stage_redirect",
           "table_not_ready",
           "table_not_ready:3",
           "table_not_ready_500",
           "session_expired:4",
           "session_expired_401:4",
           "session_gone:4",
           "session_gone:5",
           "query_in_progress:3:5",
           "query_in_progress_async:3:5",
           "hang_on_logout",
           "upload.drop_reply",
           "upload.drop_request",
           "upload.status=500",
           "upload.truncate_reply",
           "upload.hang_reply",
           "put.drop_reply",
           "put.status_after=502",
           "copy.drop_reply",
           "copy.drop_request",
           "copy.status_after=504",
           "copy.garbage_reply",
           "copy.html_reply",
           "copy.truncate_reply",
           "copy.throttle=0",
           "copy.redirect",
           "copy.hang_reply",
           "poll.drop_reply",
           "poll.status=503",
           "head_object.status=503",
       }) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      auto c = config_of(f);
      c.files_per_copy = 3;
      c.connection.limits.idle = c.upload_limits.idle = std::chrono::milliseconds{700};
      // Another login keeps the creation of the table out of the way.
      REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
      f.server.faults().arm(fault);
      auto const o = load_rows(f, c, 3'000, make_order);
      CHECK(f.fired(name_of_fault(fault)) > 0);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.report.confirmed == 3'000);
      CHECK(o.in_table == 3'000);
      CHECK(o.distinct == 3'000);
    }
  }
}

TEST_CASE("bad rows become dead letters, good rows are loaded once", "[contract][snowflake]") {
  auto const bad = [](std::int64_t i) { return i % 400 == 7; };
  auto const record = [&](std::int64_t i) {
    order o = make_order(i);
    o.status = bad(i) ? "far too long for its column" : "ok";
    return o;
  };

  struct row {
    char const* name;
    sf::on_error policy;
    bool skips;
  };

  for (auto const& [name, policy, skips] :
       {row{"abort", sf::on_error::abort(), false},
        row{"continue", sf::on_error::continue_(), false},
        row{"skip file", sf::on_error::skip_file(), true},
        row{"skip file after 2", sf::on_error::skip_file_after(2), true},
        row{"skip file over 50 %", sf::on_error::skip_file_percent(50), false}}) {
    DYNAMIC_SECTION(name) {
      account_fixture f;
      REQUIRE(f.execute(f.session(),
                        "CREATE TABLE ORDERS (ID NUMBER(38,0), STATUS VARCHAR(4), NOTE VARCHAR, "
                        "AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO FLOAT)"));
      auto c = config_of(f);
      c.copy.on_error = policy;
      auto const o = load_rows(f, c, 3'000, record);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.in_table == o.report.confirmed);
      CHECK(o.distinct == o.in_table);
      std::uint64_t named = 0;
      for (auto const& l : o.letters) {
        CHECK(l.why.reason == sluice::dead_reason::rejected);
        if (!bad(static_cast<std::int64_t>(l.at))) continue;
        // A file that is skipped is read up to the row that condemns it.
        if (skips && l.why.code.empty()) continue;
        ++named;
        CHECK(l.why.code == "100078");
        CHECK(l.why.column == "STATUS");
        CHECK(l.record.find("far too long") != std::string::npos);
      }
      CHECK(named >= (skips ? 2u : 8u));
      if (!skips) CHECK(o.letters.size() == 8);
    }
  }
}
