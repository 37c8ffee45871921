#ifndef SLUICE_SNOWFLAKE_IMPL_BULK_IPP
#define SLUICE_SNOWFLAKE_IMPL_BULK_IPP

#include <sluice/ledger/interval_set.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/copier.hpp>
#include <sluice/snowflake/detail/leaves_open.hpp>
#include <sluice/snowflake/detail/table_change.hpp>
#include <sluice/snowflake/internal_stage.hpp>
#include <sluice/snowflake/retention.hpp>
#include <sluice/snowflake/session_pool.hpp>
#include <sluice/snowflake/table_check.hpp>
#include <sluice/transport/group.hpp>
#include <sluice/transport/latency_limit.hpp>
#include <sluice/transport/sync.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake {

namespace detail {

/// A day less than the service remembers: its clock is not ours.
inline constexpr std::chrono::days asked_history = bulk_limits::history - std::chrono::days{1};

inline rejection forgotten_file(std::string const& path) {
  return {dead_reason::unknown,
          {},
          "the file " + path +
              " was sent longer ago than the service remembers what it has loaded; look for its "
              "rows before a replay",
          {}};
}

inline error bad_option(std::string what) {
  return error{sluice::errc::invalid_configuration, "snowflake::bulk: " + std::move(what)};
}

/// Two columns whose names differ in the case of letters alone; empty if there are none.
inline std::string same_but_for_case(column_table columns) {
  for (std::size_t i = 0; i != columns.size(); ++i)
    for (std::size_t j = 0; j != i; ++j)
      if (same_column(columns[j].name, columns[i].name, column_match::case_insensitive))
        return std::string{columns[j].name} + " and " + std::string{columns[i].name};
  return {};
}

/// What can be said about a configuration without asking the service.
inline result<void> check_config(bulk_config const& c, environment const& env) {
  if (c.table.empty()) return bad_option("no table is named; set config.table");
  if (c.pool_size == 0 || c.files_per_copy == 0 || c.max_concurrent_copy == 0)
    return bad_option("pool_size, files_per_copy and max_concurrent_copy must be at least 1");
  if (c.files_per_copy > bulk_limits::files_per_copy)
    return bad_option("files_per_copy is " + std::to_string(c.files_per_copy) + "; COPY takes " +
                      std::to_string(bulk_limits::files_per_copy) + " files at most");
  format_description const& f = env.format;
  column_match const match = match_for(c.copy, f);
  if (f.kind == format::csv && f.quote != '"' && f.quote != '\'')
    return bad_option("COPY knows only \" and ' as quotes of CSV; encode with one of them");
  if (f.kind == format::csv && !f.header && match != column_match::position)
    return bad_option(
        "matching columns by name needs a header in CSV; encode with one, or match "
        "by position");
  if (f.kind == format::ndjson && match == column_match::position)
    return bad_option("NDJSON has no positions; match columns by name");
  if (match == column_match::case_insensitive)
    if (std::string const same = same_but_for_case(env.columns); !same.empty())
      return bad_option("the columns " + same +
                        " differ in the case of letters alone; match columns case_sensitive, by "
                        "position, or rename one");
  return success;
}

inline std::string stage_location(stage_place const& place, std::string const& run_id) {
  std::string at = "@~";
  if (!place.name.empty())
    at = "@" + object_name{place.database, place.schema, place.name}.quoted();
  at += '/';
  if (!place.prefix.empty()) at += place.prefix + '/';
  return at + run_id + '/';
}

/// How many files may go up at once: as many as configured, or learned.
class upload_slots {
 public:
  /// `fixed` 0: learned.
  explicit upload_slots(std::size_t fixed)
      : learned_{fixed == 0}, gate_{fixed == 0 ? limit_.current() : fixed} {}

  [[nodiscard]] async_semaphore::acquisition acquire() noexcept { return gate_.acquire(); }

  [[nodiscard]] std::size_t running() const noexcept { return gate_.held(); }

  /// `bytes` went up in `time` while `running` files did.
  void took(std::chrono::nanoseconds time, std::uint64_t bytes, std::size_t running) noexcept {
    // The time of a small file is that of its requests and says nothing about the network.
    constexpr std::uint64_t telling = 256u << 10;
    if (!learned_ || bytes < telling) return;
    limit_.took(std::chrono::duration_cast<std::chrono::microseconds>(time),
                static_cast<double>(bytes),
                running);
    gate_.limit(limit_.current());
  }

