#ifndef SLUICE_SANDBOX_SNOWPIPE_IMPL_COMMITS_IPP
#define SLUICE_SANDBOX_SNOWPIPE_IMPL_COMMITS_IPP

#include <sluice/sandbox/snowpipe/impl/channels.ipp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sluice::inline v0::sandbox::snowpipe {

namespace commits_impl {

using sql::stored;

/// Bytes of rowsets that one transaction takes on.
constexpr std::size_t commit_bytes = std::size_t{64} << 20;
/// How often the engine looks at the clock while something waits: tests move it.
constexpr std::chrono::milliseconds tick{20};
constexpr std::string_view elastic_name = "ELASTIC";

constexpr std::string_view channel_columns =
    "pipe_id, name, db, schema, pipe, incarnation, client_sequencer, row_sequencer, offset_token, "
    "created_ms, touched_ms, rows_parsed, rows_inserted, rows_errors, last_error_offset, "
    "last_error_message, last_error_ms, latency_ms, table_id, shape, invalid";

inline std::int64_t number(stored const& v) {
  auto const* n = std::get_if<std::int64_t>(&v);
  return n != nullptr ? *n : 0;
}

inline std::string text(stored const& v) {
  auto const* t = std::get_if<std::string>(&v);
  return t != nullptr ? *t : std::string();
}

inline std::optional<std::string> maybe_text(stored const& v) {
  auto const* t = std::get_if<std::string>(&v);
  return t != nullptr ? std::optional(*t) : std::nullopt;
}

inline stored or_null(std::optional<std::string> const& t) {
  return t ? stored(*t) : stored();
}

inline std::string pipe_text(sql::pipe_description const& pipe) {
  return pipe.database + '.' + pipe.schema + '.' + pipe.name;
}

/// Says whether the last server ended in order.
inline void set_clean(sql::pipe_transaction& to, bool clean) {
  to.run("INSERT OR REPLACE INTO _sluice_streaming VALUES ('clean', ?1)",
         {std::string(clean ? "1" : "0")});
}

}  // namespace commits_impl

channel_table::channel_table(detail::service& s, sql::pipe_session& pipes, std::string seal_key)
    : service_(s), options_(s.configured.snowpipe), pipes_(pipes), seal_(std::move(seal_key)) {
  load();
  engine_ = std::jthread([this](std::stop_token const& stop) { run(stop); });
}

channel_table::~channel_table() {
  stop();
}

void channel_table::load() {
  using namespace commits_impl;
  pipes_.write([&](sql::pipe_transaction& to) {
    to.run("CREATE TABLE IF NOT EXISTS _sluice_channels (" + std::string(channel_columns) +
               ", PRIMARY KEY (pipe_id, name))",
           {});
    to.run(
        "CREATE TABLE IF NOT EXISTS _sluice_rowsets (pipe TEXT, channel TEXT, incarnation INTEGER, "
        "client_sequencer INTEGER, row_sequencer INTEGER, offset_lower TEXT, offset_upper TEXT, "
        "rows_parsed INTEGER, rows_inserted INTEGER, first_row INTEGER, last_row INTEGER, "
        "committed_ms INTEGER, hash BLOB)",
        {});
    to.run(
        "CREATE TABLE IF NOT EXISTS _sluice_elastic (id INTEGER PRIMARY KEY, pipe_id INTEGER, db "
        "TEXT, schema TEXT, pipe TEXT, lines BLOB, accepted_ms INTEGER)",
        {});
    auto const kept = to.run("SELECT value FROM _sluice_streaming WHERE name = 'clean'", {});
    bool const clean = !kept.empty() && text(kept[0][0]) == "1";
    set_clean(to, false);
    to.run("DELETE FROM _sluice_channels WHERE touched_ms < ?1",
           {now_ms() - sql::detail::retention::idle_channel.count()});
    auto const rows = to.run(
        "SELECT " + std::string(channel_columns) + " FROM _sluice_channels ORDER BY pipe_id", {});
    for (auto const& row : rows) {
      channel c;
      c.pipe.id = number(row[0]);
      c.name = text(row[1]);
      c.pipe.database = text(row[2]);
      c.pipe.schema = text(row[3]);
      c.pipe.name = text(row[4]);
      c.incarnation = number(row[5]);
      c.client_sequencer = number(row[6]);
      c.next_row = number(row[7]);
      c.token = maybe_text(row[8]);
      c.created_ms = number(row[9]);
      c.touched_ms = number(row[10]);
      c.rows_parsed = number(row[11]);
      c.rows_inserted = number(row[12]);
      c.rows_errors = number(row[13]);
      c.last_error_offset = maybe_text(row[14]);
      c.last_error_message = maybe_text(row[15]);
      c.last_error_ms = number(row[16]);
      c.latency_ms = number(row[17]);
      c.pipe.table_id = number(row[18]);
      c.pipe.shape = text(row[19]);
      c.invalid = text(row[20]);
      // Killed, the server does not know what it had accepted: no token may go on.
      if (!clean) c.invalid = channels_impl::must_reopen;
      c.requests.emplace(options_.requests_per_second);
      c.bytes.emplace(options_.bytes_per_second);
      auto const hashes = to.run(
          "SELECT hash FROM _sluice_rowsets WHERE incarnation = ?1 AND client_sequencer = ?2 ORDER "
          "BY row_sequencer",
          {c.incarnation, c.client_sequencer});
      for (auto const& h : hashes) c.hashes->push_back(text(h[0]));
      auto const k = key_of(c.pipe, c.name);
      channels_.insert_or_assign(k, std::move(c));
    }
    auto const waiting = to.run("SELECT COUNT(*) FROM _sluice_elastic", {});
    elastic_waiting_ = static_cast<std::size_t>(number(waiting[0][0]));
  });
}

