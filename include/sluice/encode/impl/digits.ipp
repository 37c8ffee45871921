#ifndef SLUICE_ENCODE_IMPL_DIGITS_IPP
#define SLUICE_ENCODE_IMPL_DIGITS_IPP

#include <sluice/encode/detail/digits.hpp>

#include <charconv>

namespace sluice::inline v0::detail {

SLUICE_DECL char* put_large(char* out, std::uint64_t v) noexcept {
  constexpr std::uint64_t e8 = 100'000'000;
  std::uint64_t const high = v / e8;
  auto const low = static_cast<std::uint32_t>(v % e8);
  if (high < e8) return put_eight(put_small(out, static_cast<std::uint32_t>(high)), low);
  out = put_small(out, static_cast<std::uint32_t>(high / e8));
  return put_eight(put_eight(out, static_cast<std::uint32_t>(high % e8)), low);
}

SLUICE_DECL char* put_uint(char* out, std::uint64_t v) noexcept {
  return put_digits(out, v);
}

SLUICE_DECL char* put_int(char* out, std::int64_t v) noexcept {
  *out = '-';
  out += v < 0;
  return put_digits(out, v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v));
}

// Up to 38 digits in three chunks of 16, which are then trimmed.
SLUICE_DECL char* put_wide_decimal(char* out, int128 unscaled, unsigned scale) noexcept {
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

SLUICE_DECL char* put_float(char* out, float v) noexcept {
  return std::to_chars(out, out + 32, v).ptr;
}

// Most numbers in tables have few digits. If v is n / 10^8 with n of at most 15 digits, the decimal
// n / 10^8 is the shortest that reads back as v: no two decimals of 15 digits share a double, and
// dividing two exact doubles rounds just as reading that decimal does (W. D. Clinger, "How to Read
// Floating Point Numbers Accurately", 1990).
SLUICE_DECL char* put_float(char* out, double v) noexcept {
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

SLUICE_DECL char* put_not_finite(char* out, double v, std::string_view quotes) noexcept {
  std::string_view const word = v != v ? "NaN" : v > 0 ? "inf" : "-inf";
  for (std::string_view const part : {quotes, word, quotes}) {
    std::memcpy(out, part.data(), part.size());
    out += part.size();
  }
  return out;
}

SLUICE_DECL char* put_hex(char* out, std::uint8_t const* bytes, std::size_t count) noexcept {
  for (std::size_t i = 0; i != count; ++i) {
    unsigned const high = bytes[i] >> 4;
    unsigned const low = bytes[i] & 15;
    // 7 is the distance from '9' + 1 to 'A'.
    out[2 * i] = static_cast<char>('0' + high + (high > 9 ? 7 : 0));
    out[2 * i + 1] = static_cast<char>('0' + low + (low > 9 ? 7 : 0));
  }
  return out + 2 * count;
}

SLUICE_DECL char* put_uuid(char* out, uuid const& id) noexcept {
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

#endif  // SLUICE_ENCODE_IMPL_DIGITS_IPP
