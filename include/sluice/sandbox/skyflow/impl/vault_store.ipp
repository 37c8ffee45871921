#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_STORE_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_STORE_IPP

#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/vault_store.hpp>
#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <stdexcept>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace store_impl {

using sql::detail::prepared;
using sql::detail::value;

/// A statement in use; free for the next user when it goes.
class cursor {
 public:
  explicit cursor(prepared& statement) : statement_(statement) {}

  ~cursor() { statement_.reset(); }

  cursor(cursor const&) = delete;
  cursor& operator=(cursor const&) = delete;

  cursor& bind(std::string_view text) {
    statement_.bind(++bound_, text);
    return *this;
  }

  cursor& bind(std::int64_t number) {
    statement_.bind(++bound_, number);
    return *this;
  }

  cursor& bind_null() {
    statement_.bind(++bound_, value{});
    return *this;
  }

  cursor& bind(cell const& c) {
    if (auto const* text = std::get_if<std::string>(&c)) return bind(std::string_view(*text));
    if (auto const* number = std::get_if<std::int64_t>(&c)) return bind(*number);
    if (auto const* real = std::get_if<double>(&c)) {
      statement_.bind(++bound_, value::of_real(*real));
      return *this;
    }
    return bind_null();
  }

  bool step() { return statement_.step(); }

  int columns() const { return statement_.columns(); }

  cell at(int column) const {
    auto const v = statement_.column(column);
    switch (v.is) {
      case value::form::null:
        return {};
      case value::form::integer:
        return v.integer;
      case value::form::real:
        return v.real;
      default:
        return std::string(v.bytes);
    }
  }

  std::string text(int column) const { return statement_.text(column); }

  std::int64_t number(int column) const { return statement_.column(column).integer; }

 private:
  prepared& statement_;
  int bound_ = 0;
};

inline record read_record(cursor const& row) {
  record out;
  out.skyflow_id = row.text(0);
  for (int i = 1; i + 1 < row.columns(); i += 2) {
    out.values.push_back(row.at(i));
    out.tokens.push_back(row.text(i + 1));
  }
  return out;
}

inline std::string_view affinity(column const& c) {
  if (c.is_array) return "TEXT";
  if (c.datatype == "DT_INT32" || c.datatype == "DT_BOOL") return "INTEGER";
  return c.datatype == "DT_FLOAT32" ? "REAL" : "TEXT";
}

inline std::string create_sql(table_info const& t) {
  std::string columns = "skyflow_id TEXT NOT NULL UNIQUE";
  for (auto const& c : t.columns) {
    columns += fmt::format(",{} {}{},{} TEXT",
                           quoted_name(c.def.name),
                           affinity(c.def),
                           c.def.unique ? " UNIQUE" : "",
                           quoted_name(c.def.name + ".token"));
  }
  return fmt::format("CREATE TABLE IF NOT EXISTS {}({})", t.stored_as, columns);
}

/// Passes SELECT over views, and what the views read, only. Recursion could go on for ever.
extern "C" inline int sluice_sandbox_skyflow_authorize(
    void* vault, int action, char const* table, char const*, char const*, char const* view) {
  if (action == SQLITE_SELECT || action == SQLITE_FUNCTION) return SQLITE_OK;
  auto const& tables = static_cast<vault_info const*>(vault)->tables;
  bool const own = view != nullptr || (table != nullptr && tables.contains(table));
  return action == SQLITE_READ && own ? SQLITE_OK : SQLITE_DENY;
}

}  // namespace store_impl

vault_store::vault_store(sql::database& db,
                         options const& configured,
                         sandbox::detail::service_clock& clock)
    : database_(db), configured_(configured), clock_(clock) {
  std::vector<vault> stored;
  {
    work w(*this);
    // Tokens land all over their index: with SQLite's own figures most of a load would be spent
    // writing the same pages again.
    w.db_->execute("PRAGMA cache_size=-65536");         // KiB
    w.db_->execute("PRAGMA wal_autocheckpoint=16384");  // pages
    w.cached("CREATE TABLE IF NOT EXISTS \"skyflow.vaults\"(id TEXT PRIMARY KEY, definition TEXT)")
        .step();
    w.cached(
         "CREATE TABLE IF NOT EXISTS \"skyflow.requests\"(number INTEGER PRIMARY KEY, request_id "
         "TEXT,"
         "time_ms INTEGER, method TEXT, route TEXT, vault TEXT, \"table\" TEXT, status INTEGER,"
         "records INTEGER, bytes_received INTEGER, bytes_sent INTEGER, connection INTEGER)")
        .step();
    store_impl::cursor saved(w.cached("SELECT definition FROM \"skyflow.vaults\""));
    while (saved.step()) stored.push_back(parse_vault(saved.text(0)));
    w.commit();
  }
  for (auto const& v : stored) add(v);
  for (auto const& v : configured.vaults) add(v);
  if (configured.vaults.empty()) add(default_vault());
}

