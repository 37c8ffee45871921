#ifndef SLUICE_SNOWFLAKE_IMPL_COPIER_IPP
#define SLUICE_SNOWFLAKE_IMPL_COPIER_IPP

#include <sluice/snowflake/copier.hpp>
#include <sluice/snowflake/detail/leaves_open.hpp>
#include <sluice/snowflake/detail/lock_patience.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake {

namespace detail {

/// COPY statements that are sent for one group of files before its outcome counts as unknown.
inline constexpr int most_copy_attempts = 4;

inline std::vector<std::string> names_of(std::vector<staged_file> const& files) {
  std::vector<std::string> names;
  names.reserve(files.size());
  for (staged_file const& f : files) names.push_back(f.name);
  return names;
}

/// "Remote file was not found": a file named in FILES is not in the stage.
inline constexpr std::string_view file_not_found = "091016";

}  // namespace detail

SLUICE_DECL copier::copier(transport& t,
                           session_pool& sessions,
                           internal_stage& stage,
                           copy_plan plan,
                           logger log,
                           load_metrics* metrics)
    : transport_{t},
      sessions_{sessions},
      stage_{stage},
      plan_{std::move(plan)},
      log_{std::move(log)},
      metrics_{metrics},
      limit_{plan_.most_copies},
      readers_{t},
      tasks_{t} {}

SLUICE_DECL std::string copier::title() const {
  return "COPY INTO " + plan_.statement.table.quoted();
}

SLUICE_DECL void copier::remember(error const& why) {
  if (!first_error_) first_error_ = why;
  log_.error("snowflake", why.describe());
}

SLUICE_DECL void copier::add(staged_file file) {
  file.verdicts->note(file.sequence,
                      {plan_.statement.location + file.name, "staged", std::nullopt});
  waiting_.push_back(std::move(file));
  pump();
}

SLUICE_DECL std::size_t copier::next_group() const {
  std::uint64_t rows = 0;
  std::size_t n = 0;
  for (staged_file const& file : waiting_) {
    rows += file.rows;
    bool const too_many = plan_.rows_per_copy != 0 && rows > plan_.rows_per_copy && n != 0;
    if (too_many || n == plan_.files_per_copy) return n;
    ++n;
  }
  // More may come, unless nothing is under way.
  bool const full =
      n == plan_.files_per_copy || (plan_.rows_per_copy != 0 && rows >= plan_.rows_per_copy);
  return full || uploads_ == 0 ? n : 0;
}

SLUICE_DECL void copier::pump() {
  while (!stopped_ && groups_ < limit_.current()) {
    std::size_t const n = next_group();
    if (n == 0) break;
    std::vector<staged_file> files(
        std::make_move_iterator(waiting_.begin()),
        std::make_move_iterator(waiting_.begin() + static_cast<std::ptrdiff_t>(n)));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n));
    ++groups_;
    tasks_.spawn(copy_group(std::move(files)));
  }
}

SLUICE_DECL task<void> copier::copy_group(std::vector<staged_file> files) {
  std::size_t const count = files.size();
  steady_time const started = transport_.now();
  std::size_t const running = groups_;
  std::vector<batch> work;
  batch b{std::move(files), plan_.statement.options.on_error, 0};
  result<void> done = co_await copy_batch(std::move(b), work);
  if (!done) remember(done.error());
  // Isolating bad rows takes more statements, which say nothing about the warehouse.
  if (done && work.empty())
    limit_.took(std::chrono::duration_cast<std::chrono::microseconds>(transport_.now() - started),
                static_cast<double>(count),
                running);
  result<void> rest = co_await work_off(std::move(work));
  if (!rest) remember(rest.error());
  --groups_;
  pump();
  changed_.notify_all();
  co_return success;
}

SLUICE_DECL task<void> copier::work_off(std::vector<batch> work) {
  std::optional<error> first;
  while (!work.empty()) {
    batch b = std::move(work.back());
    work.pop_back();
    result<void> done = co_await copy_batch(std::move(b), work);
    if (!done && !first) first = std::move(done).error();
  }
  if (first) co_return *first;
  co_return success;
}

SLUICE_DECL task<void> copier::copy_batch(batch b, std::vector<batch>& more) {
  std::shared_ptr<session> const on = sessions_.pick();
  std::string words;
  result<statement_reply> reply = co_await run_copy(on, b, words);
  if (reply) {
    result<void> settled = co_await settle(on, std::move(b), *reply, more);
    co_return settled;
  }
  error const why = std::move(reply).error();
  // Nothing was loaded: one file spoils the others.
  bool const spoilt = why.code == errc::bad_rows || why.service_code == detail::file_not_found;
  if (spoilt && b.policy.aborts() && (b.files.size() > 1 || why.code == errc::bad_rows)) {
    split(std::move(b), words, more);
    co_return success;
  }
  if (why.code == errc::throttled) limit_.throttled();
  if (detail::leaves_open(why) && plan_.statement.options.force) {
    result<void> told = co_await settle_by_history(on, std::move(b), why, more);
    co_return told;
  }
  if (detail::leaves_open(why) && b.attempts + 1 < detail::most_copy_attempts && !stopped_) {
    ++b.attempts;
    log_.warning("snowflake", title() + ": outcome unknown, sent again: " + why.describe());
    more.push_back(std::move(b));
    co_return success;
  }
  give_up(b, why);
  co_return why;
}

