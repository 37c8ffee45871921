#ifndef SLUICE_SANDBOX_SQL_IMPL_EXEC_DML_IPP
#define SLUICE_SANDBOX_SQL_IMPL_EXEC_DML_IPP

#include <sluice/sandbox/sql/detail/csv_reader.hpp>
#include <sluice/sandbox/sql/detail/file_input.hpp>
#include <sluice/sandbox/sql/detail/lexer.hpp>
#include <sluice/sandbox/sql/detail/parser.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>
#include <sluice/sandbox/sql/detail/translate.hpp>
#include <sluice/sandbox/sql/impl/session.ipp>

#include <fmt/format.h>

#include <map>
#include <utility>

namespace sluice::inline v0::sandbox::sql {

namespace detail {

/// Inserts rows of storage values into a table: NOT NULL checked, AUTOINCREMENT columns without a
/// value numbered, everything else converted before.
class row_writer {
 public:
  row_writer(connection& db, table_info const& table)
      : table_(table), statement_(db.prepare(sql(table))) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].identity_step != 0) unnumbered_.emplace(c, true);
    }
    if (!unnumbered_.empty()) {
      next_.emplace(db.prepare(
          "INSERT INTO _sluice_identities VALUES (?1, ?2, ?3 + ?4) ON CONFLICT DO UPDATE SET next "
          "= next + ?4 RETURNING next - ?4"));
    }
  }

  void set(std::size_t column, value const& v) {
    if (auto const own = unnumbered_.find(column); own != unnumbered_.end()) {
      own->second = v.is_null();
    } else if (v.is_null() && !table_.columns[column].nullable) {
      fail_null(table_.columns[column].name);
    }
    statement_.bind(static_cast<int>(column) + 1, v);
  }

  void insert() {
    for (auto const& [column, wanted] : unnumbered_) {
      if (wanted) statement_.bind(static_cast<int>(column) + 1, next_number(column));
    }
    statement_.step();
    statement_.reset();
  }

 private:
  static std::string sql(table_info const& table) {
    std::string out = "INSERT INTO " + quoted(table.physical) + " VALUES (";
    for (std::size_t i = 0; i < table.columns.size(); ++i) out += i > 0 ? ",?" : "?";
    return out + ")";
  }

  std::int64_t next_number(std::size_t column) {
    auto const& c = table_.columns[column];
    next_->bind(1, table_.id);
    next_->bind(2, std::string_view(c.name));
    next_->bind(3, c.identity_start);
    next_->bind(4, c.identity_step);
    next_->step();
    auto const out = next_->column(0).integer;
    next_->reset();
    return out;
  }

  table_info const& table_;
  prepared statement_;
  std::map<std::size_t, bool> unnumbered_;  ///< AUTOINCREMENT columns, true: no value was given
  std::optional<prepared> next_;
};

/// Which table column each given value goes to; all in order if no list is given.
inline std::vector<std::size_t> targets_of(table_info const& table,
                                           std::vector<std::string> const& columns) {
  std::vector<std::size_t> out;
  for (auto const& name : columns) {
    auto const i = table.find(name);
    if (i < 0) fail_invalid_identifier({1, 0}, quote_if_needed(name));
    for (auto const other : out) {
      if (other == static_cast<std::size_t>(i))
        fail("002025",
             "42S21",
             fmt::format("SQL compilation error:\nduplicate column name '{}'", name));
    }
    out.push_back(static_cast<std::size_t>(i));
  }
  if (columns.empty()) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) out.push_back(i);
  }
  return out;
}

/// Values of the columns that a statement leaves out: defaults, evaluated once per statement.
inline owned_row defaults_of(translator& t, connection& db, table_info const& table) {
  owned_row out(table.columns.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    auto const& c = table.columns[i];
    if (c.default_text.empty()) continue;
    auto const v = t.expression(parse_expression_text(c.default_text), {});
    auto one = db.prepare("SELECT " + translator::assigned(v, c.type));
    if (one.step()) out[i] = owned_value(one.column(0));
  }
  return out;
}

