#ifndef SLUICE_ENCODE_DETAIL_CHECK_HPP
#define SLUICE_ENCODE_DETAIL_CHECK_HPP

/// \file
/// Which values cannot be written, and why. `append` and `validate` ask the same functions; only
/// whether text is UTF-8 `append` knows from writing it.

#include <sluice/config.hpp>
#include <sluice/encode/detail/digits.hpp>
#include <sluice/schema/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::inline v0::detail {

/// What is wrong with a value: cause and remedy, or null.
using problem = char const*;

inline constexpr problem not_utf8 = "the text is not valid UTF-8; convert it before it is pushed";
inline constexpr problem too_long =
    "the value is longer than max_length; shorten it or raise max_length";
inline constexpr problem is_null_marker =
    "the text is the one that means null in this CSV; use another null_marker";
inline constexpr problem unnamed_enumerator =
    "the value has no name in sluice::enumeration; add an enumerator";
inline constexpr problem bad_date = "the date is outside the years 1 to 9999";
inline constexpr problem bad_time = "the time is not between 00:00 and 24:00";
inline constexpr problem bad_timestamp = "the timestamp is outside the years 1 to 9999";
inline constexpr problem bad_offset = "the offset from UTC is over 18 hours";
inline constexpr problem bad_json = "the text is not well-formed JSON in UTF-8";
inline constexpr problem bad_key = "a name in the map is not valid UTF-8";

/// Nesting that is_json accepts.
inline constexpr std::size_t max_json_depth = 512;

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
SLUICE_DECL bool is_utf8(std::string_view text) noexcept;

/// Code points in `text`, which is UTF-8.
SLUICE_DECL std::size_t count_characters(std::string_view text) noexcept;

/// One JSON value (RFC 8259) in UTF-8, at most `max_json_depth` deep.
SLUICE_DECL bool is_json(std::string_view text) noexcept;

/// What a column says about its values, as a template argument.
struct value_limits {
  std::uint32_t max_length = 0;
};

/// Whether `text`, which is UTF-8, has more than `max_length` characters.
inline bool is_longer(std::string_view text, std::uint32_t max_length) noexcept {
  return text.size() > max_length && count_characters(text) > max_length;
}

/// `max_length`: 0 is no limit.
SLUICE_DECL problem check_text(std::string_view text, std::uint32_t max_length) noexcept;

inline problem check_date(std::int64_t days, problem reason) noexcept {
  constexpr std::int64_t first = min_date.days;
  constexpr auto span = static_cast<std::uint64_t>(max_date.days - first);
  if (static_cast<std::uint64_t>(days) - static_cast<std::uint64_t>(first) <= span) [[likely]]
    return nullptr;
  return reason;
}

template<time_unit Unit>
inline problem check_time(time_of_day<Unit> time) noexcept {
  constexpr auto limit = static_cast<std::uint64_t>(86'400 * ticks_per_second(Unit));
  if (static_cast<std::uint64_t>(time.ticks) < limit) [[likely]]
    return nullptr;
  return bad_time;
}

template<time_unit Unit, zone_kind Zone>
inline problem check_timestamp(timestamp<Unit, Zone> t) noexcept {
  if constexpr (Zone == zone_kind::offset) {
    constexpr int most = 18 * 60;
    if (t.offset_minutes < -most || t.offset_minutes > most) return bad_offset;
    // Two days of margin keep the sum with the offset from overflowing and inside the years.
    std::int64_t const days = split_days<Unit>(t.ticks).days;
    if (days <= min_date.days || days >= max_date.days) return bad_timestamp;
    return nullptr;
  } else {
    return check_date(split_days<Unit>(t.ticks).days, bad_timestamp);
  }
}

/// What is wrong with a record: null if nothing is.
struct column_problem {
  problem what = nullptr;
  std::string_view column = {};
};

/// What is seldom asked about a column's values: whether a refused one can be written, and how much
/// room one takes that may not fit. Their type is forgotten, so that records share it.
struct erased_column {
  problem (*check)(void const* value) noexcept;
  std::size_t (*bound)(void const* value) noexcept;
  std::string_view name;
};

/// The first of `count` values that is refused.
SLUICE_DECL column_problem find_problem(erased_column const* columns,
                                        void const* const* values,
                                        std::size_t count) noexcept;

/// The sum of the bounds of `count` values.
SLUICE_DECL std::size_t sum_bounds(erased_column const* columns,
                                   void const* const* values,
                                   std::size_t count) noexcept;

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/encode/impl/check.ipp>
#endif

#endif  // SLUICE_ENCODE_DETAIL_CHECK_HPP
