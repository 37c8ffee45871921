#ifndef SLUICE_SNOWFLAKE_IMPL_QUERY_BLOCK_IPP
#define SLUICE_SNOWFLAKE_IMPL_QUERY_BLOCK_IPP

#include <sluice/schema/time.hpp>
#include <sluice/snowflake/detail/query_block.hpp>
#include <sluice/source/detail/find_byte.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake::detail {

inline constexpr std::int64_t seconds_per_day = 86'400;

/// The whole text as a number.
inline std::optional<std::int64_t> whole_number(std::string_view text) noexcept {
  std::int64_t n = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

/// A decimal number of seconds, split at its floor.
struct moment {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
};

inline std::optional<moment> read_moment(std::string_view text) noexcept {
  bool const negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::size_t const point = text.find('.');
  std::optional<std::int64_t> const whole = whole_number(text.substr(0, point));
  if (!whole || *whole < 0) return std::nullopt;
  moment m{*whole, 0};
  if (point != std::string_view::npos) {
    std::string_view const fraction = text.substr(point + 1);
    std::optional<std::int64_t> const digits = whole_number(fraction);
    if (fraction.size() > 9 || !digits || *digits < 0) return std::nullopt;
    m.nanos = static_cast<std::int32_t>(*digits);
    for (std::size_t n = fraction.size(); n < 9; ++n) m.nanos *= 10;
  }
  if (!negative) return m;
  m.seconds = -m.seconds;
  if (m.nanos != 0) m = {m.seconds - 1, 1'000'000'000 - m.nanos};
  return m;
}

inline bool append_date(std::string& out, std::int64_t days) {
  // From year 1 to year 9999.
  if (days < days_from_civil({1, 1, 1}) || days > days_from_civil({9999, 12, 31})) return false;
  civil_date const d = civil_from_days(static_cast<std::int32_t>(days));
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", d.year, d.month, d.day);
  return true;
}

inline void append_clock(std::string& out, std::int64_t seconds, std::int32_t nanos) {
  fmt::format_to(std::back_inserter(out),
                 "{:02}:{:02}:{:02}",
                 seconds / 3'600,
                 seconds / 60 % 60,
                 seconds % 60);
  if (nanos == 0) return;
  fmt::format_to(std::back_inserter(out), ".{:09}", nanos);
  out.erase(out.find_last_not_of('0') + 1);
}

inline bool append_time(std::string& out, std::string_view text) {
  std::optional<moment> const m = read_moment(text);
  if (!m || m->seconds < 0 || m->seconds >= seconds_per_day) return false;
  append_clock(out, m->seconds, m->nanos);
  return true;
}

/// `offset_minutes`: what the wall clock is ahead of UTC.
inline bool append_timestamp(std::string& out, std::string_view text, std::int64_t offset_minutes) {
  std::optional<moment> const m = read_moment(text);
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 2;
  if (!m || m->seconds > most || m->seconds < -most) return false;
  std::int64_t const wall = m->seconds + offset_minutes * 60;
  std::int64_t const in_day = (wall % seconds_per_day + seconds_per_day) % seconds_per_day;
  if (!append_date(out, (wall - in_day) / seconds_per_day)) return false;
  out += ' ';
  append_clock(out, in_day, m->nanos);
  return true;
}

/// `<seconds> <offset minutes + 1440>`.
inline bool append_zoned(std::string& out, std::string_view text) {
  std::size_t const space = text.find(' ');
  if (space == std::string_view::npos) return false;
  constexpr std::int64_t zero = 1'440;
  std::optional<std::int64_t> const shifted = whole_number(text.substr(space + 1));
  if (!shifted || *shifted < 0 || *shifted > 2 * zero) return false;
  std::int64_t const offset = *shifted - zero;
  if (!append_timestamp(out, text.substr(0, space), offset)) return false;
  std::int64_t const size = offset < 0 ? -offset : offset;
  fmt::format_to(
      std::back_inserter(out), " {}{:02}:{:02}", offset < 0 ? '-' : '+', size / 60, size % 60);
  return true;
}

inline bool append_typed(std::string& out, std::string_view type, std::string_view text) {
  if (type == "date") {
    std::optional<std::int64_t> const days = whole_number(text);
    return days && append_date(out, *days);
  }
  if (type == "time") return append_time(out, text);
  if (type == "timestamp_ntz") return append_timestamp(out, text, 0);
  if (type == "timestamp_ltz") {
    if (!append_timestamp(out, text, 0)) return false;
    out += 'Z';
    return true;
  }
  if (type == "timestamp_tz") return append_zoned(out, text);
  if (type == "boolean" && (text == "0" || text == "1")) {
    out += text == "1" ? "true" : "false";
    return true;
  }
  return false;
}

SLUICE_DECL void append_plain(std::string& out, std::string_view type, std::string_view text) {
  std::size_t const before = out.size();
  if (append_typed(out, type, text)) return;
  out.resize(before);
  out += text;
}

SLUICE_DECL query_block::query_block(result_table const& rows, std::span<std::size_t const> places)
    : width_{places.size()}, rows_{rows.rows.size()} {
  ends_.reserve(rows_ * width_);
  nulls_.reserve(rows_ * width_);
  for (std::vector<cell> const& row : rows.rows) {
    for (std::size_t const place : places) {
      if (row[place]) append_plain(bytes_, rows.types[place], *row[place]);
      ends_.push_back(bytes_.size());
      nulls_.push_back(!row[place]);
    }
  }
  bytes_.append(source::detail::special_bytes::reach, '\0');
}

}  // namespace sluice::inline v0::snowflake::detail

#endif  // SLUICE_SNOWFLAKE_IMPL_QUERY_BLOCK_IPP
