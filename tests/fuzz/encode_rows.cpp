// Bodies that nobody of ours has written: slice and render answer or refuse, within bounds; what
// they answer is well-formed.
#include <sluice/encode/csv.hpp>
#include <sluice/encode/detail/check.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct row {
  std::int64_t id = 0;
  std::string name;
  std::optional<std::string> email;
  std::vector<int> numbers;
};

}  // namespace

template<>
struct sluice::schema<row> : sluice::columns<row,
                                             sluice::column<"ID", &row::id>,
                                             sluice::column<"NA\"ME", &row::name>,
                                             sluice::column<"EMAIL", &row::email, sluice::pii>,
                                             sluice::column<"NUMBERS", &row::numbers>> {};

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read(sluice::row_format const& rows, std::string_view body) {
  for (std::uint64_t number : {0u, 1u, 5u}) {
    auto const line = rows.render(body, number, number == 1);
    if (!line) continue;
    require(sluice::detail::is_json(*line));
    require(line->find('\n') == std::string::npos);
  }
  auto const part = rows.slice(body, 1, 2);
  if (!part) return;
  // What is cut out is a body again, with the same rows.
  auto const whole = rows.slice(*part, 0, 2);
  require(whole && *whole == *part);
  require(!rows.slice(*part, 0, 3));
  auto const before = rows.render(body, 2, true);
  auto const after = rows.render(*part, 1, true);
  require(before.has_value() == after.has_value() && (!before || *before == *after));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const body{reinterpret_cast<char const*>(data) + 1, size - 1};
  using pipe = sluice::csv<sluice::delimiter<'|'>, sluice::null_marker<"\\N">, sluice::with_header>;
  switch (data[0] % 3) {
    case 0:
      read(sluice::encoder_for<sluice::csv<>, row>::rows(), body);
      break;
    case 1:
      read(sluice::encoder_for<pipe, row>::rows(), body);
      break;
    default:
      read(sluice::encoder_for<sluice::ndjson, row>::rows(), body);
  }
  return 0;
}
