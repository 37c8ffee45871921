#ifndef SLUICE_SANDBOX_SQL_IMPL_EXEC_DDL_IPP
#define SLUICE_SANDBOX_SQL_IMPL_EXEC_DDL_IPP

#include <sluice/sandbox/sql/detail/format_options.hpp>
#include <sluice/sandbox/sql/detail/lexer.hpp>
#include <sluice/sandbox/sql/detail/parser.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>
#include <sluice/sandbox/sql/detail/translate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::inline v0::sandbox::sql {

inline std::string_view kind_name(detail::object_kind k) {
  using detail::object_kind;
  switch (k) {
    case object_kind::table:
      return "Table";
    case object_kind::view:
      return "View";
    case object_kind::stage:
      return "Stage";
    case object_kind::file_format:
      return "File format";
    case object_kind::database:
      return "Database";
    case object_kind::schema:
      return "Schema";
    case object_kind::warehouse:
      return "Warehouse";
    case object_kind::pipe:
      return "Pipe";
    default:
      return "Object";
  }
}

outcome session::impl::create(detail::running const& now, detail::create_statement const& s) {
  using namespace detail;
  auto const created = [&](std::string const& name) {
    auto const text = s.kind == object_kind::stage
                          ? fmt::format("Stage area {} successfully created.", name)
                          : fmt::format("{} {} successfully created.", kind_name(s.kind), name);
    return status(now, statement_type::ddl, text);
  };
  auto const exists = [&](std::string const& name) {
    if (!s.if_not_exists) fail_exists(kind_name(s.kind), name);
    return status(
        now, statement_type::ddl, fmt::format("{} already exists, statement succeeded.", name));
  };
  for (auto const& o : s.options) {
    bool const property = s.kind == object_kind::database || s.kind == object_kind::schema ||
                          s.kind == object_kind::warehouse;
    if (property || s.kind == object_kind::table) {
      static constexpr std::string_view known[] = {"COMMENT",
                                                   "DATA_RETENTION_TIME_IN_DAYS",
                                                   "MAX_DATA_EXTENSION_TIME_IN_DAYS",
                                                   "WAREHOUSE_SIZE",
                                                   "WAREHOUSE_TYPE",
                                                   "AUTO_SUSPEND",
                                                   "AUTO_RESUME",
                                                   "INITIALLY_SUSPENDED",
                                                   "MIN_CLUSTER_COUNT",
                                                   "MAX_CLUSTER_COUNT",
                                                   "SCALING_POLICY",
                                                   "STATEMENT_TIMEOUT_IN_SECONDS",
                                                   "CHANGE_TRACKING",
                                                   "ENABLE_SCHEMA_EVOLUTION",
                                                   "ERROR_LOGGING",
                                                   "DEFAULT_DDL_COLLATION"};
      if (std::find(std::begin(known), std::end(known), o.name) == std::end(known))
        fail_syntax(o.at, o.name);
    }
  }
  if (s.kind == object_kind::database || s.kind == object_kind::warehouse) {
    auto const& name = s.name.parts.back();
    if (s.name.parts.size() > 1) fail_syntax(s.name.at, name);
    bool const database = s.kind == object_kind::database;
    if ((database ? account.catalogue.has_database(name) : account.catalogue.has_warehouse(name)) &&
        !s.or_replace)
      return exists(name);
    write(now, true, [&](connection& db) {
      if (database) {
        if (s.or_replace) account.catalogue.drop_database(db, name);
        account.catalogue.add_database(db, name);
      } else {
        account.catalogue.add_warehouse(db, name);
      }
    });
    std::lock_guard const lock(context_mutex);
    if (database) {
      context.database = name;
      context.schema = "PUBLIC";
    } else {
      context.warehouse = name;
    }
    return created(name);
  }
  if (s.kind == object_kind::schema) {
    auto const [database, name] = resolve_schema(s.name);
    if (account.catalogue.has_schema(database, name) && !s.or_replace) return exists(name);
    write(now, true, [&, d = database, n = name](connection& db) {
      if (s.or_replace) account.catalogue.drop_schema(db, d, n);
      account.catalogue.add_schema(db, d, n);
    });
    std::lock_guard const lock(context_mutex);
    context.database = database;
    context.schema = name;
    return created(name);
  }
  auto const name = resolve(s.name);
  if (name.schema == "INFORMATION_SCHEMA") {
    fail("003001",
         "42501",
         "SQL access control error:\nInsufficient privileges to operate on schema "
         "'INFORMATION_SCHEMA'");
  }
  auto const there = [&] {
    if (s.kind == object_kind::pipe) return account.catalogue.pipe(name) != nullptr;
    if (s.kind == object_kind::table)
      return s.temporary ? temporary.tables.contains(name)
                         : account.catalogue.table(name) != nullptr;
    if (s.kind == object_kind::stage)
      return s.temporary ? temporary.stages.contains(name)
                         : account.catalogue.stage(name) != nullptr;
    return s.temporary ? temporary.formats.contains(name)
                       : account.catalogue.format(name) != nullptr;
  }();
  if (there && !s.or_replace) return exists(name.name);
  if (s.kind == object_kind::table) {
    create_table(now, s, name);
    return created(name.name);
  }
  if (s.kind == object_kind::pipe) {
    create_pipe(now, s, name);
    return created(name.name);
  }
  auto const body = [&](connection& db) {
    if (s.kind == object_kind::stage) {
      create_stage(db, s, name);
    } else {
      auto f = std::make_shared<format_info>();
      f->name = name;
      f->options = s.options;
      f->temporary = s.temporary;
      f->created = account.now_seconds();
      parse_file_format(f->options, {});
      if (s.temporary) {
        temporary.formats[name] = std::move(f);
      } else {
        account.catalogue.put(db, format_ptr(std::move(f)));
      }
    }
  };
  // A temporary object lives in the session alone: no transaction is needed or ended.
  if (s.temporary) {
    body(*account.writer);
  } else {
    write(now, true, body);
  }
  return created(name.name);
}

