#include "catch.hpp"
#include "support.hpp"

#include <sluice/ledger/dead_letter.hpp>
#include <sluice/source/dead_letter_summary.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

struct counted {
  std::int32_t id = 0;
  std::string card;
};

}  // namespace

template<>
struct sluice::schema<counted> : sluice::columns<counted,
                                                 sluice::column<"ID", &counted::id>,
                                                 sluice::column<"CARD", &counted::card, pii>> {};

namespace {

using sluice::dead_reason;
using sluice::source::summarize_dead_letters;
using support::has;

std::string line(std::string_view run,
                 dead_reason reason,
                 std::string code,
                 std::optional<std::uint64_t> payload,
                 std::string record,
                 sluice::position at = 0) {
  sluice::dead_letter letter;
  letter.at = at;
  letter.why.reason = reason;
  letter.why.code = std::move(code);
  letter.was_sent = payload.has_value();
  letter.payload = payload.value_or(0);
  letter.record = std::move(record);
  return to_json(letter, run) + '\n';
}

std::string const good = R"({"ID":1,"CARD":"c"})";

TEST_CASE("letters are counted by reason, code, payload and run") {
  support::temporary_file const first{line("a", dead_reason::rejected, "100038", 1, good) +
                                      line("a", dead_reason::rejected, "100038", 1, good, 1) +
                                      line("a", dead_reason::rejected, "100080", 2, good, 2) +
                                      line("a", dead_reason::unknown, "", 2, {}, 3) + "broken\n"};
  support::temporary_file const second{
      line("b", dead_reason::undelivered, "503", 1, good) +
      line("b", dead_reason::source, "", {}, R"({"ID":"1","CARD":"[redacted]"})")};
  auto const s = summarize_dead_letters<counted>({first.path(), second.path()});
  REQUIRE(s.has_value());
  CHECK(s->all.letters == 6);
  CHECK(s->all.usable == 4);
  CHECK(s->all.usable_bytes == 4 * good.size());
  CHECK(s->not_letters == 1);
  auto const& rejected = s->by_reason[static_cast<std::size_t>(dead_reason::rejected)];
  CHECK(rejected.letters == 3);
  CHECK(rejected.usable == 3);
  CHECK(s->of(sluice::source::reasons_never_stored).letters == 5);
  CHECK(s->of(sluice::source::reasons_never_stored).usable == 4);
  CHECK(s->of(dead_reason::unknown).letters == 1);
  CHECK(s->of(dead_reason::unknown).usable == 0);
  CHECK(s->by_code.at("100038") == 2);
  CHECK(s->by_code.at("") == 2);
  CHECK(s->by_code.size() == 4);
  CHECK(s->runs.size() == 2);
  CHECK(s->payloads == 3);
  CHECK(s->sent == 5);
  CHECK(s->letters_per_payload() == Approx(5.0 / 3));
  REQUIRE(s->first_error.has_value());
  CHECK(has(s->first_error->describe(), first.path() + ":4: the letter has no record"));
  REQUIRE(s->files.size() == 2);
  CHECK(s->files[1].path == second.path());
  CHECK(s->files[1].bytes != 0);
  CHECK(s->files[1].modified.has_value());
}

TEST_CASE("files without letters have a summary, files that cannot be read have none") {
  support::temporary_file const empty{""};
  auto const s = summarize_dead_letters<counted>({empty.path()});
  REQUIRE(s.has_value());
  CHECK(s->all.letters == 0);
  CHECK(s->letters_per_payload() == 0);
  CHECK_FALSE(s->first_error.has_value());
  CHECK_FALSE(summarize_dead_letters<counted>({empty.path(), "/no/such/file"}).has_value());
}

}  // namespace
