#ifndef SLUICE_SANDBOX_SQL_DETAIL_STORAGE_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_STORAGE_HPP

/// \file
/// SQLite as the sandbox uses it, and how Snowflake's types are kept in it.
///
/// A table DB.SCHEMA.T is the SQLite table "DB.SCHEMA.T" with the columns' own names. SQLite
/// ignores case in names, so a table or column that differs from an earlier one by case alone gets
/// a suffix: "c~2". Temporary tables are "~<session>.DB.SCHEMA.T".
///
/// | Snowflake            | SQLite value                                                          |
/// |----------------------|-----------------------------------------------------------------------|
/// | NUMBER(p,0)          | INTEGER if it fits into 64 bits, else decimal TEXT                    |
/// | NUMBER(p,s), p <= 15 | REAL, the double nearest to the decimal; all 15 digits read back      |
/// | NUMBER(p,s), p > 15  | TEXT with exactly s fraction digits                                   |
/// | FLOAT                | REAL; NaN is the TEXT 'NaN', because SQLite has no NaN                |
/// | BOOLEAN              | INTEGER 0 or 1                                                        |
/// | VARCHAR              | TEXT                                                                  |
/// | BINARY               | BLOB                                                                  |
/// | DATE                 | TEXT 'YYYY-MM-DD'                                                     |
/// | TIME(s)              | TEXT 'HH:MM:SS.fff', s digits                                         |
/// | TIMESTAMP_NTZ(s)     | TEXT 'YYYY-MM-DD HH:MM:SS.fff'                                        |
/// | TIMESTAMP_LTZ(s)     | the same in UTC with 'Z' behind it                                    |
/// | TIMESTAMP_TZ(s)      | local time, a space and the offset: '... +02:00'                      |
/// | VARIANT, OBJECT, ARRAY | TEXT: JSON without spaces, keys sorted; JSON null is 'null'         |
///
/// So COUNT, COUNT(DISTINCT), MIN, MAX and ORDER BY are right in plain SQL for all types except
/// decimals of more than 15 (with fraction) or 18 digits and TIMESTAMP_TZ; SUM is exact for
/// integers.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/convert.hpp>
#include <sluice/sandbox/sql/detail/types.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_context;

namespace sluice::inline v0::sandbox::sql::detail {

/// What SQLite functions need to know about the statement that they run in.
struct evaluation {
  input_formats formats;
  std::stop_token cancel;
  std::exception_ptr error;  ///< what a function threw; the step that fails throws it again
};

class prepared;

/// One SQLite connection with the engine's functions. Used by one thread at a time.
class connection {
 public:
  /// \throws std::runtime_error with SQLite's reason
  explicit connection(std::string const& uri);
  ~connection();
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;

  void execute(std::string_view sql);
  prepared prepare(std::string_view sql);
  std::int64_t changes() const;

  evaluation& context() noexcept { return evaluation_; }

  sqlite3* handle() const noexcept { return db_; }

  /// Throws what went wrong: an error of one of our functions, a cancellation, or SQLite's own.
  [[noreturn]] void fail_with(int code);

 private:
  sqlite3* db_ = nullptr;
  evaluation evaluation_;
};

/// A prepared statement.
class prepared {
 public:
  prepared(connection& db, sqlite3_stmt* statement) : db_(&db), statement_(statement) {}

  ~prepared();

  prepared(prepared&& other) noexcept : db_(other.db_), statement_(other.statement_) {
    other.statement_ = nullptr;
  }

  prepared& operator=(prepared&&) = delete;

  /// Binds by 1-based index. Bytes must stay alive until the next step.
  void bind(int index, value const& v);

  void bind(int index, std::int64_t v) { bind(index, value::of_integer(v)); }

  void bind(int index, std::string_view text) { bind(index, value::of_text(text)); }

  int parameters() const;
  bool read_only() const;
  /// True if there is a row.
  bool step();
  int columns() const;
  value column(int index) const;

  std::string text(int index) const { return std::string(column(index).bytes); }

  void reset();

 private:
  connection* db_;
  sqlite3_stmt* statement_;
};

/// Column declaration in SQLite: an affinity that never changes the values above.
std::string_view affinity(sql_type const& type);

/// Registers the engine's functions on a connection.
void register_functions(connection& db);

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_STORAGE_HPP
