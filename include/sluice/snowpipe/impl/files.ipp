#ifndef SLUICE_SNOWPIPE_IMPL_FILES_IPP
#define SLUICE_SNOWPIPE_IMPL_FILES_IPP

#include <sluice/auth/request_id.hpp>
#include <sluice/snowpipe/files.hpp>
#include <sluice/snowpipe/files_protocol.hpp>
#include <sluice/snowpipe/ingest.hpp>
#include <sluice/transport/cancel.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/url.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::inline v0::snowpipe {

namespace detail {

inline error bad_files_option(std::string_view what) {
  return error{sluice::errc::invalid_configuration, "snowpipe::files: " + std::string{what}};
}

inline connection at_control(snowflake::connection const& c) {
  connection to;
  to.account = c.account;
  to.region = c.region;
  to.user = c.user;
  to.auth = c.auth;
  to.database = c.database;
  to.schema = c.schema;
  to.host = c.host;
  to.port = c.port;
  to.protocol = c.protocol;
  return to;
}

/// A file that the pipe was told of.
struct notified_file {
  std::uint64_t sequence = 0;
  std::vector<position_range> positions;
  std::uint64_t rows = 0;
  ack* verdicts = nullptr;
  std::chrono::system_clock::time_point at;
};

}  // namespace detail

class files_session::core final : public std::enable_shared_from_this<core> {
 public:
  core(environment const& env, files_config const& config)
      : env_{env},
        config_{config},
        pool_{env.transport, config.connection, 1, env.log, env.metrics},
        control_{env.transport, detail::at_control(config.connection), env.log, env.metrics} {}

  task<resume_point> open();
  task<accepted> send(payload const& p, ack& verdicts);
  task<void> drain(deadline until);
  task<void> close(deadline until);
  task<recovery> recover(in_doubt const& doubt, ack& verdicts);

  void abandon() noexcept {
    closed_ = true;
    control_.detach();
    pool_.detach();
    if (stage_) stage_->detach();
    env_.metrics = nullptr;
    env_.log = {};
    open_.clear();
    cancel_.cancel();
  }

 private:
  /// One request of the service, for `retry`.
  struct attempt {
    core& on;
    request& what;
    bool& left_open;

    task<std::string> operator()(std::size_t n) const {
      what.attempt = n;
      return on.ask(what, left_open);
    }
  };

  task<std::string> ask(request const& r, bool& left_open);
  task<std::string> ask_until(request r, bool& left_open, std::uint64_t* repeats = nullptr);
  task<void> notify(std::string const& path, std::uint64_t size, std::uint64_t* repeats = nullptr);
  void start_polling();
  static task<void> poll(std::shared_ptr<core> self);
  task<void> look();
  task<void> look_back();
  task<void> scan(std::chrono::system_clock::time_point first);
  void take(file_report const& f);
  void judge(file_report const& f);
  task<void> wait_for(std::vector<std::string> paths);

  environment env_;
  files_config config_;
  snowflake::session_pool pool_;
  ingest control_;
  std::optional<snowflake::internal_stage> stage_;
  std::string directory_;  ///< of this run's files, as the pipe names them
  std::map<std::string, detail::notified_file> open_;  ///< without verdict, by path
  /// While files of an earlier process are settled: what the service says of this run's, by path.
  std::optional<std::map<std::string, file_report>> known_;
  std::string mark_;
  cancel_source cancel_;
  async_condition judged_;
  bool polling_ = false;
  bool closed_ = false;
};

SLUICE_DECL task<resume_point> files_session::core::open() {
  if (config_.pipe.empty() || config_.connection.database.empty() ||
      config_.connection.schema.empty())
    co_return detail::bad_files_option(
        "name the pipe and, in the connection, its database and schema");
  if (std::holds_alternative<user_password>(config_.connection.auth))
    co_return detail::bad_files_option(
        "Snowpipe takes no passwords; set connection.auth to key_pair, oauth or "
        "programmatic_access_token");
  if (config_.stage.name.empty())
    co_return detail::bad_files_option(
        "name an internal stage: Snowpipe takes no files from a user's own");
  std::string const prefix = config_.stage.prefix.empty() ? "" : config_.stage.prefix + '/';
  if (!prefix.starts_with(config_.pipe_location))
    co_return detail::bad_files_option(
        "the files would lie outside pipe_location; let stage.prefix begin with it");
  directory_ = prefix.substr(config_.pipe_location.size()) + env_.run_id + '/';
  std::string const location =
      '@' +
      snowflake::object_name{config_.stage.database, config_.stage.schema, config_.stage.name}
          .quoted() +
      '/' + prefix + env_.run_id + '/';
  snowflake::upload_options uploads;
  uploads.parallel = config_.parallel_uploads;
  uploads.retry = config_.retry;
  stage_.emplace(env_.transport,
                 pool_,
                 location,
                 env_.compression,
                 std::move(uploads),
                 env_.log,
                 env_.metrics);
  result<void> reachable = co_await stage_->open();
  if (!reachable) co_return std::move(reachable).error();
  co_return resume_point{};
}

