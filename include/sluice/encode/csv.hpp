#ifndef SLUICE_ENCODE_CSV_HPP
#define SLUICE_ENCODE_CSV_HPP

#include <sluice/config.hpp>
#include <sluice/encode/detail/csv_dialect.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/text_encoder.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/meta/fixed_string.hpp>

#include <string_view>

namespace sluice::inline v0 {

/// Option of `csv`: the byte between fields; default ','.
template<char Byte>
struct delimiter;

/// Option of `csv`: the byte around text; default '"'.
template<char Byte>
struct quote;

/// Option of `csv`: the unquoted field that means null; default "", an empty field.
/// A service that also looks into quotes (Snowflake's NULL_IF) would take the same text for null:
/// a record with such a text is refused.
template<fixed_string Text>
struct null_marker;

/// Option of `csv`: each body begins with the names of the columns.
struct with_header;

namespace failed {

/// `Option` is none of delimiter, quote, null_marker, with_header.
template<class Option>
struct unknown_csv_option {
  static constexpr bool ok = false;
};

template<class First, class Second>
struct csv_option_given_twice {
  static constexpr bool ok = false;
};

/// The delimiter is a byte that stands in unquoted values (letters, digits, "+-.: ") or at the end
/// of rows, or no visible ASCII byte.
template<char Delimiter>
struct csv_delimiter_occurs_in_values {
  static constexpr bool ok = false;
};

/// The same for the quote.
template<char Quote>
struct csv_quote_occurs_in_values {
  static constexpr bool ok = false;
};

template<char Byte>
struct csv_delimiter_equals_quote {
  static constexpr bool ok = false;
};

/// The null marker contains the delimiter, the quote or a line break.
template<fixed_string Marker>
struct csv_null_marker_has_special_byte {
  static constexpr bool ok = false;
};

/// The null marker is what a value looks like (a number, "true", "NaN").
template<fixed_string Marker>
struct csv_null_marker_is_a_value {
  static constexpr bool ok = false;
};

}  // namespace failed

namespace detail {

struct csv_options;

template<class... Options>
struct csv_settings;

}  // namespace detail

/// Format: comma-separated values, as every bulk loader reads them.
///
/// Body: [header '\n'] rows × (fields joined by the delimiter, '\n'); UTF-8, no BOM.
/// * null is the unquoted null marker, by default an empty field; text is always quoted, so `""` is
///   an empty string. Quotes inside are doubled, nothing else is escaped: line breaks and NUL stand
///   as they are.
/// * bool `true`/`false`; floating point shortest form, `NaN`, `inf`, `-inf`; bytes in upper-case
///   hex, quoted; date `YYYY-MM-DD`; time `HH:MM:SS.ffffff`; timestamp `YYYY-MM-DD
///   HH:MM:SS.ffffff`, with `+HH:MM` unless it has no zone; UUID with dashes; json, array and
///   object as JSON text, quoted.
/// * A record whose only column is null is an empty line: readers must not skip blank lines.
///
/// These are what Snowflake's COPY reads back with TYPE=CSV FIELD_OPTIONALLY_ENCLOSED_BY='"'
/// ESCAPE=NONE ESCAPE_UNENCLOSED_FIELD=NONE NULL_IF=() EMPTY_FIELD_AS_NULL=TRUE BINARY_FORMAT=HEX.
/// Source: Snowflake documentation, "CREATE FILE FORMAT", formatTypeOptions.
template<class... Options>
struct csv {
  /// `passed`, or what is wrong with the options.
  using diagnosis = typename detail::csv_settings<Options...>::diagnosis;
  static constexpr format_description description = detail::csv_settings<Options...>::description;

  using dialect = typename detail::csv_settings<Options...>::dialect;
  using rows = csv_rows;

  template<class Record>
  using encoder_for = text_encoder<Record, csv>;
};

}  // namespace sluice::inline v0

#include <sluice/encode/impl/csv.hpp>

#endif  // SLUICE_ENCODE_CSV_HPP
