#ifndef SLUICE_ENCODE_FORMAT_HPP
#define SLUICE_ENCODE_FORMAT_HPP

#include <sluice/codec.hpp>
#include <sluice/config.hpp>

#include <cstdint>
#include <string_view>

namespace sluice::inline v0 {

/// The shape of a payload's bytes.
enum class format : std::uint8_t {
  csv,
  ndjson,
  parquet,
  protobuf,
  json  ///< one JSON array; what an element looks like is the format type's own
};

/// What a destination has to tell its service about the bytes; a constant of the encoder.
struct format_description {
  format kind = format::csv;
  char delimiter = ',';               ///< csv: between fields
  char quote = '"';                   ///< csv: around fields; a quote inside is doubled
  std::string_view null_marker = {};  ///< csv: an unquoted field with this text is null
  bool header = false;                ///< csv: the first line names the columns
};

/// "csv", "ndjson", ...
[[nodiscard]] constexpr std::string_view name_of(format f) noexcept {
  switch (f) {
    case format::csv:
      return "csv";
    case format::ndjson:
      return "ndjson";
    case format::parquet:
      return "parquet";
    case format::protobuf:
      return "protobuf";
    case format::json:
      return "json";
  }
  return "unknown";
}

}  // namespace sluice::inline v0

#endif  // SLUICE_ENCODE_FORMAT_HPP
