#ifndef SLUICE_SANDBOX_SQL_IMPL_CONVERT_IPP
#define SLUICE_SANDBOX_SQL_IMPL_CONVERT_IPP

#include <sluice/sandbox/sql/detail/convert.hpp>
#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/json.hpp>

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace sluice::inline v0::sandbox::sql::detail {

value store_number(int128 unscaled, sql_type const& type, std::string& scratch) {
  if (type.scale == 0 && unscaled >= std::numeric_limits<std::int64_t>::min() &&
      unscaled <= std::numeric_limits<std::int64_t>::max()) {
    return value::of_integer(static_cast<std::int64_t>(unscaled));
  }
  if (stored_as_double(type)) {
    // Both operands are exact below 2^53, so the quotient is the double nearest to the decimal.
    return value::of_real(static_cast<double>(unscaled) /
                          static_cast<double>(power_of_ten(type.scale)));
  }
  scratch.clear();
  append_decimal(scratch, unscaled, type.scale);
  return value::of_text(scratch);
}

int128 load_number(value const& v, sql_type const& type) {
  switch (v.is) {
    case value::form::integer: {
      bool overflow = false;
      auto const n = rescale(v.integer, 0, type.scale, overflow);
      if (overflow) fail_number_range(std::to_string(v.integer));
      return n;
    }
    case value::form::real:
      return static_cast<int128>(
          std::llround(v.real * static_cast<double>(power_of_ten(type.scale))));
    case value::form::text: {
      bool overflow = false;
      auto const n = parse_decimal(v.bytes, type_limits::max_precision, type.scale, overflow);
      if (overflow) fail_number_range(v.bytes);
      if (!n) fail_number(v.bytes);
      return *n;
    }
    case value::form::null:
    case value::form::blob:
      break;
  }
  return 0;
}

value store_time(std::int64_t seconds, std::int32_t nanos, int scale, std::string& scratch) {
  scratch.clear();
  append_clock(scratch, seconds, nanos, scale);
  return value::of_text(scratch);
}

value store_moment(moment const& m,
                   sql_type const& type,
                   input_formats const& formats,
                   std::string& scratch) {
  auto local = m.seconds;
  int offset = m.offset_minutes;
  switch (type.is) {
    case kind::timestamp_ltz:
      local = m.has_offset ? m.utc_seconds() : m.seconds - formats.zone->offset_at_local(m.seconds);
      break;
    case kind::timestamp_tz:
      if (!m.has_offset) offset = static_cast<int>(formats.zone->offset_at_local(m.seconds) / 60);
      break;
    default:
      break;
  }
  auto days = local / 86400;
  auto clock = local % 86400;
  if (clock < 0) {
    clock += 86400;
    --days;
  }
  if (!in_calendar(local)) fail_timestamp(std::to_string(m.seconds));
  scratch.clear();
  append_date(scratch, days);
  if (type.is == kind::date) return value::of_text(scratch);
  scratch += ' ';
  append_clock(scratch, clock, m.nanos, type.scale);
  if (type.is == kind::timestamp_ltz) scratch += 'Z';
  if (type.is == kind::timestamp_tz) {
    scratch += ' ';
    append_offset(scratch, offset);
  }
  return value::of_text(scratch);
}

moment load_moment(value const& v, sql_type const& type, input_formats const& formats) {
  auto m = type.is == kind::time ? parse_time_auto(v.bytes) : parse_datetime_auto(v.bytes);
  if (!m) fail_timestamp(v.bytes);
  if (type.is == kind::timestamp_ltz) {
    // Stored in UTC; shown in the session's zone.
    auto const offset = formats.zone->offset_at_utc(m->seconds);
    m->seconds += offset;
    m->offset_minutes = static_cast<int>(offset / 60);
    m->has_offset = true;
  }
  return *m;
}

inline value number_from_text(std::string_view text, sql_type const& to, std::string& scratch) {
  bool overflow = false;
  auto const n = parse_decimal(text, to.precision, to.scale, overflow);
  if (overflow) fail_number_range(text);
  if (!n) fail_number(text);
  return store_number(*n, to, scratch);
}

inline std::optional<bool> boolean_from_text(std::string_view text) {
  text = trimmed(text);
  for (std::string_view const yes : {"true", "t", "yes", "y", "on", "1"}) {
    if (equals_ignoring_case(text, yes)) return true;
  }
  for (std::string_view const no : {"false", "f", "no", "n", "off", "0"}) {
    if (equals_ignoring_case(text, no)) return false;
  }
  return std::nullopt;
}

inline value moment_from_text(std::string_view text,
                              sql_type const& to,
                              input_formats const& formats,
                              std::string& scratch) {
  if (to.is == kind::date) {
    auto const m = formats.date ? formats.date->parse(text) : parse_datetime_auto(text);
    if (!m || !in_calendar(m->seconds)) fail_date(text);
    moment plain;
    plain.seconds = m->seconds;
    return store_moment(plain, to, formats, scratch);
  }
  auto m = formats.timestamp ? formats.timestamp->parse(text) : parse_datetime_auto(text);
  if (!m) fail_timestamp(text);
  if (to.is == kind::timestamp_ntz) m->has_offset = false;
  auto const all_digits = !formats.timestamp && text.find_first_of("-/:") == std::string_view::npos;
  if (all_digits) m->has_offset = to.is != kind::timestamp_ntz;  // epoch numbers are UTC
  if (!in_calendar(m->seconds) || !in_calendar(m->utc_seconds())) fail_timestamp(text);
  return store_moment(*m, to, formats, scratch);
}

inline value bytes_from_text(std::string_view text,
                             sql_type const& to,
                             input_formats const& formats,
                             std::string& scratch) {
  std::string decoded;
  switch (formats.binary) {
    case binary_format::hex:
      if (!decode_hex(text, decoded)) fail_binary(text);
      break;
    case binary_format::base64:
      if (!decode_base64(text, decoded)) {
        fail("100119",
             "22000",
             fmt::format("The following string is not a legal base64-encoded value: '{}'",
                         text.substr(0, 200)));
      }
      break;
    case binary_format::utf8:
      decoded = text;
      break;
  }
  scratch = std::move(decoded);
  if (static_cast<std::int64_t>(scratch.size()) > to.length) {
    fail("100145",
         "22000",
         fmt::format("Binary value '{}' is too long and would be truncated", text.substr(0, 200)));
  }
  return value::of_blob(scratch);
}

inline value text_from_text(std::string_view text,
                            sql_type const& to,
                            input_formats const& formats) {
  if (static_cast<std::int64_t>(text.size()) > to.length && count_characters(text) > to.length) {
    if (!formats.truncate) fail_too_long(text);
    return value::of_text(first_characters(text, to.length));
  }
  return value::of_text(text);
}

value from_text(std::string_view text,
                sql_type const& to,
                input_formats const& formats,
                std::string& scratch) {
  switch (to.is) {
    case kind::null:
    case kind::text:
      return text_from_text(text, to, formats);
    case kind::number:
      return number_from_text(text, to, scratch);
    case kind::real: {
      auto const d = parse_real(text);
      if (!d) fail_number(text);
      if (std::isnan(*d)) return value::of_text("NaN");  // SQLite would store NULL
      return value::of_real(*d);
    }
    case kind::boolean: {
      auto const b = boolean_from_text(text);
      if (!b) fail_boolean(text);
      return value::of_integer(*b);
    }
    case kind::time: {
      auto m = formats.time ? formats.time->parse(text) : parse_time_auto(text);
      if (!m && !formats.time) m = parse_datetime_auto(text);
      if (!m) fail_time(text);
      auto clock = m->seconds % 86400;
      if (clock < 0) clock += 86400;
      return store_time(clock, m->nanos, to.scale, scratch);
    }
    case kind::date:
    case kind::timestamp_ntz:
    case kind::timestamp_ltz:
    case kind::timestamp_tz:
      return moment_from_text(text, to, formats, scratch);
    case kind::variant: {
      // Text in a VARIANT is a JSON string.
      std::string json;
      append_json_string(json, text);
      scratch = std::move(json);
      return value::of_text(scratch);
    }
    case kind::object:
    case kind::array: {
      auto json = json_normalized(text);
      if (!json.starts_with(to.is == kind::object ? '{' : '[')) {
        fail("100071",
             "22000",
             fmt::format(
                 "Failed to cast variant value {} to {}", text.substr(0, 200), type_family(to)));
      }
      scratch = std::move(json);
      return value::of_text(scratch);
    }
    case kind::binary:
      return bytes_from_text(text, to, formats, scratch);
  }
  return {};
}

[[noreturn]] inline void fail_cast(sql_type const& from, sql_type const& to) {
  fail("001007",
       "22023",
       fmt::format("SQL compilation error:\ninvalid type [CAST({} AS {})] for parameter 'TO_{}'",
                   type_text(from),
                   type_text(to),
                   type_family(to)));
}

inline value variant_to(value const& v,
                        sql_type const& to,
                        input_formats const& formats,
                        std::string& scratch) {
  auto const json = v.bytes;
  if (is_semi_structured(to.is)) {
    if ((to.is == kind::object && !json.starts_with('{')) ||
        (to.is == kind::array && !json.starts_with('['))) {
      if (json == "null") return {};
      fail("100071",
           "22000",
           fmt::format(
               "Failed to cast variant value {} to {}", json.substr(0, 200), type_family(to)));
    }
    scratch.assign(json);
    return value::of_text(scratch);
  }
  if (json == "null") return {};
  bool const nested = json.starts_with('{') || json.starts_with('[');
  if (nested && to.is != kind::text) {
    fail(
        "100071",
        "22000",
        fmt::format("Failed to cast variant value {} to {}", json.substr(0, 200), type_family(to)));
  }
  auto const text = json_is_string(json) ? json_unquoted(json) : std::string(json);
  bool const is_boolean = json == "true" || json == "false";
  if (to.is == kind::boolean && !json_is_string(json) && !is_boolean) {
    auto const d = parse_real(text);
    return value::of_integer(d && *d != 0);
  }
  if (to.is == kind::number && is_boolean) return value::of_integer(json == "true");
  std::string inner;
  auto const out = from_text(text, to, formats, inner);
  if (out.is != value::form::text && out.is != value::form::blob) return out;
  scratch.assign(out.bytes);
  return out.is == value::form::text ? value::of_text(scratch) : value::of_blob(scratch);
}

inline value number_to_number(value const& v,
                              sql_type const& from,
                              sql_type const& to,
                              std::string& scratch) {
  if (from.scale == to.scale && to.precision >= from.precision &&
      stored_as_double(from) == stored_as_double(to) && v.is == value::form::integer) {
    return v;
  }
  bool overflow = false;
  auto const n = rescale(load_number(v, from), from.scale, to.scale, overflow);
  if (overflow || n > largest(to.precision) || n < -largest(to.precision)) {
    std::string text;
    append_as_text(text, v, from);
    fail_number_range(text);
  }
  return store_number(n, to, scratch);
}

value convert(value const& v,
              sql_type const& from,
              sql_type const& to,
              input_formats const& formats,
              std::string& scratch) {
  if (v.is_null() || from.is == kind::null) return {};
  if (from == to && from.is != kind::text) return v;
  if (from.is == kind::text) {
    return from_text(v.bytes, to, formats, scratch);
  }
  if (from.is == kind::variant || from.is == kind::object || from.is == kind::array) {
    return variant_to(v, to, formats, scratch);
  }
  if (to.is == kind::text) {
    std::string text;
    if (from.is == kind::timestamp_ltz) {
      input_formats shown = formats;
      auto const m = load_moment(v, from, shown);
      std::string local;
      auto const as_tz = store_moment(m, {kind::timestamp_tz, 0, from.scale, 0}, shown, local);
      append_as_text(text, as_tz, {kind::timestamp_tz, 0, from.scale, 0});
    } else {
      append_as_text(text, v, from);
    }
    scratch = std::move(text);
    auto const out = text_from_text(scratch, to, formats);
    return out;
  }
  if (to.is == kind::variant) {
    std::string json;
    append_as_json(json, v, from);
    scratch = std::move(json);
    return value::of_text(scratch);
  }
  switch (to.is) {
    case kind::number:
      if (from.is == kind::number) return number_to_number(v, from, to, scratch);
      if (from.is == kind::boolean) return number_to_number(v, sql_type::number(1, 0), to, scratch);
      if (from.is == kind::real) {
        std::string text;
        append_as_text(text, v, from);
        return number_from_text(text, to, scratch);
      }
      break;
    case kind::real:
      if (from.is == kind::number) {
        std::string text;
        append_as_text(text, v, from);
        return value::of_real(*parse_real(text));
      }
      if (from.is == kind::boolean) return value::of_real(static_cast<double>(v.integer));
      break;
    case kind::boolean:
      if (from.is == kind::number) return value::of_integer(load_number(v, from) != 0);
      if (from.is == kind::real) return value::of_integer(v.is == value::form::text || v.real != 0);
      break;
    case kind::binary:
      if (from.is == kind::binary) {
        if (static_cast<std::int64_t>(v.bytes.size()) > to.length) {
          fail("100145", "22000", "Binary value is too long and would be truncated");
        }
        return v;
      }
      break;
    case kind::time:
      if (from.is == kind::time || is_timestamp(from.is)) {
        auto const m = load_moment(v, from, formats);
        auto clock = m.seconds % 86400;
        if (clock < 0) clock += 86400;
        return store_time(clock, m.nanos, to.scale, scratch);
      }
      break;
    case kind::date:
    case kind::timestamp_ntz:
    case kind::timestamp_ltz:
    case kind::timestamp_tz: {
      if (from.is == kind::number && to.is != kind::date) {
        std::string text;
        append_as_text(text, v, from);
        return from_text(text, to, formats, scratch);
      }
      if (from.is != kind::date && !is_timestamp(from.is)) break;
      auto m = load_moment(v, from, formats);
      if (to.is == kind::timestamp_ntz || to.is == kind::date) m.has_offset = false;
      return store_moment(m, to, formats, scratch);
    }
    default:
      break;
  }
  fail_cast(from, to);
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_CONVERT_IPP