vault_store::~vault_store() = default;

void vault_store::stop() {
  stopped_.request_stop();
}

std::int64_t vault_store::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch())
      .count();
}

void vault_store::add(vault const& v) {
  std::string const definition = to_json(v);
  auto made = std::make_unique<vault_info>(parse_vault(definition));
  work w(*this);  // before the lock, as whoever works looks vaults up
  std::lock_guard const lock(guard_);
  if (auto const found = vaults_.find(v.id); found != vaults_.end()) {
    if (to_json(found->second->def) == definition) return;
    throw std::invalid_argument("vault " + v.id + " exists with another schema");
  }
  for (auto const& [name, t] : made->tables) w.db_->execute(store_impl::create_sql(t));
  w.db_->execute(fmt::format(
      "CREATE TABLE IF NOT EXISTS {}(token TEXT PRIMARY KEY, value TEXT NOT NULL, \"table\" TEXT "
      "NOT "
      "NULL, \"column\" TEXT NOT NULL, scope TEXT, rows INTEGER NOT NULL, expires_ms INTEGER) "
      "WITHOUT ROWID",
      made->tokens));
  w.db_->execute(
      fmt::format("CREATE INDEX IF NOT EXISTS {} ON {}(scope, value) WHERE scope IS NOT NULL",
                  quoted_name("skyflow." + v.id + ".issued"),
                  made->tokens));
  store_impl::cursor(w.cached("INSERT OR IGNORE INTO \"skyflow.vaults\" VALUES(?,?)"))
      .bind(std::string_view(v.id))
      .bind(std::string_view(definition))
      .step();
  w.commit();
  vaults_.emplace(v.id, std::move(made));
}

vault_info const& vault_store::find(std::string_view vault_id) const {
  std::lock_guard const lock(guard_);
  auto const found = vaults_.find(vault_id);
  if (found == vaults_.end()) {
    refuse_unknown(fmt::format("Vault {} was not found", vault_id));
  }
  return *found->second;
}

std::vector<vault_info const*> vault_store::all() const {
  std::lock_guard const lock(guard_);
  std::vector<vault_info const*> out;
  for (auto const& [id, v] : vaults_) out.push_back(v.get());
  return out;
}

vault_store::work::work(vault_store& store) : store_(store) {
  auto& database = store.database_.self();
  try {
    database.gate.acquire(this, database.options.lock_timeout, store.stopped_.get_token());
    db_ = database.writer.get();
    db_->context() = {};
    db_->execute("BEGIN IMMEDIATE");
  } catch (sql::detail::sql_error const& e) {
    database.gate.release(this);
    db_ = nullptr;
    refuse(503, grpc::unavailable, e.what_failed().message);
  }
}

vault_store::work::~work() {
  if (db_ == nullptr) return;
  try {
    db_->execute("ROLLBACK");
  } catch (sql::detail::sql_error const&) {
    // A failed statement may have rolled back by itself.
  }
  store_.database_.self().gate.release(this);
}

void vault_store::work::commit() {
  db_->execute("COMMIT");
  db_ = nullptr;
  store_.database_.self().gate.release(this);
}

void vault_store::work::begin_part() {
  cached("SAVEPOINT part").step();
}

void vault_store::work::keep_part() {
  cached("RELEASE part").step();
}

void vault_store::work::undo_part() {
  cached("ROLLBACK TO part").step();
  cached("RELEASE part").step();
}

sql::detail::prepared& vault_store::work::cached(std::string const& text) {
  auto& entry = store_.statements_[text];
  if (entry) {
    entry->reset();
  } else {
    entry = std::make_unique<sql::detail::prepared>(db_->prepare(text));
  }
  return *entry;
}

