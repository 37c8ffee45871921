#ifndef SLUICE_SANDBOX_SQL_IMPL_COPY_ROWS_IPP
#define SLUICE_SANDBOX_SQL_IMPL_COPY_ROWS_IPP

#include <sluice/sandbox/sql/detail/copy.hpp>
#include <sluice/sandbox/sql/detail/json.hpp>
#include <sluice/sandbox/sql/impl/exec_dml.ipp>

#include <fmt/format.h>

namespace sluice::inline v0::sandbox::sql::detail {

/// Errors of one COPY kept for VALIDATE, and bytes of a rejected record kept with each.
inline constexpr std::size_t kept_errors_per_copy = 100'000;
inline constexpr std::size_t kept_record_bytes = 64 * 1024;
/// Parameters of a transformation behind the fields `$n`.
inline constexpr int file_name_parameter = 9'001;
inline constexpr int row_number_parameter = 9'002;
inline constexpr int most_fields = 9'000;

std::string copier::column_label(std::size_t target) const {
  if (target >= targets_.size()) return fmt::format("\"{}\"[{}]", table_.name.name, target + 1);
  return fmt::format("\"{}\"[\"{}\":{}]",
                     table_.name.name,
                     table_.columns[targets_[target]].name,
                     targets_[target] + 1);
}

void copier::abort(load_error const& e) const {
  auto const row = e.category == "parsing"
                       ? fmt::format("Row {} starts at line {}", e.row_number, e.row_start_line)
                       : fmt::format("Row {}", e.row_number);
  fail(
      e.code,
      e.sql_state,
      fmt::format("{}\n  File '{}', line {}, character {}\n  {}, column {}\n  If you would like to "
                  "continue loading when an "
                  "error is encountered, use other values such as 'SKIP_FILE' or 'CONTINUE' for "
                  "the ON_ERROR option. For more "
                  "information on loading options, please run 'info loading_data' in a SQL client.",
                  e.error,
                  e.file,
                  e.line,
                  e.character,
                  row,
                  e.column_name));
}

void copier::row_failed(file_outcome& o,
                        failure const& f,
                        std::int64_t line,
                        std::int64_t character,
                        std::int64_t offset,
                        std::string category,
                        std::int64_t row_line,
                        std::string_view raw) {
  load_error e;
  e.error = f.message;
  e.file = o.file;
  e.line = line;
  e.character = character;
  e.byte_offset = offset;
  e.category = std::move(category);
  e.code = f.code;
  e.sql_state = f.sql_state;
  e.column_name = column_label(current_);
  e.row_number = o.rows_parsed;
  e.row_start_line = row_line;
  ++o.errors_seen;
  using on = copy_options::on_error;
  if (!validating_ && options_.error == on::abort) abort(e);
  if (options_.validation_mode == "RETURN_ROWS") abort(e);
  e.rejected_record = std::string(raw.substr(0, kept_record_bytes));
  if (!o.first_error) o.first_error = e;
  if (errors.size() < kept_errors_per_copy) errors.push_back(std::move(e));
  if (validating_) return;
  if (options_.error == on::skip_file ||
      (options_.error == on::skip_file_count && o.errors_seen >= options_.error_limit))
    throw stop_file{};
}

void copier::put(std::size_t target, value const& v) {
  auto const c = targets_[target];
  if (v.is_null() && !table_.columns[c].nullable) fail_null(table_.columns[c].name);
  if (validating_) {
    if (!preview_row_.empty()) preview_row_[target] = owned_value(v);
    return;
  }
  writer_->set(c, v);
}

void copier::finish_row(file_outcome& o) {
  if (!validating_) {
    writer_->insert();
  } else if (options_.validation_mode == "RETURN_ROWS") {
    preview.rows.push_back(preview_row_);
    if (static_cast<std::int64_t>(preview.rows.size()) >= options_.validation_rows)
      throw stop_file{};
  }
  ++o.rows_loaded;
}

void copier::match_header(csv_record const& header) {
  header_.assign(targets_.size(), -1);
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      auto const& name = table_.columns[targets_[t]].name;
      bool const same = options_.by_name == copy_options::match::sensitive
                            ? header.text(i) == name
                            : equals_ignoring_case(header.text(i), name);
      if (same && header_[t] < 0) header_[t] = static_cast<int>(i);
    }
  }
}

