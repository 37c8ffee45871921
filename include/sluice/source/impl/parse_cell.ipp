#ifndef SLUICE_SOURCE_IMPL_PARSE_CELL_IPP
#define SLUICE_SOURCE_IMPL_PARSE_CELL_IPP

#include <sluice/source/detail/parse_cell.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace sluice::inline v0::source::detail {

SLUICE_DECL fault parse_bool(std::string_view text, bool& out) noexcept {
  constexpr std::string_view yes[] = {"true", "t", "1", "yes", "y", "on"};
  constexpr std::string_view no[] = {"false", "f", "0", "no", "n", "off"};
  constexpr std::size_t longest = 5;
  if (text.size() > longest) return fault::malformed;
  char lower[longest];
  for (std::size_t i = 0; i < text.size(); ++i)
    lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] | 0x20) : text[i];
  std::string_view const word{lower, text.size()};
  for (std::string_view const w : yes)
    if (w == word) return out = true, fault::none;
  for (std::string_view const w : no)
    if (w == word) return out = false, fault::none;
  return fault::malformed;
}

/// Reads text from its front.
struct clock_cursor {
  std::string_view rest;

  bool take(char c) noexcept {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }

  /// Exactly `count` digits.
  bool digits(std::size_t count, std::int32_t& out) noexcept {
    if (rest.size() < count) return false;
    std::int32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      auto const digit = static_cast<unsigned char>(rest[i] - '0');
      if (digit > 9) return false;
      value = value * 10 + digit;
    }
    out = value;
    rest.remove_prefix(count);
    return true;
  }

  fault date_part(std::int32_t& days) noexcept {
    std::int32_t year = 0;
    std::int32_t month = 0;
    std::int32_t day = 0;
    if (!digits(4, year) || !take('-') || !digits(2, month) || !take('-') || !digits(2, day))
      return fault::malformed;
    if (year < 1 || month < 1 || month > 12 || day < 1) return fault::out_of_range;
    bool const leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    std::int32_t const longest = month == 2 ? (leap ? 29 : 28) : 30 + ((month + month / 8) & 1);
    if (day > longest) return fault::out_of_range;
    days =
        days_from_civil({year, static_cast<std::uint32_t>(month), static_cast<std::uint32_t>(day)});
    return fault::none;
  }

  fault time_part(clock_reading& out) noexcept {
    std::int32_t hour = 0;
    std::int32_t minute = 0;
    std::int32_t second = 0;
    if (!digits(2, hour) || !take(':') || !digits(2, minute)) return fault::malformed;
    if (take(':')) {
      if (!digits(2, second)) return fault::malformed;
      if (take('.')) {
        std::size_t count = 0;
        std::int32_t nanos = 0;
        bool lost = false;
        for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1)) {
          if (count++ < 9)
            nanos = nanos * 10 + (rest.front() - '0');
          else
            lost = lost || rest.front() != '0';
        }
        if (count == 0) return fault::malformed;
        for (; count < 9; ++count) nanos *= 10;
        if (lost) return fault::too_precise;
        out.nanos = nanos;
      }
    }
    if (hour > 23 || minute > 59 || second > 59) return fault::out_of_range;
    out.seconds = (hour * 60 + minute) * 60 + second;
    return fault::none;
  }

  fault zone_part(clock_reading& out) noexcept {
    if (take('Z') || take('z')) {
      out.has_zone = true;
      return fault::none;
    }
    while (take(' ')) {
    }
    bool const west = !rest.empty() && rest.front() == '-';
    if (!west && (rest.empty() || rest.front() != '+')) return fault::malformed;
    rest.remove_prefix(1);
    std::int32_t hours = 0;
    std::int32_t minutes = 0;
    if (!digits(2, hours)) return fault::malformed;
    if (take(':') || !rest.empty())
      if (!digits(2, minutes)) return fault::malformed;
    if (minutes > 59 || hours * 60 + minutes > 18 * 60) return fault::out_of_range;
    out.has_zone = true;
    out.offset_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
    return fault::none;
  }
};

SLUICE_DECL fault parse_date(std::string_view text, date& out) noexcept {
  clock_cursor cursor{text};
  std::int32_t days = 0;
  if (fault const f = cursor.date_part(days); f != fault::none) return f;
  if (!cursor.rest.empty()) return fault::malformed;
  out = date{days};
  return fault::none;
}

SLUICE_DECL fault parse_clock(std::string_view text, clock_reading& out) noexcept {
  clock_cursor cursor{text};
  if (fault const f = cursor.time_part(out); f != fault::none) return f;
  return cursor.rest.empty() ? fault::none : fault::malformed;
}