std::vector<std::string> vault_store::work::query(vault_info const& v,
                                                  std::string_view text,
                                                  std::size_t limit,
                                                  std::vector<std::vector<cell>>& rows) {
  // The views go with the transaction, which a query never commits.
  for (auto const& [name, t] : v.tables) {
    std::string names = "skyflow_id";
    for (auto const& c : t.columns) names += ',' + quoted_name(c.def.name);
    db_->execute(fmt::format(
        "CREATE TEMP VIEW {} AS SELECT {} FROM main.{}", quoted_name(name), names, t.stored_as));
  }
  std::vector<std::string> out;
  sqlite3* handle = db_->handle();
  sqlite3_set_authorizer(
      handle, &store_impl::sluice_sandbox_skyflow_authorize, const_cast<vault_info*>(&v));
  sqlite3_stmt* statement = nullptr;
  char const* rest = nullptr;
  int const code =
      sqlite3_prepare_v2(handle, text.data(), static_cast<int>(text.size()), &statement, &rest);
  sqlite3_set_authorizer(handle, nullptr, nullptr);
  sql::detail::prepared answer(*db_, statement);
  bool const single = rest != nullptr && std::all_of(rest, text.data() + text.size(), [](char c) {
                        return std::isspace(static_cast<unsigned char>(c)) != 0;
                      });
  if (code != SQLITE_OK || statement == nullptr || !single) {
    std::string why = code != SQLITE_OK ? sqlite3_errmsg(handle) : "one SELECT is expected";
    constexpr std::string_view no_column = "no such column: ";
    if (why.starts_with(no_column)) why = "Could not find Field " + why.substr(no_column.size());
    refuse(500, grpc::internal, "ERROR (internal_error): " + why);
  }
  for (int i = 0; i < answer.columns(); ++i) out.emplace_back(sqlite3_column_name(statement, i));
  store_impl::cursor row(answer);
  while (rows.size() < limit && row.step()) {
    auto& cells = rows.emplace_back();
    for (int i = 0; i < row.columns(); ++i) cells.push_back(row.at(i));
  }
  return out;
}

void vault_store::work::note(request_note const& n) {
  store_impl::cursor(
      cached(
          "INSERT INTO \"skyflow.requests\"(request_id,time_ms,method,route,vault,\"table\",status,"
          "records,bytes_received,bytes_sent,connection) VALUES(?,?,?,?,?,?,?,?,?,?,?)"))
      .bind(std::string_view(n.request_id))
      .bind(store_.now_ms())
      .bind(std::string_view(n.method))
      .bind(std::string_view(n.route))
      .bind(std::string_view(n.vault))
      .bind(std::string_view(n.table))
      .bind(std::int64_t{n.status})
      .bind(static_cast<std::int64_t>(n.records))
      .bind(static_cast<std::int64_t>(n.bytes_received))
      .bind(static_cast<std::int64_t>(n.bytes_sent))
      .bind(static_cast<std::int64_t>(n.connection))
      .step();
}

void vault_store::work::count(counters& into) {
  auto const number = [&](std::string const& text) {
    store_impl::cursor answer(cached(text));
    answer.step();
    return static_cast<std::uint64_t>(answer.number(0));
  };
  for (auto const* v : store_.all()) {
    into.tokens[v->def.id] =
        number(fmt::format("SELECT COUNT(*) FROM {} WHERE rows > 0", v->tokens));
    for (auto const& [name, t] : v->tables) {
      std::string columns;
      for (auto const& c : t.columns) {
        if (!columns.empty()) columns += ',';
        columns += quoted_name(c.def.name);
      }
      auto const key = v->def.id + '/' + name;
      into.rows[key] = number("SELECT COUNT(*) FROM " + t.stored_as);
      into.duplicates[key] =
          number(fmt::format("SELECT COALESCE(SUM(n - 1), 0) FROM (SELECT COUNT(*) AS n FROM {} "
                             "GROUP BY {} HAVING n > 1)",
                             t.stored_as,
                             columns));
    }
  }
}

void vault_store::work::reset() {
  for (auto const* v : store_.all()) {
    db_->execute("DELETE FROM " + v->tokens);
    for (auto const& [name, t] : v->tables) db_->execute("DELETE FROM " + t.stored_as);
  }
  db_->execute("DELETE FROM \"skyflow.requests\"");
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_STORE_IPP
