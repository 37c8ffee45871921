#ifndef SLUICE_SNOWFLAKE_IMPL_COPY_RESULT_IPP
#define SLUICE_SNOWFLAKE_IMPL_COPY_RESULT_IPP

#include <sluice/snowflake/copy_result.hpp>
#include <sluice/snowflake/detail/private_columns.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

inline std::string lower_text(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// COPY writes `LOAD_FAILED`, COPY_HISTORY `Load failed`.
inline load_status status_of(std::string_view text) {
  std::string word = lower_text(text);
  std::replace(word.begin(), word.end(), '_', ' ');
  if (word == "loaded") return load_status::loaded;
  if (word == "partially loaded") return load_status::partially_loaded;
  if (word == "load failed") return load_status::failed;
  if (word == "load skipped") return load_status::skipped;
  if (word == "load in progress") return load_status::running;
  return load_status::missing;
}

/// `"TABLE"["COL":2]` names the column COL; anything else is returned as it is.
inline std::string column_in(std::string_view name) {
  std::size_t const begin = name.find("[\"");
  std::size_t const end = name.rfind("\":");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + 2)
    return std::string{name};
  return std::string{name.substr(begin + 2, end - begin - 2)};
}

inline std::size_t index_of(std::string_view path, std::span<std::string const> files) noexcept {
  auto const found = std::find(files.begin(), files.end(), base_name(path));
  return static_cast<std::size_t>(found - files.begin());
}

}  // namespace detail

SLUICE_DECL std::string stage_file_name(std::uint64_t sequence, format kind, codec compression) {
  std::string number = std::to_string(sequence);
  constexpr std::size_t digits = 12;
  if (number.size() < digits) number.insert(0, digits - number.size(), '0');
  number += kind == format::csv ? ".csv" : kind == format::ndjson ? ".json" : ".parquet";
  if (compression == codec::gzip) number += ".gz";
  if (compression == codec::zstd) number += ".zst";
  return number;
}

SLUICE_DECL std::string_view base_name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

SLUICE_DECL std::vector<file_result> read_copy_result(result_table const& table,
                                                      std::span<std::string const> files) {
  std::vector<file_result> all(files.size());
  for (std::size_t row = 0; row != table.rows.size(); ++row) {
    std::size_t const index = detail::index_of(table.at(row, "file").value_or(""), files);
    if (index == files.size()) continue;
    file_result& f = all[index];
    f.status = detail::status_of(table.at(row, "status").value_or(""));
    f.rows_parsed = table.number_at(row, "rows_parsed").value_or(0);
    f.rows_loaded = table.number_at(row, "rows_loaded").value_or(0);
    f.errors_seen = table.number_at(row, "errors_seen").value_or(0);
    f.first_error = table.at(row, "first_error").value_or("");
  }
  return all;
}

SLUICE_DECL std::vector<file_result> read_copy_history(result_table const& table,
                                                       std::string_view directory,
                                                       std::span<std::string const> files) {
  std::vector<file_result> all(files.size());
  for (std::size_t row = 0; row != table.rows.size(); ++row) {
    std::string const name = table.at(row, "file_name").value_or("");
    std::size_t const index = detail::index_of(name, files);
    if (index == files.size()) continue;
    // The service splits the path between two columns as it likes.
    std::string const path = '/' + table.at(row, "stage_location").value_or("") + '/' + name;
    if (path.find('/' + std::string{directory} + '/') == std::string::npos) continue;
    load_status const status = detail::status_of(table.at(row, "status").value_or(""));
    file_result& f = all[index];
    // Statuses are ordered by how much they say: a later "skipped" does not undo a "loaded".
    if (status >= f.status) continue;
    f.status = status;
    f.rows_parsed = table.number_at(row, "row_parsed").value_or(0);
    f.rows_loaded = table.number_at(row, "row_count").value_or(0);
    f.errors_seen = table.number_at(row, "error_count").value_or(0);
    f.first_error = table.at(row, "first_error_message").value_or("");
  }
  return all;
}

SLUICE_DECL std::map<std::string, std::vector<row_error>, std::less<>> read_row_errors(
    result_table const& table, column_table columns) {
  std::map<std::string, std::vector<row_error>, std::less<>> all;
  for (std::size_t row = 0; row != table.rows.size(); ++row) {
    std::optional<std::uint64_t> const number = table.number_at(row, "row_number");
    cell const file = table.at(row, "file");
    if (!number || *number == 0 || !file) continue;
    row_error e;
    e.row = *number - 1;
    e.why.reason = dead_reason::rejected;
    e.why.code = table.at(row, "code").value_or("");
    e.why.column = detail::column_in(table.at(row, "column_name").value_or(""));
    e.why.message = table.at(row, "error").value_or("the service gave no reason");
    if (detail::is_private(e.why.column, columns)) e.why.message = without_values(e.why.message);
    e.record = table.at(row, "rejected_record").value_or("");
    all[std::string{base_name(*file)}].push_back(std::move(e));
  }
  for (auto& [file, errors] : all) {
    std::stable_sort(errors.begin(), errors.end(), [](row_error const& a, row_error const& b) {
      return a.row < b.row;
    });
    auto const same = [](row_error const& a, row_error const& b) { return a.row == b.row; };
    errors.erase(std::unique(errors.begin(), errors.end(), same), errors.end());
  }
  return all;
}

SLUICE_DECL std::optional<std::size_t> file_named_in(std::string_view message,
                                                     std::span<std::string const> files) noexcept {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i != files.size(); ++i) {
    if (message.find(files[i]) == std::string_view::npos) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_COPY_RESULT_IPP
