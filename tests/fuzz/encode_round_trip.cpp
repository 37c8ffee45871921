// Any text and any number: what is encoded is rendered as the same JSON from CSV and from NDJSON;
// what is refused is refused by both.
#include <sluice/encode/csv.hpp>
#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace {

struct row {
  double value = 0;
  std::int64_t number = 0;
  std::string_view text;
  std::optional<std::string_view> note;
  sluice::json_view document{"null"};
  sluice::timestamp<sluice::nanos> at;
};

}  // namespace

template<>
struct sluice::schema<row> : sluice::columns<row,
                                             sluice::column<"VALUE", &row::value>,
                                             sluice::column<"NUMBER", &row::number>,
                                             sluice::column<"TEXT", &row::text>,
                                             sluice::column<"NOTE", &row::note>,
                                             sluice::column<"DOCUMENT", &row::document>,
                                             sluice::column<"AT", &row::at>> {};

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template<class Format>
std::optional<std::string> written(row const& r) {
  sluice::encoder_for<Format, row> const encode;
  sluice::segment room{encode.max_size(r)};
  bool const taken = encode.append(r, room);
  require(taken == encode.validate(r).has_value());
  if (!taken) return std::nullopt;
  return *encode.rows().render({room.data(), room.committed().bytes}, 0, true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 18) return 0;
  row r;
  std::memcpy(&r.value, data, 8);
  std::memcpy(&r.number, data + 8, 8);
  r.at.ticks = r.number;
  std::string_view const rest{reinterpret_cast<char const*>(data) + 18, size - 18};
  r.text = rest.substr(0, data[16]);
  if (data[17] % 2 == 0) r.note = rest.substr(0, data[17]);
  if (data[17] % 4 == 1) r.document.text = rest;
  auto const csv = written<sluice::csv<>>(r);
  auto const ndjson = written<sluice::ndjson>(r);
  require(csv == ndjson);
  if (!csv) return 0;
  require(sluice::detail::is_json(*csv));
  std::string text;
  sluice::detail::append_json_string(text, r.text);
  require(csv->find("\"TEXT\":" + text) != std::string::npos);
  return 0;
}
