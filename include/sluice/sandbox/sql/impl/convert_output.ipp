#ifndef SLUICE_SANDBOX_SQL_IMPL_CONVERT_OUTPUT_IPP
#define SLUICE_SANDBOX_SQL_IMPL_CONVERT_OUTPUT_IPP

#include <sluice/sandbox/sql/detail/convert.hpp>
#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/json.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace sluice::inline v0::sandbox::sql::detail {

void append_as_text(std::string& out, value const& v, sql_type const& type) {
  switch (v.is) {
    case value::form::null:
      return;
    case value::form::blob:
      append_hex(out, v.bytes);
      return;
    case value::form::real:
      if (type.is == kind::number) {
        append_decimal(out, load_number(v, type), type.scale);
      } else {
        append_real(out, v.real);
      }
      return;
    case value::form::integer:
      if (type.is == kind::boolean) {
        out += v.integer != 0 ? "true" : "false";
      } else if (type.is == kind::number && type.scale > 0) {
        append_decimal(out, load_number(v, type), type.scale);
      } else {
        std::array<char, 24> buffer;
        out.append(buffer.data(),
                   std::to_chars(buffer.data(), buffer.data() + buffer.size(), v.integer).ptr);
      }
      return;
    case value::form::text:
      break;
  }
  switch (type.is) {
    case kind::variant:
      out += json_is_string(v.bytes) ? json_unquoted(v.bytes) : std::string(v.bytes);
      return;
    case kind::timestamp_ntz:
    case kind::timestamp_ltz:
    case kind::timestamp_tz: {
      // The default output formats print milliseconds, and the offset without a colon.
      static datetime_pattern const plain("YYYY-MM-DD HH24:MI:SS.FF3");
      static datetime_pattern const zoned("YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM");
      auto m = *parse_datetime_auto(v.bytes);
      (type.is == kind::timestamp_ntz ? plain : zoned).format(out, m);
      return;
    }
    case kind::time:
      out += v.bytes.substr(0, 8);
      return;
    default:
      out += v.bytes;
  }
}

void append_as_json(std::string& out, value const& v, sql_type const& type) {
  if (v.is_null()) {
    out += "null";
    return;
  }
  switch (type.is) {
    case kind::number:
    case kind::boolean:
      append_as_text(out, v, type);
      return;
    case kind::real:
      if (v.is == value::form::real && v.real - v.real == 0) {
        append_real(out, v.real);
        return;
      }
      break;
    case kind::variant:
    case kind::object:
    case kind::array:
      out += v.bytes;
      return;
    default:
      break;
  }
  std::string text;
  append_as_text(text, v, type);
  append_json_string(out, text);
}

/// `seconds.fraction` with exactly `scale` digits, also before 1970.
inline void append_epoch(std::string& out, std::int64_t seconds, std::int32_t nanos, int scale) {
  auto const unit = power_of_ten(9 - scale);
  auto const total =
      static_cast<int128>(seconds) * power_of_ten(scale) + cut_fraction(nanos, scale) / unit;
  append_decimal(out, total, scale);
}

cell to_cell(value const& v, sql_type const& type) {
  if (v.is_null()) return std::nullopt;
  std::string out;
  switch (type.is) {
    case kind::boolean:
      out = v.integer != 0 ? "1" : "0";
      break;
    case kind::date: {
      auto const m = parse_datetime_auto(v.bytes);
      out = std::to_string(m ? m->seconds / 86400 - (m->seconds % 86400 < 0) : 0);
      break;
    }
    case kind::time: {
      auto const m = parse_time_auto(v.bytes);
      if (m) append_epoch(out, m->seconds, m->nanos, type.scale);
      break;
    }
    case kind::timestamp_ntz:
    case kind::timestamp_ltz: {
      auto const m = parse_datetime_auto(v.bytes);
      if (m) append_epoch(out, m->seconds, m->nanos, type.scale);
      break;
    }
    case kind::timestamp_tz: {
      auto const m = parse_datetime_auto(v.bytes);
      if (!m) break;
      append_epoch(out, m->utc_seconds(), m->nanos, type.scale);
      out += fmt::format(" {}", m->offset_minutes + 1440);
      break;
    }
    case kind::variant:
    case kind::object:
    case kind::array:
      out = json_pretty(v.bytes);
      break;
    default:
      append_as_text(out, v, type);
  }
  return out;
}

