#ifndef SLUICE_ENCODE_DETAIL_DIGITS_HPP
#define SLUICE_ENCODE_DETAIL_DIGITS_HPP

/// \file
/// Numbers and times as text, cursor style: each function writes at `out` and returns the end.
/// Every writer may store up to `write_slack` bytes behind the end it returns. What a row calls for
/// its columns is no part of the row where bench/micro/encode.cpp finds no difference: it would be
/// compiled again for each column of each record. (With bodies inline, the compiler may choose.)

#include <sluice/config.hpp>
#include <sluice/schema/decimal.hpp>
#include <sluice/schema/text.hpp>
#include <sluice/schema/time.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::inline v0::detail {

inline constexpr std::size_t write_slack = 8;

inline constexpr std::uint64_t ascii_zeros = 0x3030303030303030;

// The 8 decimal digits of `v` < 10^8, one per byte, the first digit in the lowest byte. Three
// rounds split 4, 2 and 1 digits in all lanes at once, so that no digit waits for another.
constexpr std::uint64_t eight_digits(std::uint32_t v) noexcept {
  std::uint64_t const fours = (v / 10'000) | (std::uint64_t{v % 10'000} << 32);
  std::uint64_t const hundreds = ((fours * 10'486) >> 20) & 0x0000007F0000007F;
  std::uint64_t const twos = hundreds | ((fours - 100 * hundreds) << 16);
  std::uint64_t const tens = ((twos * 103) >> 10) & 0x000F000F000F000F;
  return tens | ((twos - 10 * tens) << 8);
}

// Stores the lowest byte first, whatever the machine does.
inline void store_lowest_first(char* out, std::uint64_t bytes) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(out, &bytes, 8);
  } else {
    for (int i = 0; i != 8; ++i) out[i] = static_cast<char>(bytes >> (8 * i));
  }
}

inline char* put_eight(char* out, std::uint32_t v) noexcept {
  store_lowest_first(out, eight_digits(v) | ascii_zeros);
  return out + 8;
}

// Without leading zeros; `v` < 10^8.
inline char* put_small(char* out, std::uint32_t v) noexcept {
  std::uint64_t const digits = eight_digits(v);
  // The guard bit in the last digit makes 0 one digit long.
  auto const skipped = std::countr_zero(digits | (std::uint64_t{1} << 56)) / 8;
  store_lowest_first(out, (digits | ascii_zeros) >> (8 * skipped));
  return out + 8 - skipped;
}

// Without leading zeros; `v` >= 10^8.
SLUICE_DECL char* put_large(char* out, std::uint64_t v) noexcept;

inline char* put_digits(char* out, std::uint64_t v) noexcept {
  if (v < 100'000'000) [[likely]]
    return put_small(out, static_cast<std::uint32_t>(v));
  return put_large(out, v);
}

SLUICE_DECL char* put_uint(char* out, std::uint64_t v) noexcept;

SLUICE_DECL char* put_int(char* out, std::int64_t v) noexcept;

// Exactly `Digits` digits of `v` < 10^Digits, with leading zeros.
template<unsigned Digits>
inline char* put_padded(char* out, std::uint64_t v) noexcept {
  static_assert(Digits <= 18);
  constexpr std::uint64_t e8 = 100'000'000;
  if constexpr (Digits == 0) {
    return out;
  } else if constexpr (Digits <= 8) {
    std::uint64_t const digits = eight_digits(static_cast<std::uint32_t>(v)) | ascii_zeros;
    store_lowest_first(out, digits >> (8 * (8 - Digits)));
    return out + Digits;
  } else {
    out = put_padded<Digits - 8>(out, v / e8);
    return put_eight(out, static_cast<std::uint32_t>(v % e8));
  }
}

struct digit_pairs {
  char text[200];
};

consteval digit_pairs make_digit_pairs() {
  digit_pairs pairs{};
  for (int v = 0; v != 100; ++v) {
    pairs.text[2 * v] = static_cast<char>('0' + v / 10);
    pairs.text[2 * v + 1] = static_cast<char>('0' + v % 10);
  }
  return pairs;
}

inline constexpr digit_pairs pairs_of_digits = make_digit_pairs();

// `v` < 100.
inline char* put_two(char* out, std::uint32_t v) noexcept {
  std::memcpy(out, pairs_of_digits.text + 2 * v, 2);
  return out + 2;
}

