#ifndef SLUICE_SANDBOX_SQL_IMPL_TYPES_IPP
#define SLUICE_SANDBOX_SQL_IMPL_TYPES_IPP

#include <sluice/sandbox/sql/detail/types.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace sluice::inline v0::sandbox::sql::detail {

std::string type_text(sql_type const& type) {
  switch (type.is) {
    case kind::null:
    case kind::text:
      return fmt::format("VARCHAR({})", type.length);
    case kind::number:
      return fmt::format("NUMBER({},{})", type.precision, type.scale);
    case kind::real:
      return "FLOAT";
    case kind::boolean:
      return "BOOLEAN";
    case kind::date:
      return "DATE";
    case kind::time:
    case kind::timestamp_ntz:
    case kind::timestamp_ltz:
    case kind::timestamp_tz:
      return fmt::format("{}({})", type_family(type), type.scale);
    case kind::variant:
    case kind::object:
    case kind::array:
      return std::string(type_family(type));
    case kind::binary:
      return fmt::format("BINARY({})", type.length);
  }
  return {};
}

std::string_view type_family(sql_type const& type) {
  switch (type.is) {
    case kind::null:
    case kind::text:
      return "TEXT";
    case kind::number:
      return "NUMBER";
    case kind::real:
      return "FLOAT";
    case kind::boolean:
      return "BOOLEAN";
    case kind::date:
      return "DATE";
    case kind::time:
      return "TIME";
    case kind::timestamp_ntz:
      return "TIMESTAMP_NTZ";
    case kind::timestamp_ltz:
      return "TIMESTAMP_LTZ";
    case kind::timestamp_tz:
      return "TIMESTAMP_TZ";
    case kind::variant:
      return "VARIANT";
    case kind::object:
      return "OBJECT";
    case kind::array:
      return "ARRAY";
    case kind::binary:
      return "BINARY";
  }
  return {};
}

column wire_column(std::string name, sql_type const& type, bool nullable) {
  column c;
  c.name = std::move(name);
  c.nullable = nullable;
  switch (type.is) {
    case kind::number:
      c.type = "fixed";
      c.precision = type.precision;
      c.scale = type.scale;
      break;
    case kind::text:
    case kind::null:
      c.type = "text";
      c.length = type.length;
      c.byte_length = std::min(type.length * 4, type_limits::max_text_length);
      if (type.length == type_limits::default_text_length) {
        c.byte_length = type_limits::default_text_length;
      }
      break;
    case kind::binary:
      c.type = "binary";
      c.length = type.length;
      c.byte_length = type.length;
      break;
    case kind::time:
    case kind::timestamp_ntz:
    case kind::timestamp_ltz:
    case kind::timestamp_tz:
      c.type = to_lower(type_family(type));
      c.precision = 0;
      c.scale = type.scale;
      break;
    case kind::real:
    case kind::boolean:
    case kind::date:
    case kind::variant:
    case kind::object:
    case kind::array:
      c.type = type.is == kind::real ? "real" : to_lower(type_family(type));
      break;
  }
  return c;
}

std::int64_t pack(sql_type const& type) {
  return static_cast<std::int64_t>(type.is) | static_cast<std::int64_t>(type.precision) << 8 |
         static_cast<std::int64_t>(type.scale) << 16 | type.length << 24;
}

sql_type unpack(std::int64_t packed) {
  return {static_cast<kind>(packed & 0xff),
          static_cast<int>(packed >> 8 & 0xff),
          static_cast<int>(packed >> 16 & 0xff),
          packed >> 24};
}

int128 power_of_ten(int n) {
  static constexpr auto table = [] {
    std::array<int128, 39> t{};
    t[0] = 1;
    for (std::size_t i = 1; i < t.size(); ++i) t[i] = t[i - 1] * 10;
    return t;
  }();
  return table[static_cast<std::size_t>(n)];
}

std::string_view trimmed(std::string_view text) {
  auto const space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<int128> parse_decimal(std::string_view text,
                                    int precision,
                                    int scale,
                                    bool& overflow) {
  overflow = false;
  text = trimmed(text);
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  // The usual case, a short integer, needs no digit bookkeeping.
  if (scale == 0 && !text.empty() && text.size() <= 18) {
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size() && text.front() != '-') {
      if (value > largest(precision)) {
        overflow = true;
        return int128{0};
      }
      return negative ? -static_cast<int128>(value) : static_cast<int128>(value);
    }
  }
  // First pass: where the digits are and where the point falls.
  std::array<char, 80> digits;  // 38 kept, the rest only matters for rounding and size
  std::size_t kept = 0;
  std::int64_t integer_digits = 0;  // position of the point relative to the first kept digit
  bool seen_digit = false, seen_point = false, truncated = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    char const c = text[i];
    if (c == '.') {
      if (seen_point) return std::nullopt;
      seen_point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    seen_digit = true;
    bool const leading_zero = kept == 0 && c == '0';
    if (!leading_zero) {
      if (kept < digits.size())
        digits[kept++] = c;
      else
        truncated = truncated || c != '0';
    }
    if (!seen_point && !leading_zero) ++integer_digits;
    if (seen_point && leading_zero) --integer_digits;
  }
  static_cast<void>(
      truncated);  // beyond 80 digits only the sign of the rest could matter, below half
  if (!seen_digit) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    std::int64_t exponent = 0;
    auto const [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
    if (end != text.data() + text.size() || end == text.data() + i) return std::nullopt;
    if (error == std::errc::result_out_of_range) exponent = text[i] == '-' ? -100'000 : 100'000;
    integer_digits += std::clamp<std::int64_t>(exponent, -100'000, 100'000);
  }
  if (kept == 0) return int128{0};
  std::int64_t const wanted =
      integer_digits + scale;  // digits of the result, leading zeros excluded
  if (wanted > precision) {
    overflow = true;
    return int128{0};
  }
  if (wanted < 0) return int128{0};
  int128 value = 0;
  for (std::int64_t d = 0; d < wanted; ++d) {
    value = value * 10 +
            (static_cast<std::size_t>(d) < kept ? digits[static_cast<std::size_t>(d)] - '0' : 0);
  }
  if (static_cast<std::size_t>(wanted) < kept && digits[static_cast<std::size_t>(wanted)] >= '5')
    ++value;
  if (value > largest(precision)) {
    overflow = true;
    return int128{0};
  }
  return negative ? -value : value;
}

