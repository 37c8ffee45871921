#ifndef SLUICE_SANDBOX_SQL_PIPE_SESSION_HPP
#define SLUICE_SANDBOX_SQL_PIPE_SESSION_HPP

/// \file
/// What the streaming service needs of the SQL engine: pipes by name, and transactions that put
/// rows of pipes and the service's own records into SQLite together.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/engine.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::inline v0::sandbox::sql {

/// A pipe as the streaming service knows it. Names in stored form.
struct pipe_description {
  std::int64_t id = 0;  ///< another one for every pipe that was ever created
  std::string database;
  std::string schema;
  std::string name;
  std::string table;       ///< its name alone
  std::string table_text;  ///< DB.SCHEMA.TABLE, parts quoted where needed
  std::string copy;        ///< empty for the default pipe
  std::string location;    ///< of the files of a pipe that is not streaming: `@stage/path`
  bool streaming = true;
  bool paused = false;
  bool table_exists = false;
  std::int64_t table_id = 0;  ///< another one for every table that was ever created
  std::string shape;          ///< columns and types: differs after DDL on the table
};

/// Why a pipe cannot be had.
enum class pipe_absence { no_database, no_schema, no_pipe, no_table };

/// One row that was rejected.
struct row_problem {
  std::int64_t line = 0;  ///< in its rowset, from 1
  std::string code;       ///< six digits
  std::string message;
  std::string column;        ///< empty if the row as a whole is wrong
  std::string content_type;  ///< json, json-invalid or binary-base64
};

/// Where a rowset came from, as the error table shows it.
struct rowset_origin {
  std::string channel;
  std::string offset_lower;
  std::string offset_upper;
};

/// What became of the rows of one rowset.
struct rowset_outcome {
  std::int64_t parsed = 0;
  std::int64_t inserted = 0;
  std::int64_t first_row = 0;  ///< SQLite rowids in the physical table; 0: nothing was inserted
  std::int64_t last_row = 0;
  std::vector<row_problem> problems;  ///< one for every rejected row
};

/// Spoils rows on purpose: the answer is the column to blame, from 1 (0: the row as a whole);
/// nothing lets the row be.
using row_spoiler = std::function<std::optional<std::size_t>(std::int64_t line)>;

/// The pipe, its table or its sense is gone.
class pipe_gone : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A value of the service's own tables.
using stored = std::variant<std::monostate, std::int64_t, std::string>;

/// One open write transaction.
class pipe_transaction {
 public:
  virtual ~pipe_transaction() = default;
  /// Converts the lines and inserts the good ones; rejected ones go to the error table if the
  /// table logs errors.
  /// \throws pipe_gone before any row is inserted
  virtual rowset_outcome load(pipe_description const& pipe,
                              std::string_view ndjson,
                              rowset_origin const& origin,
                              row_spoiler const& spoil) = 0;
  /// Runs one SQLite statement with positional parameters; rows as stored.
  virtual std::vector<std::vector<stored>> run(std::string_view sqlite_sql,
                                               std::vector<stored> const& parameters) = 0;
};

/// The streaming service's session in the engine.
/// Thread safety: every member may be called from several threads; writes run one at a time.
class pipe_session {
 public:
  pipe_session(database& db, session_options options);
  ~pipe_session();
  pipe_session(pipe_session const&) = delete;
  pipe_session& operator=(pipe_session const&) = delete;

  /// Finds a pipe by stored names. `<TABLE>-STREAMING` is created if the table exists and nobody
  /// has used it yet.
  std::variant<pipe_description, pipe_absence> find(std::string const& database,
                                                    std::string const& schema,
                                                    std::string const& name);
  /// The same for the default pipe of a table.
  std::variant<pipe_description, pipe_absence> find_for_table(std::string const& database,
                                                              std::string const& schema,
                                                              std::string const& table);

  /// Runs `body` in one transaction: all of it is committed, or nothing if it throws.
  /// \throws what `body` throws, and std::runtime_error with SQLite's or the engine's reason
  void write(std::function<void(pipe_transaction&)> const& body);

  /// Deletes the rows of every table that is not temporary, and what is remembered of loads and
  /// rejected rows.
  /// \throws as `write`
  void empty_tables();

  /// Whether the pipe's COPY wants this file of its location: its PATTERN matches, or it has none.
  bool matches(pipe_description const& pipe, std::string_view path) const;

  /// Runs one statement of Snowflake's SQL with the pipe's database and schema current, and
  /// `record` in the same transaction: what became of the statement is kept together with its rows.
  /// A statement that waited too long for somebody's transaction (000625) is not recorded.
  /// \throws as `write`; then the statement has no effect either
  outcome execute(pipe_description const& pipe,
                  std::string text,
                  std::function<void(pipe_transaction&, outcome const&)> const& record);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// The stored form of one name of a request: quoted ones as they are, others in upper case.
std::string stored_name(std::string_view text);

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_PIPE_SESSION_HPP
