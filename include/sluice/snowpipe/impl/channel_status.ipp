#ifndef SLUICE_SNOWPIPE_IMPL_CHANNEL_STATUS_IPP
#define SLUICE_SNOWPIPE_IMPL_CHANNEL_STATUS_IPP

#include <sluice/auth/request_id.hpp>
#include <sluice/ledger/interval_set.hpp>
#include <sluice/snowpipe/channel.hpp>
#include <sluice/snowpipe/detail/refused_rows.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace sluice::inline v0::snowpipe {

namespace detail {

/// Whether a rowset begins behind the last row that was refused.
struct behind_bound {
  std::optional<offset_token> const& bound;
  std::string const& source;

  bool operator()(std::shared_ptr<rowset> const& r) const {
    return bound && bound->source == source && bound->at < r->first;
  }
};

}  // namespace detail

SLUICE_DECL void channel::start_polling() {
  if (polling_ || closed_ || pending_.empty()) return;
  polling_ = true;
  env_.transport.spawn(poll(shared_from_this()), cancel_.token());
}

/// Looks after rows that are accepted: commits, refusals, and a channel that dies without a word.
SLUICE_DECL task<void> channel::poll(std::shared_ptr<channel> self) {
  while (!self->closed_ && !self->broken_ && !self->pending_.empty()) {
    result<void> slept = co_await self->env_.transport.sleep_for(self->config_.poll_interval);
    if (!slept || self->closed_) co_return success;
    result<void> looked = co_await self->look();
    if (self->closed_) co_return success;
    if (!looked) self->env_.log.info("snowpipe", "status: " + looked.error().describe());
    if (self->stalled()) {
      self->env_.log.warning("snowpipe",
                             "channel " + self->name_ +
                                 ": the committed token does not move although rows wait; it is "
                                 "opened again");
      self->stalled_ = true;
      self->needs_open_ = true;
    }
    if (!self->needs_open_) continue;
    result<void> mended = co_await self->mend();
    if (!mended && !self->closed_)
      self->env_.log.warning("snowpipe", "reopening: " + mended.error().describe());
  }
  self->polling_ = false;
  co_return success;
}

SLUICE_DECL task<void> channel::mend() {
  result<permit> turn = co_await turn_.lock();
  if (!turn) co_return std::move(turn).error();
  result<void> opened = co_await reopen();
  co_return opened;
}

SLUICE_DECL bool channel::stalled() const {
  for (std::shared_ptr<detail::rowset> const& r : pending_)
    if (r->accepted && !r->judged)
      return env_.transport.now() - std::max(progress_at_, r->accepted_at) > config_.stall_after;
  return false;
}

/// One look at the status. A failure is left to the next look, and in the end to the watchdog.
SLUICE_DECL task<void> channel::look() {
  std::uint64_t const opening = opens_;
  ingest_call call;
  call.target = status_path(at_) + "?requestId=" + make_uuid();
  call.body = chunk_list{status_body(name_)};
  call.content_type = "application/json";
  call.label = "channel status";
  bool left_open = false;
  result<ingest_answer> a = co_await ingest_.ask(operation::status, call, left_open);
  if (!a) co_return std::move(a).error();
  // What was asked before a reopen says nothing about the channel after it.
  if (closed_ || opening != opens_) co_return success;
  if (a->what == outcome::moved) ingest_.moved();
  if (a->what == outcome::moved || a->what == outcome::reopen) {
    needs_open_ = true;
    co_return success;
  }
  if (a->what != outcome::success) co_return service_error("channel status", a->status, a->why);
  result<std::optional<channel_status>> now = parse_status_reply(a->body, name_);
  if (!now) co_return std::move(now).error();
  if (!*now || !(*now)->healthy()) {
    env_.log.warning("snowpipe",
                     "channel " + name_ + " is invalid: " +
                         (*now ? plain_words((*now)->code) : "the service does not know it"));
    needs_open_ = true;
  }
  if (!*now) co_return success;
  result<void> judged = co_await judge(**now);
  co_return judged;
}

SLUICE_DECL void channel::confirm(detail::rowset& r) {
  if (env_.metrics != nullptr && r.accepted)
    env_.metrics->commit_lag_ms.record(static_cast<std::uint64_t>(
        std::chrono::duration_cast<milliseconds>(env_.transport.now() - r.accepted_at).count()));
  r.judged = true;
  payload const rows = std::move(r.data);
  r.verdicts->note(rows.sequence, {r.last_token, "committed", std::nullopt});
  r.verdicts->confirm(rows);
}

/// Whether rows were refused that the committed token has not passed: the counters may run ahead of
/// it, and then say nothing of the rows before.
SLUICE_DECL bool channel::refusals_lie_ahead(channel_status const& now) const {
  if (now.rows_refused.value_or(0) <= refused_rows_) return false;
  std::optional<offset_token> const bound = parse_offset_token(now.last_error_bound, prefix_);
  if (!bound || bound->source != source_) return false;
  for (std::shared_ptr<detail::rowset> const& r : pending_)
    if (!r->judged && r->last > *committed_ && bound->at >= r->first && bound->at <= r->last)
      return true;
  return false;
}

/// How many of `rows` rows that the token has passed are not in the table: as many as the service
/// says it has refused, and as many as it has not counted as inserted.
SLUICE_DECL std::uint64_t channel::count_missing(channel_status const& now, std::uint64_t rows) {
  std::uint64_t missing = 0;
  if (now.rows_refused) {
    missing = std::max(*now.rows_refused, refused_rows_) - refused_rows_;
    refused_rows_ += missing;
  }
  if (now.rows_inserted && inserted_rows_) {
    std::uint64_t const grown = std::max(*now.rows_inserted, *inserted_rows_) - *inserted_rows_;
    std::uint64_t const arrived = std::min(rows, grown);
    *inserted_rows_ += arrived;
    missing = std::max(missing, rows - arrived);
  }
  return missing;
}