void session::impl::create_stage(detail::connection& db,
                                 detail::create_statement const& s,
                                 detail::full_name const& name) {
  using namespace detail;
  auto stage = std::make_shared<stage_info>();
  stage->name = name;
  stage->temporary = s.temporary;
  stage->created = account.now_seconds();
  auto const id = account.catalogue.next_id();
  stage->prefix = s.temporary ? fmt::format("temporary/{}-{}/", make_query_id(), id)
                              : fmt::format("stages/{}-{}/", make_query_id(), id);
  for (auto const& o : s.options) {
    if (o.name == "ENCRYPTION") {
      auto const* type = o.value.nested.empty() ? nullptr : &o.value.nested.front();
      if (o.value.nested.size() != 1 || type->name != "TYPE") fail_syntax(o.at, o.name);
      auto const text = to_upper(option_string(*type));
      if (text == "SNOWFLAKE_SSE") {
        stage->encryption = stage_encryption::snowflake_sse;
      } else if (text != "SNOWFLAKE_FULL") {
        fail_invalid_value(text, "ENCRYPTION TYPE");
      }
    } else if (o.name == "FILE_FORMAT") {
      if (o.value.kind == option_value::is::nested) {
        stage->file_format = o.value.nested;
      } else if (o.value.kind != option_value::is::list) {
        stage->file_format = {option{"FORMAT_NAME", o.value, o.at}};
      }
      for (auto const& f : stage->file_format) {
        if (f.name == "FORMAT_NAME") named_format(option_string(f));
      }
      parse_file_format(stage->file_format, {});
    } else if (o.name == "COMMENT") {
      stage->comment = option_string(o);
    } else if (o.name == "DIRECTORY") {
      for (auto const& d : o.value.nested) {
        if (d.name != "ENABLE") fail_unsupported("DIRECTORY option " + d.name);
      }
    } else if (o.name == "URL" || o.name == "STORAGE_INTEGRATION" || o.name == "CREDENTIALS" ||
               o.name == "ENDPOINT") {
      fail_unsupported("external stage");
    } else if (o.name == "COPY_OPTIONS") {
      fail_unsupported("COPY_OPTIONS of a stage");
    } else {
      fail_syntax(o.at, o.name);
    }
  }
  account.store.stage_created(stage->prefix);
  if (s.temporary) {
    if (auto const old = temporary.stages.find(name); old != temporary.stages.end()) {
      for (auto const& f : account.store.list(old->second->prefix)) account.store.remove(f.key);
    }
    temporary.stages[name] = std::move(stage);
    return;
  }
  if (auto const old = account.catalogue.stage(name)) {
    for (auto const& f : account.store.list(old->prefix)) account.store.remove(f.key);
  }
  account.catalogue.put(db, stage_ptr(std::move(stage)));
}