/// `YYYY-MM-DD HH:MM:SS` and nothing else, which most files have, without a loop.
/// False: anything else, also an impossible date; the careful way says what it is.
inline bool parse_common_instant(std::string_view text, clock_reading& out) noexcept {
  if (text.size() != 19) return false;
  char const* const t = text.data();
  unsigned wrong = 0;
  auto const two = [t, &wrong](std::size_t at) noexcept {
    unsigned const high = static_cast<unsigned char>(t[at] - '0');
    unsigned const low = static_cast<unsigned char>(t[at + 1] - '0');
    wrong |= static_cast<unsigned>(high > 9) | static_cast<unsigned>(low > 9);
    return high * 10 + low;
  };
  unsigned const year = two(0) * 100 + two(2);
  unsigned const month = two(5);
  unsigned const day = two(8);
  unsigned const hour = two(11);
  unsigned const minute = two(14);
  unsigned const second = two(17);
  bool const marks =
      t[4] == '-' && t[7] == '-' && t[13] == ':' && t[16] == ':' && (t[10] == ' ' || t[10] == 'T');
  // The 29th to 31st are left to the careful way unless the month surely has them.
  bool const no_doubt = day <= 28 || (month != 2 && day <= 30);
  if (wrong != 0 || !marks || year == 0 || month - 1 > 11 || day == 0 || !no_doubt || hour > 23 ||
      minute > 59 || second > 59)
    return false;
  out.days = days_from_civil({static_cast<std::int32_t>(year), month, day});
  out.seconds = static_cast<std::int32_t>((hour * 60 + minute) * 60 + second);
  return true;
}

SLUICE_DECL fault parse_instant(std::string_view text, clock_reading& out) noexcept {
  if (parse_common_instant(text, out)) return fault::none;
  clock_cursor cursor{text};
  if (fault const f = cursor.date_part(out.days); f != fault::none) return f;
  if (cursor.rest.empty()) return fault::none;
  if (!cursor.take(' ') && !cursor.take('T') && !cursor.take('t')) return fault::malformed;
  if (fault const f = cursor.time_part(out); f != fault::none) return f;
  if (cursor.rest.empty()) return fault::none;
  if (fault const f = cursor.zone_part(out); f != fault::none) return f;
  return cursor.rest.empty() ? fault::none : fault::malformed;
}

SLUICE_DECL fault to_ticks(clock_reading const& reading,
                           time_unit unit,
                           std::int64_t& out) noexcept {
  std::int64_t const per_second = ticks_per_second(unit);
  std::int64_t const nanos_per_tick = 1'000'000'000 / per_second;
  if (reading.nanos % nanos_per_tick != 0) return fault::too_precise;
  std::int64_t const seconds = std::int64_t{reading.days} * 86'400 + reading.seconds -
                               std::int64_t{reading.offset_minutes} * 60;
  // In 128 bits: a moment before 1970 may fit as a whole although its full second does not.
  int128 const ticks = static_cast<int128>(seconds) * per_second + reading.nanos / nanos_per_tick;
  if (ticks < std::numeric_limits<std::int64_t>::min() ||
      ticks > std::numeric_limits<std::int64_t>::max())
    return fault::out_of_range;
  out = static_cast<std::int64_t>(ticks);
  return fault::none;
}

/// 0 to 15, or 255.
constexpr unsigned hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  char const lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10 : 255;
}

SLUICE_DECL bool parse_hex(std::string_view text, std::byte* out) noexcept {
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned const high = hex_digit(text[i]);
    unsigned const low = hex_digit(text[i + 1]);
    if ((high | low) > 15) return false;
    *out++ = static_cast<std::byte>(high << 4 | low);
  }
  return true;
}

SLUICE_DECL fault parse_uuid(std::string_view text, uuid& out) noexcept {
  char digits[32];
  std::size_t count = 0;
  bool const dashed = text.size() == 36;
  if (!dashed && text.size() != 32) return fault::malformed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const dash = dashed && (i == 8 || i == 13 || i == 18 || i == 23);
    if (dash != (text[i] == '-')) return fault::malformed;
    if (!dash) digits[count++] = text[i];
  }
  std::byte bytes[16];
  if (!parse_hex({digits, sizeof digits}, bytes)) return fault::malformed;
  std::memcpy(out.bytes, bytes, sizeof bytes);
  return fault::none;
}

SLUICE_DECL fault check_text(std::string_view text,
                             std::size_t& characters,
                             bool nul_is_text) noexcept {
  auto const byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    unsigned const lead = byte(i);
    if (lead == 0 && !nul_is_text) return fault::nul;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    // Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
    std::size_t const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < length) return fault::not_utf8;
    unsigned const second = byte(i + 1);
    unsigned const lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned const highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < lowest || second > highest) return fault::not_utf8;
    for (std::size_t k = 2; k < length; ++k)
      if ((byte(i + k) & 0xc0u) != 0x80u) return fault::not_utf8;
    i += length;
  }
  characters = count;
  return fault::none;
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_PARSE_CELL_IPP
