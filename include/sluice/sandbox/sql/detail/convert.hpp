#ifndef SLUICE_SANDBOX_SQL_DETAIL_CONVERT_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_CONVERT_HPP

/// \file
/// Values in storage form, and conversion between types: exact, or an error of the service.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/datetime.hpp>
#include <sluice/sandbox/sql/detail/types.hpp>
#include <sluice/sandbox/sql/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::sql::detail {

/// A value as SQLite holds it; `bytes` points into memory that the value does not own.
struct value {
  enum class form : std::uint8_t { null, integer, real, text, blob };
  form is = form::null;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view bytes;

  static value of_integer(std::int64_t v) { return {form::integer, v, 0, {}}; }

  static value of_real(double v) { return {form::real, 0, v, {}}; }

  static value of_text(std::string_view v) { return {form::text, 0, 0, v}; }

  static value of_blob(std::string_view v) { return {form::blob, 0, 0, v}; }

  bool is_null() const { return is == form::null; }
};

enum class binary_format { hex, base64, utf8 };

/// How text becomes dates, times and bytes; and what happens to text that is too long.
struct input_formats {
  std::shared_ptr<datetime_pattern const> date;       ///< null: AUTO
  std::shared_ptr<datetime_pattern const> time;       ///< null: AUTO
  std::shared_ptr<datetime_pattern const> timestamp;  ///< null: AUTO
  binary_format binary = binary_format::hex;
  bool truncate = false;  ///< cut text that is too long instead of failing
  std::shared_ptr<time_zone const> zone = time_zone::find("UTC");
};

/// How the storage form of a type looks; see `storage.hpp` for the whole mapping.
/// NUMBER with a fraction and at most 15 digits is a double, which reads back exactly.
inline bool stored_as_double(sql_type const& t) {
  return t.is == kind::number && t.scale > 0 && t.precision <= 15;
}

/// True if values of the type may be decimal text in storage, whose order is not the numbers'.
inline bool may_be_decimal_text(sql_type const& t) {
  return t.is == kind::number && (t.scale > 0 ? t.precision > 15 : t.precision > 18);
}

/// Decimal -> storage form; `scratch` holds the text if the form is text.
value store_number(int128 unscaled, sql_type const& type, std::string& scratch);
/// Storage form -> decimal at the type's scale.
int128 load_number(value const& v, sql_type const& type);

value store_moment(moment const& m,
                   sql_type const& type,
                   input_formats const& formats,
                   std::string& scratch);
moment load_moment(value const& v, sql_type const& type, input_formats const& formats);
value store_time(std::int64_t seconds, std::int32_t nanos, int scale, std::string& scratch);

/// Text of a file, a literal or a binding -> storage form.
/// \throws sql_error with the service's code for the type (100038, 100040, 100035, 100078, ...)
value from_text(std::string_view text,
                sql_type const& to,
                input_formats const& formats,
                std::string& scratch);

/// CAST between any two types that the service converts.
/// \throws sql_error; 001007-style refusals name both types
value convert(value const& v,
              sql_type const& from,
              sql_type const& to,
              input_formats const& formats,
              std::string& scratch);

/// Appends what CAST(... AS VARCHAR) gives.
void append_as_text(std::string& out, value const& v, sql_type const& type);

/// Appends what a VARIANT made of the value holds: normalised JSON text.
void append_as_json(std::string& out, value const& v, sql_type const& type);

/// Storage form -> cell of a JSON rowset.
cell to_cell(value const& v, sql_type const& type);

/// A binding's text (section 3.5 of the protocol notes) -> storage form of `type`.
struct bound_value {
  sql_type type;
  value v;
};

bound_value from_binding(std::string const& type_name,
                         cell const& text,
                         input_formats const& formats,
                         std::string& scratch);
/// The type that a binding of that name has; text for unknown ones.
sql_type type_of_binding(std::string const& type_name);

/// Hex or base64 text -> bytes; false if it is malformed.
bool decode_hex(std::string_view text, std::string& out);
bool decode_base64(std::string_view text, std::string& out);
std::string encode_base64(std::string_view bytes);

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_CONVERT_HPP
