#ifndef SLUICE_SANDBOX_SQL_DETAIL_SESSION_IMPL_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_SESSION_IMPL_HPP

/// \file
/// The insides of `database` and `session`.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/ast.hpp>
#include <sluice/sandbox/sql/detail/catalogue.hpp>
#include <sluice/sandbox/sql/detail/storage.hpp>
#include <sluice/sandbox/sql/engine.hpp>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sluice::inline v0::sandbox::sql {

namespace detail {

/// One writer at a time: a session holds the gate from its transaction's first change to its end,
/// as SQLite has one write transaction.
class writer_gate {
 public:
  /// \throws sql_error 000625 after `timeout`, 000604 if cancelled
  void acquire(void const* owner, std::chrono::milliseconds timeout, std::stop_token const& cancel);
  void release(void const* owner);
  bool held_by(void const* owner) const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any free_;
  void const* owner_ = nullptr;
};

/// A row of VALIDATE.
struct load_error {
  std::string error;
  std::string file;
  std::int64_t line = 0;
  std::int64_t character = 0;
  std::int64_t byte_offset = 0;
  std::string category;
  std::string code;
  std::string sql_state;
  std::string column_name;
  std::int64_t row_number = 0;
  std::int64_t row_start_line = 0;
  std::string rejected_record;
};

/// What VALIDATE may still be asked about.
struct load_errors {
  std::string query_id;
  std::int64_t table_id = 0;
  std::int64_t loaded_ms = 0;
  std::vector<load_error> errors;
};

/// Every session parameter with its default; ALTER SESSION knows no other.
void set_known_parameters(std::map<std::string, parameter_value>& p);

/// One statement being run.
struct running {
  statement_request const& request;
  statement const& parsed;
  std::string query_id;
  std::map<std::string, parameter_value> const& parameters;
};

/// Rows read from SQLite or made up, in storage form.
struct owned_value {
  value::form is = value::form::null;
  std::int64_t integer = 0;
  double real = 0;
  std::string bytes;

  owned_value() = default;

  explicit owned_value(value const& v)
      : is(v.is), integer(v.integer), real(v.real), bytes(v.bytes) {}

  value view() const { return {is, integer, real, bytes}; }
};

using owned_row = std::vector<owned_value>;

struct typed_column {
  std::string name;
  sql_type type;
  bool nullable = true;
  full_name table;  ///< empty unless the column comes straight from a table
};

struct row_set {
  std::vector<typed_column> columns;
  std::vector<owned_row> rows;
};

/// The result of a statement that RESULT_SCAN can still name.
struct kept_result {
  std::shared_ptr<row_set const> rows;
  std::int64_t ended_ms = 0;
};

}  // namespace detail

struct database::impl {
  impl(file_store& files, database_options given);

  file_store& store;
  database_options options;
  std::string uri;
  std::unique_ptr<detail::connection> writer;  ///< used by the holder of the gate
  std::unique_ptr<detail::connection> reader;  ///< committed rows; under `reader_mutex`
  std::mutex reader_mutex;
  detail::writer_gate gate;
  detail::catalogue catalogue;

  std::mutex errors_mutex;
  std::deque<detail::load_errors> recent_errors;  ///< of the last COPY statements, bounded

  std::int64_t now_seconds() const;
  std::int64_t now_ms() const;
  void keep(detail::load_errors errors);
};

struct session::impl {
  impl(database::impl& db, session_options given);
  ~impl();

  using bindings = std::map<std::string, binding>;

  database::impl& account;
  session_options options;
  mutable std::mutex mutex;          ///< held while a statement runs
  mutable std::mutex context_mutex;  ///< guards `context` and `parameters`, which others may read
  session_context context;
  std::map<std::string, parameter_value> parameters;
  detail::object_space temporary;
  bool in_transaction = false;
  /// Of file Snowpipe: whose COPY runs here; unset members: a user's.
  detail::full_name loading_pipe;
  std::string last_query_id;
  std::string last_copy_id;
  std::shared_ptr<detail::row_set const> last_result;
  std::map<std::string, detail::kept_result> results;  ///< for RESULT_SCAN, bounded
  std::deque<std::string> result_order;

