#ifndef SLUICE_SANDBOX_SQL_IMPL_TRANSACTIONS_IPP
#define SLUICE_SANDBOX_SQL_IMPL_TRANSACTIONS_IPP

#include <sluice/sandbox/sql/detail/lexer.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <utility>

namespace sluice::inline v0::sandbox::sql {

namespace detail {

void writer_gate::acquire(void const* owner,
                          std::chrono::milliseconds timeout,
                          std::stop_token const& cancel) {
  std::unique_lock lock(mutex_);
  if (owner_ == owner) return;
  bool const free = free_.wait_for(lock, cancel, timeout, [&] { return owner_ == nullptr; });
  if (!free) {
    if (cancel.stop_requested()) fail_cancelled();
    fail(waited_too_long,
         "57014",
         fmt::format("Statement has waited {} ms for locks held by another session's open "
                     "transaction, and was aborted; "
                     "commit or roll back that transaction.",
                     timeout.count()));
  }
  owner_ = owner;
}

void writer_gate::release(void const* owner) {
  {
    std::lock_guard const lock(mutex_);
    if (owner_ == owner) owner_ = nullptr;
  }
  free_.notify_all();
}

bool writer_gate::held_by(void const* owner) const {
  std::lock_guard const lock(mutex_);
  return owner_ == owner;
}

/// Bounds on the errors kept for VALIDATE.
inline constexpr std::size_t kept_copies = 200;
inline constexpr std::size_t kept_errors = 200'000;

}  // namespace detail

/// A file for a database that is to live in memory: on a memory file system if there is one.
/// SQLite's own in-memory databases let no reader in while a transaction is open.
inline std::string private_file() {
  for (std::string const directory : {"/dev/shm", "/tmp", "."}) {
    auto path = directory + "/sluice-sandbox-XXXXXX";
    int const fd = ::mkstemp(path.data());
    if (fd < 0) continue;
    ::close(fd);
    return path;
  }
  throw std::runtime_error("sandbox database: no directory for a private file (/dev/shm, /tmp, .)");
}

database::impl::impl(file_store& files, database_options given)
    : store(files), options(std::move(given)) {
  bool const in_memory = options.file.empty();
  uri = in_memory ? private_file() : options.file;
  auto const unlink_private = [&] {
    if (!in_memory) return;
    for (auto const* suffix : {"", "-wal", "-shm"}) ::unlink((uri + suffix).c_str());
  };
  try {
    writer = std::make_unique<detail::connection>(uri);
    writer->execute("PRAGMA journal_mode=WAL");
    writer->execute(options.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
    writer->execute("BEGIN");
    catalogue.open(*writer);
    if (!options.initial_database.empty() && !catalogue.has_database(options.initial_database)) {
      catalogue.add_database(*writer, options.initial_database);
    }
    if (!options.initial_warehouse.empty())
      catalogue.add_warehouse(*writer, options.initial_warehouse);
    writer->execute("COMMIT");
    reader = std::make_unique<detail::connection>(uri);
    // Both connections have all files open after a first read: without names, a private database
    // leaves nothing behind even if the process is killed.
    reader->execute("SELECT COUNT(*) FROM _sluice_objects");
  } catch (...) {
    unlink_private();
    throw;
  }
  unlink_private();
}

std::int64_t database::impl::now_seconds() const {
  return std::chrono::duration_cast<std::chrono::seconds>(options.now().time_since_epoch()).count();
}

std::int64_t database::impl::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(options.now().time_since_epoch())
      .count();
}

void database::impl::keep(detail::load_errors errors) {
  std::lock_guard const lock(errors_mutex);
  recent_errors.push_back(std::move(errors));
  std::size_t total = 0;
  for (auto const& e : recent_errors) total += e.errors.size();
  while (recent_errors.size() > 1 &&
         (recent_errors.size() > detail::kept_copies || total > detail::kept_errors)) {
    total -= recent_errors.front().errors.size();
    recent_errors.pop_front();
  }
}

inline std::unique_ptr<database::impl> open_database(file_store& store, database_options options) {
  auto const name = options.file.empty() ? std::string("in memory") : options.file;
  try {
    return std::make_unique<database::impl>(store, std::move(options));
  } catch (detail::sql_error const& e) {
    throw std::runtime_error(fmt::format("sandbox database {}: {}", name, e.what_failed().message));
  }
}

database::database(file_store& store, database_options options)
    : impl_(open_database(store, std::move(options))) {}

database::~database() = default;

std::string const& database::file() const noexcept {
  return impl_->options.file;
}

std::vector<std::vector<cell>> database::query(std::string_view sqlite_sql) const {
  std::lock_guard const lock(impl_->reader_mutex);
  impl_->reader->context() = {};
  try {
    auto statement = impl_->reader->prepare(sqlite_sql);
    if (!statement.read_only()) throw std::runtime_error("sandbox database: query() only reads");
    std::vector<std::vector<cell>> out;
    while (statement.step()) {
      auto& row = out.emplace_back();
      for (int i = 0; i < statement.columns(); ++i) {
        auto const v = statement.column(i);
        if (v.is_null()) {
          row.emplace_back();
          continue;
        }
        std::string text;
        if (v.is == detail::value::form::integer) {
          text = std::to_string(v.integer);
        } else if (v.is == detail::value::form::real) {
          detail::append_real(text, v.real);
        } else {
          text = v.bytes;
        }
        row.emplace_back(std::move(text));
      }
    }
    return out;
  } catch (detail::sql_error const& e) {
    throw std::runtime_error(e.what_failed().message);
  }
}

session::impl::impl(database::impl& db, session_options given)
    : account(db), options(std::move(given)) {
  detail::set_known_parameters(parameters);
  for (auto const& [name, v] : options.parameters) {
    auto const upper = detail::to_upper(name);
    if (parameters.contains(upper)) parameters[upper] = v;  // unknown names are ignored at login
  }
  auto const folded = [](std::string const& name) {
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
      return name.substr(1, name.size() - 2);
    return detail::to_upper(name);
  };
  context.role = options.role.empty() ? "PUBLIC" : folded(options.role);
  if (auto const d = folded(options.database); !d.empty() && account.catalogue.has_database(d)) {
    context.database = d;
    auto const s = options.schema.empty() ? std::string("PUBLIC") : folded(options.schema);
    if (account.catalogue.has_schema(d, s)) context.schema = s;
  }
  if (auto const w = folded(options.warehouse); !w.empty() && account.catalogue.has_warehouse(w))
    context.warehouse = w;
}

session::impl::~impl() {
  try {
    rollback();
    if (temporary.tables.empty() && temporary.stages.empty()) return;
    account.gate.acquire(this, account.options.lock_timeout, {});
    for (auto const& t : temporary.tables)
      account.writer->execute("DROP TABLE IF EXISTS " + detail::quoted(t.second->physical));
    account.gate.release(this);
    for (auto const& s : temporary.stages) {
      for (auto const& f : account.store.list(s.second->prefix)) account.store.remove(f.key);
    }
  } catch (...) {
    // A destructor has nobody to tell; what is left is private to this session and unreachable.
    account.gate.release(this);
  }
}

void session::impl::begin_write(std::stop_token const& cancel) {
  if (holds_writer()) return;
  account.gate.acquire(this, account.options.lock_timeout, cancel);
  try {
    account.writer->context() = {};
    account.writer->execute("BEGIN IMMEDIATE");
  } catch (...) {
    account.gate.release(this);
    throw;
  }
}

void session::impl::commit() {
  in_transaction = false;
  if (!holds_writer()) return;
  account.writer->context() = {};
  account.writer->execute("COMMIT");
  account.gate.release(this);
}

void session::impl::rollback() {
  in_transaction = false;
  if (!holds_writer()) return;
  account.writer->context() = {};
  account.writer->execute("ROLLBACK");
  account.gate.release(this);
}

void session::impl::write(detail::running const& now,
                          bool ddl,
                          std::function<void(detail::connection&)> const& body) {
  auto const autocommit = parameter_text(parameter("AUTOCOMMIT", &now)) != "false";
  begin_write(now.request.cancel);
  auto& db = *account.writer;
  db.context().formats = formats(now.parameters);
  db.context().cancel = now.request.cancel;
  db.execute("SAVEPOINT statement");
  try {
    body(db);
  } catch (...) {
    db.context() = {};
    db.execute("ROLLBACK TO statement");
    db.execute("RELEASE statement");
    if (!in_transaction || ddl) rollback();
    throw;
  }
  db.context() = {};
  db.execute("RELEASE statement");
  if (!autocommit && !ddl) {
    in_transaction = true;
  } else if (!in_transaction || ddl) {
    commit();
  }
}

void session::impl::read(detail::running const& now,
                         std::function<void(detail::connection&)> const& body) {
  bool const own = holds_writer();
  std::unique_lock lock(account.reader_mutex, std::defer_lock);
  if (!own) lock.lock();
  auto& db = own ? *account.writer : *account.reader;
  db.context() = {};
  db.context().formats = formats(now.parameters);
  db.context().cancel = now.request.cancel;
  try {
    body(db);
  } catch (...) {
    db.context() = {};
    throw;
  }
  db.context() = {};
}

outcome session::impl::transact(detail::running const& now,
                                detail::transaction_statement const& s) {
  using is = detail::transaction_statement::is;
  switch (s.kind) {
    case is::begin:
      in_transaction = true;  // a second BEGIN changes nothing
      break;
    case is::commit:
      commit();
      break;
    case is::rollback:
      rollback();
      break;
  }
  return status(now,
                s.kind == is::commit ? statement_type::commit : statement_type::transaction,
                "Statement executed successfully.");
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_TRANSACTIONS_IPP