[[noreturn]] inline void fail_value_count(std::size_t expected, std::size_t given) {
  fail("002020",
       "21S01",
       fmt::format("SQL compilation error:\nInsert value list does not match column list expecting "
                   "{} but got {}",
                   expected,
                   given));
}

}  // namespace detail

inline result_set changed_rows(detail::running const& now,
                               std::int64_t type,
                               std::string name,
                               std::int64_t count,
                               dml_stats stats) {
  result_set out;
  out.query_id = now.query_id;
  out.statement_type_id = type;
  out.number_of_binds = now.parsed.placeholders;
  out.columns.push_back(
      detail::wire_column(std::move(name), detail::sql_type::number(19, 0), false));
  out.rows.push_back({std::to_string(count)});
  out.stats = stats;
  return out;
}

/// INSERT of the rows of a bind stage: CSV files whose fields are the placeholders, in order.
inline std::int64_t insert_staged(session::impl& session,
                                  detail::running const& now,
                                  detail::connection& db,
                                  detail::translator& translate,
                                  detail::table_info const& table,
                                  std::vector<detail::expr> const& row,
                                  std::vector<std::size_t> const& targets,
                                  detail::owned_row const& defaults) {
  using namespace detail;
  static_cast<void>(translate);
  auto const at = session.locate(now.request.bind_stage);
  auto format = parse_file_format(at.file_format, {});
  auto prefix = at.at.prefix + at.at.path;
  if (!prefix.ends_with('/')) prefix += '/';
  auto const files = session.account.store.list(prefix);
  if (files.empty())
    fail("091016", "22000", fmt::format("Remote file '{}' was not found.", now.request.bind_stage));
  auto const formats = session.formats(now.parameters);
  row_writer out(db, table);
  std::vector<std::string> scratch(table.columns.size());
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    out.set(
        c,
        table.columns[c].nullable || !defaults[c].view().is_null() ? defaults[c].view() : value{});
  std::int64_t count = 0;
  for (auto const& file : files) {
    file_input input(
        session.account.store.open(file.key, at.at.encryption == stage_encryption::snowflake_full),
        format.packed);
    csv_reader reader(input, format);
    csv_record record;
    while (reader.next(record)) {
      if (record.problem) fail(record.problem->code, "22000", record.problem->message);
      for (std::size_t i = 0; i < row.size(); ++i) {
        auto const& e = row[i];
        if (e.is != expr::op::placeholder)
          fail_unsupported("an expression beside placeholders with staged binds");
        auto const n = static_cast<std::size_t>(std::stoi(e.text)) - 1;
        if (n >= record.fields.size())
          fail("100080",
               "22000",
               fmt::format("Staged binds have {} values, the statement needs {}",
                           record.fields.size(),
                           n + 1));
        auto const c = targets[i];
        auto const text = record.text(n);
        bool const null = record.is_null(n, format);
        out.set(c, null ? value{} : from_text(text, table.columns[c].type, formats, scratch[c]));
      }
      out.insert();
      ++count;
    }
  }
  return count;
}

