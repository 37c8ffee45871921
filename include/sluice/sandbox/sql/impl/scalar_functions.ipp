#ifndef SLUICE_SANDBOX_SQL_IMPL_SCALAR_FUNCTIONS_IPP
#define SLUICE_SANDBOX_SQL_IMPL_SCALAR_FUNCTIONS_IPP

#include <sluice/sandbox/sql/impl/functions.ipp>

#include <charconv>

namespace sluice::inline v0::sandbox::sql::detail {

/// sf_path(json, key): a member of a VARIANT; sf_element(json, n): an element, or a member by text.
inline void json_path(call const& f) {
  if (f.null(0) || f.null(1)) return f.answer({});
  auto const v = f[1];
  std::optional<std::string_view> found;
  if (v.is == value::form::text) {
    found = json_member(f.text(0), v.bytes);
  } else if (v.integer >= 0) {
    found = json_element(f.text(0), static_cast<std::size_t>(v.integer));
  }
  f.answer(found ? value::of_text(*found) : value{});
}

inline void parse_json(call const& f, bool attempt) {
  if (f.null(0)) return f.answer({});
  auto const text = trimmed(f.text(0));
  if (text.empty()) return f.answer({});
  try {
    auto const json = json_normalized(text);
    f.answer(value::of_text(json));
  } catch (sql_error const&) {
    if (!attempt) throw;
    f.answer({});
  }
}

/// sf_json(v, type): what TO_VARIANT and the constructors hold.
inline void to_json(call const& f) {
  std::string out;
  append_as_json(out, f[0], f.type(1));
  f.answer(value::of_text(out));
}

/// sf_construct('[' or '{', json values...): keys and values of an object as SQL text and JSON.
inline void construct(call const& f) {
  bool const object = f.text(0) == "{";
  std::string out(object ? "{" : "[");
  for (std::size_t i = 1; i < f.size(); ++i) {
    if (object) {
      if (f.null(i) || i + 1 >= f.size() || f.text(i + 1) == "null") {
        ++i;
        continue;  // OBJECT_CONSTRUCT leaves NULL members out
      }
      if (out.size() > 1) out += ',';
      append_json_string(out, f.text(i));
      out += ':';
      out += f.text(++i);
    } else {
      if (out.size() > 1) out += ',';
      out += f.text(i);
    }
  }
  out += object ? '}' : ']';
  auto const json = json_normalized(out, {.allow_duplicate = false, .strip_null_values = false});
  f.answer(value::of_text(json));
}

inline void json_type(call const& f) {
  if (f.null(0)) return f.answer({});
  auto const t = f.text(0);
  std::string_view name = "INTEGER";
  if (t.starts_with('{'))
    name = "OBJECT";
  else if (t.starts_with('['))
    name = "ARRAY";
  else if (t.starts_with('"'))
    name = "VARCHAR";
  else if (t == "null")
    name = "NULL_VALUE";
  else if (t == "true" || t == "false")
    name = "BOOLEAN";
  else if (t.find_first_of("eE") != std::string_view::npos)
    name = "DOUBLE";
  else if (t.find('.') != std::string_view::npos)
    name = "DECIMAL";
  f.answer(value::of_text(name));
}

inline void array_size(call const& f) {
  if (f.null(0) || !f.text(0).starts_with('[')) return f.answer({});
  std::int64_t n = 0;
  while (json_element(f.text(0), static_cast<std::size_t>(n))) ++n;
  f.answer(value::of_integer(n));
}

/// sf_format(v, type, pattern): TO_VARCHAR of a date or timestamp.
inline void format_moment(call const& f) {
  if (f.null(0) || f.null(2)) return f.answer({});
  datetime_pattern const pattern(f.text(2));
  std::string out;
  pattern.format(out, load_moment(f[0], f.type(1), f.at.formats));
  f.answer(value::of_text(out));
}

/// sf_parse(text, type, pattern, attempt): TO_DATE, TO_TIMESTAMP and TO_BINARY with a format.
inline void parse_with(call const& f) {
  if (f.null(0) || f.null(2)) return f.answer({});
  auto const type = f.type(1);
  auto formats = f.at.formats;
  if (type.is == kind::binary) {
    auto const name = to_upper(f.text(2));
    formats.binary = name == "BASE64"                    ? binary_format::base64
                     : name == "UTF-8" || name == "UTF8" ? binary_format::utf8
                                                         : binary_format::hex;
    if (formats.binary == binary_format::hex && name != "HEX")
      fail_invalid_value(name, "TO_BINARY");
  } else if (equals_ignoring_case(f.text(2), "AUTO")) {
    formats.date = formats.time = formats.timestamp = nullptr;
  } else {
    formats.date = formats.time = formats.timestamp =
        std::make_shared<datetime_pattern const>(f.text(2));
  }
  std::string scratch;
  try {
    f.answer(from_text(f.text(0), type, formats, scratch));
  } catch (sql_error const&) {
    if (f.integer(3) == 0) throw;
    f.answer({});
  }
}

inline std::string unit_of(std::string_view text) {
  auto unit = to_upper(text);

  struct alias {
    std::string_view from, to;
  };

  static constexpr std::array<alias, 22> aliases = {
      {{"YEARS", "YEAR"},     {"YY", "YEAR"},      {"YYYY", "YEAR"},
       {"Y", "YEAR"},         {"MONTHS", "MONTH"}, {"MM", "MONTH"},
       {"MON", "MONTH"},      {"DAYS", "DAY"},     {"DD", "DAY"},
       {"D", "DAY"},          {"HOURS", "HOUR"},   {"HH", "HOUR"},
       {"MINUTES", "MINUTE"}, {"MI", "MINUTE"},    {"SECONDS", "SECOND"},
       {"S", "SECOND"},       {"SEC", "SECOND"},   {"MILLISECONDS", "MILLISECOND"},
       {"MS", "MILLISECOND"}, {"WEEKS", "WEEK"},   {"QUARTERS", "QUARTER"},
       {"DOW", "DAYOFWEEK"}}};
  for (auto const& a : aliases) {
    if (unit == a.from) return std::string(a.to);
  }
  return unit;
}

/// sf_part(unit, v, type)
inline void date_part(call const& f) {
  if (f.null(1)) return f.answer({});
  auto const unit = unit_of(f.text(0));
  auto const m = load_moment(f[1], f.type(2), f.at.formats);
  auto days = m.seconds / 86400;
  auto clock = m.seconds % 86400;
  if (clock < 0) {
    clock += 86400;
    --days;
  }
  auto const c = civil_from_days(days);
  std::int64_t out = 0;
  if (unit == "YEAR")
    out = c.year;
  else if (unit == "MONTH")
    out = c.month;
  else if (unit == "DAY")
    out = c.day;
  else if (unit == "HOUR")
    out = clock / 3600;
  else if (unit == "MINUTE")
    out = clock / 60 % 60;
  else if (unit == "SECOND")
    out = clock % 60;
  else if (unit == "QUARTER")
    out = (c.month + 2) / 3;
  else if (unit == "DAYOFWEEK")
    out = ((days + 4) % 7 + 7) % 7;
  else if (unit == "DAYOFYEAR")
    out = days - days_from_civil(c.year, 1, 1) + 1;
  else if (unit == "EPOCH_SECOND" || unit == "EPOCH")
    out = m.utc_seconds();
  else if (unit == "EPOCH_MILLISECOND")
    out = m.utc_seconds() * 1000 + m.nanos / 1'000'000;
  else if (unit == "NANOSECOND")
    out = m.nanos;
  else
    fail_unsupported("date part " + unit);
  f.answer(value::of_integer(out));
}

inline std::int64_t months_of(std::int64_t days) {
  auto const c = civil_from_days(days);
  return c.year * 12 + c.month - 1;
}

/// sf_trunc(unit, v, type)
inline void date_trunc(call const& f) {
  if (f.null(1)) return f.answer({});
  auto const unit = unit_of(f.text(0));
  auto const type = f.type(2);
  auto m = load_moment(f[1], type, f.at.formats);
  auto days = m.seconds / 86400 - (m.seconds % 86400 < 0);
  auto const clock = m.seconds - days * 86400;
  auto const c = civil_from_days(days);
  m.nanos = 0;
  if (unit == "YEAR")
    m.seconds = days_from_civil(c.year, 1, 1) * 86400;
  else if (unit == "QUARTER")
    m.seconds = days_from_civil(c.year, (c.month - 1) / 3 * 3 + 1, 1) * 86400;
  else if (unit == "MONTH")
    m.seconds = days_from_civil(c.year, c.month, 1) * 86400;
  else if (unit == "WEEK")
    m.seconds = (days - ((days + 3) % 7 + 7) % 7) * 86400;
  else if (unit == "DAY")
    m.seconds = days * 86400;
  else if (unit == "HOUR")
    m.seconds -= clock % 3600;
  else if (unit == "MINUTE")
    m.seconds -= clock % 60;
  else if (unit != "SECOND")
    fail_unsupported("DATE_TRUNC " + unit);
  std::string scratch;
  f.answer(store_moment(m, type, f.at.formats, scratch));
}

/// sf_dateadd(unit, n, v, type, result type)
inline void date_add(call const& f) {
  if (f.null(1) || f.null(2)) return f.answer({});
  auto const unit = unit_of(f.text(0));
  auto const n = f.integer(1);
  constexpr std::int64_t bound = 400'000'000'000;
  if (n > bound || n < -bound) fail_timestamp(std::to_string(n));
  auto m = load_moment(f[2], f.type(3), f.at.formats);
  if (unit == "YEAR" || unit == "QUARTER" || unit == "MONTH") {
    auto const days = m.seconds / 86400 - (m.seconds % 86400 < 0);
    auto const clock = m.seconds - days * 86400;
    auto const total = months_of(days) + n * (unit == "YEAR" ? 12 : unit == "QUARTER" ? 3 : 1);
    auto const year = total / 12;
    int const month = static_cast<int>(total % 12) + 1;
    if (year < 1 || year > 9999) fail_timestamp(std::to_string(year));
    int const day = std::min(civil_from_days(days).day, days_in_month(year, month));
    m.seconds = days_from_civil(year, month, day) * 86400 + clock;
  } else if (unit == "WEEK") {
    m.seconds += n * 7 * 86400;
  } else if (unit == "DAY") {
    m.seconds += n * 86400;
  } else if (unit == "HOUR") {
    m.seconds += n * 3600;
  } else if (unit == "MINUTE") {
    m.seconds += n * 60;
  } else if (unit == "SECOND") {
    m.seconds += n;
  } else if (unit == "MILLISECOND") {
    auto const total = m.nanos / 1'000'000 + n;
    auto const carry = total / 1000 - (total % 1000 < 0);
    m.seconds += carry;
    m.nanos = static_cast<std::int32_t>((total - carry * 1000) * 1'000'000 + m.nanos % 1'000'000);
  } else {
    fail_unsupported("DATEADD " + unit);
  }
  std::string scratch;
  f.answer(store_moment(m, f.type(4), f.at.formats, scratch));
}

/// sf_datediff(unit, a, type of a, b, type of b): boundaries crossed between the two.
inline void date_diff(call const& f) {
  if (f.null(1) || f.null(3)) return f.answer({});
  auto const unit = unit_of(f.text(0));
  auto const a = load_moment(f[1], f.type(2), f.at.formats),
             b = load_moment(f[3], f.type(4), f.at.formats);
  auto const floored = [](std::int64_t s, std::int64_t by) { return s / by - (s % by < 0); };
  auto const months = [&](moment const& m) { return months_of(floored(m.seconds, 86400)); };
  std::int64_t out = 0;
  if (unit == "YEAR")
    out = floored(months(b), 12) - floored(months(a), 12);
  else if (unit == "QUARTER")
    out = floored(months(b), 3) - floored(months(a), 3);
  else if (unit == "MONTH")
    out = months(b) - months(a);
  else if (unit == "WEEK")
    out = floored(floored(b.seconds, 86400) + 3, 7) - floored(floored(a.seconds, 86400) + 3, 7);
  else if (unit == "DAY")
    out = floored(b.seconds, 86400) - floored(a.seconds, 86400);
  else if (unit == "HOUR")
    out = floored(b.seconds, 3600) - floored(a.seconds, 3600);
  else if (unit == "MINUTE")
    out = floored(b.seconds, 60) - floored(a.seconds, 60);
  else if (unit == "SECOND")
    out = b.seconds - a.seconds;
  else if (unit == "MILLISECOND")
    out = (b.seconds - a.seconds) * 1000 + (b.nanos / 1'000'000 - a.nanos / 1'000'000);
  else
    fail_unsupported("DATEDIFF " + unit);
  f.answer(value::of_integer(out));
}

inline void base64(call const& f) {
  if (f.null(0)) return f.answer({});
  auto const out = encode_base64(f.text(0));
  f.answer(value::of_text(out));
}

inline void split_part(call const& f) {
  if (f.null(0) || f.null(1) || f.null(2)) return f.answer({});
  auto text = f.text(0);
  auto const by = f.text(1);
  std::vector<std::string_view> parts;
  while (!by.empty()) {
    auto const at = text.find(by);
    if (at == std::string_view::npos) break;
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + by.size());
  }
  parts.push_back(text);
  auto n = f.integer(2);
  auto const size = static_cast<std::int64_t>(parts.size());
  n = n == 0 ? 1 : n < 0 ? size + n + 1 : n;
  f.answer(value::of_text(n >= 1 && n <= size ? parts[static_cast<std::size_t>(n - 1)]
                                              : std::string_view()));
}

