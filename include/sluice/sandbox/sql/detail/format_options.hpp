#ifndef SLUICE_SANDBOX_SQL_DETAIL_FORMAT_OPTIONS_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_FORMAT_OPTIONS_HPP

/// \file
/// File format and copy options: known names only, each value checked.
/// Source: protocol notes 5.2 and 5.5 (COPY INTO <table>, CREATE FILE FORMAT).

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/ast.hpp>
#include <sluice/sandbox/sql/detail/convert.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

enum class file_type { csv, json };
enum class compression { automatic, gzip, zstd, deflate, raw_deflate, none };

struct file_format {
  file_type type = file_type::csv;
  compression packed = compression::automatic;
  bool trim_space = false;
  std::vector<std::string> null_if = {"\\N"};
  bool replace_invalid_characters = false;
  bool skip_byte_order_mark = true;
  bool multi_line = true;
  input_formats inputs;  ///< formats of dates, times and bytes; the zone comes from the session

  // CSV
  std::string record_delimiter = "\n";  ///< empty: none
  bool any_newline = true;              ///< the default also accepts \r\n and \r
  std::string field_delimiter = ",";    ///< empty: none
  bool parse_header = false;
  std::int64_t skip_header = 0;
  bool skip_blank_lines = false;
  std::optional<char> escape;
  std::optional<char> escape_unenclosed = '\\';
  std::optional<char> enclosure;
  bool empty_field_as_null = true;
  bool error_on_column_count_mismatch = true;

  // JSON
  bool strip_outer_array = false;
  bool strip_null_values = false;
  bool allow_duplicate = false;
};

/// Checks and applies options over `base`.
/// \throws sql_error 001003 for an unknown option, 001006 for a wrong value, 000002 for what the
///         sandbox does not read (Parquet, Avro, other encodings)
file_format parse_file_format(std::vector<option> const& options, file_format base);

/// The limits of COPY itself.
struct copy_limits {
  static constexpr std::size_t max_files = 1000;
  static constexpr std::size_t max_delimiter_characters = 20;
};

struct copy_options {
  enum class on_error { abort, proceed, skip_file, skip_file_count, skip_file_percent };
  on_error error = on_error::abort;
  std::int64_t error_limit = 1;  ///< of SKIP_FILE_<n> and SKIP_FILE_<n>%
  std::vector<std::string> files;
  std::optional<std::string> pattern;
  std::vector<option> format;
  bool has_format = false;
  std::optional<std::int64_t> size_limit;
  bool purge = false;
  bool return_failed_only = false;
  enum class match { none, sensitive, insensitive };
  match by_name = match::none;
  bool truncate = false;
  bool force = false;
  bool load_uncertain = false;
  std::string validation_mode;  ///< empty, RETURN_ERRORS, RETURN_ALL_ERRORS or RETURN_ROWS
  std::int64_t validation_rows = 0;
};

copy_options parse_copy_options(std::vector<option> const& options);

bool option_bool(option const& o);
std::string option_string(option const& o);

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_FORMAT_OPTIONS_HPP