sql_type type_of_binding(std::string const& type_name) {
  if (type_name == "FIXED") return sql_type::number(38, 0);
  if (type_name == "REAL") return sql_type::of(kind::real);
  if (type_name == "BOOLEAN") return sql_type::of(kind::boolean);
  if (type_name == "BINARY") return sql_type::binary();
  if (type_name == "DATE") return sql_type::of(kind::date);
  if (type_name == "TIME") return sql_type::of(kind::time);
  if (type_name == "TIMESTAMP_NTZ") return sql_type::of(kind::timestamp_ntz);
  if (type_name == "TIMESTAMP_LTZ") return sql_type::of(kind::timestamp_ltz);
  if (type_name == "TIMESTAMP_TZ") return sql_type::of(kind::timestamp_tz);
  return sql_type::text();
}

inline std::int64_t binding_integer(std::string_view text) {
  std::int64_t n = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) fail_number(text);
  return n;
}

inline moment epoch_nanos(std::string_view text) {
  bool overflow = false;
  auto const n = parse_decimal(text, 38, 0, overflow);
  if (overflow) fail_number_range(text);
  if (!n) fail_number(text);
  auto seconds = *n / 1'000'000'000;
  auto rest = *n % 1'000'000'000;
  if (rest < 0) {
    rest += 1'000'000'000;
    --seconds;
  }
  if (seconds > 253402300799 || seconds < -62135596800) fail_timestamp(text);
  moment m;
  m.seconds = static_cast<std::int64_t>(seconds);
  m.nanos = static_cast<std::int32_t>(rest);
  return m;
}

bound_value from_binding(std::string const& type_name,
                         cell const& text,
                         input_formats const& formats,
                         std::string& scratch) {
  bound_value out;
  out.type = type_of_binding(type_name);
  if (!text) return out;
  std::string_view const t = *text;
  switch (out.type.is) {
    case kind::number: {
      // FIXED may carry a fraction: the type gets the scale that the text shows.
      auto const point = t.find('.');
      auto const exponent = t.find_first_of("eE");
      if (point != std::string_view::npos && exponent == std::string_view::npos) {
        out.type.scale = static_cast<int>(std::min<std::size_t>(t.size() - point - 1, 37));
      }
      out.v = from_text(t, out.type, formats, scratch);
      return out;
    }
    case kind::date: {
      moment m;
      m.seconds = binding_integer(t) / 1000;
      if (!in_calendar(m.seconds)) fail_date(t);
      out.v = store_moment(m, out.type, formats, scratch);
      return out;
    }
    case kind::time: {
      auto const n = binding_integer(t);
      if (n < 0 || n >= 86'400'000'000'000) fail_time(t);
      out.v =
          store_time(n / 1'000'000'000, static_cast<std::int32_t>(n % 1'000'000'000), 9, scratch);
      return out;
    }
    case kind::timestamp_ntz:
    case kind::timestamp_ltz: {
      auto m = epoch_nanos(t);
      m.has_offset = true;  // epoch values are UTC
      out.v = store_moment(m, out.type, formats, scratch);
      return out;
    }
    case kind::timestamp_tz: {
      auto const space = t.find(' ');
      if (space == std::string_view::npos) fail_timestamp(t);
      auto m = epoch_nanos(t.substr(0, space));
      auto const offset = binding_integer(t.substr(space + 1)) - 1440;
      if (offset < -1440 || offset > 1440) fail_timestamp(t);
      m.offset_minutes = static_cast<int>(offset);
      m.seconds += offset * 60;
      m.has_offset = true;
      out.v = store_moment(m, out.type, formats, scratch);
      return out;
    }
    default:
      out.v = from_text(t, out.type, formats, scratch);
      return out;
  }
}

inline int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

bool decode_hex(std::string_view text, std::string& out) {
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    int const high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
  }
  return true;
}

inline constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool decode_base64(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0) return false;
  std::size_t const padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  unsigned bits = 0;
  int have = 0;
  for (char const c : text.substr(0, text.size() - padding)) {
    auto const at = base64_alphabet.find(c);
    if (at == std::string_view::npos) return false;
    bits = (bits << 6 | static_cast<unsigned>(at)) & 0xffffff;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>(bits >> have & 0xff);
    }
  }
  return true;
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    auto const n = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= n ? base64_alphabet[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_CONVERT_OUTPUT_IPP
