#ifndef SLUICE_SANDBOX_SQL_DETAIL_DATETIME_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_DATETIME_HPP

/// \file
/// Dates, times and timestamps: calendar arithmetic, Snowflake's format elements, time zones.

#include <sluice/config.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

/// Days since 1970-01-01 of a proleptic Gregorian date, and back.
std::int64_t days_from_civil(std::int64_t year, int month, int day);

struct civil_date {
  std::int64_t year;
  int month;
  int day;
};

civil_date civil_from_days(std::int64_t days);
int days_in_month(std::int64_t year, int month);

/// A point in time as wall clock plus offset. `seconds` counts local wall-clock seconds since
/// 1970-01-01; UTC is `seconds - offset_minutes * 60`.
struct moment {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  int offset_minutes = 0;
  bool has_offset = false;
  bool has_date = true;

  std::int64_t utc_seconds() const { return seconds - std::int64_t{offset_minutes} * 60; }
};

/// True for years 1 to 9999, the range that the engine keeps.
bool in_calendar(std::int64_t seconds);

/// A time zone: UTC, a fixed offset, or rules read from the system's zoneinfo.
class time_zone {
 public:
  /// \returns nullptr if the name is unknown on this system
  static std::shared_ptr<time_zone const> find(std::string_view name);
  /// A zone that is always this many seconds ahead of UTC.
  static std::shared_ptr<time_zone const> fixed(std::int64_t seconds);
  /// Seconds to add to UTC.
  std::int64_t offset_at_utc(std::int64_t utc_seconds) const;
  /// The same for a wall-clock reading; of two the earlier offset, in a gap the one before it.
  std::int64_t offset_at_local(std::int64_t local_seconds) const;

 private:
  struct transition {
    std::int64_t at;
    std::int64_t offset;
  };

  std::int64_t first_offset_ = 0;
  std::vector<transition> transitions_;
};

/// A DATE_FORMAT, TIME_FORMAT or TIMESTAMP_FORMAT ("Date and time input and output formats").
class datetime_pattern {
 public:
  /// \throws sql_error 001006 for text that is no format
  explicit datetime_pattern(std::string_view text);
  std::optional<moment> parse(std::string_view text) const;
  void format(std::string& out, moment const& m) const;

 private:
  enum class element {
    literal,
    year4,
    year2,
    month,
    month_name,
    month_full,
    day,
    day_name,
    hour24,
    hour12,
    meridiem,
    minute,
    second,
    fraction,
    zone_hours,
    zone_minutes,
    zone_colon
  };

  struct part {
    element is;
    int digits = 0;
    std::string literal;
  };

  std::vector<part> parts_;
};

/// AUTO detection of dates and timestamps: ISO forms, DD-MON-YYYY, MM/DD/YYYY, integers as epoch.
std::optional<moment> parse_datetime_auto(std::string_view text);
/// AUTO detection of a time of day: HH24:MI[:SS[.FF]], optional AM/PM.
std::optional<moment> parse_time_auto(std::string_view text);

/// Appends `YYYY-MM-DD`.
void append_date(std::string& out, std::int64_t days);
/// Appends `HH:MI:SS[.fraction]` of a day.
void append_clock(std::string& out, std::int64_t seconds_of_day, std::int32_t nanos, int scale);
/// Appends `+HH:MM`.
void append_offset(std::string& out, int minutes);
/// Nanoseconds with digits beyond `scale` cut off.
std::int32_t cut_fraction(std::int32_t nanos, int scale);

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_DATETIME_HPP
