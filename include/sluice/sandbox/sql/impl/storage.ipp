#ifndef SLUICE_SANDBOX_SQL_IMPL_STORAGE_IPP
#define SLUICE_SANDBOX_SQL_IMPL_STORAGE_IPP

#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/storage.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

/// SQLite calls this every few thousand instructions; non-zero interrupts the statement.
extern "C" inline int sluice_sandbox_sql_progress(void* context) {
  return static_cast<evaluation*>(context)->cancel.stop_requested() ? 1 : 0;
}

connection::connection(std::string const& uri) {
  int const flags =
      SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(uri.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
    std::string const reason = db_ != nullptr ? sqlite3_errmsg(db_) : "out of memory";
    sqlite3_close(db_);
    throw std::runtime_error(
        fmt::format("sandbox database '{}' cannot be opened: {}", uri, reason));
  }
  sqlite3_busy_timeout(db_, 10'000);
  sqlite3_progress_handler(db_, 10'000, &sluice_sandbox_sql_progress, &evaluation_);
  try {
    register_functions(*this);
    execute("PRAGMA temp_store=MEMORY");
  } catch (...) {
    sqlite3_close(db_);
    throw;
  }
}

connection::~connection() {
  sqlite3_close_v2(db_);
}

void connection::fail_with(int code) {
  if (evaluation_.error) std::rethrow_exception(std::exchange(evaluation_.error, nullptr));
  if (code == SQLITE_INTERRUPT && evaluation_.cancel.stop_requested()) fail_cancelled();
  if (code == SQLITE_TOOBIG) {
    fail("100082",
         "22000",
         "Max LOB size exceeded: value larger than the sandbox's SQLite can hold");
  }
  fail("000603", "XX000", fmt::format("SQL execution internal error: {}", sqlite3_errmsg(db_)));
}

void connection::execute(std::string_view sql) {
  auto statement = prepare(sql);
  while (statement.step()) {
  }
}

prepared connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int const code =
      sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) fail_with(code);
  return prepared(*this, statement);
}

std::int64_t connection::changes() const {
  return sqlite3_changes64(db_);
}

prepared::~prepared() {
  sqlite3_finalize(statement_);
}

void prepared::bind(int index, value const& v) {
  int code = SQLITE_OK;
  switch (v.is) {
    case value::form::null:
      code = sqlite3_bind_null(statement_, index);
      break;
    case value::form::integer:
      code = sqlite3_bind_int64(statement_, index, v.integer);
      break;
    case value::form::real:
      code = sqlite3_bind_double(statement_, index, v.real);
      break;
    case value::form::text:
      code = sqlite3_bind_text64(statement_,
                                 index,
                                 v.bytes.data() != nullptr ? v.bytes.data() : "",
                                 v.bytes.size(),
                                 SQLITE_STATIC,
                                 SQLITE_UTF8);
      break;
    case value::form::blob:
      code = sqlite3_bind_blob64(statement_,
                                 index,
                                 v.bytes.data() != nullptr ? v.bytes.data() : "",
                                 v.bytes.size(),
                                 SQLITE_STATIC);
      break;
  }
  if (code != SQLITE_OK) db_->fail_with(code);
}

int prepared::parameters() const {
  return sqlite3_bind_parameter_count(statement_);
}

bool prepared::read_only() const {
  return sqlite3_stmt_readonly(statement_) != 0;
}

bool prepared::step() {
  int const code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  db_->fail_with(code);
}

int prepared::columns() const {
  return sqlite3_column_count(statement_);
}

value prepared::column(int index) const {
  switch (sqlite3_column_type(statement_, index)) {
    case SQLITE_INTEGER:
      return value::of_integer(sqlite3_column_int64(statement_, index));
    case SQLITE_FLOAT:
      return value::of_real(sqlite3_column_double(statement_, index));
    case SQLITE_TEXT: {
      auto const* text = reinterpret_cast<char const*>(sqlite3_column_text(statement_, index));
      return value::of_text(
          {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, index))});
    }
    case SQLITE_BLOB: {
      auto const* bytes = static_cast<char const*>(sqlite3_column_blob(statement_, index));
      return value::of_blob(
          {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, index))});
    }
    default:
      return {};
  }
}

void prepared::reset() {
  sqlite3_reset(statement_);
}

std::string_view affinity(sql_type const& type) {
  switch (type.is) {
    case kind::number:
      if (may_be_decimal_text(type)) return "";  // a numeric affinity would round the text
      return type.scale > 0 ? "REAL" : "INTEGER";
    case kind::real:
      return "REAL";
    case kind::boolean:
      return "INTEGER";
    case kind::binary:
      return "BLOB";
    default:
      return "TEXT";
  }
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_STORAGE_IPP
