#ifndef SLUICE_SANDBOX_SQL_IMPL_PIPE_VALUES_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PIPE_VALUES_IPP

#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/json.hpp>
#include <sluice/sandbox/sql/detail/pipe_rows.hpp>

#include <fmt/format.h>

#include <cmath>

namespace sluice::inline v0::sandbox::sql::detail {

namespace pipe_impl {

constexpr std::int64_t los_angeles_standard_time = -8 * 3600;

[[noreturn]] inline void fail_piped(std::string_view json, sql_type const& to) {
  fail("100071",
       "22000",
       fmt::format("Failed to cast variant value {} to {}", json.substr(0, 200), type_family(to)));
}

inline bool is_nested(std::string_view json) {
  return json.starts_with('{') || json.starts_with('[');
}

inline bool is_boolean(std::string_view json) {
  return json == "true" || json == "false";
}

/// The text of a value that may be a string or a number; anything else does not fit.
inline std::string string_or_number(std::string_view json, sql_type const& to) {
  if (is_nested(json) || is_boolean(json)) fail_piped(json, to);
  return json_is_string(json) ? json_unquoted(json) : std::string(json);
}

inline value piped_number(std::string_view json, sql_type const& to, std::string& scratch) {
  bool overflow = false;
  auto const n = parse_decimal(string_or_number(json, to), to.precision, to.scale, overflow);
  if (!n || overflow) fail_piped(json, to);
  return store_number(*n, to, scratch);
}

inline value piped_real(std::string_view json, sql_type const& to) {
  auto const d = parse_real(string_or_number(json, to));
  if (!d) fail_piped(json, to);
  return std::isnan(*d) ? value::of_text("NaN") : value::of_real(*d);
}

inline value piped_object(std::string_view json, sql_type const& to, std::string& scratch) {
  scratch.assign(json);
  if (json_is_string(json)) {
    try {
      scratch = json_normalized(json_unquoted(json));
    } catch (sql_error const&) {
      fail_piped(json, to);
    }
  }
  if (!scratch.starts_with('{')) fail_piped(json, to);
  return value::of_text(scratch);
}

/// Any string becomes an array of one element, whatever it holds.
inline value piped_array(std::string_view json, sql_type const& to, std::string& scratch) {
  if (json_is_string(json)) {
    scratch = fmt::format("[{}]", json);
  } else if (json.starts_with('[')) {
    scratch.assign(json);
  } else {
    fail_piped(json, to);
  }
  return value::of_text(scratch);
}

/// An epoch number without a zone is read as a clock in the account's default zone.
inline value piped_epoch(std::string_view json,
                         sql_type const& to,
                         input_formats const& formats,
                         std::string& scratch) {
  auto m = parse_datetime_auto(json);
  if (!m) fail_timestamp(json);
  auto const utc = m->utc_seconds();
  m->offset_minutes = 0;
  m->seconds = utc + formats.zone->offset_at_utc(utc);
  m->has_offset = false;
  return store_moment(*m, to, formats, scratch);
}

inline value piped_time(std::string_view json,
                        sql_type const& to,
                        input_formats const& formats,
                        std::string& scratch) {
  if (!json_is_string(json)) fail_piped(json, to);
  auto const text = json_unquoted(json);
  bool const zone =
      text.ends_with('Z') || text.ends_with('z') || text.find_first_of("+-") != std::string::npos;
  if (zone) fail_time(text);
  auto const out = from_text(text, to, formats, scratch);
  return out;
}

}  // namespace pipe_impl

input_formats pipe_formats(bool default_pipe) {
  input_formats out;
  out.binary = default_pipe ? binary_format::base64 : binary_format::hex;
  auto zone = time_zone::find("America/Los_Angeles");
  // Systems without a zone database know no summer time.
  out.zone = zone ? std::move(zone) : time_zone::fixed(pipe_impl::los_angeles_standard_time);
  return out;
}

value piped_value(std::string_view json,
                  sql_type const& to,
                  input_formats const& formats,
                  std::string& scratch) {
  using namespace pipe_impl;
  if (to.is == kind::variant) {
    scratch.assign(json);
    return value::of_text(scratch);
  }
  if (json == "null") return {};
  switch (to.is) {
    case kind::number:
      return piped_number(json, to, scratch);
    case kind::real:
      return piped_real(json, to);
    case kind::boolean:
      if (!json_is_string(json) && !is_boolean(json)) fail_piped(json, to);
      return from_text(
          json_is_string(json) ? json_unquoted(json) : std::string(json), to, formats, scratch);
    case kind::object:
      return piped_object(json, to, scratch);
    case kind::array:
      return piped_array(json, to, scratch);
    case kind::time:
      return piped_time(json, to, formats, scratch);
    case kind::timestamp_ntz:
      if (!json_is_string(json) && !is_nested(json) && !is_boolean(json)) {
        return piped_epoch(json, to, formats, scratch);
      }
      break;
    default:
      break;
  }
  if (to.is == kind::text) {
    // Checked and cut by the type; the bytes must outlive the call.
    auto text = json_is_string(json) ? json_unquoted(json) : std::string(json);
    std::string unused;
    static_cast<void>(from_text(text, to, formats, unused));
    scratch = std::move(text);
    return value::of_text(scratch);
  }
  bool const number_fits = to.is == kind::timestamp_ltz || to.is == kind::timestamp_tz;
  if (!json_is_string(json) && (!number_fits || is_nested(json) || is_boolean(json))) {
    fail_piped(json, to);
  }
  auto const text = json_is_string(json) ? json_unquoted(json) : std::string(json);
  return from_text(text, to, formats, scratch);
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PIPE_VALUES_IPP
