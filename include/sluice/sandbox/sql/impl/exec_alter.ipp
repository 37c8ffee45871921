#ifndef SLUICE_SANDBOX_SQL_IMPL_EXEC_ALTER_IPP
#define SLUICE_SANDBOX_SQL_IMPL_EXEC_ALTER_IPP

#include <sluice/sandbox/sql/impl/exec_ddl.ipp>

#include <charconv>

namespace sluice::inline v0::sandbox::sql {

/// Applies the actions of one ALTER TABLE to a copy of the definition and to SQLite.
class table_change {
 public:
  table_change(session::impl& session,
               detail::running const& now,
               detail::connection& db,
               detail::table_info& table)
      : session_(session), now_(now), db_(db), table_(table) {}

  void operator()(detail::alter_table_statement::add_column const& a) {
    using namespace detail;
    auto const& c = a.column;
    if (table_.find(c.name) >= 0) {
      if (a.if_not_exists) return;
      fail("001430",
           "42601",
           fmt::format("SQL compilation error:\ncolumn '{}' already exists", c.name));
    }
    if (a.if_not_exists && c.default_value) fail_syntax({}, "DEFAULT");
    if (c.identity_step != 0) fail_unsupported("ADD COLUMN AUTOINCREMENT");
    table_column column{.name = c.name,
                        .physical = {},
                        .type = c.type,
                        .nullable = c.nullable,
                        .default_text = c.default_text,
                        .primary_key = c.primary_key,
                        .unique = c.unique,
                        .comment = c.comment,
                        .identity_start = 1,
                        .identity_step = 0};
    if (c.default_value && c.default_value->is != expr::op::number &&
        c.default_value->is != expr::op::string && c.default_value->is != expr::op::boolean &&
        c.default_value->is != expr::op::null && c.default_value->is != expr::op::cast) {
      fail("002263",
           "22000",
           fmt::format(
               "SQL compilation error:\nCannot add column '{}' with a default that is no literal",
               c.name));
    }
    translator t(session_, db_, now_, {});
    check_default(t, db_, column);
    if (!c.nullable && !c.default_value && !empty()) {
      fail("002261",
           "22000",
           fmt::format("SQL compilation error:\nNon-nullable column '{}' cannot be added to "
                       "non-empty table '{}' unless it has a non-null default value.",
                       c.name,
                       table_.name.name));
    }
    std::set<std::string> taken;
    for (auto const& other : table_.columns) taken.insert(to_lower(other.physical));
    column.physical = distinct_physical_name(c.name, taken);
    db_.execute(fmt::format("ALTER TABLE {} ADD COLUMN {} {}",
                            quoted(table_.physical),
                            quoted(column.physical),
                            affinity(column.type)));
    if (!column.default_text.empty()) {
      auto const v = t.expression(parse_expression_text(column.default_text), {});
      db_.execute(fmt::format("UPDATE {} SET {} = {}",
                              quoted(table_.physical),
                              quoted(column.physical),
                              translator::assigned(v, column.type)));
    }
    table_.columns.push_back(std::move(column));
  }

  void operator()(detail::alter_table_statement::drop_column const& a) {
    auto const i = table_.find(a.name);
    if (i < 0) {
      if (a.if_exists) return;
      detail::fail_invalid_identifier({}, a.name);
    }
    if (table_.columns.size() == 1)
      detail::fail(
          "002262", "42601", "SQL compilation error:\nCannot drop the only column of a table.");
    db_.execute(fmt::format("ALTER TABLE {} DROP COLUMN {}",
                            detail::quoted(table_.physical),
                            detail::quoted(table_.columns[static_cast<std::size_t>(i)].physical)));
    table_.columns.erase(table_.columns.begin() + i);
  }

  void operator()(detail::alter_table_statement::set_type const& a) {
    using namespace detail;
    auto& c = column(a.name);
    auto const from = c.type, to = a.type;
    bool const wider = (from.is == kind::text && to.is == kind::text && to.length >= from.length) ||
                       (from.is == kind::number && to.is == kind::number &&
                        to.scale == from.scale && to.precision >= from.precision) ||
                       from == to;
    bool const narrower_empty =
        from.is == to.is && empty() &&
        (from.is == kind::text || (from.is == kind::number && from.scale == to.scale));
    if (!wider && !narrower_empty) {
      fail("002108",
           "22000",
           fmt::format("SQL compilation error:\ncannot change column {} from type {} to {}",
                       c.name,
                       type_text(from),
                       type_text(to)));
    }
    // A wider NUMBER may have another storage form: the table is rebuilt around it.
    c.type = to;
    if (affinity(from) != affinity(to) || stored_as_double(from) != stored_as_double(to))
      rebuild(c, from);
  }

