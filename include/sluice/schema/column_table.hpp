#ifndef SLUICE_SCHEMA_COLUMN_TABLE_HPP
#define SLUICE_SCHEMA_COLUMN_TABLE_HPP

#include <sluice/config.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::inline v0 {

/// What a column means, independent of any service and of the C++ type behind it.
enum class logical_type : std::uint8_t {
  boolean,
  integer,  ///< signed or unsigned, up to 64 bits
  float32,
  float64,
  decimal,  ///< precision, scale
  text,
  bytes,
  date,
  time,       ///< unit
  timestamp,  ///< unit, zone
  json,
  uuid,
  array,  ///< a range of elements; `children` is the element
  object  ///< a nested described struct, `children` are its fields; none for a map of names
};

/// Resolution of a time or timestamp.
enum class time_unit : std::uint8_t { seconds, millis, micros, nanos };

/// What the wall clock of a timestamp refers to.
enum class zone_kind : std::uint8_t {
  none,   ///< a wall clock without zone (Snowflake TIMESTAMP_NTZ)
  utc,    ///< an instant (Snowflake TIMESTAMP_LTZ)
  offset  ///< an instant with the offset it was written with (Snowflake TIMESTAMP_TZ)
};

/// One column at run time: what is left of the record type behind the encoder.
struct column_info {
  std::string_view name = {};
  logical_type type = logical_type::text;
  bool nullable = false;
  bool pii = false;            ///< redacted in dead letters and logs
  bool secret = false;         ///< never written anywhere but to the destination
  bool is_unsigned = false;    ///< integer
  std::uint8_t bits = 64;      ///< integer: 8, 16, 32 or 64
  std::uint8_t precision = 0;  ///< decimal
  std::uint8_t scale = 0;      ///< decimal
  time_unit unit = time_unit::micros;
  zone_kind zone = zone_kind::none;
  std::uint32_t max_length = 0;  ///< text: characters, bytes: bytes; 0 = not limited
  std::string_view renamed_from = {};
  std::string_view token_of = {};         ///< name of the column whose tokens this one holds
  column_info const* children = nullptr;  ///< array, object
  std::size_t child_count = 0;
};

/// All columns of a record, in order. Points to constants of the program.
using column_table = std::span<column_info const>;

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_COLUMN_TABLE_HPP
