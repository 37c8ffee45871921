#ifndef SLUICE_SANDBOX_SQL_IMPL_COPY_IPP
#define SLUICE_SANDBOX_SQL_IMPL_COPY_IPP

#include <sluice/sandbox/sql/detail/copy.hpp>
#include <sluice/sandbox/sql/detail/retention.hpp>
#include <sluice/sandbox/sql/impl/copy_rows.ipp>
#include <sluice/sandbox/sql/impl/path_pattern.ipp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

namespace sluice::inline v0::sandbox::sql {

namespace detail {

/// The options that hold for a load: those of the COPY, else those of the stage; a named format is
/// looked up, and excludes other options.
inline std::vector<option> resolved_format(session::impl const& session,
                                           std::vector<option> const& options) {
  for (auto const& o : options) {
    if (o.name != "FORMAT_NAME") continue;
    if (options.size() > 1) {
      fail_at(o.at,
              "001003",
              "42000",
              "SQL compilation error:\nFORMAT_NAME excludes TYPE and other file format options.");
    }
    return session.named_format(option_string(o));
  }
  return options;
}

copier::copier(session::impl& session,
               running const& now,
               connection& db,
               copy_statement const& s,
               table_info const& table)
    : session_(session),
      now_(now),
      db_(db),
      statement_(s),
      table_(table),
      options_(parse_copy_options(s.options)),
      stage_(session.locate(s.location)),
      translate_(session, db, now, {}) {
  if (s.transform && !s.transform->source.file_format.empty()) {
    option named{
        "FORMAT_NAME", {option_value::is::string, s.transform->source.file_format, {}, {}}, {}};
    if (!options_.has_format) {
      options_.has_format = true;
      options_.format = {named};
    }
  }
  if (s.transform && !s.transform->source.pattern.empty() && !options_.pattern)
    options_.pattern = s.transform->source.pattern;
  format_ = effective_format();
  validating_ = !options_.validation_mode.empty();
  choose_columns();
}

copier::~copier() = default;

file_format copier::effective_format() const {
  file_format base;
  base.inputs = session_.formats(now_.parameters);
  base.inputs.binary = binary_format::hex;
  auto f = parse_file_format(
      resolved_format(session_, options_.has_format ? options_.format : stage_.file_format), base);
  f.inputs.truncate = options_.truncate;
  return f;
}

void copier::choose_columns() {
  bool const by_name = options_.by_name != copy_options::match::none;
  if (by_name && statement_.transform) {
    fail("001090",
         "42601",
         "SQL compilation error:\nmatch_by_column_name is not supported with copy transform.");
  }
  if (by_name && validating_) fail_unsupported("MATCH_BY_COLUMN_NAME with VALIDATION_MODE");
  if (statement_.transform && validating_)
    fail_unsupported("VALIDATION_MODE with a transformation");
  if (statement_.transform && format_.parse_header)
    fail_unsupported("PARSE_HEADER with a transformation");
  if (by_name && format_.type == file_type::csv && !format_.parse_header) {
    fail("001091",
         "42601",
         "SQL compilation error:\nMATCH_BY_COLUMN_NAME needs PARSE_HEADER = TRUE for CSV files.");
  }
  if (by_name && !statement_.columns.empty())
    fail_unsupported("a column list with MATCH_BY_COLUMN_NAME");
  targets_ = targets_of(table_, statement_.columns);
  defaults_ = defaults_of(translate_, db_, table_);
  if (format_.type == file_type::json && !by_name && !statement_.transform &&
      (targets_.size() != 1 || !is_semi_structured(table_.columns[targets_[0]].type.is))) {
    fail("002019",
         "0A000",
         "SQL compilation error:\nJSON file format can produce one and only one column of type "
         "variant, object, or array. Load data "
         "into separate columns using the MATCH_BY_COLUMN_NAME copy option or copy with "
         "transformation.");
  }
  if (statement_.transform) {
    auto const& items = statement_.transform->items;
    if (items.size() != targets_.size()) fail_value_count(targets_.size(), items.size());
    scope in;
    in.row_fields = format_.type == file_type::csv ? most_fields : 1;
    in.row_field_type =
        format_.type == file_type::csv ? sql_type::text() : sql_type::of(kind::variant);
    source_columns metadata;
    metadata.columns.push_back({.name = "METADATA$FILENAME",
                                .sql = fmt::format("?{}", file_name_parameter),
                                .type = sql_type::text()});
    metadata.columns.push_back({.name = "METADATA$FILE_ROW_NUMBER",
                                .sql = fmt::format("?{}", row_number_parameter),
                                .type = sql_type::number(18, 0)});
    in.sources.push_back(std::move(metadata));
    for (auto const& e : items) {
      auto const v = translate_.expression(e, in);
      if (v.aggregate) fail_unsupported("an aggregate in a COPY transformation");
      items_.push_back(db_.prepare("SELECT " + v.sql));
      item_types_.push_back(v.type);
    }
  }
  scratch_.resize(targets_.size());
  field_text_.resize(targets_.size());
  if (validating_) {
    preview_row_.resize(targets_.size());
    for (auto const c : targets_)
      preview.columns.push_back({table_.columns[c].name,
                                 table_.columns[c].type,
                                 table_.columns[c].nullable,
                                 table_.name});
  } else {
    writer_ = std::make_unique<row_writer>(db_, table_);
    for (std::size_t c = 0; c < table_.columns.size(); ++c) {
      bool const listed = std::find(targets_.begin(), targets_.end(), c) != targets_.end();
      if (!listed) writer_->set(c, defaults_[c].view());
    }
  }
}

std::string copier::shown(std::string const& key) const {
  return stage_.at.display + key.substr(std::min(stage_.at.prefix.size(), key.size()));
}

/// What the load metadata say against a file; empty: nothing. What is past its retention is known
/// no more: the file was loaded, or never was, and is left alone unless the statement asks for it.
std::string_view copier::reason_to_skip(stored_file const& f) {
  if (validating_ || options_.force) return {};
  auto const remembered = session_.account.now_ms() - retention::load_metadata.count();
  // What pipes load is in the pipes' own metadata.
  auto loaded = db_.prepare(
      "SELECT 1 FROM _sluice_loads WHERE table_id = ?1 AND file_key = ?2 AND etag = ?3 AND "
      "loaded_ms >= ?4 AND pipe_name IS NULL AND status IN ('LOADED', 'PARTIALLY_LOADED')");
  loaded.bind(1, table_.id);
  loaded.bind(2, std::string_view(f.key));
  loaded.bind(3, std::string_view(f.etag));
  loaded.bind(4, remembered);
  if (loaded.step()) return "File was loaded before.";
  auto const written =
      std::chrono::duration_cast<std::chrono::milliseconds>(f.last_modified.time_since_epoch());
  if (options_.load_uncertain || written.count() >= remembered || !filled_before(remembered)) {
    return {};
  }
  return "The load status of the file is unknown: its load metadata have expired.";
}

/// Whether the table's first load is older than this.
bool copier::filled_before(std::int64_t ms) {
  if (!filled_ms_) {
    auto first = db_.prepare(
        "SELECT MIN(loaded_ms) FROM _sluice_loads WHERE table_id = ?1 AND status IN ('LOADED', "
        "'PARTIALLY_LOADED')");
    first.bind(1, table_.id);
    bool const any = first.step() && !first.column(0).is_null();
    filled_ms_ = any ? first.column(0).integer : std::numeric_limits<std::int64_t>::max();
  }
  return *filled_ms_ < ms;
}

/// Files in order, each with why it is to be skipped, if it is.
std::vector<std::pair<stored_file, std::string_view>> copier::select_files() {
  std::vector<std::pair<stored_file, std::string_view>> out;
  auto const prefix = stage_.at.prefix + stage_.at.path;
  auto const& store = session_.account.store;
  if (options_.files.empty()) {
    std::optional<path_pattern> pattern;
    if (options_.pattern) pattern.emplace(*options_.pattern);
    for (auto& f : store.list(prefix)) {
      if (pattern && !pattern->matches(f.key.substr(stage_.at.prefix.size()))) continue;
      if (!reason_to_skip(f).empty()) continue;
      out.emplace_back(std::move(f), std::string_view());
    }
    return out;
  }
  for (auto const& name : options_.files) {
    // An internal stage separates path and name by '/', unless one of them brings it.
    bool const joint =
        stage_.at.path.empty() || stage_.at.path.ends_with('/') || name.starts_with('/');
    auto const key = prefix + (joint ? "" : "/") + name;
    auto const found = store.list(key);
    auto const exact = std::find_if(
        found.begin(), found.end(), [&](stored_file const& f) { return f.key == key; });
    if (exact == found.end()) {
      auto const text = fmt::format(
          "Remote file '{}' was not found. There are several potential causes. The file might not "
          "exist. The required credentials may be "
          "missing or invalid. If you are running a copy command, please make sure files are not "
          "deleted when they are being loaded or "
          "files are not being loaded into two different tables concurrently with auto purge "
          "option.",
          shown(key));
      if (options_.error == copy_options::on_error::abort || validating_)
        fail("091016", "22000", text);
      file_outcome o;
      o.file = shown(key);
      o.status = "LOAD_FAILED";
      o.errors_seen = 1;
      o.first_error.emplace();
      o.first_error->error = text;
      outcomes.push_back(std::move(o));
      continue;
    }
    out.emplace_back(*exact, reason_to_skip(*exact));
  }
  return out;
}

void copier::run() {
  std::int64_t total = 0;
  for (auto const& [file, reason] : select_files()) {
    if (!reason.empty()) {
      file_outcome o;
      o.file = shown(file.key);
      o.stored = file;
      o.status = "LOAD_SKIPPED";
      o.errors_seen = 1;
      o.first_error.emplace();
      o.first_error->error = reason;
      outcomes.push_back(std::move(o));
      continue;
    }
    if (options_.size_limit && total > 0 && total >= *options_.size_limit) break;
    total += file.size;
    load(file);
    if (options_.validation_mode == "RETURN_ROWS" &&
        static_cast<std::int64_t>(preview.rows.size()) >= options_.validation_rows)
      break;
  }
}

void copier::load(stored_file const& f) {
  using on = copy_options::on_error;
  file_outcome o;
  o.file = shown(f.key);
  o.stored = f;
  db_.execute("SAVEPOINT file");
  bool whole = true;
  try {
    bool const encrypted = stage_.at.encryption == stage_encryption::snowflake_full;
    file_input input(session_.account.store.open(f.key, encrypted), format_.packed);
    format_.type == file_type::csv ? load_csv(input, o) : load_json(input, o);
    bool const too_many = options_.error == on::skip_file_percent &&
                          o.errors_seen * 100 > options_.error_limit * o.rows_parsed;
    whole = !too_many;
  } catch (stop_file const&) {
    whole = validating_;
  } catch (file_error const& e) {
    if (options_.error == on::abort || validating_) {
      fail("091016",
           "22000",
           fmt::format("Failed to access remote file '{}': {}", o.file, e.reason()));
    }
    o.first_error.emplace();
    o.first_error->error = e.reason();
    ++o.errors_seen;
    whole = false;
  } catch (sql_error const& e) {
    // Damaged compression and over-long records end a file; everything else ends the statement.
    bool const file_level = e.what_failed().code == "100142" || e.what_failed().code == "100082";
    if (!file_level || options_.error == on::abort || validating_) throw;
    o.first_error.emplace();
    o.first_error->error = e.what_failed().message;
    ++o.errors_seen;
    whole = false;
  }
  if (!whole) {
    db_.execute("ROLLBACK TO file");
    o.rows_loaded = 0;
  }
  db_.execute("RELEASE file");
  o.status = o.errors_seen == 0   ? "LOADED"
             : o.rows_loaded == 0 ? "LOAD_FAILED"
                                  : "PARTIALLY_LOADED";
  switch (options_.error) {
    case on::proceed:
      o.error_limit = o.rows_parsed;
      break;
    case on::skip_file_count:
      o.error_limit = options_.error_limit;
      break;
    case on::skip_file_percent:
      o.error_limit = std::max<std::int64_t>(1, o.rows_parsed * options_.error_limit / 100);
      break;
    default:
      o.error_limit = 1;
  }
  if (!validating_) record(o);
  outcomes.push_back(std::move(o));
}

void copier::record(file_outcome const& o) {
  auto s =
      db_.prepare("INSERT INTO _sluice_loads VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  auto const error = o.first_error.value_or(load_error{});
  auto const optional_text = [&](int i, std::string const& t) {
    s.bind(i, o.first_error ? value::of_text(t) : value{});
  };
  auto const location = stage_.at.display + stage_.at.path;
  s.bind(1, table_.id);
  s.bind(2, std::string_view(o.stored.key));
  s.bind(3, std::string_view(o.stored.etag));
  s.bind(4, std::string_view(o.file));
  s.bind(5, std::string_view(location));
  s.bind(6, o.stored.size);
  s.bind(7, session_.account.now_ms());
  s.bind(8, o.rows_loaded);
  s.bind(9, o.rows_parsed);
  s.bind(10, o.error_limit);
  s.bind(11, o.errors_seen);
  optional_text(12, error.error);
  s.bind(13, o.first_error ? value::of_integer(error.line) : value{});
  s.bind(14, o.first_error ? value::of_integer(error.character) : value{});
  optional_text(15, error.column_name);
  s.bind(16, std::string_view(o.status));
  s.bind(17, std::string_view(now_.query_id));
  auto const& pipe = session_.loading_pipe;
  int index = 18;
  for (auto const* part : {&pipe.database, &pipe.schema, &pipe.name}) {
    s.bind(index++, part->empty() ? value{} : value::of_text(*part));
  }
  s.step();
}

/// Rows of VALIDATION_MODE and VALIDATE; the latter also shows the records.
inline row_set error_rows(std::vector<load_error> const& errors, bool with_records) {
  row_set out;
  auto const text = sql_type::text();
  auto const number = sql_type::number(18, 0);
  out.columns = {{"ERROR", text, true, {}},
                 {"FILE", text, true, {}},
                 {"LINE", number, true, {}},
                 {"CHARACTER", number, true, {}},
                 {"BYTE_OFFSET", number, true, {}},
                 {"CATEGORY", text, true, {}},
                 {"CODE", number, true, {}},
                 {"SQL_STATE", text, true, {}},
                 {"COLUMN_NAME", text, true, {}},
                 {"ROW_NUMBER", number, true, {}},
                 {"ROW_START_LINE", number, true, {}}};
  if (with_records) out.columns.push_back({"REJECTED_RECORD", text, true, {}});
  for (auto const& e : errors) {
    auto& row = out.rows.emplace_back();
    auto const add = [&](std::string const& t) { row.emplace_back(value::of_text(t)); };
    auto const count = [&](std::int64_t n) { row.emplace_back(value::of_integer(n)); };
    add(e.error);
    add(e.file);
    count(e.line);
    count(e.character);
    count(e.byte_offset);
    add(e.category);
    count(std::atoll(e.code.c_str()));
    add(e.sql_state);
    add(e.column_name);
    count(e.row_number);
    count(e.row_start_line);
    if (with_records) add(e.rejected_record);
  }
  return out;
}

inline void fill_copy_result(result_set& out,
                             std::vector<file_outcome> const& outcomes,
                             bool failed_only) {
  auto const text = [&](char const* name) {
    out.columns.push_back(wire_column(name, sql_type::text(), true));
  };
  auto const number = [&](char const* name) {
    out.columns.push_back(wire_column(name, sql_type::number(38, 0), true));
  };
  text("file");
  text("status");
  for (auto const* name : {"rows_parsed", "rows_loaded", "error_limit", "errors_seen"})
    number(name);
  text("first_error");
  number("first_error_line");
  number("first_error_character");
  text("first_error_column_name");
  for (auto const& o : outcomes) {
    if (failed_only && o.status == "LOADED") continue;
    auto& row = out.rows.emplace_back();
    row = {o.file,
           o.status,
           std::to_string(o.rows_parsed),
           std::to_string(o.rows_loaded),
           std::to_string(o.error_limit),
           std::to_string(o.errors_seen)};
    bool const placed = o.first_error && o.first_error->line > 0;
    row.push_back(o.first_error ? cell(o.first_error->error) : cell());
    row.push_back(placed ? cell(std::to_string(o.first_error->line)) : cell());
    row.push_back(placed ? cell(std::to_string(o.first_error->character)) : cell());
    row.push_back(placed ? cell(o.first_error->column_name) : cell());
  }
}

}  // namespace detail

outcome session::impl::copy(detail::running const& now, detail::copy_statement const& s) {
  using namespace detail;
  auto const t = table(s.table);
  need_warehouse();
  std::vector<file_outcome> outcomes;
  load_errors errors{now.query_id, t->id, account.now_ms(), {}};
  copy_options chosen;
  row_set preview;
  write(now, false, [&](connection& db) {
    copier c(*this, now, db, s, *t);
    c.run();
    outcomes = std::move(c.outcomes);
    errors.errors = std::move(c.errors);
    chosen = c.options();
    preview = std::move(c.preview);
  });
  last_copy_id = now.query_id;
  if (!chosen.validation_mode.empty()) {
    return rows_of(
        now,
        statement_type::copy,
        chosen.validation_mode == "RETURN_ROWS" ? preview : error_rows(errors.errors, false));
  }
  account.keep(std::move(errors));
  result_set out;
  out.query_id = now.query_id;
  out.statement_type_id = statement_type::copy;
  out.stats.emplace();
  if (outcomes.empty()) {
    out.columns.push_back(wire_column("status", sql_type::text(), true));
    out.rows.push_back({"Copy executed with 0 files processed."});
    return out;
  }
  for (auto const& o : outcomes) {
    out.stats->inserted += o.rows_loaded;
    if (chosen.purge && (o.status == "LOADED" || o.status == "PARTIALLY_LOADED"))
      account.store.remove(o.stored.key);
  }
  fill_copy_result(out, outcomes, chosen.return_failed_only);
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_COPY_IPP