SLUICE_DECL task<std::string> files_session::core::ask(request const& r, bool& left_open) {
  result<response> got = co_await control_.perform_at_control(r, left_open);
  if (!got) co_return std::move(got).error();
  if (got->status == 200) {
    // The service remembers the paths it was told, so a notification may be repeated.
    result<void> good = r.method == http_method::post ? parse_insert_reply(got->body) : success;
    left_open = left_open || !good;
    if (!good) co_return std::move(good).error();
    co_return std::move(got->body);
  }
  refusal const why = parse_refusal(got->body);
  error e = service_error(r.label, got->status, why);
  error const by_status = status_error(r.label, *got, env_.transport.system_now());
  e.kind = by_status.kind;
  e.retry_after = by_status.retry_after;
  left_open = left_open || (e.retryable() && got->status != 429);
  co_return e;
}

SLUICE_DECL task<std::string> files_session::core::ask_until(request r,
                                                             bool& left_open,
                                                             std::uint64_t* repeats) {
  r.headers.push_back({"Accept", "application/json"});
  result<std::string> body = co_await sluice::retry(env_.transport,
                                                    config_.retry,
                                                    std::string{r.label},
                                                    attempt{*this, r, left_open},
                                                    control_.observer(),
                                                    repeats);
  co_return body;
}

/// `repeats` as in `retry`.
SLUICE_DECL task<void> files_session::core::notify(std::string const& path,
                                                   std::uint64_t size,
                                                   std::uint64_t* repeats) {
  request tell;
  tell.method = http_method::post;
  tell.url = files_path(config_.connection.database,
                        config_.connection.schema,
                        config_.pipe,
                        "insertFiles?requestId=" + make_uuid());
  tell.headers.push_back({"Content-Type", "application/json"});
  tell.body = chunk_list{insert_files_body(path, size)};
  tell.label = "insertFiles";
  bool left_open = false;
  result<std::string> body = co_await ask_until(std::move(tell), left_open, repeats);
  if (body) co_return success;
  error why = std::move(body).error();
  if (why.code == sluice::errc::cancelled) co_return why;
  if (left_open)
    co_return error{sluice::errc::outcome_unknown,
                    "the file is in the stage, but the pipe did not answer: " + why.message};
  co_return why;
}

SLUICE_DECL void files_session::core::start_polling() {
  if (polling_ || open_.empty()) return;
  polling_ = true;
  env_.transport.spawn(poll(shared_from_this()), cancel_.token());
}

SLUICE_DECL task<accepted> files_session::core::send(payload const& p, ack& verdicts) {
  known_.reset();
  std::string const name =
      snowflake::stage_file_name(p.sequence, env_.format.kind, env_.compression);
  result<accepted> sent = co_await stage_->put(name, p.body);
  if (!sent) {
    error why = std::move(sent).error();
    if (why.code != sluice::errc::cancelled) why.kind = disposition::retryable;
    co_return why;
  }
  std::string const path = directory_ + name;
  // The report may name the file before the notification has its answer.
  bool const fresh =
      open_
          .emplace(
              path,
              detail::notified_file{
                  p.sequence, p.positions, p.row_count, &verdicts, env_.transport.system_now()})
          .second;
  result<void> told = co_await notify(path, sent->bytes_sent, &sent->retries);
  if (closed_) co_return error{sluice::errc::cancelled, "the session has ended"};
  if (!told) {
    if (fresh) open_.erase(path);
    co_return std::move(told).error();
  }
  verdicts.note(p.sequence, {path, "notified", std::nullopt});
  start_polling();
  co_return *sent;
}

SLUICE_DECL task<void> files_session::core::poll(std::shared_ptr<core> self) {
  while (!self->closed_ && !self->open_.empty()) {
    result<void> slept = co_await self->env_.transport.sleep_for(self->config_.poll_interval);
    if (!slept || self->closed_) co_return success;
    result<void> looked = co_await self->look();
    if (self->closed_) co_return success;
    if (!looked) self->env_.log.info("snowpipe", "load report: " + looked.error().describe());
  }
  self->polling_ = false;
  co_return success;
}

SLUICE_DECL task<void> files_session::core::look() {
  request report;
  report.url = files_path(config_.connection.database,
                          config_.connection.schema,
                          config_.pipe,
                          "insertReport?requestId=" + make_uuid());
  if (!mark_.empty()) report.url += "&beginMark=" + percent_encode(mark_);
  report.label = "insertReport";
  bool left_open = false;
  result<std::string> body = co_await ask_until(std::move(report), left_open);
  if (!body) co_return std::move(body).error();
  result<load_report> read = parse_load_report(*body);
  if (!read) co_return std::move(read).error();
  if (closed_) co_return success;
  mark_ = read->next_mark;
  for (file_report const& f : read->files) take(f);
  if (read->complete || open_.empty()) co_return success;
  // The report keeps ten minutes and 10,000 events; the history keeps the rest.
  result<void> scanned = co_await look_back();
  co_return scanned;
}

