#ifndef SLUICE_SANDBOX_SQL_IMPL_CATALOGUE_IPP
#define SLUICE_SANDBOX_SQL_IMPL_CATALOGUE_IPP

#include <sluice/sandbox/sql/detail/catalogue.hpp>
#include <sluice/sandbox/sql/detail/json.hpp>
#include <sluice/sandbox/sql/detail/parser.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::inline v0::sandbox::sql::detail {

std::string full_name::text() const {
  auto out = quote_if_needed(database);
  if (!schema.empty()) out += '.' + quote_if_needed(schema);
  if (!name.empty()) out += '.' + quote_if_needed(name);
  return out;
}

int table_info::find(std::string_view column) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) return static_cast<int>(i);
  }
  return -1;
}

std::string distinct_physical_name(std::string const& name, std::set<std::string>& taken) {
  auto out = name;
  for (int n = 2; !taken.insert(to_lower(out)).second; ++n) out = fmt::format("{}~{}", name, n);
  return out;
}

std::string physical_table_sql(table_info const& table) {
  std::string sql = "CREATE TABLE " + quoted(table.physical) + " (";
  for (auto const& c : table.columns) {
    if (&c != &table.columns.front()) sql += ", ";
    sql += quoted(c.physical) + ' ' + std::string(affinity(c.type));
  }
  return sql + ")";
}

inline std::string option_value_text(option_value const& v) {
  switch (v.kind) {
    case option_value::is::word:
    case option_value::is::number:
      return v.text;
    case option_value::is::string: {
      std::string out = "'";
      for (char const c : v.text) {
        if (c == '\'' || c == '\\') out += '\\';
        if (c == '\n') {
          out += "\\n";
        } else {
          out += c;
        }
      }
      return out + '\'';
    }
    case option_value::is::list: {
      std::string out = "(";
      for (auto const& i : v.items) out += (out.size() > 1 ? ", " : "") + option_value_text(i);
      return out + ')';
    }
    case option_value::is::nested:
      return '(' + options_text(v.nested) + ')';
  }
  return {};
}

std::string options_text(std::vector<option> const& options) {
  std::string out;
  for (auto const& o : options)
    out += (out.empty() ? "" : " ") + o.name + '=' + option_value_text(o.value);
  return out;
}

std::vector<option> parse_options_text(std::string_view text) {
  auto parsed = parse_statements("ALTER SESSION SET X=0 " + std::string(text), {});
  auto options = std::get<alter_session_statement>(parsed.front().body).set;
  options.erase(options.begin());
  return options;
}

inline std::string json_field(std::string_view body, std::string_view key) {
  auto const v = json_member(body, key);
  if (!v) return {};
  return json_is_string(*v) ? json_unquoted(*v) : std::string(*v);
}

inline std::int64_t json_integer(std::string_view body, std::string_view key) {
  auto const text = json_field(body, key);
  return text.empty() ? 0 : std::stoll(text);
}

/// Accumulates one flat JSON object.
class json_writer {
 public:
  json_writer& text(std::string_view key, std::string_view v) {
    begin(key);
    append_json_string(out_, v);
    return *this;
  }

  json_writer& number(std::string_view key, std::int64_t v) {
    begin(key);
    out_ += std::to_string(v);
    return *this;
  }

  json_writer& raw(std::string_view key, std::string_view json) {
    begin(key);
    out_ += json;
    return *this;
  }

  std::string done() { return out_ + '}'; }

 private:
  void begin(std::string_view key) {
    if (out_.size() > 1) out_ += ',';
    append_json_string(out_, key);
    out_ += ':';
  }

  std::string out_ = "{";
};

inline std::string body_of(table_info const& t) {
  std::string columns = "[";
  for (auto const& c : t.columns) {
    if (columns.size() > 1) columns += ',';
    columns += json_writer()
                   .text("name", c.name)
                   .text("physical", c.physical)
                   .number("type", pack(c.type))
                   .number("nullable", c.nullable)
                   .text("default", c.default_text)
                   .number("key", c.primary_key)
                   .number("unique", c.unique)
                   .text("comment", c.comment)
                   .number("start", c.identity_start)
                   .number("step", c.identity_step)
                   .done();
  }
  return json_writer()
      .number("id", t.id)
      .text("physical", t.physical)
      .number("evolution", t.schema_evolution)
      .number("error_logging", t.error_logging)
      .text("comment", t.comment)
      .number("created", t.created)
      .raw("columns", columns + ']')
      .done();
}