/// A default must be an expression that can become the column's type.
inline void check_default(detail::translator& t,
                          detail::connection& db,
                          detail::table_column const& c) {
  if (c.default_text.empty()) return;
  auto const e = detail::parse_expression_text(c.default_text);
  auto const v = t.expression(e, {});
  try {
    auto probe = db.prepare("SELECT " + detail::translator::assigned(v, c.type));
    probe.step();
  } catch (detail::sql_error const& error) {
    detail::fail("002023",
                 "22000",
                 fmt::format("SQL compilation error:\nExpression type does not match column data "
                             "type, expecting {} but got {} for column {}: {}",
                             detail::type_text(c.type),
                             detail::type_text(v.type),
                             c.name,
                             error.what_failed().message));
  }
}

void session::impl::create_table(detail::running const& now,
                                 detail::create_statement const& s,
                                 detail::full_name const& name) {
  using namespace detail;
  auto t = std::make_shared<table_info>();
  t->name = name;
  t->temporary = s.temporary;
  t->created = account.now_seconds();
  t->physical = fmt::format("{}.{}.{}", name.database, name.schema, name.name);
  for (auto const& o : s.options) {
    if (o.name == "COMMENT") t->comment = option_string(o);
    if (o.name == "ERROR_LOGGING") t->error_logging = option_bool(o);
    if (o.name == "ENABLE_SCHEMA_EVOLUTION" && option_bool(o))
      fail_unsupported("ENABLE_SCHEMA_EVOLUTION");
  }
  std::set<std::string> taken;
  for (auto const& c : s.columns) {
    if (t->find(c.name) >= 0)
      fail("002025",
           "42S21",
           fmt::format("SQL compilation error:\nduplicate column name '{}'", c.name));
    t->columns.push_back({.name = c.name,
                          .physical = distinct_physical_name(c.name, taken),
                          .type = c.type,
                          .nullable = c.nullable,
                          .default_text = c.default_text,
                          .primary_key = c.primary_key,
                          .unique = c.unique,
                          .comment = c.comment,
                          .identity_start = c.identity_start,
                          .identity_step = c.identity_step});
  }
  for (auto const& key : s.primary_key) {
    auto const i = t->find(key);
    if (i < 0) fail_invalid_identifier({}, key);
    t->columns[static_cast<std::size_t>(i)].primary_key = true;
    t->columns[static_cast<std::size_t>(i)].nullable = false;
  }
  write(now, true, [&](connection& db) {
    translator translate(*this, db, now, {});
    for (auto const& c : t->columns) check_default(translate, db, c);
    std::string fill;
    if (s.like) {
      auto const source = table(*s.like);
      t->columns = source->columns;
      if (s.clone) fill = "SELECT * FROM " + quoted(source->physical);
    } else if (s.body) {
      auto q = translate.statement(*s.body);
      bool const named = !t->columns.empty();
      if (named && t->columns.size() != q.columns.size()) {
        fail("002018",
             "42601",
             "SQL compilation error:\ninvalid number of columns in CREATE TABLE ... AS SELECT");
      }
      std::string list;
      for (std::size_t i = 0; i < q.columns.size(); ++i) {
        auto const& c = q.columns[i];
        if (!named) {
          if (t->find(c.name) >= 0)
            fail("002025",
                 "42S21",
                 fmt::format("SQL compilation error:\nduplicate column name '{}'", c.name));
          auto type = c.type;
          if (type.is == kind::null) type = sql_type::text();
          if (type.is == kind::text && c.table.name.empty())
            type = sql_type::text(std::max<std::int64_t>(type.length, 1));
          t->columns.push_back({.name = c.name,
                                .physical = distinct_physical_name(c.name, taken),
                                .type = type,
                                .nullable = true,
                                .default_text = {},
                                .primary_key = false,
                                .unique = false,
                                .comment = {},
                                .identity_start = 1,
                                .identity_step = 0});
        }
        typed value_sql;
        value_sql.sql = "c" + std::to_string(i + 1);
        value_sql.type = c.type;
        list += (i > 0 ? ", " : "") + translator::assigned(value_sql, t->columns[i].type);
      }
      fill = "SELECT " + list + " FROM (" + q.sql + ")";
    }
    t->id = account.catalogue.next_id();
    // SQLite ignores case in table names: the id tells two such tables apart, and hides a
    // replaced table until it is dropped.
    if (s.temporary) t->physical = fmt::format("~{}.{}", t->id, t->physical);
    auto const temporary_name = fmt::format("~building-{}", t->id);
    auto const final_name = t->physical;
    t->physical = temporary_name;
    db.execute(physical_table_sql(*t));
    if (!fill.empty()) db.execute("INSERT INTO " + quoted(temporary_name) + ' ' + fill);
    if (s.temporary) {
      if (auto const old = temporary.tables.find(name); old != temporary.tables.end())
        db.execute("DROP TABLE " + quoted(old->second->physical));
    } else {
      account.catalogue.drop_table(db, name);
    }
    t->physical = final_name;
    auto clash = db.prepare("SELECT 1 FROM sqlite_schema WHERE lower(name) = lower(?1)");
    clash.bind(1, std::string_view(final_name));
    if (clash.step()) t->physical += fmt::format("~{}", t->id);
    clash.reset();
    db.execute("ALTER TABLE " + quoted(temporary_name) + " RENAME TO " + quoted(t->physical));
    if (s.temporary) {
      temporary.tables[name] = t;
    } else {
      account.catalogue.put(db, table_ptr(t));
    }
  });
}

