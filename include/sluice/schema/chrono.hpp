#ifndef SLUICE_SCHEMA_CHRONO_HPP
#define SLUICE_SCHEMA_CHRONO_HPP

/// \file
/// std::chrono types as members of records:
///
/// | member | column |
/// |---|---|
/// | `sys_days`, `local_days`, `year_month_day` | date |
/// | `sys_time<D>` | timestamp in UTC |
/// | `local_time<D>` | timestamp without zone |
/// | `hh_mm_ss<D>` | time |
///
/// The unit is the coarsest of seconds, millis, micros and nanos that holds `D`. A duration is no
/// column: say in what unit it is meant and store an integer.

#include <sluice/config.hpp>
#include <sluice/schema/time.hpp>
#include <sluice/schema/value.hpp>

#include <chrono>
#include <cstdint>
#include <ratio>
#include <type_traits>

namespace sluice::inline v0 {

namespace detail {

template<class Duration>
inline constexpr bool is_whole_seconds = Duration::period::den == 1;

template<class Duration>
concept chrono_unit = is_whole_seconds<Duration> ||
                      (Duration::period::num == 1 &&
                       (Duration::period::den == 1'000 || Duration::period::den == 1'000'000 ||
                        Duration::period::den == 1'000'000'000));

template<chrono_unit Duration>
consteval time_unit unit_of() {
  if (is_whole_seconds<Duration>) return time_unit::seconds;
  if (Duration::period::den == 1'000) return time_unit::millis;
  if (Duration::period::den == 1'000'000) return time_unit::micros;
  return time_unit::nanos;
}

template<time_unit Unit>
using chrono_duration =
    std::chrono::duration<std::int64_t,
                          std::ratio<1, static_cast<std::intmax_t>(ticks_per_second(Unit))>>;

// floor, for durations in floating point or in minutes, hours and days.
template<time_unit Unit, class Duration>
constexpr std::int64_t ticks_of(Duration d) noexcept {
  return std::chrono::floor<chrono_duration<Unit>>(d).count();
}

template<class Day>
struct chrono_day : value_as<date> {
  static constexpr date view(Day day) noexcept {
    return date{static_cast<std::int32_t>(day.time_since_epoch().count())};
  }

  static constexpr Day from(date day) noexcept { return Day{std::chrono::days{day.days}}; }
};

}  // namespace detail

template<>
struct value_traits<std::chrono::sys_days> : detail::chrono_day<std::chrono::sys_days> {};

template<>
struct value_traits<std::chrono::local_days> : detail::chrono_day<std::chrono::local_days> {};

template<>
struct value_traits<std::chrono::year_month_day> : value_as<date> {
  static constexpr date view(std::chrono::year_month_day const& day) noexcept {
    return date{static_cast<std::int32_t>(std::chrono::sys_days{day}.time_since_epoch().count())};
  }

  static constexpr std::chrono::year_month_day from(date day) noexcept {
    return std::chrono::sys_days{std::chrono::days{day.days}};
  }
};

template<detail::chrono_unit Duration>
  requires(!std::is_same_v<Duration, std::chrono::days>)
struct value_traits<std::chrono::sys_time<Duration>>
    : value_as<timestamp<detail::unit_of<Duration>(), zone_kind::utc>> {
  static constexpr auto view(std::chrono::sys_time<Duration> const& at) noexcept {
    constexpr time_unit unit = detail::unit_of<Duration>();
    return timestamp<unit, zone_kind::utc>{detail::ticks_of<unit>(at.time_since_epoch())};
  }

  static constexpr std::chrono::sys_time<Duration> from(
      timestamp<detail::unit_of<Duration>(), zone_kind::utc> at) noexcept {
    return std::chrono::sys_time<Duration>{std::chrono::floor<Duration>(
        detail::chrono_duration<detail::unit_of<Duration>()>{at.ticks})};
  }
};

template<detail::chrono_unit Duration>
  requires(!std::is_same_v<Duration, std::chrono::days>)
struct value_traits<std::chrono::local_time<Duration>>
    : value_as<timestamp<detail::unit_of<Duration>()>> {
  static constexpr auto view(std::chrono::local_time<Duration> const& at) noexcept {
    constexpr time_unit unit = detail::unit_of<Duration>();
    return timestamp<unit>{detail::ticks_of<unit>(at.time_since_epoch())};
  }

  static constexpr std::chrono::local_time<Duration> from(
      timestamp<detail::unit_of<Duration>()> at) noexcept {
    return std::chrono::local_time<Duration>{std::chrono::floor<Duration>(
        detail::chrono_duration<detail::unit_of<Duration>()>{at.ticks})};
  }
};

template<detail::chrono_unit Duration>
struct value_traits<std::chrono::hh_mm_ss<Duration>>
    : value_as<time_of_day<detail::unit_of<Duration>()>> {
  static constexpr auto view(std::chrono::hh_mm_ss<Duration> const& time) noexcept {
    constexpr time_unit unit = detail::unit_of<Duration>();
    return time_of_day<unit>{detail::ticks_of<unit>(time.to_duration())};
  }

  static constexpr std::chrono::hh_mm_ss<Duration> from(
      time_of_day<detail::unit_of<Duration>()> time) noexcept {
    return std::chrono::hh_mm_ss<Duration>{std::chrono::floor<Duration>(
        detail::chrono_duration<detail::unit_of<Duration>()>{time.ticks})};
  }
};

/// `t` as a std::chrono time point: `sys_time` for an instant, `local_time` for a wall clock.
template<time_unit Unit, zone_kind Zone>
[[nodiscard]] constexpr auto to_chrono(timestamp<Unit, Zone> t) noexcept {
  using duration = detail::chrono_duration<Unit>;
  if constexpr (Zone == zone_kind::none)
    return std::chrono::local_time<duration>{duration{t.ticks}};
  else
    return std::chrono::sys_time<duration>{duration{t.ticks}};
}

/// The date as a std::chrono day.
[[nodiscard]] constexpr std::chrono::sys_days to_chrono(date d) noexcept {
  return std::chrono::sys_days{std::chrono::days{d.days}};
}

/// The timestamp that an instant is, in its own unit.
template<detail::chrono_unit Duration>
[[nodiscard]] constexpr auto from_chrono(std::chrono::sys_time<Duration> at) noexcept {
  return value_traits<std::chrono::sys_time<Duration>>::view(at);
}

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_CHRONO_HPP