/// Field index -> target column, one cell after another; `current_` follows for error messages.
void copier::put_csv_fields(csv_record const& record) {
  bool const by_header = !header_.empty();
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    current_ = t;
    auto const& column = table_.columns[targets_[t]];
    auto const field = by_header ? header_[t] : static_cast<int>(t);
    if (field < 0) {
      put(t, defaults_[targets_[t]].view());
      continue;
    }
    auto const i = static_cast<std::size_t>(field);
    if (i >= record.fields.size() || record.is_null(i, format_)) {
      bool const empty = i < record.fields.size() && record.fields[i].size == 0;
      if (!column.nullable && empty) {
        fail("100088",
             "22000",
             "NULL result in a non-nullable column. Use quotes if an empty field should be "
             "interpreted as an empty string instead "
             "of a null");
      }
      put(t, {});
      continue;
    }
    put(t, from_text(record.text(i), column.type, format_.inputs, scratch_[t]));
  }
}

/// Evaluates a transformation's items over the bound record.
void copier::put_transformed(file_outcome const& o) {
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    current_ = t;
    auto& item = items_[t];
    if (item.parameters() >= file_name_parameter)
      item.bind(file_name_parameter, std::string_view(o.file));
    if (item.parameters() >= row_number_parameter) item.bind(row_number_parameter, o.rows_parsed);
    try {
      item.step();
      put(t,
          convert(item.column(0),
                  item_types_[t],
                  table_.columns[targets_[t]].type,
                  format_.inputs,
                  scratch_[t]));
    } catch (...) {
      item.reset();
      throw;
    }
  }
}

void copier::csv_row(csv_record const& record, file_outcome& o) {
  current_ = 0;
  ++o.rows_parsed;
  auto const failed = [&](failure const& f, std::size_t at, std::string category) {
    auto const before = record.raw.substr(0, at);
    auto const newline = before.rfind('\n');
    auto const lines = std::count(before.begin(), before.end(), '\n');
    auto const column = newline == std::string_view::npos ? at : at - newline - 1;
    row_failed(o,
               f,
               record.line + lines,
               static_cast<std::int64_t>(column) + 1,
               record.byte_offset + static_cast<std::int64_t>(at),
               std::move(category),
               record.line,
               record.raw);
  };
  if (record.problem) {
    auto const& p = *record.problem;
    current_ = p.column;
    auto const message =
        p.code == "100068"
            ? fmt::format("End of record reached while expected to parse column '{}'",
                          column_label(current_))
            : p.message;
    return failed({.code = p.code, .sql_state = "22000", .message = message}, p.offset, "parsing");
  }
  bool const positional = items_.empty() && header_.empty();
  if (positional && format_.error_on_column_count_mismatch &&
      record.fields.size() != targets_.size()) {
    auto const given = record.fields.size(), expected = targets_.size();
    current_ = given > expected ? expected : given;
    auto const at = given > expected ? record.fields[expected].at : record.raw.size();
    return failed({.code = "100080",
                   .sql_state = "22000",
                   .message = fmt::format(
                       "Number of columns in file ({}) does not match that of the corresponding "
                       "table ({}), use file "
                       "format option error_on_column_count_mismatch=false to ignore this error",
                       given,
                       expected)},
                  at,
                  "parsing");
  }
  try {
    if (items_.empty()) {
      put_csv_fields(record);
    } else {
      for (auto& item : items_) {
        item.reset();
        auto const n = std::min(item.parameters(), most_fields);
        for (int i = 1; i <= n; ++i) {
          auto const field = static_cast<std::size_t>(i - 1);
          bool const null = field >= record.fields.size() || record.is_null(field, format_);
          item.bind(i, null ? value{} : value::of_text(record.text(field)));
        }
      }
      put_transformed(o);
    }
    finish_row(o);
  } catch (sql_error const& e) {
    if (e.what_failed().code == "000604") throw;
    auto const field = header_.empty() ? static_cast<int>(current_) : header_[current_];
    auto const known =
        items_.empty() && field >= 0 && static_cast<std::size_t>(field) < record.fields.size();
    failed(e.what_failed(),
           known ? record.fields[static_cast<std::size_t>(field)].at : 0,
           "conversion");
  }
}

