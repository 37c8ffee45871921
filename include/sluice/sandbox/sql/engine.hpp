#ifndef SLUICE_SANDBOX_SQL_ENGINE_HPP
#define SLUICE_SANDBOX_SQL_ENGINE_HPP

/// \file
/// The SQL engine behind the Snowflake sandbox: databases, sessions and statements.
///
///     sandbox::sql::database db{store, {}};
///     sandbox::sql::session s{db, {.user = "LOADER", .database = "SANDBOX", .schema = "PUBLIC"}};
///     auto answer = s.execute({.text = "create table t (id number(38,0))"});
///
/// Rows live in SQLite, in memory or in a file; `detail/storage.hpp` describes how Snowflake's
/// types map to SQLite's, so that plain SQL over the file gives the expected answers.
///
/// The bodies are not inline: `<sluice/sandbox/src.hpp>` (or `<sluice/sandbox/sql/src.hpp>` for
/// this room alone) is included by exactly one source file of a program.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/file_store.hpp>
#include <sluice/sandbox/sql/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::inline v0::sandbox::sql {

struct database_options {
  /// SQLite file; empty: in memory. Tables, stages and load metadata found in it are kept.
  std::string file;
  /// A commit is on the disk when it returns; else only a crash of the process leaves it whole.
  bool durable = false;
  /// What CURRENT_ACCOUNT() answers.
  std::string account = "SANDBOX";
  /// Database that exists from the start, with schema PUBLIC; empty: none.
  std::string initial_database = "SANDBOX";
  /// Warehouse that exists from the start; empty: none (then COPY fails with 000606).
  std::string initial_warehouse = "SANDBOX_WH";
  /// How long a statement waits for rows locked by another session's open transaction before it
  /// fails with 000625.
  std::chrono::milliseconds lock_timeout{30'000};
  /// The clock behind CURRENT_TIMESTAMP, load times and ages.
  std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
};

/// One account: catalogue, rows and load metadata, shared by its sessions.
/// Thread safety: all members may be called from several threads at once. Must outlive its
/// sessions; the store must outlive it.
class database {
 public:
  /// \throws std::runtime_error naming the file and SQLite's reason if it cannot be opened
  database(file_store& store, database_options options);
  ~database();
  database(database const&) = delete;
  database& operator=(database const&) = delete;

  /// Runs one SQL text on SQLite itself, past the engine, over committed rows; reading only.
  /// A table is named "DB.SCHEMA.TABLE" (quoted, as stored). Values come as SQLite's text.
  /// \throws std::runtime_error with SQLite's message
  std::vector<std::vector<cell>> query(std::string_view sqlite_sql) const;

  /// The SQLite file, empty if in memory.
  std::string const& file() const noexcept;

  struct impl;

  impl& self() const noexcept { return *impl_; }

 private:
  std::unique_ptr<impl> impl_;
};

/// A session parameter's value: JSON boolean, number or string.
using parameter_value = std::variant<bool, std::int64_t, std::string>;

struct session_options {
  std::string user;       ///< stored form, e.g. "LOADER"
  std::string role;       ///< empty: PUBLIC
  std::string database;   ///< as given at login: folded like an identifier; empty or unknown: unset
  std::string schema;     ///< as `database`
  std::string warehouse;  ///< as `database`
  std::int64_t session_id = 0;
  std::map<std::string, parameter_value> parameters;  ///< unknown names are ignored
};

/// One bound placeholder. One row: `values` has one entry; array binding: one per row.
struct binding {
  std::string type;          ///< FIXED, REAL, TEXT, BOOLEAN, BINARY, DATE, TIME, TIMESTAMP_...
  std::vector<cell> values;  ///< text forms of the binding protocol, no value is NULL
  bool array = false;        ///< the value was a JSON array
};

struct statement_request {
  std::string text;                         ///< SQL, UTF-8
  std::map<std::string, binding> bindings;  ///< by "1", "2", ... or by name
  std::string bind_stage;                   ///< "@SYSTEM$BIND/<uuid>"; excludes `bindings`
  bool describe_only = false;
  std::map<std::string, parameter_value> parameters;  ///< for this statement only
  std::string query_id;                               ///< empty: the engine makes one
  std::stop_token cancel;                             ///< requested: the statement ends with 000604
};

/// What the session points at; empty members are unset.
struct session_context {
  std::string database;
  std::string schema;
  std::string warehouse;
  std::string role;
};

/// One session: current objects, parameters, temporary objects, at most one open transaction.
/// Thread safety: members may be called from several threads; statements run one at a time.
/// The destructor rolls back the open transaction and drops temporary objects and their files.
class session {
 public:
  session(database& db, session_options options);
  ~session();
  session(session const&) = delete;
  session& operator=(session const&) = delete;

  /// Runs one statement (several if MULTI_STATEMENT_COUNT says so). Never throws for what the
  /// statement or its data contain: those are `failure`s.
  outcome execute(statement_request request);

  session_context context() const;

  /// All session parameters with their present values, sorted by name.
  std::vector<std::pair<std::string, parameter_value>> parameters() const;

  struct impl;

  impl& self() const noexcept { return *impl_; }

 private:
  std::unique_ptr<impl> impl_;
};

/// A query id in the service's form, unique in the process: "01c2a3b4-0000-1111-0000-...".
std::string make_query_id();

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_ENGINE_HPP
