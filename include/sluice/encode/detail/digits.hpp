#ifndef SLUICE_ENCODE_DETAIL_DIGITS_HPP
#define SLUICE_ENCODE_DETAIL_DIGITS_HPP

/// \file
/// Numbers and times as text, cursor style: each function writes at `out` and returns the end.
/// Every writer may store up to `write_slack` bytes behind the end it returns.

#include <sluice/config.hpp>
#include <sluice/schema/decimal.hpp>
#include <sluice/schema/text.hpp>
#include <sluice/schema/time.hpp>

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

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

inline char* put_uint(char* out, std::uint64_t v) noexcept {
  constexpr std::uint64_t e8 = 100'000'000;
  if (v < e8) return put_small(out, static_cast<std::uint32_t>(v));
  std::uint64_t const high = v / e8;
  auto const low = static_cast<std::uint32_t>(v % e8);
  if (high < e8) return put_eight(put_small(out, static_cast<std::uint32_t>(high)), low);
  out = put_small(out, static_cast<std::uint32_t>(high / e8));
  return put_eight(put_eight(out, static_cast<std::uint32_t>(high % e8)), low);
}

inline char* put_int(char* out, std::int64_t v) noexcept {
  *out = '-';
  out += v < 0;
  return put_uint(out, v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v));
}

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

// Up to 38 digits in three chunks of 16, which are then trimmed.
inline char* put_wide_decimal(char* out, int128 unscaled, unsigned scale) noexcept {
  constexpr std::uint64_t e16 = 10'000'000'000'000'000;
  *out = '-';
  out += unscaled < 0;
  auto rest = static_cast<uint128>(unscaled);
  if (unscaled < 0) rest = 0 - rest;
  char digits[48];
  for (int chunk = 2; chunk >= 0; --chunk) {
    put_padded<16>(digits + 16 * chunk, static_cast<std::uint64_t>(rest % e16));
    rest /= e16;
  }
  unsigned const point = 48 - scale;
  unsigned first = 0;
  while (first + 1 < point && digits[first] == '0') ++first;
  std::memcpy(out, digits + first, point - first);
  out += point - first;
  if (scale == 0) return out;
  *out++ = '.';
  std::memcpy(out, digits + point, scale);
  return out + scale;
}

template<unsigned Precision, unsigned Scale>
inline char* put_decimal(char* out, decimal<Precision, Scale> d) noexcept {
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
    out = put_uint(out, size / power);
    *out++ = '.';
    return put_padded<Scale>(out, size % power);
  }
}

// Shortest text that reads back as the same value. Precondition: finite.
inline char* put_float(char* out, float v) noexcept {
  return std::to_chars(out, out + 32, v).ptr;
}

// Most numbers in tables have few digits. If v is n / 10^8 with n of at most 15 digits, the decimal
// n / 10^8 is the shortest that reads back as v: no two decimals of 15 digits share a double, and
// dividing two exact doubles rounds just as reading that decimal does (W. D. Clinger, "How to Read
// Floating Point Numbers Accurately", 1990).
inline char* put_float(char* out, double v) noexcept {
  constexpr double e8 = 100'000'000;
  bool const negative = std::bit_cast<std::uint64_t>(v) >> 63 != 0;  // <cmath> is slow to compile
  double const size = negative ? -v : v;
  if (size < 1e7) {
    auto const n = static_cast<std::uint64_t>(size * e8 + 0.5);
    if (static_cast<double>(n) / e8 == size) {
      *out = '-';
      out += negative;
      out = put_small(out, static_cast<std::uint32_t>(n / 100'000'000));
      std::uint64_t const fraction = eight_digits(static_cast<std::uint32_t>(n % 100'000'000));
      *out = '.';
      store_lowest_first(out + 1, fraction | ascii_zeros);
      // The last digit is in the highest byte: zeros behind the last other digit are cut off, and
      // with all of them the point.
      int const digits = 8 - std::countl_zero(fraction) / 8;
      return out + digits + (digits != 0);
    }
  }
  return std::to_chars(out, out + 32, v).ptr;
}

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

// YYYY-MM-DD HH:MM:SS[.f...][+HH:MM]. Precondition: check_value has passed.
template<time_unit Unit, zone_kind Zone>
inline char* put_timestamp(char* out, timestamp<Unit, Zone> t) noexcept {
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

inline char* put_hex(char* out, std::uint8_t const* bytes, std::size_t count) noexcept {
  for (std::size_t i = 0; i != count; ++i) {
    unsigned const high = bytes[i] >> 4;
    unsigned const low = bytes[i] & 15;
    // 7 is the distance from '9' + 1 to 'A'.
    out[2 * i] = static_cast<char>('0' + high + (high > 9 ? 7 : 0));
    out[2 * i + 1] = static_cast<char>('0' + low + (low > 9 ? 7 : 0));
  }
  return out + 2 * count;
}

inline char* put_uuid(char* out, uuid const& id) noexcept {
  constexpr std::size_t groups[]{4, 2, 2, 2, 6};
  std::uint8_t const* from = id.bytes;
  for (std::size_t const group : groups) {
    for (std::size_t i = 0; i != group; ++i, ++from) {
      *out++ = "0123456789abcdef"[*from >> 4];
      *out++ = "0123456789abcdef"[*from & 15];
    }
    *out++ = '-';
  }
  return out - 1;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_DETAIL_DIGITS_HPP