inline table_ptr table_from(full_name name, std::string_view body) {
  auto t = std::make_shared<table_info>();
  t->name = std::move(name);
  t->id = json_integer(body, "id");
  t->physical = json_field(body, "physical");
  t->schema_evolution = json_integer(body, "evolution") != 0;
  t->error_logging = json_integer(body, "error_logging") != 0;
  t->comment = json_field(body, "comment");
  t->created = json_integer(body, "created");
  auto const columns = json_field(body, "columns");
  for (std::size_t i = 0;; ++i) {
    auto const c = json_element(columns, i);
    if (!c) break;
    t->columns.push_back({.name = json_field(*c, "name"),
                          .physical = json_field(*c, "physical"),
                          .type = unpack(json_integer(*c, "type")),
                          .nullable = json_integer(*c, "nullable") != 0,
                          .default_text = json_field(*c, "default"),
                          .primary_key = json_integer(*c, "key") != 0,
                          .unique = json_integer(*c, "unique") != 0,
                          .comment = json_field(*c, "comment"),
                          .identity_start = json_integer(*c, "start"),
                          .identity_step = json_integer(*c, "step")});
  }
  return t;
}

void catalogue::open(connection& db) {
  std::lock_guard const lock(mutex_);
  db.execute(
      "CREATE TABLE IF NOT EXISTS _sluice_objects (kind TEXT, db TEXT, schema TEXT, name TEXT, "
      "body TEXT, "
      "PRIMARY KEY (kind, db, schema, name))");
  db.execute(
      "CREATE TABLE IF NOT EXISTS _sluice_loads (table_id INTEGER, file_key TEXT, etag TEXT, file "
      "TEXT, location TEXT, "
      "size INTEGER, loaded_ms INTEGER, rows_loaded INTEGER, rows_parsed INTEGER, error_limit "
      "INTEGER, "
      "errors INTEGER, first_error TEXT, first_error_line INTEGER, first_error_character INTEGER, "
      "first_error_column TEXT, status TEXT, query_id TEXT, pipe_database TEXT, pipe_schema TEXT, "
      "pipe_name TEXT)");
  db.execute("CREATE INDEX IF NOT EXISTS _sluice_loads_file ON _sluice_loads (table_id, file_key)");
  db.execute(
      "CREATE TABLE IF NOT EXISTS _sluice_row_errors (table_id INTEGER, at TEXT, query_id TEXT, "
      "error_code INTEGER, error_metadata TEXT, error_data TEXT)");
  db.execute(
      "CREATE TABLE IF NOT EXISTS _sluice_identities (table_id INTEGER, col TEXT, next INTEGER, "
      "PRIMARY KEY (table_id, col))");
  auto rows = db.prepare("SELECT kind, db, schema, name, body FROM _sluice_objects");
  while (rows.step()) {
    auto const kind = rows.text(0);
    full_name name{rows.text(1), rows.text(2), rows.text(3)};
    auto const body = rows.text(4);
    if (kind == "database") {
      databases_[name.database];
    } else if (kind == "schema") {
      databases_[name.database].insert(name.schema);
    } else if (kind == "warehouse") {
      warehouses_.insert(name.database);
    } else if (kind == "table") {
      auto t = table_from(name, body);
      next_id_ = std::max(next_id_, t->id + 1);
      objects_.tables[name] = std::move(t);
    } else if (kind == "stage") {
      auto s = std::make_shared<stage_info>();
      s->name = name;
      s->prefix = json_field(body, "prefix");
      s->encryption = json_field(body, "encryption") == "SNOWFLAKE_SSE"
                          ? stage_encryption::snowflake_sse
                          : stage_encryption::snowflake_full;
      s->file_format = parse_options_text(json_field(body, "format"));
      s->comment = json_field(body, "comment");
      s->created = json_integer(body, "created");
      next_id_ = std::max(next_id_, json_integer(body, "id") + 1);
      objects_.stages[name] = std::move(s);
    } else if (kind == "format") {
      auto f = std::make_shared<format_info>();
      f->name = name;
      f->options = parse_options_text(json_field(body, "options"));
      f->created = json_integer(body, "created");
      objects_.formats[name] = std::move(f);
    } else if (kind == "pipe") {
      auto p = std::make_shared<pipe_info>();
      p->name = name;
      p->id = json_integer(body, "id");
      p->table = {json_field(body, "table_database"),
                  json_field(body, "table_schema"),
                  json_field(body, "table")};
      p->copy = json_field(body, "copy");
      p->streaming = json_integer(body, "streaming") != 0;
      p->paused = json_integer(body, "paused") != 0;
      p->comment = json_field(body, "comment");
      p->created = json_integer(body, "created");
      next_id_ = std::max(next_id_, p->id + 1);
      objects_.pipes[name] = std::move(p);
    }
  }
  auto used = db.prepare("SELECT MAX(table_id) FROM _sluice_loads");
  if (used.step()) next_id_ = std::max(next_id_, used.column(0).integer + 1);
}