// `Precision` of 19 to 38.
SLUICE_DECL char* put_wide_decimal(char* out, int128 unscaled, unsigned scale) noexcept;

template<unsigned Precision, unsigned Scale>
[[gnu::noinline]] char* put_decimal(char* out, decimal<Precision, Scale> d) noexcept {
  if constexpr (Precision > 18) {
    return put_wide_decimal(out, d.unscaled(), Scale);
  } else if constexpr (Scale == 0) {
    return put_int(out, d.unscaled());
  } else {
    constexpr auto power = static_cast<std::uint64_t>(power_of_ten(Scale));
    std::int64_t const unscaled = d.unscaled();
    *out = '-';
    out += unscaled < 0;
    auto const size = unscaled < 0 ? 0 - static_cast<std::uint64_t>(unscaled)
                                   : static_cast<std::uint64_t>(unscaled);
    out = put_digits(out, size / power);
    *out++ = '.';
    return put_padded<Scale>(out, size % power);
  }
}

// Shortest text that reads back as the same value. Precondition: finite.
SLUICE_DECL char* put_float(char* out, float v) noexcept;
SLUICE_DECL char* put_float(char* out, double v) noexcept;

// NaN, inf or -inf between `quotes`.
SLUICE_DECL char* put_not_finite(char* out, double v, std::string_view quotes) noexcept;

// YYYY-MM-DD. Precondition: years 0 to 9999.
inline char* put_date(char* out, date day) noexcept {
  civil_date const d = day.civil();
  auto const year = static_cast<std::uint32_t>(d.year);
  out = put_two(put_two(out, year / 100), year % 100);
  *out++ = '-';
  out = put_two(out, d.month);
  *out++ = '-';
  return put_two(out, d.day);
}

// HH:MM:SS, and as many digits behind the point as the unit has. Precondition: below 24 hours.
template<time_unit Unit>
inline char* put_time(char* out, std::int64_t ticks) noexcept {
  constexpr std::int64_t per_second = ticks_per_second(Unit);
  auto const second = static_cast<std::uint32_t>(ticks / per_second);
  out = put_two(out, second / 3'600);
  *out++ = ':';
  out = put_two(out, second / 60 % 60);
  *out++ = ':';
  out = put_two(out, second % 60);
  if constexpr (Unit != time_unit::seconds) {
    *out++ = '.';
    out = put_padded<fraction_digits(Unit)>(out, static_cast<std::uint64_t>(ticks % per_second));
  }
  return out;
}

// Days and the rest of a count of ticks, rounded towards the past.
struct split_ticks {
  std::int64_t days;
  std::int64_t rest;
};

template<time_unit Unit>
constexpr split_ticks split_days(std::int64_t ticks) noexcept {
  constexpr std::int64_t per_day = 86'400 * ticks_per_second(Unit);
  std::int64_t days = ticks / per_day;
  std::int64_t rest = ticks % per_day;
  if (rest < 0) {
    rest += per_day;
    --days;
  }
  return {days, rest};
}

// YYYY-MM-DD HH:MM:SS[.f...][+HH:MM]. Precondition: check_timestamp has passed.
template<time_unit Unit, zone_kind Zone>
[[gnu::noinline]] char* put_timestamp(char* out, timestamp<Unit, Zone> t) noexcept {
  std::int64_t ticks = t.ticks;
  if constexpr (Zone == zone_kind::offset)
    ticks += t.offset_minutes * (60 * ticks_per_second(Unit));
  split_ticks const at = split_days<Unit>(ticks);
  out = put_date(out, date{static_cast<std::int32_t>(at.days)});
  *out++ = ' ';
  out = put_time<Unit>(out, at.rest);
  if constexpr (Zone == zone_kind::utc) {
    std::memcpy(out, "+00:00", 6);
    out += 6;
  } else if constexpr (Zone == zone_kind::offset) {
    int const offset = t.offset_minutes;
    auto const size = static_cast<std::uint32_t>(offset < 0 ? -offset : offset);
    *out++ = offset < 0 ? '-' : '+';
    out = put_two(out, size / 60);
    *out++ = ':';
    out = put_two(out, size % 60);
  }
  return out;
}

SLUICE_DECL char* put_hex(char* out, std::uint8_t const* bytes, std::size_t count) noexcept;

SLUICE_DECL char* put_uuid(char* out, uuid const& id) noexcept;

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/encode/impl/digits.ipp>
#endif

#endif  // SLUICE_ENCODE_DETAIL_DIGITS_HPP
