#ifndef SLUICE_SANDBOX_SQL_IMPL_LOAD_HISTORY_IPP
#define SLUICE_SANDBOX_SQL_IMPL_LOAD_HISTORY_IPP

#include <sluice/sandbox/sql/detail/retention.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>
#include <sluice/sandbox/sql/detail/translate.hpp>
#include <sluice/sandbox/sql/impl/session.ipp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox::sql {

namespace detail {

/// Columns of _sluice_loads as both histories read them; the indexes below are theirs.
inline constexpr std::string_view load_columns =
    "table_id, file, location, loaded_ms, rows_loaded, rows_parsed, size, first_error, "
    "first_error_line, first_error_character, first_error_column, errors, error_limit, status, "
    "pipe_database, pipe_schema, pipe_name";

inline sql_type load_time_type() {
  return {kind::timestamp_ltz, 0, 3, 0};
}

inline std::string load_time_text(std::int64_t ms) {
  moment m;
  m.seconds = ms / 1000;
  m.nanos = static_cast<std::int32_t>(ms % 1000 * 1'000'000);
  m.has_offset = true;
  std::string scratch;
  return std::string(store_moment(m, load_time_type(), {}, scratch).bytes);
}

[[noreturn]] inline void fail_argument(std::string_view why) {
  fail("002018",
       "22023",
       fmt::format("SQL compilation error:\nInvalid argument [{}] for table function. Table "
                   "function argument is required to be a constant.",
                   why));
}

inline bool reads_rows(expr const& e) {
  return e.sub || e.is == expr::op::column || e.is == expr::op::star ||
         std::any_of(e.args.begin(), e.args.end(), [](expr const& a) { return reads_rows(a); });
}

/// The value of one constant argument of a table function, in the storage form of `type`.
/// \throws sql_error 002018 for what is no constant or NULL, and what the expression itself fails
///         with
inline owned_value constant_argument(session::impl& session,
                                     connection& db,
                                     running const& now,
                                     std::string_view name,
                                     expr const& e,
                                     sql_type const& type) {
  if (reads_rows(e)) fail_argument(name);
  auto const types = types_of(now.request.bindings);
  translator translate(session, db, now, types);
  scope const nothing;
  auto const wanted = cast_to(translate.expression(e, nothing), type);
  if (wanted.aggregate) fail_argument(name);
  auto statement = db.prepare("SELECT " + wanted.sql);
  std::vector<std::string> scratch;
  bind_row(statement, now.request.bindings, types, 0, db.context().formats, scratch);
  if (!statement.step() || statement.column(0).is_null()) fail_argument(name);
  return owned_value(statement.column(0));
}

}  // namespace detail

detail::row_set session::impl::copy_history(detail::table_function const& f,
                                            detail::connection& db,
                                            detail::running const& now) {
  using namespace detail;
  std::string table_text;
  std::optional<std::int64_t> start, end;
  auto const time = sql_type::of(kind::timestamp_ltz);
  auto const milliseconds = [&](std::string_view name, expr const& e) {
    auto const v = constant_argument(*this, db, now, name, e, time);
    auto const m = load_moment(v.view(), time, db.context().formats);
    return m.utc_seconds() * 1000 + m.nanos / 1'000'000;
  };
  for (auto const& [argument, e] : f.arguments) {
    if (argument == "TABLE_NAME") {
      table_text = constant_argument(*this, db, now, argument, e, sql_type::text()).bytes;
    } else if (argument == "START_TIME") {
      start = milliseconds(argument, e);
    } else if (argument == "END_TIME") {
      end = milliseconds(argument, e);
    } else {
      fail_syntax(e.at, argument);
    }
  }
  if (table_text.empty() || !start) {
    fail("000938", "22023", "SQL compilation error:\nCOPY_HISTORY needs TABLE_NAME and START_TIME");
  }
  auto const name = resolve(parse_name_text(table_text));
  auto const t = find_table(name);
  if (!t) fail_missing("Table", table_text);
  row_set out;
  auto const text = sql_type::text();
  auto const number = sql_type::number(18, 0);
  out.columns = {{"FILE_NAME", text, true, {}},
                 {"STAGE_LOCATION", text, true, {}},
                 {"LAST_LOAD_TIME", load_time_type(), true, {}},
                 {"ROW_COUNT", number, true, {}},
                 {"ROW_PARSED", number, true, {}},
                 {"FILE_SIZE", number, true, {}},
                 {"FIRST_ERROR_MESSAGE", text, true, {}},
                 {"FIRST_ERROR_LINE_NUMBER", number, true, {}},
                 {"FIRST_ERROR_CHARACTER_POS", number, true, {}},
                 {"FIRST_ERROR_COLUMN_NAME", text, true, {}},
                 {"ERROR_COUNT", number, true, {}},
                 {"ERROR_LIMIT", number, true, {}},
                 {"STATUS", text, true, {}},
                 {"TABLE_CATALOG_NAME", text, true, {}},
                 {"TABLE_SCHEMA_NAME", text, true, {}},
                 {"TABLE_NAME", text, true, {}},
                 {"PIPE_CATALOG_NAME", text, true, {}},
                 {"PIPE_SCHEMA_NAME", text, true, {}},
                 {"PIPE_NAME", text, true, {}},
                 {"PIPE_RECEIVED_TIME", load_time_type(), true, {}}};
  // An earlier START_TIME is no error; it finds nothing more.
  auto const present = account.now_ms();
  auto rows = db.prepare(
      fmt::format("SELECT {} FROM _sluice_loads WHERE table_id = ?1 AND loaded_ms >= ?2 AND "
                  "loaded_ms <= ?3 ORDER BY rowid",
                  load_columns));
  rows.bind(1, t->id);
  rows.bind(2, std::max(*start, present - retention::load_history.count()));
  rows.bind(3, end.value_or(present));
  while (rows.step()) {
    auto const file = rows.text(1), location = rows.text(2), status = rows.text(13);
    auto& row = out.rows.emplace_back();
    auto const add = [&](std::string_view v) { row.emplace_back(value::of_text(v)); };
    add(file.starts_with(location) ? std::string_view(file).substr(location.size())
                                   : std::string_view(file));
    add("stages/" + location);
    add(load_time_text(rows.column(3).integer));
    for (int const i : {4, 5, 6, 7, 8, 9, 10, 11, 12}) row.emplace_back(rows.column(i));
    add(status == "LOADED"             ? "Loaded"
        : status == "PARTIALLY_LOADED" ? "Partially loaded"
                                       : "Load failed");
    add(name.database);
    add(name.schema);
    add(name.name);
    for (int const i : {14, 15, 16}) row.emplace_back(rows.column(i));
    row.resize(out.columns.size());
  }
  return out;
}