 private:
  bool learned_;
  latency_limit limit_{bulk_limits::learned_uploads, latency_limit::start::eager};
  async_semaphore gate_;
};

inline staged_file staged(std::uint64_t sequence,
                          std::vector<position_range> const& positions,
                          environment const& env,
                          ack& verdicts) {
  staged_file file{sequence,
                   stage_file_name(sequence, env.format.kind, env.compression),
                   0,
                   positions,
                   &verdicts};
  for (position_range const& range : positions) file.rows += range.count;
  return file;
}

}  // namespace detail

struct bulk_session::core {
  core(environment const& e,
       bulk_config const& c,
       std::optional<column_match> match,
       std::size_t most_copies,
       std::optional<table_evolution> evolution)
      : env{e},
        config{c},
        pool{env.transport, c.connection, c.pool_size, env.log, env.metrics},
        uploads{c.parallel_uploads} {
    if (match) config.copy.match_by_column_name = match;
    if (evolution) config.evolution = *evolution;
    config.max_concurrent_copy = std::min(config.max_concurrent_copy, most_copies);
  }

  task<void> remove_old_runs();
  copy_plan make_plan() const;

  environment env;
  bulk_config config;
  session_pool pool;
  detail::upload_slots uploads;
  object_name table;
  std::string location;
  interval_set sent;  ///< sequences of payloads that may be at the service
  std::optional<internal_stage> stage;
  std::optional<copier> copies;
};

SLUICE_DECL bulk_session::bulk_session(environment const& env,
                                       bulk_config const& config,
                                       std::optional<column_match> match,
                                       std::size_t most_copies,
                                       std::optional<table_evolution> evolution)
    : core_{std::make_unique<core>(env, config, match, most_copies, evolution)} {}

SLUICE_DECL bulk_session::bulk_session(bulk_session&&) noexcept = default;
SLUICE_DECL bulk_session& bulk_session::operator=(bulk_session&&) noexcept = default;
SLUICE_DECL bulk_session::~bulk_session() = default;

SLUICE_DECL task<resume_point> bulk_session::open() {
  core& c = *core_;
  result<void> good = detail::check_config(c.config, c.env);
  if (!good) co_return std::move(good).error();
  std::shared_ptr<snowflake::session> const on = c.pool.pick();
  result<void> opened = co_await on->open();
  if (!opened) co_return std::move(opened).error();
  c.table = {on->database(), on->schema(), c.config.table};
  if (c.table.database.empty() || c.table.schema.empty())
    co_return detail::bad_option(
        "the session has no current database or schema; name both in "
        "config.connection");
  table_preparation preparation{c.table,
                                c.env.columns,
                                match_for(c.config.copy, c.env.format),
                                c.env.format.kind,
                                c.config.create_table,
                                c.config.table_wait,
                                c.config.evolution};
  result<void> ready = co_await prepare_table(c.env.transport, on, std::move(preparation));
  if (!ready) co_return std::move(ready).error();
  c.location = detail::stage_location(c.config.stage, c.env.run_id);
  upload_options uploads;
  uploads.parallel =
      c.config.parallel_uploads != 0 ? c.config.parallel_uploads : bulk_limits::learned_uploads;
  c.env.transport.allow_connections(uploads.parallel);
  uploads.retry = c.config.connection.retry;
  uploads.limits = c.config.upload_limits;
  uploads.endpoint = c.config.stage_endpoint;
  uploads.verify = c.config.verify_uploads;
  c.stage.emplace(c.env.transport,
                  c.pool,
                  c.location,
                  c.env.compression,
                  std::move(uploads),
                  c.env.log,
                  c.env.metrics);
  result<void> reachable = co_await c.stage->open();
  if (!reachable) co_return std::move(reachable).error();
  c.copies.emplace(c.env.transport, c.pool, *c.stage, c.make_plan(), c.env.log, c.env.metrics);
  co_return resume_point{};
}

SLUICE_DECL copy_plan bulk_session::core::make_plan() const {
  copy_plan plan;
  plan.statement.table = table;
  plan.statement.columns = env.columns;
  plan.statement.location = location;
  plan.statement.format = env.format;
  plan.statement.compression = env.compression;
  plan.statement.options = config.copy;
  plan.run_id = env.run_id;
  plan.files_per_copy = config.files_per_copy;
  plan.rows_per_copy = config.rows_per_copy;
  plan.most_copies = config.max_concurrent_copy;
  plan.asynchronous = config.async_copy;
  plan.purge = config.purge;
  plan.table_wait = config.table_wait;
  plan.history = detail::asked_history;
  plan.max_row_bytes = bulk<>::limits.max_row_bytes;
  return plan;
}

