#ifndef SLUICE_SANDBOX_SQL_IMPL_FORMAT_OPTIONS_IPP
#define SLUICE_SANDBOX_SQL_IMPL_FORMAT_OPTIONS_IPP

#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/format_options.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <memory>

namespace sluice::inline v0::sandbox::sql::detail {

[[noreturn]] inline void wrong_option(option const& o) {
  fail_invalid_value(o.value.text, o.name);
}

bool option_bool(option const& o) {
  auto const text = to_upper(o.value.text);
  if (text == "TRUE" || text == "1") return true;
  if (text == "FALSE" || text == "0") return false;
  wrong_option(o);
}

std::string option_string(option const& o) {
  if (o.value.kind == option_value::is::list || o.value.kind == option_value::is::nested)
    wrong_option(o);
  return o.value.text;
}

inline std::int64_t option_integer(option const& o) {
  std::int64_t n = 0;
  auto const& t = o.value.text;
  auto const [end, error] = std::from_chars(t.data(), t.data() + t.size(), n);
  if (error != std::errc{} || end != t.data() + t.size() || n < 0) wrong_option(o);
  return n;
}

/// A delimiter or escape character. Octal (`\001`) and hex (`0x01`, `\x01`) spellings that survived
/// the string literal are decoded; NONE is empty.
inline std::string option_characters(option const& o) {
  auto const text = option_string(o);
  if (o.value.kind == option_value::is::word || equals_ignoring_case(text, "NONE")) {
    if (!equals_ignoring_case(text, "NONE")) wrong_option(o);
    return {};
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const hex =
        (text[i] == '0' || text[i] == '\\') && i + 3 < text.size() && text[i + 1] == 'x';
    if (hex && decode_hex(std::string_view(text).substr(i + 2, 2), out)) {
      i += 3;
      continue;
    }
    if (text[i] == '\\' && i + 1 < text.size()) {
      char const c = text[i + 1];
      if (c == 'n' || c == 't' || c == 'r' || c == '\\') {
        out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : '\\';
        ++i;
        continue;
      }
      unsigned code = 0;
      auto const* const first = text.data() + i + 1;
      auto const [end, error] =
          std::from_chars(first, std::min(first + 3, text.data() + text.size()), code, 8);
      if (error == std::errc{} && end == first + 3) {
        out += static_cast<char>(code);
        i += 3;
        continue;
      }
    }
    out += text[i];
  }
  if (out.empty() ||
      count_characters(out) > static_cast<std::int64_t>(copy_limits::max_delimiter_characters))
    wrong_option(o);
  return out;
}

inline std::optional<char> option_character(option const& o) {
  auto const text = option_characters(o);
  if (text.empty()) return std::nullopt;
  if (text.size() != 1) wrong_option(o);
  return text[0];
}

inline std::vector<std::string> option_strings(option const& o) {
  std::vector<std::string> out;
  if (o.value.kind == option_value::is::string) return {o.value.text};
  if (o.value.kind != option_value::is::list) wrong_option(o);
  for (auto const& i : o.value.items) {
    if (i.kind != option_value::is::string) wrong_option(o);
    out.push_back(i.text);
  }
  return out;
}

inline std::shared_ptr<datetime_pattern const> option_pattern(option const& o) {
  auto const text = option_string(o);
  if (equals_ignoring_case(text, "AUTO")) return nullptr;
  return std::make_shared<datetime_pattern const>(text);
}

inline compression option_compression(option const& o) {
  auto const name = to_upper(option_string(o));
  if (name == "AUTO") return compression::automatic;
  if (name == "GZIP") return compression::gzip;
  if (name == "ZSTD") return compression::zstd;
  if (name == "DEFLATE") return compression::deflate;
  if (name == "RAW_DEFLATE") return compression::raw_deflate;
  if (name == "NONE") return compression::none;
  if (name == "BZ2" || name == "BROTLI" || name == "SNAPPY" || name == "LZO")
    fail_unsupported("COMPRESSION = " + name);
  wrong_option(o);
}

/// Options of both formats; false if `o` is none of them.
inline bool common_option(option const& o, file_format& f) {
  if (o.name == "COMPRESSION")
    f.packed = option_compression(o);
  else if (o.name == "TRIM_SPACE")
    f.trim_space = option_bool(o);
  else if (o.name == "NULL_IF")
    f.null_if = option_strings(o);
  else if (o.name == "REPLACE_INVALID_CHARACTERS")
    f.replace_invalid_characters = option_bool(o);
  else if (o.name == "SKIP_BYTE_ORDER_MARK")
    f.skip_byte_order_mark = option_bool(o);
  else if (o.name == "MULTI_LINE")
    f.multi_line = option_bool(o);
  else if (o.name == "FILE_EXTENSION")
    option_string(o);
  else if (o.name == "DATE_FORMAT")
    f.inputs.date = option_pattern(o);
  else if (o.name == "TIME_FORMAT")
    f.inputs.time = option_pattern(o);
  else if (o.name == "TIMESTAMP_FORMAT")
    f.inputs.timestamp = option_pattern(o);
  else if (o.name == "BINARY_FORMAT") {
    auto const name = to_upper(option_string(o));
    if (name == "HEX")
      f.inputs.binary = binary_format::hex;
    else if (name == "BASE64")
      f.inputs.binary = binary_format::base64;
    else if (name == "UTF8" || name == "UTF-8")
      f.inputs.binary = binary_format::utf8;
    else
      wrong_option(o);
  } else {
    return false;
  }
  return true;
}

inline bool csv_option(option const& o, file_format& f) {
  if (o.name == "RECORD_DELIMITER") {
    f.record_delimiter = option_characters(o);
    f.any_newline = f.record_delimiter == "\n";
  } else if (o.name == "FIELD_DELIMITER")
    f.field_delimiter = option_characters(o);
  else if (o.name == "PARSE_HEADER")
    f.parse_header = option_bool(o);
  else if (o.name == "SKIP_HEADER")
    f.skip_header = option_integer(o);
  else if (o.name == "SKIP_BLANK_LINES")
    f.skip_blank_lines = option_bool(o);
  else if (o.name == "ESCAPE")
    f.escape = option_character(o);
  else if (o.name == "ESCAPE_UNENCLOSED_FIELD")
    f.escape_unenclosed = option_character(o);
  else if (o.name == "FIELD_OPTIONALLY_ENCLOSED_BY") {
    f.enclosure = option_character(o);
    if (f.enclosure && *f.enclosure != '"' && *f.enclosure != '\'') wrong_option(o);
  } else if (o.name == "EMPTY_FIELD_AS_NULL")
    f.empty_field_as_null = option_bool(o);
  else if (o.name == "ERROR_ON_COLUMN_COUNT_MISMATCH")
    f.error_on_column_count_mismatch = option_bool(o);
  else if (o.name == "VALIDATE_UTF8")
    f.replace_invalid_characters = !option_bool(o);
  else if (o.name == "ENCODING") {
    auto const name = to_upper(option_string(o));
    if (name != "UTF8" && name != "UTF-8") fail_unsupported("ENCODING = " + name);
  } else {
    return false;
  }
  return true;
}

inline bool json_option(option const& o, file_format& f) {
  if (o.name == "STRIP_OUTER_ARRAY")
    f.strip_outer_array = option_bool(o);
  else if (o.name == "STRIP_NULL_VALUES")
    f.strip_null_values = option_bool(o);
  else if (o.name == "ALLOW_DUPLICATE")
    f.allow_duplicate = option_bool(o);
  else if (o.name == "IGNORE_UTF8_ERRORS")
    f.replace_invalid_characters = option_bool(o);
  else if (o.name == "ENABLE_OCTAL") {
    if (option_bool(o)) fail_unsupported("ENABLE_OCTAL = TRUE");
  } else {
    return false;
  }
  return true;
}

file_format parse_file_format(std::vector<option> const& options, file_format base) {
  auto f = std::move(base);
  // The type decides which options exist, wherever it stands.
  for (auto const& o : options) {
    if (o.name != "TYPE") continue;
    auto const name = to_upper(option_string(o));
    if (name == "CSV") {
      f.type = file_type::csv;
    } else if (name == "JSON") {
      f.type = file_type::json;
    } else if (name == "PARQUET" || name == "AVRO" || name == "ORC" || name == "XML" ||
               name == "CUSTOM") {
      fail_unsupported("file format TYPE = " + name);
    } else {
      wrong_option(o);
    }
  }
  for (auto const& o : options) {
    if (o.name == "TYPE" || o.name == "FORMAT_NAME" || o.name == "COMMENT") continue;
    if (common_option(o, f)) continue;
    if (f.type == file_type::csv ? csv_option(o, f) : json_option(o, f)) continue;
    fail_syntax(o.at, o.name);
  }
  if (f.type == file_type::csv) {
    if (f.parse_header && f.skip_header > 0) {
      fail("001008",
           "22023",
           "SQL compilation error:\nPARSE_HEADER = TRUE cannot be used with SKIP_HEADER.");
    }
    if (!f.field_delimiter.empty() && !f.record_delimiter.empty() &&
        f.field_delimiter.find(f.record_delimiter) != std::string::npos) {
      fail_invalid_value(f.field_delimiter, "FIELD_DELIMITER");
    }
  }
  return f;
}

inline void parse_on_error(option const& o, copy_options& c) {
  auto const text = to_upper(option_string(o));
  using on = copy_options::on_error;
  if (text == "CONTINUE") {
    c.error = on::proceed;
  } else if (text == "ABORT_STATEMENT") {
    c.error = on::abort;
  } else if (text == "SKIP_FILE") {
    c.error = on::skip_file;
  } else if (text.starts_with("SKIP_FILE_")) {
    std::string_view number = std::string_view(text).substr(10);
    bool const percent = number.ends_with('%');
    if (percent) number.remove_suffix(1);
    auto const [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), c.error_limit);
    if (error != std::errc{} || end != number.data() + number.size() || c.error_limit < 1 ||
        (percent && c.error_limit > 100))
      wrong_option(o);
    c.error = percent ? on::skip_file_percent : on::skip_file_count;
  } else {
    wrong_option(o);
  }
}