SLUICE_DECL task<void> files_session::core::look_back() {
  auto first = env_.transport.system_now();
  for (auto const& [path, file] : open_) first = std::min(first, file.at);
  result<void> scanned = co_await scan(first - std::chrono::minutes{1});
  co_return scanned;
}

/// Reads the history page by page, as long as there is somebody who wants to know.
SLUICE_DECL task<void> files_session::core::scan(std::chrono::system_clock::time_point first) {
  std::string from = iso_time(first);
  std::string const to = iso_time(env_.transport.system_now() + std::chrono::minutes{1});
  constexpr int most_pages = 100;
  for (int page = 0; page != most_pages && (known_ || !open_.empty()); ++page) {
    request history;
    history.url = files_path(config_.connection.database,
                             config_.connection.schema,
                             config_.pipe,
                             "loadHistoryScan?requestId=" + make_uuid());
    history.url +=
        "&startTimeInclusive=" + percent_encode(from) + "&endTimeExclusive=" + percent_encode(to);
    history.label = "loadHistoryScan";
    bool left_open = false;
    result<std::string> body = co_await ask_until(std::move(history), left_open);
    if (!body) co_return std::move(body).error();
    result<load_report> read = parse_load_report(*body);
    if (!read) co_return std::move(read).error();
    if (closed_) co_return success;
    for (file_report const& f : read->files) take(f);
    if (read->complete || read->range_end.empty() || read->range_end == from) break;
    from = read->range_end;
  }
  co_return success;
}

SLUICE_DECL void files_session::core::take(file_report const& f) {
  bool const ended = f.state != load_state::in_progress && f.state != load_state::unknown;
  if (known_ && ended && f.path.starts_with(directory_)) known_->insert_or_assign(f.path, f);
  judge(f);
}

SLUICE_DECL void files_session::core::judge(file_report const& f) {
  auto const found = open_.find(f.path);
  if (found == open_.end()) return;
  file_fate const fate = fate_of(f, found->second.rows);
  if (fate == file_fate::pending) return;
  detail::notified_file const file = std::move(found->second);
  open_.erase(found);
  bool const none = fate == file_fate::refused;
  rejection const why{none ? dead_reason::rejected : dead_reason::unknown,
                      {},
                      (f.rows_inserted ? std::to_string(*f.rows_inserted) : "an unknown number") +
                          " of " + std::to_string(file.rows) + " rows of the file " + f.path +
                          " were loaded" +
                          (none ? "" : ", which ones is not known, so a replay must deduplicate") +
                          "; the first reason: " + f.first_error,
                      f.first_error_column};
  if (env_.metrics != nullptr)
    env_.metrics->commit_lag_ms.record(static_cast<std::uint64_t>(std::max<std::int64_t>(
        0,
        std::chrono::duration_cast<milliseconds>(env_.transport.system_now() - file.at).count())));
  if (env_.log.enabled(log_level::debug))
    env_.log.debug("snowpipe",
                   "file " + f.path + ": " + std::string{name_of(f.state)} + ", " +
                       (f.rows_inserted ? std::to_string(*f.rows_inserted) : "an unknown number") +
                       " of " + std::to_string(file.rows) + " rows inserted");
  file.verdicts->note(file.sequence, {f.path, std::string{name_of(f.state)}, std::nullopt});
  for (position_range const& rows : file.positions) {
    if (fate == file_fate::loaded)
      file.verdicts->confirm(rows);
    else
      file.verdicts->reject(rows, why);
  }
  judged_.notify_all();
}

SLUICE_DECL task<void> files_session::core::wait_for(std::vector<std::string> paths) {
  for (std::string const& path : paths)
    while (open_.contains(path)) {
      result<void> woken = co_await judged_.wait();
      if (!woken) co_return std::move(woken).error();
    }
  co_return success;
}

SLUICE_DECL task<void> files_session::core::drain(deadline until) {
  std::vector<std::string> paths;
  for (auto const& [path, file] : open_) paths.push_back(path);
  auto limited = with_deadline(env_.transport, wait_for(std::move(paths)), until.at);
  result<void> done = co_await std::move(limited);
  co_return done;
}

SLUICE_DECL task<void> files_session::core::close(deadline until) {
  result<void> done = co_await drain(until);
  result<void> closed = co_await pool_.close();
  if (!closed) env_.log.warning("snowpipe", "logout: " + closed.error().describe());
  co_return done;
}

SLUICE_DECL files_session::files_session(environment const& env, files_config const& config)
    : core_{std::make_shared<core>(env, config)} {}

SLUICE_DECL files_session::~files_session() {
  core_->abandon();
}

SLUICE_DECL task<resume_point> files_session::open() {
  return core_->open();
}

SLUICE_DECL task<accepted> files_session::send(payload const& p, ack& verdicts) {
  return core_->send(p, verdicts);
}

SLUICE_DECL task<void> files_session::flush(deadline until) {
  return core_->drain(until);
}

SLUICE_DECL task<void> files_session::finish(deadline until) {
  return core_->close(until);
}

SLUICE_DECL task<recovery> files_session::recover(in_doubt const& file, ack& verdicts) {
  return core_->recover(file, verdicts);
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_FILES_IPP