void catalogue::save(connection& db,
                     std::string_view kind,
                     full_name const& name,
                     std::string const& body) {
  auto s = db.prepare("INSERT OR REPLACE INTO _sluice_objects VALUES (?1, ?2, ?3, ?4, ?5)");
  s.bind(1, kind);
  s.bind(2, std::string_view(name.database));
  s.bind(3, std::string_view(name.schema));
  s.bind(4, std::string_view(name.name));
  s.bind(5, std::string_view(body));
  s.step();
}

void catalogue::forget(connection& db, std::string_view kind, full_name const& name) {
  auto s =
      db.prepare("DELETE FROM _sluice_objects WHERE kind=?1 AND db=?2 AND schema=?3 AND name=?4");
  s.bind(1, kind);
  s.bind(2, std::string_view(name.database));
  s.bind(3, std::string_view(name.schema));
  s.bind(4, std::string_view(name.name));
  s.step();
}

std::int64_t catalogue::next_id() {
  std::lock_guard const lock(mutex_);
  return next_id_++;
}

bool catalogue::has_database(std::string const& name) const {
  std::lock_guard const lock(mutex_);
  return databases_.contains(name);
}

bool catalogue::has_schema(std::string const& database, std::string const& schema) const {
  std::lock_guard const lock(mutex_);
  auto const d = databases_.find(database);
  return d != databases_.end() && (d->second.contains(schema) || schema == "INFORMATION_SCHEMA");
}

bool catalogue::has_warehouse(std::string const& name) const {
  std::lock_guard const lock(mutex_);
  return warehouses_.contains(name);
}

std::vector<std::string> catalogue::databases() const {
  std::lock_guard const lock(mutex_);
  std::vector<std::string> out;
  for (auto const& d : databases_) out.push_back(d.first);
  return out;
}

