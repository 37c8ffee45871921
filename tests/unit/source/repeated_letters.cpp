// Letters that a load wrote twice, since it was killed before its journal knew of them.

#include "catch.hpp"
#include "support.hpp"

#include <sluice/ledger/dead_letter.hpp>
#include <sluice/source/dead_letter_options.hpp>
#include <sluice/source/dead_letter_summary.hpp>
#include <sluice/source/dead_letters.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct numbered {
  std::int32_t id = 0;
};

}  // namespace

template<>
struct sluice::schema<numbered> : sluice::columns<numbered, sluice::column<"ID", &numbered::id>> {};

namespace {

using sluice::dead_reason;
using sluice::source::dead_letters;

std::string record(int id) {
  return "{\"ID\":" + std::to_string(id) + '}';
}

std::string line(std::string_view run,
                 sluice::position at,
                 std::string of,
                 dead_reason reason = dead_reason::rejected) {
  sluice::dead_letter letter;
  letter.at = at;
  letter.why.reason = reason;
  letter.record = std::move(of);
  return to_json(letter, run) + '\n';
}

/// The ids of the records in order, "?" for an item that is none.
std::string ids(dead_letters<numbered>& source) {
  std::string text;
  for (auto const& item : source) text += item ? std::to_string(item->id) : "?";
  return text;
}

std::string ids_of(std::string_view text, sluice::source::dead_letter_options options = {}) {
  support::temporary_file const file{text};
  dead_letters<numbered> source{{file.path()}, std::move(options)};
  return ids(source);
}

}  // namespace

TEST_CASE("a letter that is there twice is one record") {
  CHECK(ids_of(line("a", 0, record(1)) + line("a", 1, record(2)) + line("a", 0, record(1)) +
               line("a", 1, record(2)) + line("a", 2, record(3))) == "123");
  // Other letters of the same record, and the same place in another load.
  CHECK(ids_of(line("a", 0, record(1)) + line("a", 1, record(1)) + line("b", 0, record(1))) ==
        "111");
  auto const last = std::numeric_limits<sluice::position>::max();
  CHECK(ids_of(line("a", last, record(1)) + line("a", last, record(1)) + line("a", 0, record(2))) ==
        "12");
}

TEST_CASE("letters of which nobody knows the load, or that differ, are all given") {
  CHECK(ids_of(line("", 0, record(1)) + line("", 0, record(1))) == "11");
  // A run id that two loads were given does not hide the second one's records.
  CHECK(ids_of(line("a", 0, record(1)) + line("a", 0, record(2)) + line("a", 0, record(2))) ==
        "12");
}

TEST_CASE("a repeated letter without its record adds nothing, one with it does") {
  CHECK(ids_of(line("a", 0, record(1)) + line("a", 0, {})) == "1");
  CHECK(ids_of(line("a", 0, {}) + line("a", 0, {}) + line("a", 0, record(1)) +
               line("a", 0, record(1))) == "?1");
}

TEST_CASE("a letter that is passed over for its reason is no earlier one") {
  sluice::source::dead_letter_options const sure{.reasons = sluice::source::reasons_never_stored};
  CHECK(ids_of(line("a", 0, record(1), dead_reason::unknown) + line("a", 0, record(1)), sure) ==
        "1");
}

TEST_CASE("positions of items are the same after seeking, with repeats over several files") {
  support::temporary_file const first{line("a", 0, record(1)) + line("a", 1, record(2)) +
                                      line("a", 0, record(1))};
  support::temporary_file const second{line("a", 1, record(2)) + line("a", 2, record(3))};
  dead_letters<numbered> source{{first.path(), second.path()}};
  CHECK(ids(source) == "123");
  for (std::uint64_t const from : {2u, 0u, 1u, 3u}) {
    REQUIRE(source.seek(from).has_value());
    CHECK(ids(source) == std::string{"123"}.substr(from));
  }
}

TEST_CASE("a summary counts each record once") {
  support::temporary_file const file{line("a", 0, record(1)) + line("a", 0, record(1)) +
                                     line("a", 1, record(2))};
  auto const s = sluice::source::summarize_dead_letters<numbered>({file.path()});
  REQUIRE(s.has_value());
  CHECK(s->all.letters == 2);
  CHECK(s->all.usable == 2);
}
