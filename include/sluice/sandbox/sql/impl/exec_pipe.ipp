#ifndef SLUICE_SANDBOX_SQL_IMPL_EXEC_PIPE_IPP
#define SLUICE_SANDBOX_SQL_IMPL_EXEC_PIPE_IPP

#include <sluice/sandbox/sql/detail/retention.hpp>
#include <sluice/sandbox/sql/impl/exec_stage.ipp>
#include <sluice/sandbox/sql/impl/pipe_rows.ipp>

#include <fmt/format.h>

#include <utility>

namespace sluice::inline v0::sandbox::sql {

namespace detail {

/// A name inside a pipe's COPY: unqualified parts are the pipe's own.
inline full_name inside_pipe(object_name const& name, full_name const& pipe) {
  auto const n = name.parts.size();
  return {n == 3 ? name.parts[0] : pipe.database,
          n >= 2 ? name.parts[n - 2] : pipe.schema,
          name.parts[n - 1]};
}

/// Fails like the service if the COPY cannot run on the table.
inline void check_pipe_copy(session::impl& session,
                            running const& now,
                            connection& db,
                            pipe_info const& pipe,
                            table_info const& table) {
  if (pipe.streaming) {
    pipe_rows const compiled(session, now, db, pipe, table);
  } else {
    auto const copy = parse_pipe_copy(pipe.copy);
    copier const compiled(session, now, db, copy, table);
  }
}

}  // namespace detail

void session::impl::create_pipe(detail::running const& now,
                                detail::create_statement const& s,
                                detail::full_name const& name) {
  using namespace detail;
  auto pipe = std::make_shared<pipe_info>();
  pipe->name = name;
  pipe->table = inside_pipe(s.copy->table, name);
  pipe->copy = s.copy_text;
  pipe->streaming = s.copy->streaming;
  pipe->created = account.now_seconds();
  for (auto const& o : s.options) {
    if (o.name == "COMMENT") {
      pipe->comment = option_string(o);
    } else if (o.name == "AUTO_INGEST") {
      if (option_bool(o)) fail_unsupported("AUTO_INGEST = TRUE");
    } else {
      fail_syntax(o.at, o.name);
    }
  }
  auto const table = account.catalogue.table(pipe->table);
  if (!table) fail_missing("Table", pipe->table.text());
  write(now, true, [&](connection& db) {
    check_pipe_copy(*this, now, db, *pipe, *table);
    pipe->id = account.catalogue.next_id();
    account.catalogue.put(db, pipe_ptr(pipe));
  });
}

outcome session::impl::alter_pipe(detail::running const& now,
                                  detail::alter_pipe_statement const& s) {
  using namespace detail;
  auto const name = resolve(s.name);
  auto const old = account.catalogue.pipe(name);
  if (!old) {
    if (!s.if_exists) fail_missing("Pipe", name.text());
    return status(now, statement_type::ddl, "Statement executed successfully.");
  }
  if (old->is_default()) {
    fail("003001",
         "42501",
         fmt::format("SQL access control error:\nThe default pipe '{}' cannot be altered.",
                     name.text()));
  }
  auto pipe = std::make_shared<pipe_info>(*old);
  for (auto const& o : s.set) {
    if (o.name == "PIPE_EXECUTION_PAUSED") {
      pipe->paused = option_bool(o);
    } else if (o.name == "COMMENT") {
      pipe->comment = option_string(o);
    } else {
      fail_unsupported("ALTER PIPE SET " + o.name);
    }
  }
  write(now, true, [&](connection& db) { account.catalogue.put(db, pipe_ptr(pipe)); });
  return status(now, statement_type::ddl, "Statement executed successfully.");
}

detail::row_set session::impl::pipes(
    std::function<bool(detail::full_name const&)> const& wanted) const {
  using namespace detail;
  row_set out;
  text_columns(out,
               {"created_on",
                "name",
                "database_name",
                "schema_name",
                "definition",
                "owner",
                "notification_channel",
                "comment",
                "integration",
                "pattern",
                "error_integration",
                "owner_role_type",
                "invalid_reason",
                "kind"});
  for (auto const& [name, pipe] : account.catalogue.objects().pipes) {
    if (!wanted(name)) continue;
    auto const created = std::chrono::system_clock::time_point(std::chrono::seconds(pipe->created));
    auto const definition = pipe->is_default()
                                ? fmt::format(
                                      "COPY INTO {} FROM (SELECT $1 FROM TABLE(DATA_SOURCE(TYPE => "
                                      "'STREAMING'))) MATCH_BY_COLUMN_NAME = CASE_SENSITIVE",
                                      pipe->table.text())
                                : pipe->copy;
    row_builder(out)
        .text(pipe_impl::utc_milliseconds(created))
        .text(name.name)
        .text(name.database)
        .text(name.schema)
        .text(definition)
        .text(context.role)
        .null()
        .text(pipe->comment)
        .null()
        .null()
        .null()
        .text("ROLE")
        .null()
        .text(pipe->streaming ? "STREAMING" : "STAGE");
  }
  return out;
}

detail::row_set session::impl::information_pipes(
    std::function<bool(detail::full_name const&)> const& wanted) const {
  using namespace detail;
  row_set out;
  text_columns(out, {"PIPE_CATALOG", "PIPE_SCHEMA", "PIPE_NAME", "DEFINITION", "COMMENT"});
  for (auto const& [name, pipe] : account.catalogue.objects().pipes) {
    if (!wanted(name)) continue;
    row_builder(out)
        .text(name.database)
        .text(name.schema)
        .text(name.name)
        .text(pipe->copy)
        .text(pipe->comment);
  }
  return out;
}

detail::row_set session::impl::channels(std::function<bool(detail::full_name const&)> const& wanted,
                                        detail::connection& db) const {
  using namespace detail;
  row_set out;
  text_columns(out, {"created_on", "name", "database_name", "schema_name", "pipe_name"});
  auto const number = sql_type::number(38, 0);
  out.columns.push_back({"client_sequencer", number, true, {}});
  out.columns.push_back({"row_sequencer", number, true, {}});
  text_columns(out, {"offset_token", "last_error_message"});
  for (auto const* counter : {"rows_inserted", "rows_parsed", "rows_error_count"}) {
    out.columns.push_back({counter, number, true, {}});
  }
  // The streaming service makes the table when the first channel is opened.
  auto there = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = '_sluice_channels'");
  if (!there.step()) return out;
  auto const alive = account.now_ms() - retention::idle_channel.count();
  for (auto const& [name, pipe] : account.catalogue.objects().pipes) {
    if (!wanted(name)) continue;
    auto rows = db.prepare(
        "SELECT created_ms, name, client_sequencer, row_sequencer, offset_token, "
        "last_error_message, rows_inserted, rows_parsed, rows_errors FROM _sluice_channels WHERE "
        "pipe_id = ?1 AND touched_ms >= ?2 ORDER BY name");
    rows.bind(1, pipe->id);
    rows.bind(2, alive);
    while (rows.step()) {
      auto const created =
          std::chrono::system_clock::time_point(std::chrono::milliseconds(rows.column(0).integer));
      auto row = row_builder(out);
      row.text(pipe_impl::utc_milliseconds(created))
          .text(rows.text(1))
          .text(name.database)
          .text(name.schema)
          .text(name.name)
          .number(rows.column(2).integer)
          .number(rows.column(3).integer);
      rows.column(4).is_null() ? row.null() : row.text(rows.text(4));
      rows.column(5).is_null() ? row.null() : row.text(rows.text(5));
      for (int const i : {6, 7, 8}) row.number(rows.column(i).integer);
    }
  }
  return out;
}

detail::row_set session::impl::error_table(detail::table_function const& f,
                                           detail::connection& db) {
  using namespace detail;
  auto const t = table(object_name{f.arguments.front().second.names, {}});
  if (!t->error_logging) {
    fail("002003",
         "02000",
         fmt::format("SQL compilation error:\nThe error table of '{}' does not exist: set "
                     "ERROR_LOGGING = TRUE on the table.",
                     t->name.text()));
  }
  row_set out;
  out.columns = {{"TIMESTAMP", {kind::timestamp_ltz, 0, 3, 0}, true, {}},
                 {"QUERY_ID", sql_type::text(), true, {}},
                 {"ERROR_CODE", sql_type::number(38, 0), true, {}},
                 {"ERROR_METADATA", sql_type::of(kind::variant), true, {}},
                 {"ERROR_DATA", sql_type::of(kind::variant), true, {}}};
  auto rows = db.prepare(
      "SELECT at, query_id, error_code, error_metadata, error_data FROM _sluice_row_errors WHERE "
      "table_id = ?1 ORDER BY rowid");
  rows.bind(1, t->id);
  while (rows.step()) {
    auto& row = out.rows.emplace_back();
    for (int i = 0; i < 5; ++i) row.emplace_back(rows.column(i));
  }
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_EXEC_PIPE_IPP