std::vector<std::string> catalogue::schemas(std::string const& database) const {
  std::lock_guard const lock(mutex_);
  auto const d = databases_.find(database);
  if (d == databases_.end()) return {};
  std::vector<std::string> out(d->second.begin(), d->second.end());
  out.emplace_back("INFORMATION_SCHEMA");
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> catalogue::warehouses() const {
  std::lock_guard const lock(mutex_);
  return {warehouses_.begin(), warehouses_.end()};
}

object_space catalogue::objects() const {
  std::lock_guard const lock(mutex_);
  return objects_;
}

template<class Map>
auto find_or_null(Map const& map, full_name const& name) {
  auto const found = map.find(name);
  return found == map.end() ? typename Map::mapped_type() : found->second;
}

table_ptr catalogue::table(full_name const& name) const {
  std::lock_guard const lock(mutex_);
  return find_or_null(objects_.tables, name);
}

stage_ptr catalogue::stage(full_name const& name) const {
  std::lock_guard const lock(mutex_);
  return find_or_null(objects_.stages, name);
}

format_ptr catalogue::format(full_name const& name) const {
  std::lock_guard const lock(mutex_);
  return find_or_null(objects_.formats, name);
}

void catalogue::add_database(connection& db, std::string const& name) {
  save(db, "database", {name, {}, {}}, "{}");
  {
    std::lock_guard const lock(mutex_);
    databases_[name];
  }
  add_schema(db, name, "PUBLIC");
}

void catalogue::add_schema(connection& db, std::string const& database, std::string const& schema) {
  save(db, "schema", {database, schema, {}}, "{}");
  std::lock_guard const lock(mutex_);
  databases_[database].insert(schema);
}

void catalogue::add_warehouse(connection& db, std::string const& name) {
  save(db, "warehouse", {name, {}, {}}, "{}");
  std::lock_guard const lock(mutex_);
  warehouses_.insert(name);
}

void catalogue::drop_database(connection& db, std::string const& name) {
  for (auto const& s : schemas(name)) {
    if (s != "INFORMATION_SCHEMA") drop_schema(db, name, s);
  }
  forget(db, "database", {name, {}, {}});
  std::lock_guard const lock(mutex_);
  databases_.erase(name);
}

void catalogue::drop_schema(connection& db,
                            std::string const& database,
                            std::string const& schema) {
  auto const all = objects();
  auto const inside = [&](full_name const& n) {
    return n.database == database && n.schema == schema;
  };
  for (auto const& t : all.tables) {
    if (inside(t.first)) drop_table(db, t.first);
  }
  for (auto const& s : all.stages) {
    if (inside(s.first)) drop_stage(db, s.first);
  }
  for (auto const& f : all.formats) {
    if (inside(f.first)) drop_format(db, f.first);
  }
  for (auto const& p : all.pipes) {
    if (inside(p.first)) drop_pipe(db, p.first);
  }
  forget(db, "schema", {database, schema, {}});
  std::lock_guard const lock(mutex_);
  databases_[database].erase(schema);
}

void catalogue::drop_warehouse(connection& db, std::string const& name) {
  forget(db, "warehouse", {name, {}, {}});
  std::lock_guard const lock(mutex_);
  warehouses_.erase(name);
}

void catalogue::put(connection& db, table_ptr table) {
  save(db, "table", table->name, body_of(*table));
  std::lock_guard const lock(mutex_);
  objects_.tables[table->name] = std::move(table);
}

void catalogue::put(connection& db, stage_ptr stage) {
  save(db,
       "stage",
       stage->name,
       json_writer()
           .text("prefix", stage->prefix)
           .text("encryption",
                 stage->encryption == stage_encryption::snowflake_sse ? "SNOWFLAKE_SSE"
                                                                      : "SNOWFLAKE_FULL")
           .text("format", options_text(stage->file_format))
           .text("comment", stage->comment)
           .number("created", stage->created)
           .done());
  std::lock_guard const lock(mutex_);
  objects_.stages[stage->name] = std::move(stage);
}

void catalogue::put(connection& db, format_ptr format) {
  save(db,
       "format",
       format->name,
       json_writer()
           .text("options", options_text(format->options))
           .number("created", format->created)
           .done());
  std::lock_guard const lock(mutex_);
  objects_.formats[format->name] = std::move(format);
}

void catalogue::drop_table(connection& db, full_name const& name) {
  auto const t = table(name);
  if (!t) return;
  // A default pipe is a part of its table.
  for (auto const& p : objects().pipes) {
    if (p.second->is_default() && p.second->table == name) drop_pipe(db, p.first);
  }
  db.execute(fmt::format("DELETE FROM _sluice_row_errors WHERE table_id = {}", t->id));
  db.execute(fmt::format("DELETE FROM _sluice_identities WHERE table_id = {}", t->id));
  db.execute("DROP TABLE " + quoted(t->physical));
  db.execute(fmt::format("DELETE FROM _sluice_loads WHERE table_id = {}", t->id));
  forget(db, "table", name);
  std::lock_guard const lock(mutex_);
  objects_.tables.erase(name);
}

void catalogue::drop_stage(connection& db, full_name const& name) {
  forget(db, "stage", name);
  std::lock_guard const lock(mutex_);
  objects_.stages.erase(name);
}

void catalogue::drop_format(connection& db, full_name const& name) {
  forget(db, "format", name);
  std::lock_guard const lock(mutex_);
  objects_.formats.erase(name);
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_CATALOGUE_IPP