void copier::load_csv(byte_source& input, file_outcome& o) {
  csv_reader reader(input, format_);
  csv_record record;
  header_.clear();
  for (std::int64_t n = 0; n < format_.skip_header && reader.skip_line(); ++n) {
  }
  if (format_.parse_header) {
    if (!reader.next(record)) return;
    if (options_.by_name != copy_options::match::none) match_header(record);
  }
  while (reader.next(record)) {
    csv_row(record, o);
    if ((o.rows_parsed & 0xfff) == 0 && now_.request.cancel.stop_requested()) fail_cancelled();
  }
}

void copier::json_row(json_record const& record, file_outcome& o) {
  current_ = 0;
  ++o.rows_parsed;
  auto const failed = [&](failure const& f, std::string category) {
    row_failed(
        o, f, record.line, 1, record.byte_offset, std::move(category), record.line, record.raw);
  };
  if (record.problem)
    return failed(
        {.code = record.problem->code, .sql_state = "22000", .message = record.problem->message},
        "parsing");
  try {
    if (!items_.empty()) {
      for (auto& item : items_) {
        item.reset();
        if (item.parameters() >= 1) item.bind(1, value::of_text(record.value));
      }
      put_transformed(o);
    } else if (options_.by_name == copy_options::match::none) {
      auto const& type = table_.columns[targets_[0]].type;
      put(0,
          convert(value::of_text(record.value),
                  sql_type::of(kind::variant),
                  type,
                  format_.inputs,
                  scratch_[0]));
    } else {
      if (!record.value.starts_with('{'))
        fail_json("MATCH_BY_COLUMN_NAME needs objects as records");
      for (std::size_t t = 0; t < targets_.size(); ++t) {
        current_ = t;
        auto const& column = table_.columns[targets_[t]];
        auto const member = json_member(
            record.value, column.name, options_.by_name == copy_options::match::insensitive);
        if (!member) {
          put(t, defaults_[targets_[t]].view());
          continue;
        }
        auto& text = field_text_[t];
        if (json_is_string(*member)) {
          text = json_unquoted(*member);
          if (format_.trim_space) text = std::string(trimmed(text));
          bool const null = std::find(format_.null_if.begin(), format_.null_if.end(), text) !=
                            format_.null_if.end();
          put(t, null ? value{} : from_text(text, column.type, format_.inputs, scratch_[t]));
        } else {
          put(t,
              convert(value::of_text(*member),
                      sql_type::of(kind::variant),
                      column.type,
                      format_.inputs,
                      scratch_[t]));
        }
      }
    }
    finish_row(o);
  } catch (sql_error const& e) {
    if (e.what_failed().code == "000604") throw;
    failed(e.what_failed(), "conversion");
  }
}

void copier::load_json(byte_source& input, file_outcome& o) {
  json_reader reader(input, format_);
  json_record record;
  while (reader.next(record)) {
    json_row(record, o);
    if ((o.rows_parsed & 0xfff) == 0 && now_.request.cancel.stop_requested()) fail_cancelled();
  }
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_COPY_ROWS_IPP
