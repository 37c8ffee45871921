#ifndef SLUICE_SANDBOX_SQL_DETAIL_CATALOGUE_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_CATALOGUE_HPP

/// \file
/// Which databases, schemas, tables, stages and file formats exist. Definitions are immutable and
/// shared: a change replaces the pointer, so a running statement keeps the one that it started
/// with.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/ast.hpp>
#include <sluice/sandbox/sql/detail/storage.hpp>
#include <sluice/sandbox/sql/result.hpp>

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

struct full_name {
  std::string database;
  std::string schema;
  std::string name;

  auto operator<=>(full_name const&) const = default;
  /// DB.SCHEMA.NAME, each part quoted where it needs quotes.
  std::string text() const;
};

struct table_column {
  std::string name;
  std::string physical;  ///< its name in SQLite
  sql_type type;
  bool nullable = true;
  std::string default_text;  ///< SQL of the default; empty: none
  bool primary_key = false;
  bool unique = false;
  std::string comment;
  std::int64_t identity_start = 1;
  std::int64_t identity_step = 0;  ///< 0: no AUTOINCREMENT
};

struct table_info {
  std::int64_t id = 0;  ///< unique for ever: a replaced table has another one, and no load history
  full_name name;
  std::string physical;
  std::vector<table_column> columns;
  bool temporary = false;
  bool schema_evolution = false;
  bool error_logging = false;  ///< rejected rows of pipes are kept for ERROR_TABLE
  std::string comment;
  std::int64_t created = 0;  ///< seconds since 1970

  int find(std::string_view column) const;
};

struct stage_info {
  full_name name;
  std::string prefix;  ///< of its files' keys, ends in '/'
  stage_encryption encryption = stage_encryption::snowflake_full;
  std::vector<option> file_format;
  bool temporary = false;
  std::string comment;
  std::int64_t created = 0;
};

struct format_info {
  full_name name;
  std::vector<option> options;
  bool temporary = false;
  std::int64_t created = 0;
};

/// What loads a table: rows sent to it (streaming), or stage files it is told about.
struct pipe_info {
  std::int64_t id = 0;  ///< unique for ever, so that a replaced pipe knows no old channel
  full_name name;
  full_name table;
  std::string copy;  ///< SQL of its COPY; empty: the default pipe, which maps by column name
  bool streaming = true;
  bool paused = false;
  std::string comment;
  std::int64_t created = 0;  ///< seconds since 1970

  bool is_default() const { return copy.empty(); }
};

using table_ptr = std::shared_ptr<table_info const>;
using stage_ptr = std::shared_ptr<stage_info const>;
using format_ptr = std::shared_ptr<format_info const>;
using pipe_ptr = std::shared_ptr<pipe_info const>;

/// Objects inside schemas: the shared ones, or the temporary ones of one session.
struct object_space {
  std::map<full_name, table_ptr> tables;
  std::map<full_name, stage_ptr> stages;
  std::map<full_name, format_ptr> formats;
  std::map<full_name, pipe_ptr> pipes;
};

/// The shared catalogue. Every member locks; changes are written through to SQLite by the caller's
/// connection, inside its transaction.
class catalogue {
 public:
  /// Creates the engine's own SQLite tables if need be and reads what they hold.
  void open(connection& db);

  bool has_database(std::string const& name) const;
  bool has_schema(std::string const& database, std::string const& schema) const;
  bool has_warehouse(std::string const& name) const;
  std::vector<std::string> databases() const;
  std::vector<std::string> schemas(std::string const& database) const;
  std::vector<std::string> warehouses() const;
  object_space objects() const;

  table_ptr table(full_name const& name) const;
  stage_ptr stage(full_name const& name) const;
  format_ptr format(full_name const& name) const;
  pipe_ptr pipe(full_name const& name) const;

  void add_database(connection& db, std::string const& name);
  void add_schema(connection& db, std::string const& database, std::string const& schema);
  void add_warehouse(connection& db, std::string const& name);
  void drop_database(connection& db, std::string const& name);
  void drop_schema(connection& db, std::string const& database, std::string const& schema);
  void drop_warehouse(connection& db, std::string const& name);

  void put(connection& db, table_ptr table);
  void put(connection& db, stage_ptr stage);
  void put(connection& db, format_ptr format);
  void put(connection& db, pipe_ptr pipe);
  void drop_table(connection& db, full_name const& name);
  void drop_stage(connection& db, full_name const& name);
  void drop_format(connection& db, full_name const& name);
  void drop_pipe(connection& db, full_name const& name);

  /// A number that no object of this account had before.
  std::int64_t next_id();

 private:
  void save(connection& db, std::string_view kind, full_name const& name, std::string const& body);
  void forget(connection& db, std::string_view kind, full_name const& name);

  mutable std::mutex mutex_;
  std::map<std::string, std::set<std::string>> databases_;
  std::set<std::string> warehouses_;
  object_space objects_;
  std::int64_t next_id_ = 1;
};

/// A name for SQLite that no entry of `taken` equals when case is ignored; it is added to `taken`.
std::string distinct_physical_name(std::string const& name, std::set<std::string>& taken);
/// CREATE TABLE for SQLite.
std::string physical_table_sql(table_info const& table);

/// Options as SQL text that parses back to the same options.
std::string options_text(std::vector<option> const& options);
std::vector<option> parse_options_text(std::string_view text);

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_CATALOGUE_HPP
