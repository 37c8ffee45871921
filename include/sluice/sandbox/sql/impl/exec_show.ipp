#ifndef SLUICE_SANDBOX_SQL_IMPL_EXEC_SHOW_IPP
#define SLUICE_SANDBOX_SQL_IMPL_EXEC_SHOW_IPP

#include <sluice/sandbox/sql/impl/exec_pipe.ipp>
#include <sluice/sandbox/sql/impl/exec_stage.ipp>
#include <sluice/sandbox/sql/impl/scalar_functions.ipp>

namespace sluice::inline v0::sandbox::sql {

namespace detail {

/// The data_type of SHOW COLUMNS: a JSON object.
inline std::string show_type(sql_type const& t, bool nullable) {
  json_writer j;
  auto const family = t.is == kind::number ? std::string("FIXED")
                      : t.is == kind::real ? std::string("REAL")
                                           : std::string(type_family(t));
  j.text("type", family);
  if (t.is == kind::number) j.number("precision", t.precision).number("scale", t.scale);
  if (t.is == kind::text)
    j.number("length", t.length)
        .number("byteLength", std::min(t.length * 4, type_limits::default_text_length));
  if (t.is == kind::binary) j.number("length", t.length).number("byteLength", t.length);
  if (t.is == kind::time || is_timestamp(t.is)) j.number("precision", 0).number("scale", t.scale);
  return j.raw("nullable", nullable ? "true" : "false").done();
}

}  // namespace detail

outcome session::impl::show(detail::running const& now, detail::show_statement const& s) {
  using namespace detail;
  row_set out;
  auto const wanted = [&](std::string_view name) {
    if (s.like && !like(to_lower(name), to_lower(*s.like), "\\")) return false;
    return !s.starts_with || name.starts_with(*s.starts_with);
  };
  auto const stamp = [&](std::int64_t seconds) {
    moment m;
    m.seconds = seconds;
    m.has_offset = true;
    std::string scratch;
    return std::string(store_moment(m, {kind::timestamp_ltz, 0, 3, 0}, {}, scratch).bytes);
  };
  auto const time_column = typed_column{"created_on", {kind::timestamp_ltz, 0, 3, 0}, true, {}};
  // IN DATABASE d, IN SCHEMA d.s, IN TABLE t; without IN the current schema, else everything.
  std::string database, schema, table_name;
  bool const of_schema_object = s.what == "TABLES" || s.what == "COLUMNS" || s.what == "STAGES" ||
                                s.what == "OBJECTS" || s.what == "FILE FORMATS" ||
                                s.what == "PRIMARY KEYS" || s.what == "PIPES" ||
                                s.what == "CHANNELS";
  if (s.scope == "TABLE" ||
      (s.in && s.scope.empty() && (s.what == "COLUMNS" || s.what == "PRIMARY KEYS"))) {
    if (!s.in) fail_syntax({}, "TABLE");
    auto const t = table(*s.in);
    database = t->name.database;
    schema = t->name.schema;
    table_name = t->name.name;
  } else if (s.scope == "PIPE" && s.in) {
    auto const pipe = resolve(*s.in);
    database = pipe.database;
    schema = pipe.schema;
    table_name = pipe.name;
  } else if (s.scope == "DATABASE" || (s.what == "SCHEMAS" && s.in)) {
    database = s.in ? s.in->parts.back() : context.database;
    if (database.empty()) fail_no_database();
    if (!account.catalogue.has_database(database)) fail_missing("Database", database);
  } else if (s.in) {
    auto const [d, name] = resolve_schema(*s.in);
    if (!account.catalogue.has_schema(d, name))
      fail_missing("Schema", full_name{d, name, {}}.text());
    database = d;
    schema = name;
  } else if (s.scope != "ACCOUNT") {
    database = context.database;
    if (of_schema_object || s.scope == "SCHEMA") schema = context.schema;
  }
  auto const inside = [&](full_name const& n) {
    return (database.empty() || n.database == database) && (schema.empty() || n.schema == schema) &&
           (table_name.empty() || n.name == table_name);
  };
  auto objects = account.catalogue.objects();
  for (auto const& t : temporary.tables) objects.tables[t.first] = t.second;
  for (auto const& x : temporary.stages) objects.stages[x.first] = x.second;
  for (auto const& f : temporary.formats) objects.formats[f.first] = f.second;
  if (s.what == "TABLES" || s.what == "OBJECTS") {
    out.columns = {time_column};
    text_columns(out, {"name", "database_name", "schema_name", "kind", "comment", "cluster_by"});
    out.columns.push_back({"rows", sql_type::number(38, 0), true, {}});
    out.columns.push_back({"bytes", sql_type::number(38, 0), true, {}});
    text_columns(out, {"owner", "retention_time", "automatic_clustering", "change_tracking"});
    read(now, [&](connection& db) {
      for (auto const& [name, t] : objects.tables) {
        if (!inside(name) || !wanted(name.name)) continue;
        auto count = db.prepare("SELECT COUNT(*) FROM " + quoted(t->physical));
        count.step();
        row_builder(out)
            .text(stamp(t->created))
            .text(name.name)
            .text(name.database)
            .text(name.schema)
            .text(t->temporary ? "TEMPORARY" : "TABLE")
            .text(t->comment)
            .text("")
            .number(count.column(0).integer)
            .number(0)
            .text(context.role)
            .text("1")
            .text("OFF")
            .text("OFF");
      }
    });
  } else if (s.what == "PIPES") {
    out = pipes([&](full_name const& n) { return inside(n) && wanted(n.name); });
  } else if (s.what == "CHANNELS") {
    read(now, [&](connection& db) { out = channels(inside, db); });
  } else if (s.what == "COLUMNS") {
    text_columns(out,
                 {"table_name",
                  "schema_name",
                  "column_name",
                  "data_type",
                  "null?",
                  "default",
                  "kind",
                  "expression",
                  "comment",
                  "database_name",
                  "autoincrement"});
    for (auto const& [name, t] : objects.tables) {
      if (!inside(name)) continue;
      for (auto const& c : t->columns) {
        if (!wanted(c.name)) continue;
        row_builder(out)
            .text(name.name)
            .text(name.schema)
            .text(c.name)
            .text(show_type(c.type, c.nullable))
            .text(c.nullable ? "true" : "NOT_NULL")
            .text(c.default_text)
            .text("COLUMN")
            .text("")
            .text(c.comment)
            .text(name.database)
            .text(c.identity_step == 0 ? std::string()
                                       : fmt::format("IDENTITY START {} INCREMENT {} NOORDER",
                                                     c.identity_start,
                                                     c.identity_step));
      }
    }
  } else if (s.what == "PRIMARY KEYS") {
    out.columns = {time_column};
    text_columns(out, {"database_name", "schema_name", "table_name", "column_name"});
    out.columns.push_back({"key_sequence", sql_type::number(38, 0), true, {}});
    text_columns(out, {"constraint_name", "rely", "comment"});
    for (auto const& [name, t] : objects.tables) {
      if (!inside(name)) continue;
      std::int64_t n = 0;
      for (auto const& c : t->columns) {
        if (!c.primary_key) continue;
        row_builder(out)
            .text(stamp(t->created))
            .text(name.database)
            .text(name.schema)
            .text(name.name)
            .text(c.name)
            .number(++n)
            .text(fmt::format("SYS_CONSTRAINT_{}", t->id))
            .text("false")
            .null();
      }
    }
  } else if (s.what == "STAGES") {
    out.columns = {time_column};
    text_columns(out,
                 {"name",
                  "database_name",
                  "schema_name",
                  "url",
                  "has_credentials",
                  "has_encryption_key",
                  "owner",
                  "comment",
                  "region",
                  "type",
                  "cloud",
                  "notification_channel",
                  "storage_integration"});
    for (auto const& [name, x] : objects.stages) {
      if (!inside(name) || !wanted(name.name)) continue;
      row_builder(out)
          .text(stamp(x->created))
          .text(name.name)
          .text(name.database)
          .text(name.schema)
          .text("")
          .text("N")
          .text("N")
          .text(context.role)
          .text(x->comment)
          .null()
          .text(x->temporary                                       ? "INTERNAL TEMPORARY"
                : x->encryption == stage_encryption::snowflake_sse ? "INTERNAL NO CSE"
                                                                   : "INTERNAL")
          .null()
          .null()
          .null();
    }
  } else if (s.what == "FILE FORMATS") {
    out.columns = {time_column};
    text_columns(
        out,
        {"name", "database_name", "schema_name", "type", "owner", "comment", "format_options"});
    for (auto const& [name, f] : objects.formats) {
      if (!inside(name) || !wanted(name.name)) continue;
      auto const parsed = parse_file_format(f->options, {});
      row_builder(out)
          .text(stamp(f->created))
          .text(name.name)
          .text(name.database)
          .text(name.schema)
          .text(parsed.type == file_type::csv ? "CSV" : "JSON")
          .text(context.role)
          .text("")
          .text(options_text(f->options));
    }
  } else if (s.what == "SCHEMAS") {
    out.columns = {time_column};
    text_columns(out,
                 {"name",
                  "is_default",
                  "is_current",
                  "database_name",
                  "owner",
                  "comment",
                  "options",
                  "retention_time"});
    for (auto const& d : account.catalogue.databases()) {
      if (!database.empty() && d != database) continue;
      for (auto const& name : account.catalogue.schemas(d)) {
        if (!wanted(name)) continue;
        bool const current = d == context.database && name == context.schema;
        row_builder(out)
            .text(stamp(0))
            .text(name)
            .text("N")
            .text(current ? "Y" : "N")
            .text(d)
            .text(context.role)
            .text("")
            .text("")
            .text("1");
      }
    }
  } else if (s.what == "DATABASES") {
    out.columns = {time_column};
    text_columns(out,
                 {"name",
                  "is_default",
                  "is_current",
                  "origin",
                  "owner",
                  "comment",
                  "options",
                  "retention_time",
                  "kind"});
    for (auto const& d : account.catalogue.databases()) {
      if (!wanted(d)) continue;
      row_builder(out)
          .text(stamp(0))
          .text(d)
          .text("N")
          .text(d == context.database ? "Y" : "N")
          .text("")
          .text(context.role)
          .text("")
          .text("")
          .text("1")
          .text("STANDARD");
    }
  } else if (s.what == "WAREHOUSES") {
    text_columns(out,
                 {"name",
                  "state",
                  "type",
                  "size",
                  "is_default",
                  "is_current",
                  "auto_suspend",
                  "auto_resume",
                  "owner",
                  "comment"});
    for (auto const& w : account.catalogue.warehouses()) {
      if (!wanted(w)) continue;
      row_builder(out)
          .text(w)
          .text("STARTED")
          .text("STANDARD")
          .text("X-Small")
          .text("N")
          .text(w == context.warehouse ? "Y" : "N")
          .text("600")
          .text("true")
          .text(context.role)
          .text("");
    }
  } else {
    text_columns(out, {"key", "value", "default", "level", "description", "type"});
    std::map<std::string, parameter_value> fresh;
    set_known_parameters(fresh);
    for (auto const& [name, v] : parameters) {
      if (!wanted(name)) continue;
      row_builder(out)
          .text(name)
          .text(parameter_text(v))
          .text(parameter_text(fresh[name]))
          .text(v == fresh[name] ? "" : "SESSION")
          .text("")
          .text(std::holds_alternative<bool>(v)           ? "BOOLEAN"
                : std::holds_alternative<std::int64_t>(v) ? "NUMBER"
                                                          : "STRING");
    }
  }
  if (s.limit && static_cast<std::int64_t>(out.rows.size()) > *s.limit)
    out.rows.resize(static_cast<std::size_t>(std::max<std::int64_t>(*s.limit, 0)));
  auto reply = rows_of(now, statement_type::show, out);
  if (!now.request.describe_only) remember(now.query_id, std::move(out));
  return reply;
}

outcome session::impl::describe(detail::running const& now, detail::describe_statement const& s) {
  using namespace detail;
  row_set out;
  if (s.kind == object_kind::table) {
    auto const t = table(s.name);
    text_columns(out,
                 {"name",
                  "type",
                  "kind",
                  "null?",
                  "default",
                  "primary key",
                  "unique key",
                  "check",
                  "expression",
                  "comment",
                  "policy name",
                  "privacy domain",
                  "schema_evolution_record"});
    for (auto const& c : t->columns) {
      auto row = row_builder(out);
      row.text(c.name).text(type_text(c.type)).text("COLUMN").text(c.nullable ? "Y" : "N");
      c.default_text.empty() ? row.null() : row.text(c.default_text);
      row.text(c.primary_key ? "Y" : "N").text(c.unique ? "Y" : "N").null().null();
      c.comment.empty() ? row.null() : row.text(c.comment);
      row.null().null().null();
    }
  } else if (s.kind == object_kind::pipe) {
    auto const name = resolve(s.name);
    if (!account.catalogue.pipe(name)) fail_missing("Pipe", name.text());
    out = pipes([&](full_name const& n) { return n == name; });
  } else {
    text_columns(
        out,
        {"parent_property", "property", "property_type", "property_value", "property_default"});
    std::vector<option> given;
    if (s.kind == object_kind::stage) {
      given = locate('@' +
                     [&] {
                       std::string name;
                       for (auto const& p : s.name.parts)
                         name += (name.empty() ? "" : ".") + quoted(p);
                       return name;
                     }())
                  .file_format;
    } else {
      std::string name;
      for (auto const& p : s.name.parts) name += (name.empty() ? "" : ".") + quoted(p);
      given = named_format(name);
    }
    auto const parent = s.kind == object_kind::stage ? "STAGE_FILE_FORMAT" : "";
    for (auto const& o : given) {
      auto text = options_text({o}).substr(o.name.size() + 1);
      if (o.value.kind == option_value::is::string) text = o.value.text;
      bool const boolean = text == "TRUE" || text == "FALSE" || text == "true" || text == "false";
      row_builder(out)
          .text(parent)
          .text(o.name)
          .text(boolean                                  ? "Boolean"
                : o.value.kind == option_value::is::list ? "List"
                                                         : "String")
          .text(text)
          .text("");
    }
  }
  auto reply = rows_of(now, statement_type::describe, out);
  if (!now.request.describe_only) remember(now.query_id, std::move(out));
  return reply;
}

detail::row_set session::impl::information_view(std::string const& database,
                                                std::string const& view,
                                                detail::connection& db) {
  using namespace detail;
  row_set out;
  auto const number = sql_type::number(9, 0);
  auto objects = account.catalogue.objects();
  for (auto const& t : temporary.tables) objects.tables[t.first] = t.second;
  auto const here = [&](full_name const& n) { return n.database == database; };
  if (view == "LOAD_HISTORY") return load_history(database, db);
  if (view == "COLUMNS") {
    text_columns(out, {"TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME"});
    out.columns.push_back({"ORDINAL_POSITION", number, true, {}});
    text_columns(out, {"COLUMN_DEFAULT", "IS_NULLABLE", "DATA_TYPE"});
    for (auto const* n : {"CHARACTER_MAXIMUM_LENGTH",
                          "CHARACTER_OCTET_LENGTH",
                          "NUMERIC_PRECISION",
                          "NUMERIC_PRECISION_RADIX",
                          "NUMERIC_SCALE",
                          "DATETIME_PRECISION"}) {
      out.columns.push_back({n, number, true, {}});
    }
    text_columns(out, {"IS_IDENTITY", "COMMENT"});
    for (auto const& [name, t] : objects.tables) {
      if (!here(name)) continue;
      std::int64_t n = 0;
      for (auto const& c : t->columns) {
        auto row = row_builder(out);
        row.text(name.database).text(name.schema).text(name.name).text(c.name).number(++n);
        c.default_text.empty() ? row.null() : row.text(c.default_text);
        row.text(c.nullable ? "YES" : "NO").text(type_family(c.type));
        bool const text = c.type.is == kind::text || c.type.is == kind::binary;
        text ? row.number(c.type.length).number(*wire_column("", c.type, true).byte_length)
             : row.null().null();
        c.type.is == kind::number ? row.number(c.type.precision).number(10).number(c.type.scale)
                                  : row.null().null().null();
        c.type.is == kind::time || is_timestamp(c.type.is) ? row.number(c.type.scale) : row.null();
        row.text("NO");
        c.comment.empty() ? row.null() : row.text(c.comment);
      }
    }
    return out;
  }
  if (view == "TABLES") {
    text_columns(out,
                 {"TABLE_CATALOG",
                  "TABLE_SCHEMA",
                  "TABLE_NAME",
                  "TABLE_OWNER",
                  "TABLE_TYPE",
                  "IS_TRANSIENT"});
    out.columns.push_back({"ROW_COUNT", sql_type::number(38, 0), true, {}});
    text_columns(out, {"COMMENT"});
    for (auto const& [name, t] : objects.tables) {
      if (!here(name)) continue;
      auto count = db.prepare("SELECT COUNT(*) FROM " + quoted(t->physical));
      count.step();
      row_builder(out)
          .text(name.database)
          .text(name.schema)
          .text(name.name)
          .text(context.role)
          .text(t->temporary ? "LOCAL TEMPORARY" : "BASE TABLE")
          .text("NO")
          .number(count.column(0).integer)
          .text(t->comment);
    }
    return out;
  }
  if (view == "PIPES") return information_pipes(here);
  if (view == "SCHEMATA") {
    text_columns(out, {"CATALOG_NAME", "SCHEMA_NAME", "SCHEMA_OWNER"});
    for (auto const& name : account.catalogue.schemas(database))
      row_builder(out).text(database).text(name).text(context.role);
    return out;
  }
  if (view == "STAGES") {
    text_columns(out, {"STAGE_CATALOG", "STAGE_SCHEMA", "STAGE_NAME", "STAGE_TYPE"});
    for (auto const& x : objects.stages) {
      if (here(x.first))
        row_builder(out)
            .text(x.first.database)
            .text(x.first.schema)
            .text(x.first.name)
            .text("Internal Named");
    }
    return out;
  }
  fail_missing("Object", full_name{database, "INFORMATION_SCHEMA", view}.text());
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_EXEC_SHOW_IPP