void channel_table::save(sql::pipe_transaction& to, channel const& c) {
  using commits_impl::or_null;
  std::string marks = "?";
  for (int i = 1; i < 21; ++i) marks += ",?";
  to.run("INSERT OR REPLACE INTO _sluice_channels VALUES (" + marks + ")",
         {c.pipe.id,
          c.name,
          c.pipe.database,
          c.pipe.schema,
          c.pipe.name,
          c.incarnation,
          c.client_sequencer,
          c.next_row - static_cast<std::int64_t>(c.buffered.size()),
          or_null(c.token),
          c.created_ms,
          c.touched_ms,
          c.rows_parsed,
          c.rows_inserted,
          c.rows_errors,
          or_null(c.last_error_offset),
          or_null(c.last_error_message),
          c.last_error_ms,
          c.latency_ms,
          c.pipe.table_id,
          c.pipe.shape,
          c.invalid});
}

void channel_table::erase(sql::pipe_transaction& to, stored_key const& of) {
  to.run("DELETE FROM _sluice_channels WHERE pipe_id = ?1 AND name = ?2", {of.first, of.second});
}

void channel_table::forget(channel const& c) {
  pipes_.write([&](sql::pipe_transaction& to) { erase(to, {c.pipe.id, c.name}); });
}

void channel_table::run(std::stop_token stop) {
  std::unique_lock lock(state_);
  while (!stop.stop_requested()) {
    bool const waiting =
        elastic_waiting_ > 0 || std::any_of(channels_.begin(), channels_.end(), [](auto const& c) {
          return !c.second.buffered.empty();
        });
    if (waiting) {
      wake_.wait_for(lock, stop, commits_impl::tick, [] { return false; });
    } else {
      wake_.wait(lock, stop, [&] {
        return elastic_waiting_ > 0 ||
               std::any_of(channels_.begin(), channels_.end(), [](auto const& c) {
                 return !c.second.buffered.empty();
               });
      });
    }
    if (stop.stop_requested()) return;
    lock.unlock();
    try {
      commit_round(false);
    } catch (std::runtime_error const&) {
      // SQLite was busy: what waits, waits for the next round.
    }
    lock.lock();
  }
}

/// What is due of one channel, in order; nothing if a fault holds it back.
std::optional<channel_table::commit_job> channel_table::next_job(key const& k,
                                                                 channel& c,
                                                                 bool everything) {
  auto const now = service_.clock.now();
  commit_job job;
  job.of = k;
  job.pipe = c.pipe;
  std::size_t bytes = 0;
  for (auto const& r : c.buffered) {
    bool const due = everything || r.accepted + r.lag <= now;
    if (!due || bytes > commits_impl::commit_bytes) break;
    bytes += r.lines->size();
    job.rowsets.push_back(r);
  }
  if (job.rowsets.empty()) return std::nullopt;
  if (service_.faults.fire("commit_stalled", c.name)) return std::nullopt;
  if (service_.faults.fire("evolution_failed", c.name)) {
    make_invalid(c, channels_impl::must_reopen);
    return std::nullopt;
  }
  if (auto const prefix = service_.faults.fire("commit_prefix", c.name)) {
    job.rowsets.resize(
        std::min(job.rowsets.size(), static_cast<std::size_t>(std::max<std::int64_t>(*prefix, 0))));
    job.invalidate_after = true;
    if (job.rowsets.empty()) {
      make_invalid(c, channels_impl::must_reopen);
      return std::nullopt;
    }
  }
  c.in_flight = job.rowsets.size();
  return job;
}