  void operator()(detail::alter_table_statement::set_nullable const& a) {
    auto& c = column(a.name);
    if (!a.nullable) {
      auto nulls = db_.prepare(fmt::format("SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1",
                                           detail::quoted(table_.physical),
                                           detail::quoted(c.physical)));
      if (nulls.step()) {
        detail::fail("002270",
                     "22000",
                     fmt::format("SQL compilation error:\nColumn '{}' contains null values. Not "
                                 "null constraint cannot be added.",
                                 c.name));
      }
    }
    c.nullable = a.nullable;
  }

  void operator()(detail::alter_table_statement::rename_column const& a) {
    auto& c = column(a.from);
    if (table_.find(a.to) >= 0)
      detail::fail("001430",
                   "42601",
                   fmt::format("SQL compilation error:\ncolumn '{}' already exists", a.to));
    std::set<std::string> taken;
    for (auto const& other : table_.columns) {
      if (&other != &c) taken.insert(detail::to_lower(other.physical));
    }
    auto const physical = detail::distinct_physical_name(a.to, taken);
    db_.execute(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}",
                            detail::quoted(table_.physical),
                            detail::quoted(c.physical),
                            detail::quoted(physical)));
    c.name = a.to;
    c.physical = physical;
  }

  void operator()(detail::alter_table_statement::rename const&) {
    detail::fail_unsupported("ALTER TABLE RENAME TO");
  }

  void operator()(detail::alter_table_statement::set_options const& a) {
    for (auto const& o : a.options) {
      if (o.name == "COMMENT") {
        table_.comment = detail::option_string(o);
      } else if (o.name == "ENABLE_SCHEMA_EVOLUTION") {
        if (detail::option_bool(o)) detail::fail_unsupported("ENABLE_SCHEMA_EVOLUTION");
      } else if (o.name == "ERROR_LOGGING") {
        table_.error_logging = detail::option_bool(o);
      } else {
        detail::fail_unsupported("ALTER TABLE SET " + o.name);
      }
    }
  }

 private:
  bool empty() {
    auto any = db_.prepare("SELECT 1 FROM " + detail::quoted(table_.physical) + " LIMIT 1");
    return !any.step();
  }

  detail::table_column& column(std::string const& name) {
    auto const i = table_.find(name);
    if (i < 0) detail::fail_invalid_identifier({}, name);
    return table_.columns[static_cast<std::size_t>(i)];
  }

  void rebuild(detail::table_column const& changed, detail::sql_type const& from) {
    using namespace detail;
    auto const old = table_.physical + "~old";
    db_.execute(fmt::format("ALTER TABLE {} RENAME TO {}", quoted(table_.physical), quoted(old)));
    db_.execute(physical_table_sql(table_));
    std::string list;
    for (auto const& c : table_.columns) {
      auto const name = quoted(c.physical);
      list += (list.empty() ? "" : ", ") +
              (&c == &changed ? fmt::format("sf_cast({}, {}, {})", name, pack(from), pack(c.type))
                              : name);
    }
    db_.execute(fmt::format(
        "INSERT INTO {} SELECT {} FROM {}", quoted(table_.physical), list, quoted(old)));
    db_.execute("DROP TABLE " + quoted(old));
  }

  session::impl& session_;
  detail::running const& now_;
  detail::connection& db_;
  detail::table_info& table_;
};

outcome session::impl::alter_table(detail::running const& now,
                                   detail::alter_table_statement const& s) {
  using namespace detail;
  auto const name = resolve(s.table);
  auto const old = find_table(name);
  if (!old) {
    if (s.if_exists) return status(now, statement_type::ddl, "Statement executed successfully.");
    fail_missing("Table", name.text());
  }
  write(now, true, [&](connection& db) {
    auto changed = std::make_shared<table_info>(*old);
    table_change apply(*this, now, db, *changed);
    for (auto const& a : s.actions) std::visit(apply, a);
    if (old->temporary) {
      temporary.tables[name] = std::move(changed);
    } else {
      account.catalogue.put(db, table_ptr(std::move(changed)));
    }
  });
  return status(now, statement_type::ddl, "Statement executed successfully.");
}