detail::row_set session::impl::load_history(std::string const& database,
                                            detail::connection& db) const {
  using namespace detail;
  row_set out;
  auto const text = sql_type::text();
  auto const number = sql_type::number(18, 0);
  out.columns = {{"SCHEMA_NAME", text, true, {}},
                 {"FILE_NAME", text, true, {}},
                 {"TABLE_NAME", text, true, {}},
                 {"LAST_LOAD_TIME", load_time_type(), true, {}},
                 {"STATUS", text, true, {}},
                 {"ROW_COUNT", number, true, {}},
                 {"ROW_PARSED", number, true, {}},
                 {"FIRST_ERROR_MESSAGE", text, true, {}},
                 {"FIRST_ERROR_LINE_NUMBER", number, true, {}},
                 {"FIRST_ERROR_CHARACTER_POSITION", number, true, {}},
                 {"FIRST_ERROR_COL_NAME", text, true, {}},
                 {"ERROR_COUNT", number, true, {}},
                 {"ERROR_LIMIT", number, true, {}}};
  std::map<std::int64_t, full_name> tables;
  auto const objects = account.catalogue.objects();
  for (auto const* space : {&objects, &temporary}) {
    for (auto const& [name, t] : space->tables) {
      if (name.database == database) tables[t->id] = name;
    }
  }
  // The latest ones; what pipes loaded is not in this view.
  auto rows = db.prepare(
      fmt::format("SELECT {} FROM _sluice_loads WHERE loaded_ms >= ?1 AND pipe_name IS NULL ORDER "
                  "BY loaded_ms DESC, rowid DESC",
                  load_columns));
  rows.bind(1, account.now_ms() - retention::load_history.count());
  while (out.rows.size() < retention::load_history_rows && rows.step()) {
    auto const owner = tables.find(rows.column(0).integer);
    if (owner == tables.end()) continue;
    auto& row = out.rows.emplace_back();
    auto const add = [&](std::string_view v) { row.emplace_back(value::of_text(v)); };
    add(owner->second.schema);
    add(rows.text(1));
    add(owner->second.name);
    add(load_time_text(rows.column(3).integer));
    add(rows.text(13));
    for (int const i : {4, 5, 7, 8, 9, 10, 11, 12}) row.emplace_back(rows.column(i));
  }
  std::reverse(out.rows.begin(), out.rows.end());
  return out;
}

detail::row_set session::impl::result_scan(detail::table_function const& f) const {
  using namespace detail;
  if (f.arguments.size() != 1)
    fail("000938", "22023", "SQL compilation error:\nRESULT_SCAN needs one query id");
  auto const& e = f.arguments[0].second;
  auto const id = e.is == expr::op::function && e.text == "LAST_QUERY_ID" ? last_query_id : e.text;
  auto const found = results.find(id);
  auto const kept_since = account.now_ms() - retention::results.count();
  if (found == results.end() || found->second.ended_ms < kept_since) {
    fail("002003",
         "02000",
         fmt::format("SQL compilation error:\nResult of query '{}' does not exist or was not kept.",
                     id));
  }
  return *found->second.rows;
}

detail::row_set session::impl::table_function(detail::table_function const& f,
                                              detail::connection& db,
                                              detail::running const& now) {
  using namespace detail;
  auto const& name = f.name.parts.back();
  if (name == "VALIDATE") return validate(f, now);
  if (name == "RESULT_SCAN") return result_scan(f);
  if (name == "COPY_HISTORY") return copy_history(f, db, now);
  if (name == "ERROR_TABLE") return error_table(f, db);
  fail_unsupported("table function " + name);
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_LOAD_HISTORY_IPP
