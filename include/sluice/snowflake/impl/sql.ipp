#ifndef SLUICE_SNOWFLAKE_IMPL_SQL_IPP
#define SLUICE_SNOWFLAKE_IMPL_SQL_IPP

#include <sluice/snowflake/sql.hpp>

#include <array>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake {

namespace detail {

/// A Java regex that matches paths that end in one of `names`.
inline std::string regex_alternatives(std::span<std::string const> names) {
  std::string text = ".*(";
  bool first = true;
  for (std::string const& name : names) {
    if (!first) text += '|';
    first = false;
    for (char const c : name) {
      bool const plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                         (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
      if (plain) {
        text += c;
      } else {
        text += '[';
        text += c;
        text += ']';
      }
    }
  }
  return text += ')';
}

inline std::string_view compression_name(codec c) noexcept {
  switch (c) {
    case codec::none:
      return "NONE";
    case codec::gzip:
      return "GZIP";
    case codec::zstd:
      return "ZSTD";
  }
  return "AUTO";
}

inline std::string_view yes_no(bool value) noexcept {
  return value ? "TRUE" : "FALSE";
}

}  // namespace detail

SLUICE_DECL std::string quote_identifier(std::string_view name) {
  std::string text = "\"";
  for (char const c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text += '"';
}

SLUICE_DECL std::string quote_literal(std::string_view literal) {
  std::string text = "'";
  for (char const c : literal) {
    switch (c) {
      case '\'':
        text += "''";
        break;
      case '\\':
        text += "\\\\";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\t':
        text += "\\t";
        break;
      case '\0':
        text += "\\0";
        break;
      default:
        text += c;
    }
  }
  return text += '\'';
}

SLUICE_DECL std::string object_name::quoted() const {
  std::string text;
  if (!database.empty()) text += quote_identifier(database) + '.';
  // "DB"..."T" means the schema PUBLIC.
  if (!schema.empty()) text += quote_identifier(schema) + '.';
  return text += quote_identifier(name);
}

SLUICE_DECL std::string on_error::text() const {
  switch (kind_) {
    case kind::abort:
      return "ABORT_STATEMENT";
    case kind::continue_:
      return "CONTINUE";
    case kind::skip_file:
      return "SKIP_FILE";
    case kind::skip_file_rows:
      return "SKIP_FILE_" + std::to_string(number_);
    case kind::skip_file_percent:
      return "'SKIP_FILE_" + std::to_string(number_) + "%'";
  }
  return "ABORT_STATEMENT";
}

SLUICE_DECL column_match match_for(copy_options const& o, format_description const& f) noexcept {
  if (o.match_by_column_name) return *o.match_by_column_name;
  return f.kind == format::csv ? column_match::position : column_match::case_sensitive;
}

SLUICE_DECL std::string column_list(column_table columns) {
  std::string text = "(";
  for (column_info const& column : columns) {
    if (text.size() > 1) text += ", ";
    text += quote_identifier(column.name);
  }
  return text += ')';
}

SLUICE_DECL std::string insert_text(object_name const& table, column_table columns) {
  std::string text = "INSERT INTO " + table.quoted() + ' ' + column_list(columns) + " VALUES (";
  for (std::size_t i = 0; i != columns.size(); ++i) text += i == 0 ? "?" : ", ?";
  return text += ')';
}

SLUICE_DECL std::string file_format(format_description const& f,
                                    codec compression,
                                    copy_options const& options) {
  std::string text = f.kind == format::csv ? "(TYPE = CSV" : "(TYPE = JSON";
  if (f.kind == format::parquet) {
    // Without these two, times come out as integers and bytes as text; the codec is inside.
    return "(TYPE = PARQUET BINARY_AS_TEXT = FALSE USE_LOGICAL_TYPE = TRUE)";
  }
  text += " COMPRESSION = ";
  text += detail::compression_name(compression);
  if (f.kind == format::csv) {
    text += " FIELD_DELIMITER = " + quote_literal({&f.delimiter, 1});
    text += " RECORD_DELIMITER = '\\n' FIELD_OPTIONALLY_ENCLOSED_BY = ";
    text += quote_literal({&f.quote, 1});
    // The default of ESCAPE_UNENCLOSED_FIELD lets a trailing backslash swallow the delimiter.
    text += " ESCAPE = NONE ESCAPE_UNENCLOSED_FIELD = NONE";
    text += f.null_marker.empty() ? " NULL_IF = ()"
                                  : " NULL_IF = (" + quote_literal(f.null_marker) + ")";
    text += " EMPTY_FIELD_AS_NULL = ";
    text += detail::yes_no(f.null_marker.empty());
    if (f.header)
      text += match_for(options, f) == column_match::position ? " SKIP_HEADER = 1"
                                                              : " PARSE_HEADER = TRUE";
    text += " TRIM_SPACE = FALSE BINARY_FORMAT = HEX ENCODING = UTF8";
  } else {
    text += " NULL_IF = () STRIP_OUTER_ARRAY = FALSE STRIP_NULL_VALUES = FALSE";
    text += " TRIM_SPACE = FALSE BINARY_FORMAT = HEX";
  }
  text += " REPLACE_INVALID_CHARACTERS = ";
  text += detail::yes_no(options.replace_invalid_characters);
  return text += ')';
}

SLUICE_DECL std::string copy_text(copy_statement const& s) {
  column_match const match = match_for(s.options, s.format);
  std::string text = "COPY INTO " + s.table.quoted();
  if (match == column_match::position) text += ' ' + column_list(s.columns);
  text += " FROM " + quote_literal(s.location) + " FILES = (";
  bool first = true;
  for (std::string const& file : s.files) {
    if (!first) text += ", ";
    first = false;
    text += quote_literal(file);
  }
  text += ") FILE_FORMAT = " + file_format(s.format, s.compression, s.options);
  if (match == column_match::case_sensitive) text += " MATCH_BY_COLUMN_NAME = CASE_SENSITIVE";
  if (match == column_match::case_insensitive) text += " MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE";
  if (s.validate_only) return text += " VALIDATION_MODE = RETURN_ALL_ERRORS";
  text += " ON_ERROR = " + s.options.on_error.text();
  if (s.options.truncate_columns) text += " TRUNCATECOLUMNS = TRUE";
  if (s.options.force) text += " FORCE = TRUE";
  // Deletion by COPY itself is silent when it fails and comes before we have checked the result.
  return text += " PURGE = FALSE";
}

SLUICE_DECL std::string put_text(std::string_view location, codec compression) {
  std::string text = "PUT 'file:///sluice/*' " + quote_literal(location);
  text += " PARALLEL = 4 AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = ";
  text += detail::compression_name(compression);
  return text += " OVERWRITE = TRUE";
}

SLUICE_DECL std::string get_text(std::string_view location, std::string const& file) {
  return "GET " + quote_literal(location) + " 'file:///sluice/' PARALLEL = 1 PATTERN = " +
         quote_literal(detail::regex_alternatives({&file, 1}));
}

SLUICE_DECL std::string validate_text(object_name const& table, std::string_view query_id) {
  return "SELECT * FROM TABLE(VALIDATE(" + table.quoted() + ", JOB_ID => " +
         quote_literal(query_id) + "))";
}

SLUICE_DECL std::string copy_history_text(object_name const& table,
                                          std::string_view directory,
                                          std::chrono::days history) {
  std::string text = "SELECT FILE_NAME, STAGE_LOCATION, STATUS, ROW_COUNT, ROW_PARSED, ERROR_COUNT";
  text += ", FIRST_ERROR_MESSAGE FROM TABLE(";
  if (!table.database.empty()) text += quote_identifier(table.database) + '.';
  text += "INFORMATION_SCHEMA.COPY_HISTORY(TABLE_NAME => " + quote_literal(table.quoted());
  text += ", START_TIME => DATEADD(day, -" + std::to_string(history.count());
  text += ", CURRENT_TIMESTAMP()))) WHERE FILE_NAME LIKE ";
  // The path may be part of either; the reader looks closer.
  std::string const pattern = quote_literal("%" + std::string{directory} + "%");
  return text += pattern + " OR STAGE_LOCATION LIKE " + pattern;
}

SLUICE_DECL std::string list_text(std::string_view location) {
  return "LIST " + quote_literal(location);
}

SLUICE_DECL std::string remove_text(std::string_view location, std::span<std::string const> files) {
  return "REMOVE " + quote_literal(location) +
         " PATTERN = " + quote_literal(detail::regex_alternatives(files));
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_SQL_IPP