int128 rescale(int128 unscaled, int from_scale, int to_scale, bool& overflow) {
  overflow = false;
  if (to_scale >= from_scale) {
    int const up = to_scale - from_scale;
    int128 const magnitude = unscaled < 0 ? -unscaled : unscaled;
    if (magnitude != 0 && (up > 38 || magnitude > largest(38) / power_of_ten(up))) {
      overflow = true;
      return 0;
    }
    return up > 38 ? int128{0} : unscaled * power_of_ten(up);
  }
  int const down = from_scale - to_scale;
  if (down > 38) return 0;
  int128 const divisor = power_of_ten(down);
  int128 quotient = unscaled / divisor;
  int128 rest = unscaled % divisor;
  if (rest < 0) rest = -rest;
  if (rest >= divisor - rest) quotient += unscaled < 0 ? -1 : 1;
  return quotient;
}

void append_decimal(std::string& out, int128 unscaled, int scale) {
  std::array<char, 48> buffer;
  std::size_t at = buffer.size();
  bool const negative = unscaled < 0;
  auto rest =
      negative ? uint128{0} - static_cast<uint128>(unscaled) : static_cast<uint128>(unscaled);
  int written = 0;
  while (rest != 0 || written <= scale) {
    if (written == scale && scale > 0) buffer[--at] = '.';
    buffer[--at] = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    ++written;
  }
  if (negative) buffer[--at] = '-';
  out.append(buffer.data() + at, buffer.size() - at);
}

void append_real(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
  } else {
    std::array<char, 40> buffer;
    auto const [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    static_cast<void>(error);
    out.append(buffer.data(), end);
  }
}

std::optional<double> parse_real(std::string_view text) {
  text = trimmed(text);
  bool const negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  double const sign = negative ? -1.0 : 1.0;
  if (equals_ignoring_case(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (equals_ignoring_case(text, "inf") || equals_ignoring_case(text, "infinity")) {
    return sign * std::numeric_limits<double>::infinity();
  }
  if (text.empty() || (text.front() != '.' && (text.front() < '0' || text.front() > '9')))
    return std::nullopt;
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // A tiny number is zero, a huge one is infinite: the exponent's sign tells which.
    auto const e = text.find_first_of("eE");
    bool const tiny = e != std::string_view::npos && e + 1 < text.size() && text[e + 1] == '-';
    return tiny ? sign * 0.0 : sign * std::numeric_limits<double>::infinity();
  }
  return sign * value;
}

bool is_valid_utf8(std::string_view text) {
  auto const* p = reinterpret_cast<unsigned char const*>(text.data());
  auto const* const end = p + text.size();
  while (p != end) {
    if (end - p >= 8) {
      std::uint64_t eight;
      std::memcpy(&eight, p, 8);
      if ((eight & 0x8080'8080'8080'8080u) == 0) {
        p += 8;
        continue;
      }
    }
    unsigned const lead = *p;
    if (lead < 0x80) {
      ++p;
      continue;
    }
    int const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || end - p <= more) return false;
    unsigned const second = p[1];
    if ((second & 0xc0) != 0x80) return false;
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
      return false;  // overlong forms, surrogates, beyond U+10FFFF
    }
    for (int k = 2; k <= more; ++k) {
      if ((p[k] & 0xc0) != 0x80) return false;
    }
    p += more + 1;
  }
  return true;
}

std::string replaced_utf8(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t n = std::min<std::size_t>(4, text.size() - i);
    while (n > 0 && !is_valid_utf8(text.substr(i, n))) --n;
    out += n > 0 ? text.substr(i, n) : std::string_view("\xEF\xBF\xBD");
    i += std::max<std::size_t>(n, 1);
  }
  return out;
}

std::int64_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  });
}

std::string_view first_characters(std::string_view text, std::int64_t characters) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && characters-- == 0)
      return text.substr(0, i);
  }
  return text;
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  auto const fold = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return fold(x) == fold(y); });
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char const c : bytes) {
    auto const u = static_cast<unsigned char>(c);
    out += digits[u >> 4];
    out += digits[u & 15];
  }
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_TYPES_IPP