/// One pass over all channels; answers whether anything was committed.
bool channel_table::commit_round(bool everything) {
  std::lock_guard const work(work_);
  std::vector<commit_job> jobs;
  {
    std::lock_guard const lock(state_);
    for (auto& [k, c] : channels_) {
      if (c.buffered.empty()) continue;
      judge(c, pipes_.find(c.pipe.database, c.pipe.schema, c.pipe.name));
      if (c.buffered.empty()) continue;
      if (auto job = next_job(k, c, everything)) jobs.push_back(*std::move(job));
    }
  }
  bool done = false;
  for (auto const& job : jobs) done = commit(job) || done;
  return commit_elastic(everything) || done;
}

/// Faults that reject rows; evaluated once per rowset.
sql::row_spoiler channel_table::spoiler(std::string_view name) {
  auto const every = service_.faults.fire("rows_rejected_every", name);
  auto const first = service_.faults.fire("rows_rejected_first", name);
  std::string const subject(name);
  auto const range =
      service_.faults.fire("rows_rejected_range", fault_event{.subjects = {&subject, 1}});
  auto const [from, to] = (range ? parse_row_range(range->text) : std::nullopt)
                              .value_or(std::pair<std::int64_t, std::int64_t>(1, 0));
  auto const column = service_.faults.fire("column_rejected", name);
  if (!every && !first && !range && !column) return {};
  return [=, from = from, to = to](std::int64_t line) -> std::optional<std::size_t> {
    if (column && line == 1) return static_cast<std::size_t>(std::max<std::int64_t>(*column, 0));
    if (every && *every > 0 && line % *every == 0) return 0;
    if (first && line <= *first) return 0;
    if (line >= from && line <= to) return 0;
    return std::nullopt;
  };
}

bool channel_table::commit(commit_job const& job) {
  using namespace commits_impl;
  channel next;
  {
    std::lock_guard const lock(state_);
    next = channels_.at(job.of);
  }
  std::size_t const before = next.buffered.size();
  auto const now = now_ms();
  try {
    pipes_.write([&](sql::pipe_transaction& to) {
      for (auto const& r : job.rowsets) {
        auto const upper = r.offset_upper.value_or("");
        auto const done =
            to.load(job.pipe, *r.lines, {next.name, r.offset_lower, upper}, spoiler(next.name));
        next.rows_parsed += done.parsed;
        next.rows_inserted += done.inserted;
        next.rows_errors += static_cast<std::int64_t>(done.problems.size());
        if (!done.problems.empty()) {
          next.last_error_offset = r.offset_upper;
          next.last_error_message = done.problems.back().message;
          next.last_error_ms = now;
        }
        next.earlier_tokens.push_back(next.token);
        if (next.earlier_tokens.size() > channels_impl::kept_tokens)
          next.earlier_tokens.pop_front();
        if (r.offset_upper) next.token = r.offset_upper;
        next.latency_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(service_.clock.now() - r.accepted)
                .count();
        next.buffered.pop_front();
        to.run("INSERT INTO _sluice_rowsets VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
               {pipe_text(job.pipe),
                next.name,
                next.incarnation,
                r.client_sequencer,
                r.row_sequencer,
                r.offset_lower,
                upper,
                done.parsed,
                done.inserted,
                done.first_row,
                done.last_row,
                now,
                r.hash});
      }
      if (job.invalidate_after) next.invalid = channels_impl::must_reopen;
      save(to, next);
    });
  } catch (sql::pipe_gone const&) {
    std::lock_guard const lock(state_);
    auto& c = channels_.at(job.of);
    c.in_flight = 0;
    make_invalid(c, channels_impl::must_reopen);
    return false;
  } catch (std::runtime_error const&) {
    // Somebody else's transaction holds the tables: another round will come.
    std::lock_guard const lock(state_);
    channels_.at(job.of).in_flight = 0;
    return false;
  }
  std::lock_guard const lock(state_);
  auto& c = channels_.at(job.of);
  c.buffered.erase(c.buffered.begin(),
                   c.buffered.begin() + static_cast<std::ptrdiff_t>(before - next.buffered.size()));
  c.in_flight = 0;
  c.token = next.token;
  c.rows_parsed = next.rows_parsed;
  c.rows_inserted = next.rows_inserted;
  c.rows_errors = next.rows_errors;
  c.last_error_offset = next.last_error_offset;
  c.last_error_message = next.last_error_message;
  c.last_error_ms = next.last_error_ms;
  c.latency_ms = next.latency_ms;
  c.earlier_tokens = std::move(next.earlier_tokens);
  counts_.rowsets_committed += job.rowsets.size();
  if (job.invalidate_after) make_invalid(c, channels_impl::must_reopen);
  return true;
}