outcome session::impl::drop(detail::running const& now, detail::drop_statement const& s) {
  using namespace detail;
  auto const missing = [&](std::string const& name) {
    if (!s.if_exists) {
      fail("002003",
           s.kind == object_kind::table ? "42S02" : "02000",
           fmt::format("SQL compilation error:\n{} '{}' does not exist or not authorized.",
                       kind_name(s.kind),
                       name));
    }
    return status(now,
                  statement_type::ddl,
                  "Drop statement executed successfully (" + name + " already dropped).");
  };
  std::string shown;
  if (s.kind == object_kind::database || s.kind == object_kind::warehouse) {
    shown = s.name.parts.back();
    bool const database = s.kind == object_kind::database;
    if (!(database ? account.catalogue.has_database(shown)
                   : account.catalogue.has_warehouse(shown)))
      return missing(shown);
    write(now, true, [&](connection& db) {
      database ? account.catalogue.drop_database(db, shown)
               : account.catalogue.drop_warehouse(db, shown);
    });
    std::lock_guard const lock(context_mutex);
    if (database && context.database == shown) context.database = context.schema = {};
    if (!database && context.warehouse == shown) context.warehouse.clear();
  } else if (s.kind == object_kind::schema) {
    auto const [database, name] = resolve_schema(s.name);
    shown = name;
    if (!account.catalogue.has_schema(database, name) || name == "INFORMATION_SCHEMA")
      return missing(full_name{database, name, {}}.text());
    write(now, true, [&, d = database, n = name](connection& db) {
      account.catalogue.drop_schema(db, d, n);
    });
    std::lock_guard const lock(context_mutex);
    if (context.database == database && context.schema == name) context.schema.clear();
  } else {
    if (s.kind == object_kind::view) fail_unsupported("DROP VIEW");
    full_name name;
    try {
      name = resolve(s.name);
    } catch (sql_error const& e) {
      if (!s.if_exists || e.what_failed().code != "002003") throw;
      return missing(s.name.parts.back());
    }
    shown = name.name;
    if (s.kind == object_kind::stage) {
      auto const own = temporary.stages.find(name);
      auto const stage =
          own != temporary.stages.end() ? own->second : account.catalogue.stage(name);
      if (!stage) return missing(name.text());
      for (auto const& f : account.store.list(stage->prefix)) account.store.remove(f.key);
      if (own != temporary.stages.end()) {
        temporary.stages.erase(own);
      } else {
        write(now, true, [&](connection& db) { account.catalogue.drop_stage(db, name); });
      }
    } else if (s.kind == object_kind::pipe) {
      if (!account.catalogue.pipe(name)) return missing(name.text());
      write(now, true, [&](connection& db) { account.catalogue.drop_pipe(db, name); });
    } else if (s.kind == object_kind::file_format) {
      if (temporary.formats.erase(name) == 0) {
        if (!account.catalogue.format(name)) return missing(name.text());
        write(now, true, [&](connection& db) { account.catalogue.drop_format(db, name); });
      }
    } else {
      if (!find_table(name)) return missing(name.text());
      write(now, true, [&](connection& db) {
        if (auto const own = temporary.tables.find(name); own != temporary.tables.end()) {
          db.execute("DROP TABLE " + quoted(own->second->physical));
          temporary.tables.erase(own);
        } else {
          account.catalogue.drop_table(db, name);
        }
      });
    }
  }
  return status(now, statement_type::ddl, fmt::format("{} successfully dropped.", shown));
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_EXEC_DDL_IPP
