#include "catch.hpp"

#include <sluice/snowflake/verdicts.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
using sluice::dead_reason;
using sluice::position;
using sluice::position_range;

class recorder final : public sluice::ack {
 public:
  using sluice::ack::confirm;
  using sluice::ack::reject;

  void confirm(position_range rows) override {
    for (position at = rows.first; at != rows.end(); ++at) add(at, "ok");
  }

  void reject(position row, sluice::rejection why, std::string record) override {
    std::string text = why.reason == dead_reason::unknown ? "unknown" : "rejected";
    if (!why.code.empty()) text += ' ' + why.code;
    if (!record.empty()) text += ' ' + record;
    add(row, text);
  }

  std::map<position, std::string> seen;

 private:
  void add(position at, std::string const& text) {
    bool const first = seen.emplace(at, text).second;
    REQUIRE(first);
  }
};

sf::staged_file file_of(recorder& to) {
  return {3, "000000000003.csv", 6, {{100, 4}, {7, 2}}, &to};
}

/// What is not at hand is rejected without text.
sf::file_end give_verdicts(sf::staged_file const& file,
                           sf::file_result const& result,
                           std::vector<sf::row_error> const& errors) {
  std::vector<sf::bare_rows> bare;
  sf::file_end const end = sf::give_verdicts(file, result, errors, bare);
  for (sf::bare_rows const& rows : bare) sf::reject_rows(file, rows);
  return end;
}

sf::row_error bad(std::uint64_t row) {
  return {row, {dead_reason::rejected, "100038", "not a number", "ID"}, "x"};
}

}  // namespace

TEST_CASE("a loaded file confirms every row", "[snowflake][verdicts]") {
  recorder to;
  CHECK(give_verdicts(file_of(to), {sf::load_status::loaded, 6, 6, 0, ""}, {}) ==
        sf::file_end::all_loaded);
  CHECK(to.seen == std::map<position, std::string>{
                       {100, "ok"}, {101, "ok"}, {102, "ok"}, {103, "ok"}, {7, "ok"}, {8, "ok"}});
}

TEST_CASE("refused rows are rejected, the others confirmed", "[snowflake][verdicts]") {
  recorder to;
  std::vector<sf::row_error> const errors{bad(0), bad(3), bad(4)};
  CHECK(give_verdicts(file_of(to), {sf::load_status::partially_loaded, 6, 3, 3, "x"}, errors) ==
        sf::file_end::some_refused);
  CHECK(to.seen == std::map<position, std::string>{{100, "rejected 100038 x"},
                                                   {101, "ok"},
                                                   {102, "ok"},
                                                   {103, "rejected 100038 x"},
                                                   {7, "rejected 100038 x"},
                                                   {8, "ok"}});
}

TEST_CASE("nothing is confirmed on figures that do not add up", "[snowflake][verdicts]") {
  struct row {
    sf::file_result result;
    std::vector<sf::row_error> errors;
  };

  for (auto const& [result, errors] :
       std::vector<row>{{{sf::load_status::loaded, 5, 5, 0, ""}, {}},
                        {{sf::load_status::loaded, 6, 5, 0, ""}, {}},
                        {{sf::load_status::loaded, 7, 7, 0, ""}, {}},
                        {{sf::load_status::partially_loaded, 6, 3, 3, ""}, {bad(1)}},
                        {{sf::load_status::partially_loaded, 6, 5, 1, ""}, {bad(1), bad(2)}},
                        {{sf::load_status::partially_loaded, 6, 5, 1, ""}, {bad(6)}}}) {
    recorder to;
    CHECK(give_verdicts(file_of(to), result, errors) == sf::file_end::unreconciled);
    CHECK(to.seen.size() == 6);
    for (auto const& [at, verdict] : to.seen) CHECK(verdict != "ok");
  }
}

TEST_CASE("a file that was skipped refuses all its rows", "[snowflake][verdicts]") {
  recorder to;
  std::vector<sf::row_error> const errors{bad(5)};
  CHECK(give_verdicts(file_of(to), {sf::load_status::failed, 6, 0, 1, "x"}, errors) ==
        sf::file_end::some_refused);
  CHECK(to.seen.at(8) == "rejected 100038 x");
  CHECK(to.seen.at(100) == "rejected");
  CHECK(to.seen.size() == 6);
}

TEST_CASE("rows whose text nobody gave are named, in order", "[snowflake][verdicts]") {
  recorder to;
  sf::staged_file const file = file_of(to);
  sf::row_error without = bad(1);
  without.record.clear();
  std::vector<sf::row_error> const errors{without, bad(4)};
  std::vector<sf::bare_rows> bare;
  CHECK(sf::give_verdicts(file, {sf::load_status::failed, 6, 0, 2, "x"}, errors, bare) ==
        sf::file_end::some_refused);
  CHECK(to.seen == std::map<position, std::string>{{7, "rejected 100038 x"}});
  REQUIRE(bare.size() == 4);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> runs;
  for (sf::bare_rows const& rows : bare) runs.emplace_back(rows.first, rows.end);
  CHECK(runs ==
        std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, 1}, {1, 2}, {2, 4}, {5, 6}});
  CHECK(bare[0].why.code.empty());
  CHECK(bare[1].why.code == "100038");
  CHECK(sf::position_of(file, 3) == 103);
  CHECK(sf::position_of(file, 5) == 8);
  CHECK(sf::ranges_of(file, {3, 6, {}}) == std::vector<position_range>{{103, 1}, {7, 2}});
}