outcome session::impl::insert(detail::running const& now, detail::insert_statement const& s) {
  using namespace detail;
  auto const t = table(s.table);
  auto const targets = targets_of(*t, s.columns);
  auto const types = types_of(now.request.bindings);
  bool const arrays = !now.request.bindings.empty() && now.request.bindings.begin()->second.array;
  std::int64_t count = 0;
  write(now, false, [&](connection& db) {
    if (s.overwrite) {
      db.execute("DELETE FROM " + quoted(t->physical));
      db.execute(fmt::format("DELETE FROM _sluice_loads WHERE table_id = {}", t->id));
    }
    translator translate(*this, db, now, types);
    auto const defaults = defaults_of(translate, db, *t);
    auto const formats = db.context().formats;
    if (!now.request.bind_stage.empty()) {
      if (s.rows.size() != 1) fail_unsupported("staged binds outside INSERT ... VALUES of one row");
      if (s.rows[0].size() != targets.size()) fail_value_count(targets.size(), s.rows[0].size());
      count = insert_staged(*this, now, db, translate, *t, s.rows[0], targets, defaults);
      return;
    }
    row_writer out(db, *t);
    std::vector<std::string> scratch(t->columns.size());
    auto const put = [&](std::vector<value> const& given, std::vector<sql_type> const& from) {
      for (std::size_t c = 0; c < t->columns.size(); ++c) {
        bool const listed = std::find(targets.begin(), targets.end(), c) != targets.end();
        if (!listed) out.set(c, defaults[c].view());
      }
      for (std::size_t i = 0; i < targets.size(); ++i) {
        out.set(targets[i],
                convert(given[i], from[i], t->columns[targets[i]].type, formats, scratch[i]));
      }
      out.insert();
      ++count;
    };
    std::vector<std::string> bind_scratch;
    if (s.body) {
      if (arrays) fail_unsupported("array binding of INSERT ... SELECT");
      auto const q = translate.statement(*s.body);
      if (q.columns.size() != targets.size()) fail_value_count(targets.size(), q.columns.size());
      auto rows = db.prepare(q.sql);
      bind_row(rows, now.request.bindings, types, 0, formats, bind_scratch);
      // Read before the first insert, so that a table can feed itself.
      std::vector<owned_row> read_rows;
      while (rows.step()) {
        auto& line = read_rows.emplace_back();
        for (std::size_t i = 0; i < q.columns.size(); ++i)
          line.emplace_back(rows.column(static_cast<int>(i)));
      }
      std::vector<sql_type> from;
      for (auto const& c : q.columns) from.push_back(c.type);
      for (auto const& line : read_rows) {
        std::vector<value> given;
        for (auto const& v : line) given.push_back(v.view());
        put(given, from);
      }
      return;
    }
    auto const repeats = arrays ? now.request.bindings.begin()->second.values.size() : 1;
    for (auto const& row : s.rows) {
      if (row.size() != targets.size()) fail_value_count(targets.size(), row.size());
      std::string sql = "SELECT ";
      std::vector<sql_type> from;
      for (std::size_t i = 0; i < row.size(); ++i) {
        bool const use_default = row[i].is == expr::op::function && row[i].text == "DEFAULT";
        if (row[i].is == expr::op::function && !use_default &&
            (row[i].text == "PARSE_JSON" || row[i].text == "ARRAY_CONSTRUCT" ||
             row[i].text == "OBJECT_CONSTRUCT")) {
          fail("002014",
               "22000",
               fmt::format("SQL compilation error:\nInvalid expression [{}(...)] in VALUES clause",
                           row[i].text));
        }
        auto const v = use_default ? typed{} : translate.expression(row[i], {});
        sql += (i > 0 ? ", " : "") + (use_default ? std::string("NULL") : v.sql);
        from.push_back(v.type);
      }
      auto one = db.prepare(sql);
      for (std::size_t n = 0; n < repeats; ++n) {
        bind_row(one, now.request.bindings, types, n, formats, bind_scratch);
        if (!one.step()) break;
        std::vector<value> given;
        for (std::size_t i = 0; i < row.size(); ++i) {
          bool const use_default = row[i].is == expr::op::function && row[i].text == "DEFAULT";
          given.push_back(use_default ? defaults[targets[i]].view()
                                      : one.column(static_cast<int>(i)));
          if (use_default) from[i] = t->columns[targets[i]].type;
        }
        put(given, from);
        one.reset();
      }
    }
  });
  return changed_rows(
      now, statement_type::insert, "number of rows inserted", count, {.inserted = count});
}