/// sf_like(text, pattern, escape or NULL, ignore case): % and _ over characters.
inline bool like(std::string_view text, std::string_view pattern, std::string_view escape) {
  std::size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
  auto const step = [](std::string_view s, std::size_t i) {
    ++i;
    while (i < s.size() && (static_cast<unsigned char>(s[i]) & 0xc0) == 0x80) ++i;
    return i;
  };
  while (t < text.size()) {
    bool const escaped =
        p < pattern.size() && !escape.empty() && pattern[p] == escape[0] && p + 1 < pattern.size();
    if (!escaped && p < pattern.size() && pattern[p] == '%') {
      star = p++;
      mark = t;
      continue;
    }
    if (!escaped && p < pattern.size() && pattern[p] == '_') {
      t = step(text, t);
      ++p;
      continue;
    }
    if (p < pattern.size() && pattern[p + (escaped ? 1 : 0)] == text[t]) {
      p += escaped ? 2 : 1;
      ++t;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star + 1;
    mark = step(text, mark);
    t = mark;
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

inline void like_function(call const& f) {
  if (f.null(0) || f.null(1)) return f.answer({});
  auto const escape = f.null(2) ? std::string_view() : f.text(2);
  bool const out = f.integer(3) != 0 ? like(to_lower(f.text(0)), to_lower(f.text(1)), escape)
                                     : like(f.text(0), f.text(1), escape);
  f.answer(value::of_integer(out));
}

extern "C" {
inline void sluice_sf_path(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, json_path);
}

inline void sluice_sf_parse_json(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, [](call const& f) { parse_json(f, false); });
}

inline void sluice_sf_try_parse_json(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, [](call const& f) { parse_json(f, true); });
}

inline void sluice_sf_json(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, to_json);
}

