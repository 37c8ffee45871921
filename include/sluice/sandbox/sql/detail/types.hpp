#ifndef SLUICE_SANDBOX_SQL_DETAIL_TYPES_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_TYPES_HPP

/// \file
/// Snowflake's types, and exact decimals of up to 38 digits.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum class kind : std::uint8_t {
  null,  ///< type of a bare NULL
  number,
  real,
  text,
  boolean,
  date,
  time,
  timestamp_ntz,
  timestamp_ltz,
  timestamp_tz,
  variant,
  object,
  array,
  binary
};

/// The service's numbers about types ("Data types" reference; protocol notes 5.6 and 5.9).
struct type_limits {
  static constexpr int max_precision = 38;
  static constexpr int max_fraction_digits = 9;
  static constexpr std::int64_t default_text_length = 16'777'216;
  static constexpr std::int64_t max_text_length = 134'217'728;
  static constexpr std::int64_t default_binary_length = 8'388'608;
  static constexpr std::int64_t max_binary_length = 67'108'864;
  static constexpr std::int64_t max_variant_bytes = 134'217'728;
};

struct sql_type {
  kind is = kind::null;
  int precision = type_limits::max_precision;  ///< number
  int scale = 0;                               ///< number, time, timestamps
  std::int64_t length = 0;                     ///< text: characters; binary: bytes

  bool operator==(sql_type const&) const = default;

  static sql_type number(int precision, int scale) { return {kind::number, precision, scale, 0}; }

  static sql_type text(std::int64_t length = type_limits::default_text_length) {
    return {kind::text, 0, 0, length};
  }

  static sql_type binary(std::int64_t length = type_limits::default_binary_length) {
    return {kind::binary, 0, 0, length};
  }

  static sql_type of(kind k) {
    bool const fraction = k >= kind::time && k <= kind::timestamp_tz;
    return {k, 0, fraction ? type_limits::max_fraction_digits : 0, 0};
  }
};

constexpr bool is_timestamp(kind k) {
  return k >= kind::timestamp_ntz && k <= kind::timestamp_tz;
}

constexpr bool is_semi_structured(kind k) {
  return k >= kind::variant && k <= kind::array;
}

/// `NUMBER(38,0)`, `VARCHAR(16777216)`, ... as DESC TABLE shows it.
std::string type_text(sql_type const& type);
/// `NUMBER`, `TEXT`, `TIMESTAMP_NTZ`, ... as INFORMATION_SCHEMA.COLUMNS shows it.
std::string_view type_family(sql_type const& type);
/// The entry of `rowtype` for a value of this type.
column wire_column(std::string name, sql_type const& type, bool nullable);

/// A type packed into an integer, and back; how SQLite functions are told about types.
std::int64_t pack(sql_type const& type);
sql_type unpack(std::int64_t packed);

/// `unscaled` / 10^`scale`.
struct decimal {
  int128 unscaled = 0;
  int scale = 0;
};

/// 10^n for 0 <= n <= 38.
int128 power_of_ten(int n);

/// The largest magnitude of NUMBER(precision): 10^precision - 1.
inline int128 largest(int precision) {
  return power_of_ten(precision) - 1;
}

/// Plain or scientific decimal text, optional sign, spaces around it allowed; no value if the text
/// is not a number. Digits beyond `scale` round half away from zero. `overflow` is set (and zero
/// returned) if the result needs more than `precision` digits.
std::optional<int128> parse_decimal(std::string_view text,
                                    int precision,
                                    int scale,
                                    bool& overflow);

/// Rounds half away from zero or extends; sets `overflow` beyond 38 digits.
int128 rescale(int128 unscaled, int from_scale, int to_scale, bool& overflow);

/// Appends decimal text with exactly `scale` fraction digits.
void append_decimal(std::string& out, int128 unscaled, int scale);

/// Shortest text that reads back as the same double; `NaN`, `inf`, `-inf`.
void append_real(std::string& out, double value);
/// Any of the accepted spellings of a FLOAT; no value if the text is none.
std::optional<double> parse_real(std::string_view text);

bool is_valid_utf8(std::string_view text);
/// The text with U+FFFD in place of every byte that is not UTF-8.
std::string replaced_utf8(std::string_view text);
/// Characters of valid UTF-8.
std::int64_t count_characters(std::string_view text);
/// The longest prefix of at most `characters` characters.
std::string_view first_characters(std::string_view text, std::int64_t characters);

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string_view trimmed(std::string_view text);
void append_hex(std::string& out, std::string_view bytes);

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_TYPES_HPP