outcome session::impl::update(detail::running const& now, detail::update_statement const& s) {
  using namespace detail;
  auto const t = table(s.table);
  auto const types = types_of(now.request.bindings);
  std::int64_t count = 0;
  write(now, false, [&](connection& db) {
    translator translate(*this, db, now, types);
    scope in;
    in.sources.push_back(translator::columns_of(*t, ""));
    if (!s.alias.empty()) in.sources.back().alias = s.alias;
    std::string sql = "UPDATE " + quoted(t->physical) + " SET ";
    std::string null_check;
    for (auto const& [name, e] : s.set) {
      auto const i = t->find(name);
      if (i < 0) fail_invalid_identifier(e.at, name);
      auto const& c = t->columns[static_cast<std::size_t>(i)];
      auto const v = translate.expression(e, in);
      if (v.aggregate)
        fail_at(e.at,
                "002035",
                "42601",
                "SQL compilation error:\nInvalid aggregate function in SET clause");
      auto const assigned = translator::assigned(v, c.type);
      if (!c.nullable)
        null_check += fmt::format("{}({}) IS NULL", null_check.empty() ? "" : " OR ", assigned);
      sql += fmt::format(
          "{}{} = {}", &name == &s.set.front().first ? "" : ", ", quoted(c.physical), assigned);
    }
    std::string where;
    if (s.where)
      where = cast_to(translate.expression(*s.where, in), sql_type::of(kind::boolean)).sql;
    std::vector<std::string> scratch;
    if (!null_check.empty()) {
      auto nulls = db.prepare(fmt::format("SELECT 1 FROM {} WHERE {}({}) LIMIT 1",
                                          quoted(t->physical),
                                          where.empty() ? "" : where + " AND ",
                                          null_check));
      bind_row(nulls, now.request.bindings, types, 0, db.context().formats, scratch);
      if (nulls.step()) fail_null({});
    }
    auto statement = db.prepare(sql + (where.empty() ? "" : " WHERE " + where));
    bind_row(statement, now.request.bindings, types, 0, db.context().formats, scratch);
    statement.step();
    count = db.changes();
  });
  auto out = changed_rows(
      now, statement_type::update, "number of rows updated", count, {.updated = count});
  out.columns.push_back(detail::wire_column(
      "number of multi-joined rows updated", detail::sql_type::number(19, 0), false));
  out.rows[0].push_back("0");
  return out;
}

outcome session::impl::remove_rows(detail::running const& now, detail::delete_statement const& s) {
  using namespace detail;
  auto const t = table(s.table);
  auto const types = types_of(now.request.bindings);
  std::int64_t count = 0;
  write(now, false, [&](connection& db) {
    translator translate(*this, db, now, types);
    scope in;
    in.sources.push_back(translator::columns_of(*t, ""));
    if (!s.alias.empty()) in.sources.back().alias = s.alias;
    // WHERE 1 keeps SQLite from taking its shortcut, which does not count rows of old versions.
    auto const where =
        s.where ? cast_to(translate.expression(*s.where, in), sql_type::of(kind::boolean)).sql
                : std::string("1");
    auto statement = db.prepare("DELETE FROM " + quoted(t->physical) + " WHERE " + where);
    std::vector<std::string> scratch;
    bind_row(statement, now.request.bindings, types, 0, db.context().formats, scratch);
    statement.step();
    count = db.changes();
  });
  return changed_rows(
      now, statement_type::remove_rows, "number of rows deleted", count, {.deleted = count});
}

outcome session::impl::truncate(detail::running const& now, detail::truncate_statement const& s) {
  using namespace detail;
  auto const name = resolve(s.table);
  auto const t = find_table(name);
  if (!t) {
    if (s.if_exists) return status(now, statement_type::ddl, "Statement executed successfully.");
    fail_missing("Table", name.text());
  }
  write(now, false, [&](connection& db) {
    db.execute("DELETE FROM " + quoted(t->physical));
    db.execute(fmt::format("DELETE FROM _sluice_loads WHERE table_id = {}", t->id));
  });
  return status(now, statement_type::ddl, "Statement executed successfully.");
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_EXEC_DML_IPP
