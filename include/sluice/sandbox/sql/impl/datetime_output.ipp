#ifndef SLUICE_SANDBOX_SQL_IMPL_DATETIME_OUTPUT_IPP
#define SLUICE_SANDBOX_SQL_IMPL_DATETIME_OUTPUT_IPP

#include <sluice/sandbox/sql/detail/datetime.hpp>
#include <sluice/sandbox/sql/detail/types.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>

namespace sluice::inline v0::sandbox::sql::detail {

inline void append_padded(std::string& out, std::int64_t v, int digits) {
  auto const text = std::to_string(v);
  for (auto n = static_cast<int>(text.size()); n < digits; ++n) out += '0';
  out += text;
}

void datetime_pattern::format(std::string& out, moment const& m) const {
  static constexpr std::array<std::string_view, 12> months = {"January",
                                                              "February",
                                                              "March",
                                                              "April",
                                                              "May",
                                                              "June",
                                                              "July",
                                                              "August",
                                                              "September",
                                                              "October",
                                                              "November",
                                                              "December"};
  static constexpr std::array<std::string_view, 7> weekdays = {
      "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  auto days = m.seconds / 86400;
  auto clock = m.seconds % 86400;
  if (clock < 0) {
    clock += 86400;
    --days;
  }
  auto const c = civil_from_days(days);
  auto const month = static_cast<std::size_t>(c.month - 1);
  auto const hour = clock / 3600;
  int const offset = m.offset_minutes < 0 ? -m.offset_minutes : m.offset_minutes;
  for (auto const& p : parts_) {
    switch (p.is) {
      case element::literal:
        out += p.literal;
        break;
      case element::year4:
        append_padded(out, c.year, 4);
        break;
      case element::year2:
        append_padded(out, c.year % 100, 2);
        break;
      case element::month:
        append_padded(out, c.month, 2);
        break;
      case element::month_name:
        out += months[month].substr(0, 3);
        break;
      case element::month_full:
        out += months[month];
        break;
      case element::day:
        append_padded(out, c.day, 2);
        break;
      case element::day_name:
        out += weekdays[static_cast<std::size_t>(((days % 7) + 7) % 7)];
        break;
      case element::hour24:
        append_padded(out, hour, 2);
        break;
      case element::hour12:
        append_padded(out, hour % 12 == 0 ? 12 : hour % 12, 2);
        break;
      case element::meridiem:
        out += hour < 12 ? "AM" : "PM";
        break;
      case element::minute:
        append_padded(out, clock / 60 % 60, 2);
        break;
      case element::second:
        append_padded(out, clock % 60, 2);
        break;
      case element::fraction: {
        std::string digits;
        append_padded(digits, m.nanos, 9);
        out.append(digits, 0, static_cast<std::size_t>(p.digits));
        break;
      }
      case element::zone_hours:
        out += m.offset_minutes < 0 ? '-' : '+';
        append_padded(out, offset / 60, 2);
        break;
      case element::zone_minutes:
        append_padded(out, offset % 60, 2);
        break;
      case element::zone_colon:
        append_offset(out, m.offset_minutes);
        break;
    }
  }
}

inline std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t v = bytes.size() == 4 && (bytes[0] & 0x80) ? ~std::uint64_t{0} : 0;
  for (char const c : bytes) v = v << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(v);
}

std::shared_ptr<time_zone const> time_zone::find(std::string_view name) {
  auto out = std::make_shared<time_zone>();
  for (auto const utc : {"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z", "Etc/UCT", "UCT"}) {
    if (equals_ignoring_case(name, utc)) return out;
  }
  bool const plain = !name.empty() && name.size() < 64 && name.front() != '/' &&
                     name.find("..") == std::string_view::npos &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' ||
                              c == '+';
                     });
  if (!plain) return nullptr;
  std::ifstream in("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  std::string const file{std::istreambuf_iterator<char>(in), {}};
  // RFC 8536: a version 1 block with 32-bit times, then (version 2 on) one with 64-bit times.
  constexpr std::size_t header = 44;
  auto const counts_at = [&](std::size_t at, std::size_t n) {
    return static_cast<std::size_t>(big_endian(std::string_view(file).substr(at + 20 + 4 * n, 4)));
  };
  if (file.size() < header || !file.starts_with("TZif") || file[4] < '2') return nullptr;
  std::size_t const skip = header + counts_at(0, 3) * 5 + counts_at(0, 4) * 6 + counts_at(0, 5) +
                           counts_at(0, 2) * 8 + counts_at(0, 1) + counts_at(0, 0);
  if (file.size() < skip + header) return nullptr;
  auto const times = counts_at(skip, 3), types = counts_at(skip, 4);
  std::size_t const at = skip + header;
  std::size_t const types_at = at + times * 9;
  if (types == 0 || times > 100'000 || types > 256 || file.size() < types_at + types * 6)
    return nullptr;
  auto const offset_of = [&](std::size_t type) {
    return big_endian(std::string_view(file).substr(types_at + std::min(type, types - 1) * 6, 4));
  };
  out->first_offset_ = offset_of(0);
  for (std::size_t i = 0; i < times; ++i) {
    auto const type = static_cast<unsigned char>(file[at + times * 8 + i]);
    out->transitions_.push_back(
        {big_endian(std::string_view(file).substr(at + i * 8, 8)), offset_of(type)});
  }
  return out;
}

std::shared_ptr<time_zone const> time_zone::fixed(std::int64_t seconds) {
  auto out = std::make_shared<time_zone>();
  out->first_offset_ = seconds;
  return out;
}

std::int64_t time_zone::offset_at_utc(std::int64_t utc_seconds) const {
  auto const after = std::upper_bound(transitions_.begin(),
                                      transitions_.end(),
                                      utc_seconds,
                                      [](std::int64_t s, transition const& t) { return s < t.at; });
  return after == transitions_.begin() ? first_offset_ : std::prev(after)->offset;
}

std::int64_t time_zone::offset_at_local(std::int64_t local_seconds) const {
  // The offset in force a day earlier is tried first: it is right outside of changes.
  auto const before = offset_at_utc(local_seconds - 86400);
  if (offset_at_utc(local_seconds - before) == before) return before;
  auto const after = offset_at_utc(local_seconds + 86400);
  return offset_at_utc(local_seconds - after) == after ? after : before;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_DATETIME_OUTPUT_IPP