void channel_table::append_elastic(sql::pipe_description const& pipe, std::string lines) {
  std::lock_guard const work(work_);
  pipes_.write([&](sql::pipe_transaction& to) {
    to.run(
        "INSERT INTO _sluice_elastic (pipe_id, db, schema, pipe, lines, accepted_ms) VALUES "
        "(?,?,?,?,?,?)",
        {pipe.id, pipe.database, pipe.schema, pipe.name, std::move(lines), now_ms()});
  });
  std::lock_guard const lock(state_);
  ++elastic_waiting_;
  ++counts_.rowsets_accepted;
  wake_.notify_all();
}

channel_view channel_table::elastic_status(sql::pipe_description const& pipe) {
  using namespace commits_impl;
  channel_view out;
  out.pipe = pipe;
  out.name = elastic_name;
  out.status_code = options_.healthy_status;
  pipes_.write([&](sql::pipe_transaction& to) {
    auto const sums = to.run(
        "SELECT SUM(rows_parsed), SUM(rows_inserted) FROM _sluice_rowsets WHERE pipe = ?1 AND "
        "channel = ?2 AND incarnation = 0",
        {pipe_text(pipe), out.name});
    out.rows_parsed = number(sums[0][0]);
    out.rows_inserted = number(sums[0][1]);
    out.rows_errors = out.rows_parsed - out.rows_inserted;
  });
  return out;
}

bool channel_table::commit_elastic(bool everything) {
  using namespace commits_impl;
  {
    std::lock_guard const lock(state_);
    if (elastic_waiting_ == 0) return false;
  }
  if (service_.faults.fire("commit_stalled", elastic_name)) return false;
  auto const now = now_ms();
  auto const due = everything ? now : now - options_.commit_lag.count();
  std::size_t committed = 0;
  std::size_t lost = 0;
  pipes_.write([&](sql::pipe_transaction& to) {
    auto const rows =
        to.run(std::string("SELECT id, pipe_id, db, schema, pipe, lines FROM _sluice_elastic WHERE "
                           "accepted_ms <= ?1 ORDER BY ") +
                   (options_.shuffle_elastic ? "id % 2, id DESC" : "id"),
               {due});
    for (auto const& row : rows) {
      sql::pipe_description pipe;
      pipe.id = number(row[1]);
      pipe.database = text(row[2]);
      pipe.schema = text(row[3]);
      pipe.name = text(row[4]);
      try {
        auto const done =
            to.load(pipe, text(row[5]), {std::string(elastic_name), {}, {}}, spoiler(elastic_name));
        to.run("INSERT INTO _sluice_rowsets VALUES (?,?,0,0,0,'','',?,?,?,?,?,'')",
               {pipe_text(pipe),
                std::string(elastic_name),
                done.parsed,
                done.inserted,
                done.first_row,
                done.last_row,
                now});
        ++committed;
      } catch (sql::pipe_gone const&) {
        ++lost;
      }
      to.run("DELETE FROM _sluice_elastic WHERE id = ?1", {number(row[0])});
    }
  });
  std::lock_guard const lock(state_);
  elastic_waiting_ -= std::min(elastic_waiting_, committed + lost);
  counts_.rowsets_committed += committed;
  counts_.rowsets_discarded += lost;
  return committed > 0;
}

void channel_table::commit_now() {
  while (commit_round(true)) {
  }
}

std::vector<committed_rowset> channel_table::committed() {
  using namespace commits_impl;
  std::vector<committed_rowset> out;
  pipes_.write([&](sql::pipe_transaction& to) {
    auto const rows = to.run(
        "SELECT pipe, channel, client_sequencer, row_sequencer, offset_lower, offset_upper, "
        "rows_parsed, rows_inserted, first_row, last_row, committed_ms FROM _sluice_rowsets ORDER "
        "BY rowid",
        {});
    for (auto const& row : rows) {
      out.push_back({text(row[0]),
                     text(row[1]),
                     number(row[2]),
                     number(row[3]),
                     text(row[4]),
                     text(row[5]),
                     number(row[6]),
                     number(row[7]),
                     number(row[8]),
                     number(row[9]),
                     number(row[10])});
    }
  });
  return out;
}

void channel_table::stop() {
  {
    std::lock_guard const lock(state_);
    if (stopped_) return;
    stopped_ = true;
  }
  engine_.request_stop();
  wake_.notify_all();
  if (engine_.joinable()) engine_.join();
  commit_now();
  std::lock_guard const work(work_);
  pipes_.write([&](sql::pipe_transaction& to) {
    bool lossless = true;
    {
      std::lock_guard const lock(state_);
      for (auto const& of : expired_) erase(to, of);
      for (auto const& entry : channels_) {
        lossless = lossless && entry.second.buffered.empty();
        save(to, entry.second);  // nothing else writes down that a channel became invalid
      }
    }
    commits_impl::set_clean(to, lossless);
  });
}

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_IMPL_COMMITS_IPP