SLUICE_DECL task<void> bulk_session::core::remove_old_runs() {
  std::string const parent = location.substr(0, location.size() - env.run_id.size() - 1);
  std::shared_ptr<snowflake::session> const on = pool.pick();
  statement list;
  list.sql = list_text(parent);
  list.title = "LIST";
  result<statement_reply> listing = co_await on->execute(std::move(list));
  if (!listing) co_return std::move(listing).error();
  std::vector<std::string> const runs =
      expired_runs(listing->table, env.transport.system_now(), config.stage_retention, env.run_id);
  for (std::string const& run : runs) {
    statement remove;
    remove.sql = "REMOVE " + quote_literal(parent + run + '/');
    remove.title = "REMOVE";
    result<statement_reply> removed = co_await on->execute(std::move(remove));
    if (!removed) co_return std::move(removed).error();
    env.log.info("snowflake", "removed the old stage files of run " + run);
  }
  co_return success;
}

SLUICE_DECL task<accepted> bulk_session::send(payload const& p, ack& verdicts) {
  core& c = *core_;
  result<permit> slot = co_await c.uploads.acquire();
  if (!slot) co_return std::move(slot).error();
  if (c.copies->broken()) co_return *c.copies->broken();
  staged_file file = detail::staged(p.sequence, p.positions, c.env, verdicts);
  if (c.sent.add({p.sequence, 1}) == 0) {
    // Encrypted afresh it would be another file to COPY, and be loaded again.
    result<bool> settled = co_await c.copies->recover(file, false);
    if (!settled) co_return std::move(settled).error();
    if (*settled) co_return accepted{};
  }
  copier::upload_mark const under_way{*c.copies};
  std::size_t const running = c.uploads.running();
  steady_time const started = c.env.transport.now();
  result<accepted> sent = co_await c.stage->put(file.name, p.body);
  if (!sent) {
    // Retries are used up, and the stage does not hold the file: nobody refused its rows.
    error why = std::move(sent).error();
    if (detail::leaves_open(why)) why.kind = disposition::retryable;
    co_return why;
  }
  c.uploads.took(c.env.transport.now() - started, sent->bytes_sent, running);
  c.copies->add(std::move(file));
  co_return *sent;
}

SLUICE_DECL task<void> bulk_session::flush(deadline until) {
  core& c = *core_;
  auto limited = with_deadline(c.env.transport, c.copies->drain(), until.at);
  result<void> done = co_await std::move(limited);
  co_return done;
}

SLUICE_DECL task<void> bulk_session::finish(deadline until) {
  core& c = *core_;
  result<void> done;
  if (c.copies) {
    // Cancelling at the service takes a moment, and the answer must be there in time.
    constexpr std::chrono::nanoseconds longest = std::chrono::seconds{5};
    std::chrono::nanoseconds const left = until.at - c.env.transport.now();
    steady_time const soft = until.at - std::min(longest, left / 4);
    auto limited = with_deadline(c.env.transport, c.copies->drain(), soft);
    done = co_await std::move(limited);
    if (!done && done.error().code == sluice::errc::deadline) {
      result<void> stopped = co_await c.copies->stop(until.at);
      if (!stopped) c.env.log.warning("snowflake", stopped.error().describe());
    }
  }
  if (done && c.copies && c.config.stage_retention.count() > 0) {
    // Housekeeping: what it cannot do in a moment waits for another run.
    constexpr std::chrono::seconds longest{10};
    steady_time const end = std::min(until.at, c.env.transport.now() + longest);
    result<void> tidy = co_await with_deadline(c.env.transport, c.remove_old_runs(), end);
    if (!tidy) c.env.log.info("snowflake", "old stage files stay: " + tidy.error().describe());
  }
  result<void> closed = co_await c.pool.close();
  if (!closed) c.env.log.warning("snowflake", "logout: " + closed.error().describe());
  co_return done;
}

SLUICE_DECL task<recovery> bulk_session::recover(in_doubt const& open_payload, ack& verdicts) {
  core& c = *core_;
  staged_file file = detail::staged(open_payload.sequence, open_payload.positions, c.env, verdicts);
  std::string const path = c.location + file.name;
  bool const forgotten =
      may_be_forgotten(open_payload, detail::asked_history, c.env.transport.system_now());
  result<bool> settled = co_await c.copies->recover(std::move(file), forgotten);
  if (!settled) co_return std::move(settled).error();
  if (*settled) co_return recovery::settled;
  if (!forgotten) co_return recovery::absent;
  rejection const why = detail::forgotten_file(path);
  for (position_range const& rows : open_payload.positions) verdicts.reject(rows, why);
  co_return recovery::settled;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_BULK_IPP
