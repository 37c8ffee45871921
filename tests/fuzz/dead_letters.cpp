// Any bytes are read as dead letters to their end: every line once, in order, and again from a
// position; a letter that is written anew reads the same.

#include "scratch_file.hpp"

#include <sluice/ledger/dead_letter.hpp>
#include <sluice/source/dead_letters.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

struct anything {
  std::optional<std::string> text;
  std::optional<std::int16_t> number;
  std::optional<double> real;
  std::optional<sluice::decimal<9, 3>> exact;
  std::optional<sluice::timestamp<sluice::millis, sluice::utc>> moment;
  std::optional<sluice::json> tree;
  std::optional<std::string> card;
};

}  // namespace

template<>
struct sluice::schema<anything>
    : sluice::columns<anything,
                      sluice::column<"a", &anything::text, sluice::max_length<20>>,
                      sluice::column<"b", &anything::number>,
                      sluice::column<"c", &anything::real>,
                      sluice::column<"d", &anything::exact>,
                      sluice::column<"e", &anything::moment>,
                      sluice::column<"f", &anything::tree>,
                      sluice::column<"g", &anything::card, sluice::pii>> {};

namespace {

using fuzz::require;
using fuzz::scratch_file;
using sluice::source::dead_letters;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte chooses: all reasons or the sure ones.
  sluice::source::dead_letter_options const options{
      .reasons =
          (data[0] & 1) != 0 ? sluice::source::every_reason : sluice::source::reasons_never_stored,
      .max_line_bytes = 1024};
  std::string const path = scratch_file({reinterpret_cast<char const*>(data) + 1, size - 1});

  dead_letters<anything> whole{{path}, options};
  std::uint64_t expected = 0;
  bool fatal = false;
  std::string rewritten;
  std::size_t letters = 0;
  for (auto const& item : whole) {
    require(item.position() == expected);
    require(!fatal);
    fatal = !item && item.fatal();
    if (!item) require(!item.error().message.empty());
    if (fatal) continue;
    ++expected;
    sluice::source::read_letter const* const l = whole.letter();
    require(l != nullptr || !item);
    if (l == nullptr) continue;
    require(options.reasons.has(l->letter.why.reason));
    rewritten += to_json(l->letter, l->run) + '\n';
    ++letters;
  }
  require(fatal == (whole.failure() != nullptr));
  if (fatal) return 0;

  std::uint64_t const middle = expected / 2;
  require(whole.seek(middle).has_value());
  std::uint64_t at = middle;
  for (auto const& item : whole) require(item.position() == at++);
  require(at == expected);

  // What is written anew is plain text, and may have longer escapes.
  dead_letters<anything> again{
      {scratch_file(rewritten)},
      {.reasons = sluice::source::every_reason, .max_line_bytes = 1u << 20}};
  for (auto const& item : again) {
    require(again.letter() != nullptr && (item || !item.fatal()));
    --letters;
  }
  require(letters == 0);
  return 0;
}