outcome session::impl::alter_session(detail::running const& now,
                                     detail::alter_session_statement const& s) {
  using namespace detail;
  auto changed = parameters;
  for (auto const& o : s.set) {
    auto const known = changed.find(o.name);
    if (known == changed.end()) {
      fail(
          "001073", "22023", fmt::format("SQL compilation error:\ninvalid parameter '{}'", o.name));
    }
    auto const text = option_string(o);
    if (std::holds_alternative<bool>(known->second)) {
      known->second = option_bool(o);
    } else if (std::holds_alternative<std::int64_t>(known->second)) {
      std::int64_t n = 0;
      auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
      if (error != std::errc{} || end != text.data() + text.size())
        fail_invalid_value(text, o.name);
      known->second = n;
    } else {
      if (o.name == "TIMEZONE" && !time_zone::find(text)) fail_invalid_value(text, o.name);
      if (o.name.ends_with("_QUERY_RESULT_FORMAT") && !equals_ignoring_case(text, "JSON")) {
        fail_unsupported(o.name + " = " + text);
      }
      if (o.name == "TIMESTAMP_TYPE_MAPPING" && !equals_ignoring_case(text, "TIMESTAMP_NTZ"))
        fail_unsupported(o.name + " = " + text);
      if (o.name.ends_with("_INPUT_FORMAT") && !o.name.starts_with("BINARY") &&
          !equals_ignoring_case(text, "AUTO"))
        datetime_pattern check(text);
      known->second = text;
    }
    if (o.name == "QUOTED_IDENTIFIERS_IGNORE_CASE" && option_bool(o))
      fail_unsupported(o.name + " = TRUE");
  }
  if (!s.unset.empty()) {
    std::map<std::string, parameter_value> fresh;
    set_known_parameters(fresh);
    for (auto const& name : s.unset) {
      if (!fresh.contains(name))
        fail(
            "001073", "22023", fmt::format("SQL compilation error:\ninvalid parameter '{}'", name));
      changed[name] = fresh[name];
    }
  }
  if (changed.at("AUTOCOMMIT") != parameters.at("AUTOCOMMIT")) commit();
  {
    std::lock_guard const lock(context_mutex);
    parameters = std::move(changed);
  }
  return status(now, statement_type::alter_session, "Statement executed successfully.");
}

outcome session::impl::use(detail::running const& now, detail::use_statement const& s) {
  using namespace detail;
  auto const done = [&] {
    return status(now, statement_type::use, "Statement executed successfully.");
  };
  if (s.kind == object_kind::role) {
    if (!s.secondary.empty()) return done();
    std::lock_guard const lock(context_mutex);
    context.role = s.name.parts.back();
    return done();
  }
  auto const missing = [&](std::string_view kind, std::string const& name) {
    fail("002043",
         "02000",
         fmt::format("SQL compilation error:\nObject does not exist, or operation cannot be "
                     "performed: {} {}",
                     kind,
                     name));
  };
  if (s.kind == object_kind::warehouse) {
    if (!account.catalogue.has_warehouse(s.name.parts.back()))
      missing("warehouse", s.name.parts.back());
    std::lock_guard const lock(context_mutex);
    context.warehouse = s.name.parts.back();
  } else if (s.kind == object_kind::database) {
    auto const& d = s.name.parts.back();
    if (!account.catalogue.has_database(d)) missing("database", d);
    std::lock_guard const lock(context_mutex);
    context.database = d;
    context.schema = account.catalogue.has_schema(d, "PUBLIC") ? "PUBLIC" : "";
  } else {
    auto const [d, name] = resolve_schema(s.name);
    if (!account.catalogue.has_schema(d, name)) missing("schema", name);
    std::lock_guard const lock(context_mutex);
    context.database = d;
    context.schema = name;
  }
  return done();
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_EXEC_ALTER_IPP