SLUICE_DECL void copier::split(batch b, std::string_view message, std::vector<batch>& more) const {
  if (log_.enabled(log_level::debug))
    log_.debug("snowflake",
               title() + ": nothing was loaded; " +
                   (b.files.size() == 1 ? "its good rows are loaded without the bad ones"
                                        : std::to_string(b.files.size()) +
                                              " files are split to find the one that spoils"));
  if (b.files.size() == 1) {
    // Found: its good rows are loaded, the bad ones are named.
    more.push_back({std::move(b.files), on_error::continue_(), 0});
    return;
  }
  std::vector<std::string> const names = detail::names_of(b.files);
  std::optional<std::size_t> const named = file_named_in(message, names);
  std::vector<staged_file> rest;
  auto const middle = b.files.begin() + static_cast<std::ptrdiff_t>(b.files.size() / 2);
  auto const first = named ? b.files.begin() + static_cast<std::ptrdiff_t>(*named) : middle;
  auto const last = named ? first + 1 : b.files.end();
  rest.assign(std::make_move_iterator(first), std::make_move_iterator(last));
  b.files.erase(first, last);
  more.push_back({std::move(b.files), b.policy, 0});
  more.push_back({std::move(rest), b.policy, 0});
}

SLUICE_DECL void copier::give_up(batch const& b, error const& why) {
  rejection r;
  r.code = why.service_code;
  r.message = why.message;
  // Nobody can say: no verdict.
  if (why.code == sluice::errc::cancelled || detail::leaves_open(why)) return;
  bool const undone = why.code == errc::statement_cancelled || why.code == errc::login_refused ||
                      detail::ended_for_lock(why);
  if (why.code == errc::copy_unreconciled) {
    r.reason = dead_reason::unknown;  // files that are loaded already are left out, too
  } else if (undone) {
    r.reason = dead_reason::undelivered;
  } else {
    r.reason = dead_reason::rejected;
    bool const every_copy = why.code == errc::object_missing || why.code == errc::statement_failed;
    if (every_copy && why.service_code != detail::file_not_found) broken_ = why;
  }
  for (staged_file const& f : b.files) {
    rejection named = r;
    named.message += " (stage file " + plan_.statement.location + f.name + ")";
    bury(f, named);
  }
}

SLUICE_DECL task<statement_reply> copier::run_copy(std::shared_ptr<session> on,
                                                   batch const& b,
                                                   std::string& words) {
  copy_statement copy = plan_.statement;
  copy.files = detail::names_of(b.files);
  copy.options.on_error = b.policy;
  statement s;
  s.sql = copy_text(copy);
  s.title = title();
  s.asynchronous = plan_.asynchronous;
  s.refused_with = &words;
  steady_time const patience = transport_.now() + plan_.table_wait;
  std::chrono::milliseconds table_pause{100};
  detail::lock_patience lock{on->settings().retry, transport_.now()};
  for (;;) {
    s.request_id = make_uuid();
    running_.emplace(s.request_id, running_copy{on, s.sql});
    if (metrics_ != nullptr) metrics_->copy_operations.add();
    result<statement_reply> reply = co_await on->execute(s);
    running_.erase(s.request_id);
    if (reply) co_return reply;
    error const& why = reply.error();
    std::optional<std::chrono::milliseconds> wait =
        lock.pause(why, transport_.now(), transport_.random());
    if (wait) {
      limit_.throttled();
      log_.warning("snowflake", title() + ": waits for a lock: " + why.describe());
    } else if (why.service_code == "002003" && transport_.now() + table_pause < patience) {
      // A table that was just made is not visible everywhere at once.
      wait = table_pause;
      table_pause *= 2;
    }
    if (!wait) co_return reply;
    result<void> slept = co_await pause(*wait);
    if (!slept) co_return std::move(slept).error();
    if (stopped_) co_return reply;
  }
}

SLUICE_DECL task<void> copier::pause(std::chrono::milliseconds length) {
  steady_time const until = transport_.now() + length;
  while (!stopped_ && transport_.now() < until) {
    auto limited = with_deadline(transport_, next_change(), until);
    result<void> woken = co_await std::move(limited);
    if (!woken && woken.error().code != sluice::errc::deadline) co_return std::move(woken).error();
  }
  co_return success;
}

SLUICE_DECL task<void> copier::next_change() {
  result<void> woken = co_await changed_.wait();
  co_return woken;
}

SLUICE_DECL task<void> copier::until_idle() {
  while (groups_ != 0 || reading_ || (!waiting_.empty() && !stopped_)) {
    result<void> woken = co_await changed_.wait();
    if (!woken) co_return std::move(woken).error();
  }
  co_return success;
}

SLUICE_DECL task<void> copier::drain() {
  result<void> idle = co_await until_idle();
  if (!idle) co_return std::move(idle).error();
  if (first_error_) co_return *first_error_;
  co_return success;
}

SLUICE_DECL task<void> copier::cancel_running() {
  task_group all{transport_};
  for (auto const& [id, copy] : running_) all.spawn(copy.on->cancel(id, copy.sql));
  result<void> done = co_await all.wait();
  if (!done) log_.warning("snowflake", "cancelling: " + done.error().describe());
  // Each cancelled statement ends by itself and reports its rows.
  result<void> idle = co_await until_idle();
  co_return idle;
}

SLUICE_DECL task<void> copier::stop(steady_time until) {
  stopped_ = true;
  rejection const late{
      dead_reason::undelivered,
      {},
      "the deadline came before COPY; the rows are in the stage under " + plan_.statement.location,
      {}};
  for (staged_file const& f : std::exchange(waiting_, {})) bury(f, late);
  changed_.notify_all();
  // What is not read by then gets its verdicts without records, in time.
  tasks_.spawn(end_reading(until - (until - transport_.now()) / 4));
  auto limited = with_deadline(transport_, cancel_running(), until);
  result<void> done = co_await std::move(limited);
  tasks_.cancel();
  co_return done;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_COPIER_IPP
