#ifndef SLUICE_SNOWFLAKE_IMPL_INSERT_IPP
#define SLUICE_SNOWFLAKE_IMPL_INSERT_IPP

#include <sluice/auth/request_id.hpp>
#include <sluice/ledger/interval_set.hpp>
#include <sluice/snowflake/bindings.hpp>
#include <sluice/snowflake/detail/leaves_open.hpp>
#include <sluice/snowflake/detail/private_columns.hpp>
#include <sluice/snowflake/insert.hpp>
#include <sluice/snowflake/session_pool.hpp>
#include <sluice/snowflake/sql.hpp>
#include <sluice/snowflake/table_check.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

inline error bad_insert_option(std::string what) {
  return error{sluice::errc::invalid_configuration, "snowflake::insert: " + std::move(what)};
}

/// The error of a statement as the pipeline has to see it.
inline error not_written(error why) {
  error told = why;
  if (why.code == errc::bad_rows) {
    told.code = make_error_code(sluice::errc::payload_refused);
  } else if (leaves_open(why)) {
    told.code = make_error_code(sluice::errc::outcome_unknown);
    told.kind = disposition::permanent;
    told.message += "; whether the rows were written is not known";
  }
  return told;
}

struct bind_payload {
  payload const& of;
  environment const& env;

  result<std::string> operator()() const {
    return bindings_of(of.body, of.row_count, env.format, env.columns);
  }
};

}  // namespace detail

struct insert_session::core {
  core(environment const& e, insert_config const& c)
      : env{e}, config{c}, pool{env.transport, c.connection, c.pool_size, env.log, env.metrics} {}

  environment env;
  insert_config config;
  session_pool pool;
  std::string sql;
  std::string title;                         ///< what errors call the statement
  std::string const identity = make_uuid();  ///< root of the statements' request ids
  interval_set sent;                         ///< sequences of payloads
};

SLUICE_DECL insert_session::insert_session(environment const& env, insert_config const& config)
    : core_{std::make_unique<core>(env, config)} {}

SLUICE_DECL insert_session::insert_session(insert_session&&) noexcept = default;
SLUICE_DECL insert_session& insert_session::operator=(insert_session&&) noexcept = default;
SLUICE_DECL insert_session::~insert_session() = default;

SLUICE_DECL task<resume_point> insert_session::open() {
  core& c = *core_;
  if (c.config.table.empty())
    co_return detail::bad_insert_option("no table is named; set config.table");
  if (c.config.pool_size == 0) co_return detail::bad_insert_option("pool_size must be at least 1");
  std::shared_ptr<snowflake::session> const on = c.pool.pick();
  result<void> opened = co_await on->open();
  if (!opened) co_return std::move(opened).error();
  object_name const table{on->database(), on->schema(), c.config.table};
  if (table.database.empty() || table.schema.empty())
    co_return detail::bad_insert_option(
        "the session has no current database or schema; name both in config.connection");
  table_preparation preparation{table,
                                c.env.columns,
                                column_match::position,
                                c.env.format.kind,
                                c.config.create_table,
                                c.config.table_wait,
                                c.config.evolution};
  result<void> ready = co_await prepare_table(c.env.transport, on, std::move(preparation));
  if (!ready) co_return std::move(ready).error();
  c.title = "INSERT INTO " + table.quoted();
  c.sql = insert_text(table, c.env.columns);
  co_return resume_point{};
}

SLUICE_DECL task<accepted> insert_session::send(payload const& p, ack& verdicts) {
  core& c = *core_;
  // The columns are at most as many, so a single row always fits.
  if (p.row_count * c.env.columns.size() >= insert_limits::bound_values)
    co_return error{sluice::errc::payload_too_large,
                    c.title + ": " + std::to_string(p.row_count) + " rows have more than " +
                        std::to_string(insert_limits::bound_values - 1) +
                        " values; lower max_rows of the batch"};
  result<std::string> bound = co_await c.env.transport.on_worker(detail::bind_payload{p, c.env});
  if (!bound) co_return std::move(bound).error();
  std::string words;
  statement insertion;
  insertion.sql = c.sql;
  insertion.title = c.title;
  insertion.bindings = chunk{*std::move(bound)};
  insertion.refused_with = &words;
  // The same payload again is the same statement again.
  insertion.request_id = uuid_of(c.identity + ' ' + std::to_string(p.sequence));
  insertion.replayed = c.sent.add({p.sequence, 1}) == 0;
  accepted taken{insertion.bindings.size()};
  insertion.retries = &taken.retries;
  std::shared_ptr<snowflake::session> const on = c.pool.pick();
  result<statement_reply> reply =
      co_await execute_patiently(c.env.transport, on, std::move(insertion), c.config.table_wait);
  if (!reply) {
    error why = std::move(reply).error();
    if (why.code != errc::bad_rows || p.row_count != 1)
      co_return detail::not_written(std::move(why));
    // The service names no column, and its words quote the value that it refuses.
    if (detail::is_private({}, c.env.columns)) words = without_values(words);
    verdicts.reject(p.position_of(0),
                    {dead_reason::rejected, why.service_code, std::move(words), {}});
    co_return taken;
  }
  std::optional<std::uint64_t> const written = reply->table.number_at(0, "number of rows inserted");
  if (written != p.row_count)
    co_return error{sluice::errc::outcome_unknown,
                    c.title + ": the service says that it wrote " +
                        (written ? std::to_string(*written) : "an unknown number") + " of " +
                        std::to_string(p.row_count) +
                        " rows; compare the table with the dead letters before a replay"};
  verdicts.note(p.sequence, {reply->head.query_id, "inserted", written});
  verdicts.confirm(p);
  co_return taken;
}

SLUICE_DECL task<void> insert_session::flush(deadline) {
  // Rows have their verdicts when `send` ends.
  co_return success;
}

SLUICE_DECL task<void> insert_session::finish(deadline) {
  core& c = *core_;
  result<void> closed = co_await c.pool.close();
  if (!closed) c.env.log.warning("snowflake", "logout: " + closed.error().describe());
  co_return success;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_INSERT_IPP
