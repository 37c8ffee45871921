#ifndef SLUICE_ENCODE_NDJSON_HPP
#define SLUICE_ENCODE_NDJSON_HPP

#include <sluice/config.hpp>
#include <sluice/encode/detail/json_dialect.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/text_encoder.hpp>
#include <sluice/meta/check.hpp>

namespace sluice::inline v0 {

/// Format: one JSON object per row, keyed by column name, '\n' after each; UTF-8, no BOM.
///
/// * null is `null`, every column is written in every row.
/// * Integers are numbers. Decimals of more than 15 digits are strings, so that no reader rounds
///   them; shorter ones are numbers.
/// * Floating point is a number in its shortest form; `"NaN"`, `"inf"`, `"-inf"` are strings.
/// * Bytes are upper-case hex; date, time, timestamp and UUID strings look as in `csv`.
/// * json is the value itself, a range is an array, a described struct or a map an object.
struct ndjson {
  using diagnosis = passed;
  static constexpr format_description description{.kind = format::ndjson};

  using dialect = detail::ndjson_dialect;
  using rows = ndjson_rows;

  template<class Record>
  using encoder_for = text_encoder<Record, ndjson>;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_ENCODE_NDJSON_HPP
