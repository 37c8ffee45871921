#include "catch.hpp"

#include <sluice/ledger/ledger.hpp>
#include <sluice/pipeline/detail/intake.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace d = sluice::detail;

TEST_CASE("a cut by age does not move a producer's look behind skipped positions",
          "[pipeline][intake]") {
  sluice::transport net{{}};
  d::load_shape shape;
  shape.batch.max_age = std::chrono::seconds{1};
  sluice::ledger books;
  auto const waiting = std::make_shared<d::gate>(net);
  auto const memory = std::make_shared<d::budget>(1u << 24, 0u, [] {});
  d::intake taken{net,
                  shape,
                  1,
                  4,
                  std::make_shared<d::segment_pool>(memory, shape.segment_bytes),
                  waiting,
                  books,
                  {[] {}, [] {}, [] {}}};
  // An earlier run has brought records 5, 6 and 7 to their end.
  sluice::interval_set ended;
  ended.add({5, 3});
  taken.open(0, ended);
  d::slot& mine = *taken.attach();
  REQUIRE(taken.next(mine, 8, true) == d::intake_turn::ready);
  for (std::uint32_t rows = 1; rows <= 5; ++rows) {
    mine.open->commit(mine.open->cursor() + 1);
    // The timer cuts between a producer's commit and its look at `watch`.
    taken.cut_all();
    INFO(rows << " rows");
    CHECK(mine.watch.load() <= mine.row_limit);
  }
  CHECK(mine.row_limit == 5);
  REQUIRE(taken.on_watch(mine));
  CHECK(taken.next(mine, 8, true) == d::intake_turn::skipped);
  taken.detach(mine);
}
