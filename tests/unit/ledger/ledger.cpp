#include "catch.hpp"

#include <sluice/ledger/ledger.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

using sluice::ledger;
using sluice::position_range;

namespace {

std::array<position_range, 1> one(std::uint64_t first, std::uint64_t count) {
  return {{{first, count}}};
}

}  // namespace

TEST_CASE("records are pending until the service speaks", "[ledger]") {
  ledger books;
  books.take({0, 100});
  CHECK(books.counts().pending == 100);
  books.send(7, one(0, 100));
  CHECK(books.first_unaccepted() == 0);
  books.accept(one(0, 100));
  CHECK_FALSE(books.first_unaccepted().has_value());
  CHECK(books.first_pending() == 0);
  CHECK(books.confirm({0, 60}) == std::vector<ledger::share>{{7, {0, 60}}});
  CHECK(books.reject({60, 1}) == std::vector<ledger::share>{{7, {60, 1}}});
  CHECK(books.counts().dead_lettered == 0);
  CHECK(books.counts().pending == 40);
  books.bury({60, 1});
  CHECK(books.counts().dead_lettered == 1);
  CHECK(books.counts().confirmed == 60);
  CHECK(books.first_pending() == 61);
  CHECK(books.counts().adds_up());
}

TEST_CASE("a second verdict is a defect and counts nothing twice", "[ledger]") {
  ledger books;
  books.take({0, 10});
  books.send(1, one(0, 10));
  books.confirm({0, 10});
  CHECK(books.confirm({0, 10}).empty());
  CHECK(books.reject({3, 1}).empty());
  auto const counts = books.counts();
  CHECK(counts.confirmed == 10);
  CHECK(counts.dead_lettered == 0);
  CHECK(counts.defects == 11);
  CHECK(counts.adds_up());
}

TEST_CASE("a verdict for records that were not sent is a defect", "[ledger]") {
  ledger books;
  books.take({0, 10});
  CHECK(books.confirm({0, 10}).empty());
  CHECK(books.confirm({50, 1}).empty());
  CHECK(books.counts().defects == 11);
  CHECK(books.counts().pending == 10);
}

TEST_CASE("a verdict for records that an earlier run ended is no defect", "[ledger]") {
  ledger books;
  books.ended_before({3, 2});
  books.take({0, 3});
  books.send(1, one(0, 3));
  CHECK(books.confirm({0, 10}).size() == 1);
  CHECK(books.reject({4, 1}).empty());
  CHECK(books.counts().confirmed == 3);
  CHECK(books.counts().dead_lettered == 0);
  CHECK(books.counts().defects == 5);
  books.take({3, 1});
  books.send(2, one(3, 1));
  CHECK(books.confirm({3, 2}).size() == 1);
  CHECK(books.counts().confirmed == 4);
  CHECK(books.counts().defects == 5);
  CHECK(books.counts().adds_up());
}

TEST_CASE("withdrawn rows can be sent again or buried", "[ledger]") {
  ledger books;
  books.take({0, 10});
  books.send(1, one(0, 10));
  books.confirm({2, 3});
  CHECK(books.withdraw(one(0, 10)) == std::vector<position_range>{{0, 2}, {5, 5}});
  books.send(2, one(0, 2));
  CHECK(books.confirm({0, 2}) == std::vector<ledger::share>{{2, {0, 2}}});
  books.bury({5, 5});
  books.bury({5, 5});
  auto const counts = books.counts();
  CHECK(counts.confirmed == 5);
  CHECK(counts.dead_lettered == 5);
  CHECK(counts.pending == 0);
  CHECK(counts.adds_up());
}

TEST_CASE("closing tells unknown, rejected and unsent rows apart", "[ledger]") {
  ledger books;
  books.take({0, 30});
  books.send(4, one(0, 20));
  books.confirm({0, 5});
  books.reject({5, 2});
  auto const left = books.close();
  CHECK(left.unknown == std::vector<ledger::share>{{4, {7, 13}}});
  CHECK(left.rejected == std::vector<position_range>{{5, 2}});
  CHECK(left.unsent == std::vector<position_range>{{20, 10}});
  CHECK(books.confirm({7, 13}).empty());
  CHECK(books.counts().late == 13);
  CHECK(books.counts().defects == 0);
  books.spool({20, 10});
  books.bury({0, 20});
  auto const counts = books.counts();
  CHECK(counts.spooled == 10);
  CHECK(counts.dead_lettered == 15);
  CHECK(counts.pending == 0);
  CHECK(counts.adds_up());
}

TEST_CASE("the sum holds whatever a destination says", "[ledger]") {
  enum class state { unseen, pending, sent, verdict, ended };
  std::mt19937 random{11};
  for (int run = 0; run != 50; ++run) {
    ledger books;
    std::map<std::uint64_t, state> model;
    std::uint64_t next = 0;
    for (std::uint64_t step = 0; step != 300; ++step) {
      position_range const rows{random() % (next + 3), 1 + random() % 7};
      switch (random() % 6) {
        case 0: {
          position_range const fresh{next, 1 + random() % 9};
          books.take(fresh);
          for (auto at = fresh.first; at != fresh.end(); ++at) model[at] = state::pending;
          next = fresh.end();
          break;
        }
        case 1:
          if (rows.end() > next) break;
          for (auto at = rows.first; at != rows.end(); ++at) {
            if (model[at] != state::pending) continue;
            books.send(step, one(at, 1));
            model[at] = state::sent;
          }
          break;
        case 2: {
          std::uint64_t landed = 0;
          for (auto const& part : books.confirm(rows)) landed += part.rows.count;
          std::uint64_t expected = 0;
          for (auto at = rows.first; at != rows.end(); ++at) {
            if (!model.contains(at) || model[at] != state::sent) continue;
            model[at] = state::ended;
            ++expected;
          }
          REQUIRE(landed == expected);
          break;
        }
        case 3:
          for (auto const& part : books.reject(rows))
            for (auto at = part.rows.first; at != part.rows.end(); ++at) {
              REQUIRE(model[at] == state::sent);
              model[at] = state::verdict;
            }
          break;
        case 4:
          for (auto& [at, what] : model) {
            if (what != state::verdict || random() % 3 != 0) continue;
            books.bury({at, 1});
            what = state::ended;
          }
          break;
        default:
          for (auto const& part : books.withdraw(std::array{rows}))
            for (auto at = part.first; at != part.end(); ++at) {
              REQUIRE(model[at] == state::sent);
              model[at] = state::pending;
            }
      }
      auto const counts = books.counts();
      REQUIRE(counts.adds_up());
      REQUIRE(counts.pushed == next);
      std::uint64_t ended = 0;
      for (auto const& [at, what] : model) ended += what == state::ended;
      REQUIRE(counts.confirmed + counts.dead_lettered == ended);
    }
  }
}