/// Gives verdicts on what a status says is committed. The token also passes rows that were refused,
/// so it counts only together with the numbers of refused and inserted rows.
SLUICE_DECL task<void> channel::judge(channel_status const& now) {
  result<permit> mine = co_await judging_.lock();
  if (!mine) co_return std::move(mine).error();
  if (closed_) co_return success;
  result<std::optional<position>> committed = position_of(now.committed);
  if (!committed) {
    break_with(committed.error());
    co_return std::move(committed).error();
  }
  last_error_bound_ = now.last_error_bound;
  // An answer older than one that was read before comes up as a smaller token.
  if (!*committed || (committed_ && **committed < *committed_)) co_return success;
  if (!committed_ || **committed > *committed_) {
    committed_ = **committed;
    progress_at_ = env_.transport.now();
    reopens_ = 0;
    stalled_ = false;
    if (env_.log.enabled(log_level::debug))
      env_.log.debug("snowpipe",
                     "channel " + name_ + " is committed up to " + std::to_string(*committed_));
  }
  detail::rowset_list rows;
  for (std::shared_ptr<detail::rowset> const& r : pending_)
    if (!r->judged && r->last <= *committed_) rows.push_back(r);
  // Refusals wait for the rows that they may be about.
  if (rows.empty() || refusals_lie_ahead(now)) co_return success;
  std::uint64_t count = 0;
  for (auto const& r : rows) count += r->data.row_count;
  std::uint64_t const refused = count_missing(now, count);
  if (refused == 0) {
    for (auto const& r : rows) confirm(*r);
  } else {
    result<void> done = co_await judge_refused(rows, now, refused);
    if (!done) co_return std::move(done).error();
  }
  if (closed_) co_return success;
  forget_judged();
  progressed_.notify_all();
  co_return success;
}

SLUICE_DECL void channel::forget_judged() {
  while (!pending_.empty() && pending_.front()->judged) pending_.pop_front();
}

/// `refused` of the rows in `rows` are not in the table.
SLUICE_DECL task<void> channel::judge_refused(detail::rowset_list const& rows,
                                              channel_status const& now,
                                              std::uint64_t refused) {
  env_.log.warning("snowpipe",
                   "channel " + name_ + ": " + std::to_string(refused) +
                       " committed rows are not in the table; the last reason: " +
                       plain_words(now.last_error_message));
  // The last bad row is at or before this token, so what begins behind it is clean. Where that
  // leaves nothing, the bound and the count contradict each other, and the count is believed.
  std::optional<offset_token> const bound = parse_offset_token(now.last_error_bound, prefix_);
  detail::behind_bound const is_clean{bound, source_};
  bool const use_bound = !std::all_of(rows.begin(), rows.end(), is_clean);
  detail::rowset_list suspects;
  for (auto const& r : rows) {
    if (use_bound && is_clean(r))
      confirm(*r);
    else
      suspects.push_back(r);
  }
  std::vector<detail::found_row> found;
  if (config_.rejected_rows) {
    rejected_rows_query const query{
        config_.table, at_.pipe, name_, suspects.front()->first_token, suspects.back()->last_token};
    auto const read = config_.rejected_rows;
    result<std::vector<rejected_row>> listed = co_await read(query);
    if (closed_) co_return success;
    if (!listed) {
      env_.log.warning("snowpipe", "the refused rows cannot be read: " + listed.error().describe());
    } else {
      result<std::vector<detail::found_row>> matched =
          co_await env_.transport.on_worker(detail::match_refused{suspects, *listed});
      if (closed_) co_return success;
      if (matched) found = *std::move(matched);
    }
  }
  std::vector<position> known;
  for (detail::found_row const& one : found) {
    known.push_back(one.at);
    for (auto const& r : suspects)
      if (one.at >= r->first && one.at <= r->last) {
        r->verdicts->reject(one.at, one.why);
        break;
      }
  }
  refuse_range(suspects, known, refused, now);
  co_return success;
}

/// What is left of `rows` without `known`, which have their verdicts: confirmed if `known` explains
/// every refusal, else nobody can say which of them are in the table.
SLUICE_DECL void channel::refuse_range(detail::rowset_list const& rows,
                                       std::vector<position> const& known,
                                       std::uint64_t refused,
                                       channel_status const& now) {
  interval_set open;
  for (auto const& r : rows)
    for (position_range const& range : r->data.positions) open.add(range);
  for (position const at : known) open.remove({at, 1});
  std::uint64_t const missing = refused > known.size() ? refused - known.size() : 0;
  bool const all = missing >= open.count();
  rejection const why{
      all ? dead_reason::rejected : dead_reason::unknown,
      {},
      std::to_string(missing) + " of " + std::to_string(open.count()) +
          " rows with the offset tokens " + rows.front()->first_token + " to " +
          rows.back()->last_token + " were refused" +
          (all ? ""
               : ", which ones is not known: the others are in the table, so a replay must "
                 "deduplicate") +
          "; the last reason: " + plain_words(now.last_error_message),
      {}};
  for (auto const& r : rows) {
    interval_set mine;
    for (position_range const& range : r->data.positions) mine.add(range);
    for (position const at : known) mine.remove({at, 1});
    r->judged = true;
    r->verdicts->note(r->data.sequence,
                      {r->last_token, "committed, with rows refused", std::nullopt});
    r->data.body.clear();
    for (position_range const& range : mine.ranges()) {
      if (missing == 0)
        r->verdicts->confirm(range);
      else
        r->verdicts->reject(range, why);
    }
  }
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_CHANNEL_STATUS_IPP