inline void sluice_sf_construct(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, construct);
}

inline void sluice_sf_json_type(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, json_type);
}

inline void sluice_sf_array_size(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, array_size);
}

inline void sluice_sf_format(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, format_moment);
}

inline void sluice_sf_parse(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, parse_with);
}

inline void sluice_sf_part(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, date_part);
}

inline void sluice_sf_trunc(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, date_trunc);
}

inline void sluice_sf_dateadd(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, date_add);
}

inline void sluice_sf_datediff(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, date_diff);
}

inline void sluice_sf_base64(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, base64);
}

inline void sluice_sf_split_part(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, split_part);
}

inline void sluice_sf_like(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, like_function);
}
}

void register_scalar_functions(connection& db) {
  add_function(db, "sf_path", 2, &sluice_sf_path);
  add_function(db, "sf_parse_json", 1, &sluice_sf_parse_json);
  add_function(db, "sf_try_parse_json", 1, &sluice_sf_try_parse_json);
  add_function(db, "sf_json", 2, &sluice_sf_json);
  add_function(db, "sf_construct", -1, &sluice_sf_construct);
  add_function(db, "sf_json_type", 1, &sluice_sf_json_type);
  add_function(db, "sf_array_size", 1, &sluice_sf_array_size);
  add_function(db, "sf_format", 3, &sluice_sf_format);
  add_function(db, "sf_parse", 4, &sluice_sf_parse);
  add_function(db, "sf_part", 3, &sluice_sf_part);
  add_function(db, "sf_trunc", 3, &sluice_sf_trunc);
  add_function(db, "sf_dateadd", 5, &sluice_sf_dateadd);
  add_function(db, "sf_datediff", 5, &sluice_sf_datediff);
  add_function(db, "sf_base64", 1, &sluice_sf_base64);
  add_function(db, "sf_split_part", 3, &sluice_sf_split_part);
  add_function(db, "sf_like", 4, &sluice_sf_like);
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_SCALAR_FUNCTIONS_IPP
