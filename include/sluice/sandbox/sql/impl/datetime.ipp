#ifndef SLUICE_SANDBOX_SQL_IMPL_DATETIME_IPP
#define SLUICE_SANDBOX_SQL_IMPL_DATETIME_IPP

#include <sluice/sandbox/sql/detail/datetime.hpp>
#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/types.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::inline v0::sandbox::sql::detail {

std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2;
  std::int64_t const era = (year >= 0 ? year : year - 399) / 400;
  auto const year_of_era = year - era * 400;
  auto const day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  auto const day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

civil_date civil_from_days(std::int64_t days) {
  days += 719468;
  std::int64_t const era = (days >= 0 ? days : days - 146096) / 146097;
  auto const day_of_era = days - era * 146097;
  auto const year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  auto const day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  auto const shifted = (5 * day_of_year + 2) / 153;
  int const day = static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1);
  int const month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2), month, day};
}

int days_in_month(std::int64_t year, int month) {
  static constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

bool in_calendar(std::int64_t seconds) {
  return seconds >= -62135596800 && seconds < 253402300800;  // 0001-01-01 and 10000-01-01
}

std::int32_t cut_fraction(std::int32_t nanos, int scale) {
  static constexpr std::array<std::int32_t, 10> unit = {
      1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
  return nanos - nanos % unit[static_cast<std::size_t>(scale)];
}

inline char* put_two(char* out, int v) {
  *out++ = static_cast<char>('0' + v / 10);
  *out++ = static_cast<char>('0' + v % 10);
  return out;
}

void append_date(std::string& out, std::int64_t days) {
  auto const c = civil_from_days(days);
  std::array<char, 16> buffer;
  char* p = buffer.data();
  p = put_two(p, static_cast<int>(c.year / 100));
  p = put_two(p, static_cast<int>(c.year % 100));
  *p++ = '-';
  p = put_two(p, c.month);
  *p++ = '-';
  p = put_two(p, c.day);
  out.append(buffer.data(), p);
}

void append_clock(std::string& out, std::int64_t seconds_of_day, std::int32_t nanos, int scale) {
  std::array<char, 24> buffer;
  char* p = buffer.data();
  p = put_two(p, static_cast<int>(seconds_of_day / 3600));
  *p++ = ':';
  p = put_two(p, static_cast<int>(seconds_of_day / 60 % 60));
  *p++ = ':';
  p = put_two(p, static_cast<int>(seconds_of_day % 60));
  if (scale > 0) {
    *p++ = '.';
    std::int32_t unit = 100'000'000;
    for (int i = 0; i < scale; ++i, unit /= 10) *p++ = static_cast<char>('0' + nanos / unit % 10);
  }
  out.append(buffer.data(), p);
}

void append_offset(std::string& out, int minutes) {
  out += minutes < 0 ? '-' : '+';
  int const m = minutes < 0 ? -minutes : minutes;
  std::array<char, 4> buffer;
  put_two(put_two(buffer.data(), m / 60), m % 60);
  out.append(buffer.data(), 2).append(1, ':').append(buffer.data() + 2, 2);
}

/// Reads fields off the front of a text.
class field_scanner {
 public:
  explicit field_scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }

  char peek() const { return text_.empty() ? '\0' : text_.front(); }

  bool take(char c) {
    if (peek() != c || text_.empty()) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool take(std::string_view s) {
    if (!equals_ignoring_case(text_.substr(0, s.size()), s)) return false;
    text_.remove_prefix(s.size());
    return true;
  }

  /// Between `low` and `high` digits.
  std::optional<int> digits(int low, int high) {
    int value = 0, n = 0;
    while (n < high && peek() >= '0' && peek() <= '9') {
      value = value * 10 + (peek() - '0');
      text_.remove_prefix(1);
      ++n;
    }
    if (n < low) return std::nullopt;
    return value;
  }

  /// Fraction digits as nanoseconds; more than nine are cut.
  std::optional<std::int32_t> fraction() {
    std::int32_t value = 0;
    int n = 0;
    for (; peek() >= '0' && peek() <= '9'; ++n, text_.remove_prefix(1)) {
      if (n < 9) value = value * 10 + (peek() - '0');
    }
    if (n == 0) return std::nullopt;
    for (; n < 9; ++n) value *= 10;
    return value;
  }

  /// `Z`, `+HH`, `+HHMM`, `+HH:MM`, `-...`.
  std::optional<int> offset() {
    if (take('Z') || take('z')) return 0;
    bool const minus = peek() == '-';
    if (!take('+') && !take('-')) return std::nullopt;
    auto const h = digits(1, 2);
    if (!h) return std::nullopt;
    int m = 0;
    if (take(':') || (peek() >= '0' && peek() <= '9')) {
      auto const minutes = digits(2, 2);
      if (!minutes) return std::nullopt;
      m = *minutes;
    }
    if (*h > 23 || m > 59) return std::nullopt;
    int const total = *h * 60 + m;
    return minus ? -total : total;
  }

  std::optional<int> month_name() {
    static constexpr std::array<std::string_view, 12> full = {"january",
                                                              "february",
                                                              "march",
                                                              "april",
                                                              "may",
                                                              "june",
                                                              "july",
                                                              "august",
                                                              "september",
                                                              "october",
                                                              "november",
                                                              "december"};
    for (std::size_t i = 0; i < full.size(); ++i) {
      if (take(full[i]) || take(full[i].substr(0, 3))) return static_cast<int>(i) + 1;
    }
    return std::nullopt;
  }

  bool day_name() {
    static constexpr std::array<std::string_view, 7> names = {
        "sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    return std::any_of(names.begin(), names.end(), [&](auto n) { return take(n); });
  }

 private:
  std::string_view text_;
};

inline std::optional<std::int64_t> checked_days(std::int64_t year, int month, int day) {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
      day > days_in_month(year, month)) {
    return std::nullopt;
  }
  return days_from_civil(year, month, day);
}

/// `HH24:MI[:SS[.FF]]` into `m`; false if the text does not start with one.
inline bool scan_clock(field_scanner& s, moment& m) {
  auto const h = s.digits(1, 2);
  if (!h || *h > 23) return false;
  int minute = 0, second = 0;
  if (s.take(':')) {
    auto const mi = s.digits(1, 2);
    if (!mi || *mi > 59) return false;
    minute = *mi;
    if (s.take(':')) {
      auto const sec = s.digits(1, 2);
      if (!sec || *sec > 59) return false;
      second = *sec;
      if (s.take('.') || s.take(',')) {
        auto const f = s.fraction();
        if (!f) return false;
        m.nanos = *f;
      }
    }
  }
  m.seconds += *h * 3600 + minute * 60 + second;
  return true;
}

inline std::optional<moment> parse_epoch(std::string_view text) {
  std::int64_t n = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  // Unit by magnitude: TO_TIMESTAMP, "seconds, milliseconds, microseconds or nanoseconds".
  auto const magnitude = n < 0 ? -n : n;
  std::int64_t const per_second = magnitude < 31'536'000'000           ? 1
                                  : magnitude < 31'536'000'000'000     ? 1'000
                                  : magnitude < 31'536'000'000'000'000 ? 1'000'000
                                                                       : 1'000'000'000;
  moment m;
  m.seconds = n / per_second;
  auto rest = n % per_second;
  if (rest < 0) {
    rest += per_second;
    --m.seconds;
  }
  m.nanos = static_cast<std::int32_t>(rest * (1'000'000'000 / per_second));
  return m;
}

std::optional<moment> parse_datetime_auto(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.size() > 64) return std::nullopt;
  moment m;
  bool const all_digits = std::all_of(text.begin() + (text.front() == '-' ? 1 : 0),
                                      text.end(),
                                      [](char c) { return c >= '0' && c <= '9'; });
  if (all_digits) return parse_epoch(text);
  field_scanner s(text);
  auto const first = s.digits(1, 4);
  if (!first) return std::nullopt;
  std::optional<std::int64_t> days;
  if (s.take('/')) {
    auto const d = s.digits(1, 2);
    if (!d || !s.take('/')) return std::nullopt;
    auto const y = s.digits(4, 4);
    if (!y) return std::nullopt;
    days = checked_days(*y, *first, *d);
  } else if (s.take('-')) {
    if (s.peek() >= '0' && s.peek() <= '9') {
      auto const month = s.digits(1, 2);
      if (!month || !s.take('-')) return std::nullopt;
      auto const d = s.digits(1, 2);
      if (!d || text.find('-') != 4) return std::nullopt;
      days = checked_days(*first, *month, *d);
    } else {
      auto const month = s.month_name();
      if (!month || !s.take('-')) return std::nullopt;
      auto const y = s.digits(4, 4);
      if (!y) return std::nullopt;
      days = checked_days(*y, *month, *first);
    }
  }
  if (!days) return std::nullopt;
  m.seconds = *days * 86400;
  if (s.at_end()) return m;
  if (!s.take('T') && !s.take('t') && !s.take(' ')) return std::nullopt;
  while (s.take(' ')) {
  }
  if (!scan_clock(s, m)) return std::nullopt;
  while (s.take(' ')) {
  }
  if (!s.at_end()) {
    auto const offset = s.offset();
    if (!offset || !s.at_end()) return std::nullopt;
    m.offset_minutes = *offset;
    m.has_offset = true;
  }
  return m;
}

std::optional<moment> parse_time_auto(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.size() > 64) return std::nullopt;
  moment m;
  m.has_date = false;
  field_scanner s(text);
  if (text.find(':') == std::string_view::npos) {
    auto const epoch = parse_epoch(text);
    if (!epoch) return std::nullopt;
    m.seconds = epoch->seconds % 86400;
    if (m.seconds < 0) m.seconds += 86400;
    m.nanos = epoch->nanos;
    return m;
  }
  if (!scan_clock(s, m)) return std::nullopt;
  while (s.take(' ')) {
  }
  bool const am = s.take("AM");
  bool const pm = !am && s.take("PM");
  if (am || pm) {
    auto const hour = m.seconds / 3600;
    if (hour < 1 || hour > 12) return std::nullopt;
    m.seconds += ((hour % 12) + (pm ? 12 : 0) - hour) * 3600;
  }
  if (!s.at_end()) return std::nullopt;
  return m;
}

datetime_pattern::datetime_pattern(std::string_view text) {
  struct known {
    std::string_view name;
    element is;
  };

  // Longer names first.
  static constexpr std::array<known, 19> names = {{{"YYYY", element::year4},
                                                   {"MMMM", element::month_full},
                                                   {"HH24", element::hour24},
                                                   {"HH12", element::hour12},
                                                   {"TZH:TZM", element::zone_colon},
                                                   {"TZH", element::zone_hours},
                                                   {"TZM", element::zone_minutes},
                                                   {"MON", element::month_name},
                                                   {"YY", element::year2},
                                                   {"MM", element::month},
                                                   {"DD", element::day},
                                                   {"DY", element::day_name},
                                                   {"HH", element::hour24},
                                                   {"MI", element::minute},
                                                   {"SS", element::second},
                                                   {"AM", element::meridiem},
                                                   {"PM", element::meridiem},
                                                   {"FF", element::fraction},
                                                   {"TZD", element::literal}}};
  auto const whole = text;
  auto const literal = [&](std::string_view s) {
    if (!parts_.empty() && parts_.back().is == element::literal) {
      parts_.back().literal += s;
    } else {
      parts_.push_back({element::literal, 0, std::string(s)});
    }
  };
  while (!text.empty()) {
    if (text.front() == '"') {
      auto const end = text.find('"', 1);
      if (end == std::string_view::npos) fail_invalid_value(whole, "format");
      literal(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
      continue;
    }
    auto const found = std::find_if(names.begin(), names.end(), [&](known const& k) {
      return equals_ignoring_case(text.substr(0, k.name.size()), k.name);
    });
    if (found == names.end()) {
      char const c = text.front();
      // "T" may stand bare between date and time.
      if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && c != 'T' && c != 'Z') {
        fail_invalid_value(whole, "format");
      }
      literal(text.substr(0, 1));
      text.remove_prefix(1);
      continue;
    }
    if (found->is == element::literal) fail_invalid_value(whole, "format");
    part p{found->is, 0, {}};
    text.remove_prefix(found->name.size());
    if (p.is == element::fraction) {
      p.digits = 9;
      if (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        p.digits = text.front() - '0';
        text.remove_prefix(1);
      }
    }
    parts_.push_back(std::move(p));
  }
  if (parts_.empty()) fail_invalid_value(whole, "format");
}

std::optional<moment> datetime_pattern::parse(std::string_view text) const {
  field_scanner s(trimmed(text));
  moment m;
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  bool twelve = false, pm = false, meridiem = false;
  for (auto const& p : parts_) {
    std::optional<int> v = 0;
    switch (p.is) {
      case element::literal:
        if (!s.take(p.literal)) return std::nullopt;
        break;
      case element::year4:
        if ((v = s.digits(4, 4))) year = *v;
        break;
      case element::year2:
        if ((v = s.digits(2, 2))) year = *v + (*v < 70 ? 2000 : 1900);
        break;
      case element::month:
        if ((v = s.digits(1, 2))) month = *v;
        break;
      case element::month_name:
      case element::month_full:
        if ((v = s.month_name())) month = *v;
        break;
      case element::day:
        if ((v = s.digits(1, 2))) day = *v;
        break;
      case element::day_name:
        if (!s.day_name()) return std::nullopt;
        break;
      case element::hour12:
        twelve = true;
        [[fallthrough]];
      case element::hour24:
        if ((v = s.digits(1, 2))) hour = *v;
        break;
      case element::minute:
        if ((v = s.digits(1, 2))) minute = *v;
        break;
      case element::second:
        if ((v = s.digits(1, 2))) second = *v;
        break;
      case element::meridiem:
        meridiem = true;
        pm = s.take("PM");
        if (!pm && !s.take("AM")) return std::nullopt;
        break;
      case element::fraction:
        // The point is part of the format; an absent fraction is not.
        if (auto const f = s.fraction()) {
          m.nanos = *f;
        } else {
          return std::nullopt;
        }
        break;
      case element::zone_hours:
      case element::zone_colon:
        v = s.offset();
        if (v) m.offset_minutes = *v;
        m.has_offset = true;
        break;
      case element::zone_minutes:
        // TZHTZM: the scanner above took the minutes if they were there.
        break;
    }
    if (!v) return std::nullopt;
  }
  if (!s.at_end()) return std::nullopt;
  if ((meridiem || twelve) && (hour < 1 || hour > 12)) return std::nullopt;
  if (meridiem) hour = hour % 12 + (pm ? 12 : 0);
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  auto const days = checked_days(year, month, day);
  if (!days) return std::nullopt;
  m.seconds = *days * 86400 + hour * 3600 + minute * 60 + second;
  return m;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_DATETIME_IPP