  // session.ipp
  outcome execute(statement_request request);
  outcome run(detail::running const& now);
  outcome dispatch(detail::running const& now);
  result_set select(detail::running const& now, detail::select_statement const& s);
  result_set status(detail::running const& now, std::int64_t type, std::string text) const;
  result_set rows_of(detail::running const& now,
                     std::int64_t type,
                     detail::row_set const& rows) const;
  void remember(std::string const& query_id, detail::row_set rows);
  detail::input_formats formats(
      std::map<std::string, parameter_value> const& statement_parameters) const;
  parameter_value parameter(std::string const& name, detail::running const* now = nullptr) const;

  // transactions
  bool holds_writer() const { return account.gate.held_by(this); }

  void begin_write(std::stop_token const& cancel);
  void commit();
  void rollback();
  void end_statement(bool success);
  /// Runs a change: keeps it atomic, commits if no transaction is open. `run` took the gate.
  void write(detail::running const& now,
             bool ddl,
             std::function<void(detail::connection&)> const& body);
  /// Runs a read on committed rows, or on the open transaction's.
  void read(detail::running const& now, std::function<void(detail::connection&)> const& body);

  // names.ipp
  detail::full_name resolve(detail::object_name const& name) const;
  std::pair<std::string, std::string> resolve_schema(detail::object_name const& name) const;
  detail::table_ptr find_table(detail::full_name const& name) const;
  detail::table_ptr table(detail::object_name const& name) const;

  struct located_stage {
    stage_location at;
    std::vector<detail::option> file_format;
    bool table_stage = false;
  };

  located_stage locate(std::string const& reference) const;
  std::vector<detail::option> named_format(std::string const& name) const;
  void need_warehouse() const;

  // exec_*.ipp
  outcome create(detail::running const& now, detail::create_statement const& s);
  void create_table(detail::running const& now,
                    detail::create_statement const& s,
                    detail::full_name const& name);
  void create_stage(detail::connection& db,
                    detail::create_statement const& s,
                    detail::full_name const& name);
  void create_pipe(detail::running const& now,
                   detail::create_statement const& s,
                   detail::full_name const& name);
  outcome drop(detail::running const& now, detail::drop_statement const& s);
  outcome alter_pipe(detail::running const& now, detail::alter_pipe_statement const& s);
  outcome alter_table(detail::running const& now, detail::alter_table_statement const& s);
  outcome alter_session(detail::running const& now, detail::alter_session_statement const& s);
  outcome use(detail::running const& now, detail::use_statement const& s);
  outcome insert(detail::running const& now, detail::insert_statement const& s);
  outcome update(detail::running const& now, detail::update_statement const& s);
  outcome remove_rows(detail::running const& now, detail::delete_statement const& s);
  outcome truncate(detail::running const& now, detail::truncate_statement const& s);
  outcome show(detail::running const& now, detail::show_statement const& s);
  outcome describe(detail::running const& now, detail::describe_statement const& s);
  outcome copy(detail::running const& now, detail::copy_statement const& s);
  outcome list(detail::running const& now, detail::list_statement const& s);
  outcome transfer_files(detail::running const& now, detail::transfer_statement const& s);
  outcome transact(detail::running const& now, detail::transaction_statement const& s);

  /// INFORMATION_SCHEMA views and table functions, as rows.
  detail::row_set information_view(std::string const& database,
                                   std::string const& view,
                                   detail::connection& db);
  detail::row_set table_function(detail::table_function const& f,
                                 detail::connection& db,
                                 detail::running const& now);
  detail::row_set copy_history(detail::table_function const& f,
                               detail::connection& db,
                               detail::running const& now);
  detail::row_set load_history(std::string const& database, detail::connection& db) const;
  detail::row_set result_scan(detail::table_function const& f) const;
  detail::row_set validate(detail::table_function const& f, detail::running const& now);
  detail::row_set error_table(detail::table_function const& f, detail::connection& db);
  detail::row_set pipes(std::function<bool(detail::full_name const&)> const& wanted) const;
  detail::row_set information_pipes(
      std::function<bool(detail::full_name const&)> const& wanted) const;
  detail::row_set channels(std::function<bool(detail::full_name const&)> const& wanted,
                           detail::connection& db) const;
  detail::row_set staged_rows(detail::stage_source const& s, detail::running const& now);
};

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_DETAIL_SESSION_IMPL_HPP
