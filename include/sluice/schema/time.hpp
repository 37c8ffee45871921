#ifndef SLUICE_SCHEMA_TIME_HPP
#define SLUICE_SCHEMA_TIME_HPP

/// \file
/// Calendar values without <chrono>, whose header is too heavy for a schema. `schema/chrono.hpp`
/// lets std::chrono types be members too and converts between both.

#include <sluice/config.hpp>
#include <sluice/schema/column_table.hpp>

#include <cstdint>
#include <limits>

namespace sluice::inline v0 {

/// Short names for template arguments: `timestamp<micros>`, `timestamp<millis, utc>`.
inline constexpr time_unit seconds = time_unit::seconds;
inline constexpr time_unit millis = time_unit::millis;
inline constexpr time_unit micros = time_unit::micros;
inline constexpr time_unit nanos = time_unit::nanos;
inline constexpr zone_kind utc = zone_kind::utc;
inline constexpr zone_kind with_offset = zone_kind::offset;

/// Ticks of `unit` in one second.
[[nodiscard]] constexpr std::int64_t ticks_per_second(time_unit unit) noexcept {
  switch (unit) {
    case time_unit::seconds:
      return 1;
    case time_unit::millis:
      return 1'000;
    case time_unit::micros:
      return 1'000'000;
    case time_unit::nanos:
      return 1'000'000'000;
  }
  return 1;
}

/// Digits behind the second: 0, 3, 6 or 9.
[[nodiscard]] constexpr unsigned fraction_digits(time_unit unit) noexcept {
  return 3 * static_cast<unsigned>(unit);
}

/// Year, month and day of the proleptic Gregorian calendar.
struct civil_date {
  std::int32_t year = 1970;
  std::uint32_t month = 1;  ///< 1 to 12
  std::uint32_t day = 1;    ///< 1 to 31

  friend constexpr bool operator==(civil_date const&, civil_date const&) = default;
};

/// Days from 1970-01-01 to `d`. Precondition: a valid date.
[[nodiscard]] constexpr std::int32_t days_from_civil(civil_date d) noexcept {
  // Whole eras of 400 years, counted from 0000-03-01, so that the leap day comes last.
  std::int32_t const year = d.month <= 2 ? d.year - 1 : d.year;
  std::int32_t const era = (year >= 0 ? year : year - 399) / 400;
  auto const year_of_era = static_cast<std::uint32_t>(year - era * 400);
  std::uint32_t const month = d.month > 2 ? d.month - 3 : d.month + 9;
  std::uint32_t const day_of_year = (153 * month + 2) / 5 + d.day - 1;
  std::uint32_t const day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<std::int32_t>(day_of_era) - 719'468;
}

/// The date `days` after 1970-01-01. Precondition: years -32767 to 32767.
[[nodiscard]] constexpr civil_date civil_from_days(std::int32_t days) noexcept {
  // C. Neri, L. Schneider, "Euclidean affine functions and their application to calendar
  // algorithms" (2022): divisions by constants that compile to multiplications.
  // 82 eras of 400 years put day 0 before every year of the precondition.
  constexpr std::uint32_t shift = 719'468 + 146'097 * 82;
  std::uint32_t const n = static_cast<std::uint32_t>(days) + shift;
  std::uint32_t const n1 = 4 * n + 3;
  std::uint32_t const century = n1 / 146'097;
  std::uint32_t const day_of_century = n1 % 146'097 / 4;
  std::uint32_t const n2 = 4 * day_of_century + 3;
  std::uint64_t const p2 = std::uint64_t{2'939'745} * n2;
  auto const year_of_century = static_cast<std::uint32_t>(p2 >> 32);
  std::uint32_t const day_of_year = static_cast<std::uint32_t>(p2) / 2'939'745 / 4;
  std::uint32_t const n3 = 2'141 * day_of_year + 197'913;
  std::uint32_t const month = n3 >> 16;
  std::uint32_t const day = (n3 & 0xFFFF) / 2'141;
  bool const next_year = day_of_year >= 306;
  std::uint32_t const year = 100 * century + year_of_century + (next_year ? 1 : 0);
  return {static_cast<std::int32_t>(year) - 400 * 82, next_year ? month - 12 : month, day + 1};
}

/// A day. Services take the years 1 to 9999; a day outside is refused when it is encoded.
struct date {
  std::int32_t days = 0;  ///< since 1970-01-01

  constexpr date() = default;

  explicit constexpr date(std::int32_t days_since_epoch) noexcept : days{days_since_epoch} {}

  /// Precondition: a valid date.
  constexpr date(std::int32_t year, std::uint32_t month, std::uint32_t day) noexcept
      : days{days_from_civil({year, month, day})} {}

  [[nodiscard]] constexpr civil_date civil() const noexcept { return civil_from_days(days); }

  friend constexpr bool operator==(date const&, date const&) = default;
};

/// First and last day that services take.
inline constexpr date min_date{1, 1, 1};
inline constexpr date max_date{9999, 12, 31};

/// Time since midnight, below 24 hours; anything else is refused when it is encoded.
template<time_unit Unit>
struct time_of_day {
  static constexpr time_unit unit = Unit;

  std::int64_t ticks = 0;  ///< of `Unit`

  constexpr time_of_day() = default;

  explicit constexpr time_of_day(std::int64_t since_midnight) noexcept : ticks{since_midnight} {}

  constexpr time_of_day(int hour, int minute, int second, std::int64_t fraction = 0) noexcept
      : ticks{((hour * 60 + minute) * 60 + second) * ticks_per_second(Unit) + fraction} {}

  friend constexpr bool operator==(time_of_day const&, time_of_day const&) = default;
};

/// A point in time: a wall clock (zone none) or an instant (utc).
/// Range: nanos reach from 1677-09-21 to 2262-04-11, the other units further than the years 1 to
/// 9999, which services take; a timestamp outside those is refused when it is encoded.
template<time_unit Unit, zone_kind Zone = zone_kind::none>
struct timestamp {
  static constexpr time_unit unit = Unit;
  static constexpr zone_kind zone = Zone;

  std::int64_t ticks = 0;  ///< of `Unit`, since 1970-01-01 00:00:00 (UTC for an instant)

  constexpr timestamp() = default;

  explicit constexpr timestamp(std::int64_t since_epoch) noexcept : ticks{since_epoch} {}

  constexpr timestamp(date day, time_of_day<Unit> time) noexcept
      : ticks{std::int64_t{day.days} * 86'400 * ticks_per_second(Unit) + time.ticks} {}

  friend constexpr bool operator==(timestamp const&, timestamp const&) = default;
};

/// An instant with the offset of the wall clock it was read from.
template<time_unit Unit>
struct timestamp<Unit, zone_kind::offset> {
  static constexpr time_unit unit = Unit;
  static constexpr zone_kind zone = zone_kind::offset;

  std::int64_t ticks = 0;           ///< of `Unit`, since 1970-01-01 00:00:00 UTC
  std::int16_t offset_minutes = 0;  ///< east of UTC, at most 18 hours either way

  constexpr timestamp() = default;

  constexpr timestamp(std::int64_t since_epoch_utc, std::int16_t minutes_east) noexcept
      : ticks{since_epoch_utc}, offset_minutes{minutes_east} {}

  friend constexpr bool operator==(timestamp const&, timestamp const&) = default;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_TIME_HPP