copy_options parse_copy_options(std::vector<option> const& options) {
  copy_options c;
  bool enforce_length = true;
  for (auto const& o : options) {
    if (o.name == "FILES") {
      c.files = option_strings(o);
      if (c.files.empty()) wrong_option(o);
      if (c.files.size() > copy_limits::max_files) {
        fail("001012",
             "22023",
             fmt::format("SQL compilation error:\nThe number of files in FILES, {}, exceeds the "
                         "maximum of {}.",
                         c.files.size(),
                         copy_limits::max_files));
      }
    } else if (o.name == "PATTERN") {
      c.pattern = option_string(o);
    } else if (o.name == "FILE_FORMAT") {
      c.has_format = true;
      if (o.value.kind == option_value::is::nested) {
        c.format = o.value.nested;
      } else if (o.value.kind == option_value::is::list) {
        if (!o.value.items.empty()) wrong_option(o);
      } else {
        option named{"FORMAT_NAME", o.value, o.at};
        c.format = {named};
      }
    } else if (o.name == "ON_ERROR") {
      parse_on_error(o, c);
    } else if (o.name == "SIZE_LIMIT") {
      c.size_limit = option_integer(o);
    } else if (o.name == "PURGE") {
      c.purge = option_bool(o);
    } else if (o.name == "RETURN_FAILED_ONLY") {
      c.return_failed_only = option_bool(o);
    } else if (o.name == "MATCH_BY_COLUMN_NAME") {
      auto const text = to_upper(option_string(o));
      if (text == "CASE_SENSITIVE")
        c.by_name = copy_options::match::sensitive;
      else if (text == "CASE_INSENSITIVE")
        c.by_name = copy_options::match::insensitive;
      else if (text != "NONE")
        wrong_option(o);
    } else if (o.name == "ENFORCE_LENGTH") {
      enforce_length = option_bool(o);
    } else if (o.name == "TRUNCATECOLUMNS") {
      c.truncate = option_bool(o);
    } else if (o.name == "FORCE") {
      c.force = option_bool(o);
    } else if (o.name == "LOAD_UNCERTAIN_FILES") {
      c.load_uncertain = option_bool(o);
    } else if (o.name == "VALIDATION_MODE") {
      auto const text = to_upper(option_string(o));
      if (text == "RETURN_ERRORS" || text == "RETURN_ALL_ERRORS") {
        c.validation_mode = text;
      } else if (text.starts_with("RETURN_") && text.ends_with("_ROWS")) {
        auto const number = std::string_view(text).substr(7, text.size() - 12);
        auto const [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), c.validation_rows);
        if (error != std::errc{} || end != number.data() + number.size() || c.validation_rows < 1)
          wrong_option(o);
        c.validation_mode = "RETURN_ROWS";
      } else {
        wrong_option(o);
      }
    } else if (o.name == "INCLUDE_METADATA" || o.name == "FILE_PROCESSOR" ||
               o.name == "LOAD_MODE" || o.name == "CLUSTER_AT_INGEST_TIME") {
      fail_unsupported("COPY option " + o.name);
    } else {
      fail_syntax(o.at, o.name);
    }
  }
  c.truncate = c.truncate || !enforce_length;
  return c;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_FORMAT_OPTIONS_IPP
