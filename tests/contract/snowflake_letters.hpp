#ifndef SLUICE_TESTS_CONTRACT_SNOWFLAKE_LETTERS_HPP
#define SLUICE_TESTS_CONTRACT_SNOWFLAKE_LETTERS_HPP

#include "catch.hpp"
#include "snowflake_orders.hpp"
#include "temporary_directory.hpp"

#include <sluice/source/dead_letters.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Loads that are refused, and what is in their dead letters.
namespace orders {

using namespace std::chrono_literals;

inline sf::bulk_config config_for(account_fixture const& f) {
  sf::bulk_config c = config_of(f);
  c.create_table = false;
  c.table_wait = 0ms;
  c.connection.limits.idle = c.upload_limits.idle = 1'000ms;
  return c;
}

inline void make_table(account_fixture& f) {
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
}

inline constexpr std::string_view narrow_table =
    "CREATE TABLE ORDERS (ID NUMBER(38,0), STATUS VARCHAR(4), NOTE VARCHAR, AMOUNT NUMBER(12,2), "
    "PAID BOOLEAN, RATIO FLOAT)";

/// Fits into the narrow table, or not.
inline order with_long_status(std::int64_t i, bool far_too_long) {
  order o = make_order(i);
  o.status = far_too_long ? "far too long for its column" : "ok";
  return o;
}

/// What one load left behind.
struct refused_load {
  sluice_test::temporary_directory directory;
  std::string path = directory / "dead.ndjson";
  std::string said;  ///< warnings
  sluice::report report;

  sluice::run_options options() {
    sluice::run_options o;
    o.workers = 1;  // files with rows in order
    o.dead_letters = sluice::dead_letter_file(path);
    o.log = sluice::logger{[this](sluice::log_entry const& e) {
                             std::scoped_lock const lock{saying_};
                             said += sluice::to_text(e) + '\n';
                           },
                           sluice::log_level::warning};
    return o;
  }

 private:
  std::mutex saying_;
};

/// Loads rows into a table that is dropped once the load is open, so that COPY is refused.
template<class Loader>
void load_into_nothing(refused_load& done,
                       account_fixture& f,
                       sf::bulk_config const& c,
                       std::int64_t rows,
                       auto make_record) {
  make_table(f);
  Loader load{f.net, c, done.options()};
  REQUIRE(load.resume_position());
  REQUIRE(f.execute(f.session(), "DROP TABLE ORDERS"));
  for (std::int64_t i = 0; i != rows; ++i) REQUIRE(load.push(make_record(i)));
  done.report = load.finish();
  CHECK(done.report.pushed == static_cast<std::uint64_t>(rows));
  CHECK(done.report.confirmed == 0);
  CHECK(done.report.dead_lettered == static_cast<std::uint64_t>(rows));
}

inline void check_same(order const& a, order const& b) {
  CHECK(a.status == b.status);
  CHECK(a.note == b.note);
  CHECK(a.amount == b.amount);
  CHECK(a.paid == b.paid);
  CHECK(a.ratio == b.ratio);
}

/// Every letter of the file has its record, and each id of those that `expected` says occurs once.
inline void check_letters(std::string const& path,
                          std::set<std::int64_t> expected,
                          auto make_record) {
  sluice::source::dead_letters<order> letters{{path}, {}};
  for (auto const& item : letters) {
    if (!item) FAIL(item.error().describe());
    CHECK_FALSE(letters.letter()->letter.record_is_text);
    REQUIRE(expected.erase(item->id) == 1);
    CHECK(letters.letter()->letter.at == static_cast<std::uint64_t>(item->id));
    check_same(*item, make_record(item->id));
  }
  CHECK(letters.failure() == nullptr);
  CHECK(expected.empty());
}

inline std::set<std::int64_t> numbers(std::int64_t first, std::int64_t end) {
  std::set<std::int64_t> all;
  for (std::int64_t i = first; i != end; ++i) all.insert(i);
  return all;
}

/// Loads the letters of the file; the table has each row once afterwards.
template<class Loader>
void replay(account_fixture& f,
            sf::bulk_config const& c,
            std::string const& path,
            std::int64_t rows) {
  make_table(f);
  std::vector<sluice::dead_letter> again;
  Loader load{f.net, c, quiet(again)};
  sluice::source::dead_letters<order> left{{path}, {}};
  load.push(left);
  CHECK(left.failure() == nullptr);
  auto const r = load.finish();
  if (r.failure) FAIL(r.failure->describe());
  CHECK(again.empty());
  CHECK(r.confirmed == static_cast<std::uint64_t>(rows));
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == rows);
  CHECK(f.server.number("SELECT COUNT(DISTINCT ID) FROM ORDERS") == rows);
}

/// Letters without a record, of which each names its stage file.
inline void check_without_records(std::string const& path, std::size_t count, char const* code) {
  sluice::source::dead_letters<order> letters{{path}, {}};
  std::size_t seen = 0;
  for (auto const& item : letters) {
    CHECK_FALSE(item);
    REQUIRE(letters.letter() != nullptr);
    sluice::dead_letter const& letter = letters.letter()->letter;
    CHECK(letter.record.empty());
    CHECK(letter.why.reason == sluice::dead_reason::rejected);
    CHECK(letter.why.code == code);
    CHECK(letter.why.message.find("stage file @~/sluice/") != std::string::npos);
    ++seen;
  }
  CHECK(seen == count);
}

}  // namespace orders

#endif  // SLUICE_TESTS_CONTRACT_SNOWFLAKE_LETTERS_HPP
