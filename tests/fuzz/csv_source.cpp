// Any bytes are read as CSV to their end: every record once, in order, and again from every mark.

#include "scratch_file.hpp"

#include <sluice/source/csv.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace {

struct anything {
  std::optional<std::string> text;
  std::optional<std::int16_t> number;
  std::optional<double> real;
  std::optional<sluice::decimal<9, 3>> exact;
  std::optional<sluice::timestamp<sluice::millis, sluice::utc>> moment;
};

}  // namespace

template<>
struct sluice::schema<anything>
    : sluice::columns<anything,
                      sluice::column<"a", &anything::text, sluice::max_length<20>>,
                      sluice::column<"b", &anything::number>,
                      sluice::column<"c", &anything::real>,
                      sluice::column<"d", &anything::exact>,
                      sluice::column<"e", &anything::moment>> {};

namespace {

using fuzz::require;
using fuzz::scratch_file;
using sluice::source::csv;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte chooses: header or not, delimiter.
  sluice::source::csv_options const options{.delimiter = (data[0] & 2) != 0 ? ';' : ',',
                                            .header = (data[0] & 1) != 0,
                                            .max_record_bytes = 1024};
  std::string const path = scratch_file({reinterpret_cast<char const*>(data) + 1, size - 1});

  csv<anything> whole{path, options};
  std::uint64_t expected = 0;
  sluice::source::csv_mark middle = whole.mark();
  bool fatal = false;
  for (auto const& item : whole) {
    require(item.position() == expected);
    require(!fatal);
    fatal = !item && item.fatal();
    if (!item) require(!item.error().message.empty());
    if (fatal) continue;
    if (++expected == 3) middle = whole.mark();
  }
  require(fatal == (whole.failure() != nullptr));
  if (expected < 3) return 0;

  csv<anything> rest{path, options};
  require(rest.seek(middle).has_value());
  std::uint64_t at = 3;
  for (auto const& item : rest)
    if (item || !item.fatal()) require(item.position() == at++);
  require(at == expected);
  return 0;
}
