#ifndef SLUICE_PIPELINE_IMPL_ENGINE_SEND_IPP
#define SLUICE_PIPELINE_IMPL_ENGINE_SEND_IPP

#include <sluice/pipeline/detail/engine.hpp>

#include <algorithm>
#include <utility>

namespace sluice::inline v0::detail {

SLUICE_DECL void engine::arrived(std::shared_ptr<flight> f, std::optional<error> const& unplanned) {
  payload const& p = f->body.data;
  flights_.emplace(p.sequence, f);
  if (unplanned) {
    fail(*unplanned);
    give_up(f, p.positions, dead_reason::undelivered, *unplanned);
  } else {
    ready_.push_back(std::move(f));
  }
  pump();
  progress();
}

SLUICE_DECL void engine::pump() {
  while (!ready_.empty()) {
    phase const now = phase_.load();
    if (now == phase::failed || abandoned_) {
      std::shared_ptr<flight> const f = std::move(ready_.front());
      ready_.pop_front();
      error why{errc::deadline, "the deadline came before it was sent"};
      if (now == phase::failed) {
        std::scoped_lock const lock{notes_mutex_};
        if (failure_) why = *failure_;
      }
      give_up(f, f->body.data.positions, dead_reason::undelivered, why);
      continue;
    }
    if (now == phase::opening || in_flight_.load() >= max_in_flight_) return;
    // The halves go first.
    if (shape_.limits.ordered && halving_ != 0) return;
    std::shared_ptr<flight> const f = std::move(ready_.front());
    ready_.pop_front();
    f->sending = true;
    f->was_sent = true;
    std::size_t const flying = in_flight_.fetch_add(1) + 1;
    peak_in_flight_.store(std::max(peak_in_flight_.load(), flying));
    metrics_.upload_workers.set(flying);
    books_.send(f->body.data.sequence, f->body.data.positions);
    spawn(run_send(shared_from_this(), f));
  }
}

SLUICE_DECL task<void> engine::run_send(std::shared_ptr<engine> self, std::shared_ptr<flight> f) {
  credit copy{self->budget_, 0};
  if (self->shape_.limits.copies_body) copy.grow(f->body.data.body.size());
  result<accepted> const outcome = co_await self->session_->send(f->body.data, *self);
  copy.release();
  self->after_send(f, outcome);
  co_return success;
}

SLUICE_DECL void engine::after_send(std::shared_ptr<flight> const& f,
                                    result<accepted> const& outcome) {
  f->sending = false;
  if (outcome && options_.log.enabled(log_level::debug))
    options_.log.debug("pipeline",
                       "payload " + std::to_string(f->body.data.sequence) +
                           " is accepted: " + std::to_string(outcome->bytes_sent) + " bytes sent");
  metrics_.upload_workers.set(in_flight_.fetch_sub(1) - 1);
  if (outcome) {
    failures_in_a_row_ = 0;
    {
      std::scoped_lock const lock{notes_mutex_};
      degraded_ = office_->sink_failed();
    }
    f->accepted = true;
    f->sent_bytes = outcome->bytes_sent;
    books_.accept(f->body.data.positions);
    metrics_.bytes_uploaded.add(f->sent_bytes);
    metrics_.files_uploaded.add();
    metrics_.file_bytes.record(f->sent_bytes);
    (outcome->retries == 0 ? metrics_.batches_immediate : metrics_.batches_retried).add();
    if (shape_.limits.replayable_after_accept) free_body(*f);
  } else {
    not_sent(f, outcome.error());
  }
  settle(f);
  pump();
  progress();
}

/// The service does not hold the rows that have no verdict: smaller parts, or the dead letters.
SLUICE_DECL void engine::not_sent(std::shared_ptr<flight> const& f, error const& why) {
  payload const& p = f->body.data;
  std::vector<position_range> const rows = books_.withdraw(p.positions);
  std::uint64_t count = 0;
  for (position_range const& range : rows) count += range.count;
  f->failure = why.describe();
  if (count == 0) return;

  bool const too_large = why.code == errc::payload_too_large;
  bool const refused = why.code == errc::payload_refused;
  if ((too_large || refused) && count == p.row_count && count > 1 && !abandoned_) {
    options_.log.debug(
        "pipeline",
        "payload " + std::to_string(p.sequence) + " goes on in two halves: " + f->failure);
    f->halved = true;
    ++halving_;
    spawn(run_halve(shared_from_this(), f, why));
    return;
  }
  metrics_.batches_failed.add();
  options_.log.warning(
      "pipeline", "payload " + std::to_string(p.sequence) + " was not accepted: " + f->failure);
  dead_reason reason = why.retryable() ? dead_reason::undelivered : dead_reason::rejected;
  if (too_large) reason = dead_reason::too_large;
  // A request that was cut off may have been carried out.
  if (why.code == errc::outcome_unknown || why.code == errc::cancelled)
    reason = dead_reason::unknown;
  if (why.code == errc::deadline) reason = dead_reason::undelivered;
  give_up(f, rows, reason, why);
  if (too_large || refused) return;  // these rows are at fault, not the service

  {
    std::scoped_lock const lock{notes_mutex_};
    degraded_ = true;
    last_trouble_ = f->failure;
    last_refusal_ = why;
  }
  if (++failures_in_a_row_ >= options_.give_up_after) fail(why);
}

/// Rows that no service holds and that will not be sent again in this run. With a journal, those
/// that nobody refused stay open for the next run.
SLUICE_DECL void engine::give_up(std::shared_ptr<flight> const& f,
                                 std::vector<position_range> const& rows,
                                 dead_reason reason,
                                 error const& why) {
  bool const open =
      journal_ && (reason == dead_reason::undelivered || reason == dead_reason::unknown);
  auto const told = std::make_shared<rejection const>(rejection{
      reason, why.service_code, why.message.empty() ? why.code.message() : why.message, {}});
  for (position_range const& range : rows) {
    f->without_verdict -= std::min(f->without_verdict, range.count);
    if (open)
      books_.leave_open(range);
    else
      bury(f, burial{range, told, {}});
  }
  if (f->failure.empty()) f->failure = why.describe();
  if (open) {
    fail(why);
    free_body(*f);
    f->left_open = true;
    settle(f);
  }
}

SLUICE_DECL task<void> engine::run_halve(std::shared_ptr<engine> self,
                                         std::shared_ptr<flight> f,
                                         error why) {
  std::vector<std::shared_ptr<flight>> halves;
  auto const work = [&]() -> result<void> {
    payload const& whole = f->body.data;
    std::uint64_t const middle = whole.row_count / 2;
    std::uint64_t const sequence = self->next_sequence_.fetch_add(2);
    for (std::uint64_t i = 0; i != 2; ++i) {
      std::uint64_t const first = i == 0 ? 0 : middle;
      std::uint64_t const count = i == 0 ? middle : whole.row_count - middle;
      auto part = extract(self->shape_, self->budget_, f->body, first, count, sequence + i);
      if (!part) return std::move(part).error();
      auto half = std::make_shared<flight>();
      half->body = std::move(part).value();
      half->without_verdict = count;
      halves.push_back(std::move(half));
    }
    if (!self->journal_) return success;
    for (auto const& half : halves)
      if (auto planned = self->journal_->plan(
              half->body.data.sequence, self->transport_.system_now(), half->body.data.positions);
          !planned)
        return planned;
    return self->journal_->absent(whole.sequence);
  };
  result<void> const done = co_await self->transport_.on_worker(work);
  --self->halving_;
  if (!done) {
    error unhalved = why;
    unhalved.message += "; and it could not be halved: " + done.error().describe();
    std::vector<position_range> const rows = f->body.data.positions;
    self->give_up(f, rows, dead_reason::rejected, unhalved);
  } else {
    f->without_verdict = 0;
    // Before everything that waits: an ordered destination wants these rows first.
    for (auto half = halves.rbegin(); half != halves.rend(); ++half) {
      self->flights_.emplace((*half)->body.data.sequence, *half);
      self->ready_.push_front(*half);
    }
  }
  self->settle(f);
  self->pump();
  self->progress();
  co_return success;
}

SLUICE_DECL void engine::confirm(position_range rows) {
  for (ledger::share const& part : books_.confirm(rows)) {
    metrics_.records_written.add(part.rows.count);
    metrics_.last_success_unixtime.set(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(transport_.system_now().time_since_epoch())
            .count()));
    auto const found = flights_.find(part.sequence);
    if (found == flights_.end()) continue;
    std::shared_ptr<flight> const f = found->second;
    f->confirmed += part.rows.count;
    f->without_verdict -= part.rows.count;
    settle(f);
  }
  note_defects();
}

SLUICE_DECL void engine::reject(position row, rejection why, std::string record) {
  auto const told = std::make_shared<rejection const>(std::move(why));
  for (ledger::share const& part : books_.reject({row, 1})) {
    auto const found = flights_.find(part.sequence);
    if (found == flights_.end()) continue;
    std::shared_ptr<flight> const f = found->second;
    f->without_verdict -= 1;
    bury(f, burial{part.rows, told, std::move(record)});
  }
  note_defects();
}

SLUICE_DECL void engine::reject(position_range rows, rejection const& why) {
  auto const told = std::make_shared<rejection const>(why);
  // Nobody refused these rows: the next run sends them.
  bool const open = journal_ && why.reason == dead_reason::undelivered;
  for (ledger::share const& part : books_.reject(rows)) {
    auto const found = flights_.find(part.sequence);
    if (found == flights_.end()) continue;
    std::shared_ptr<flight> const f = found->second;
    if (open) {
      error undelivered{errc::outcome_unknown, why.message};
      undelivered.service_code = why.code;
      give_up(f, {part.rows}, why.reason, undelivered);
      continue;
    }
    f->without_verdict -= part.rows.count;
    bury(f, burial{part.rows, told, {}});
  }
  note_defects();
}

SLUICE_DECL bool engine::announce(std::uint64_t sequence,
                                  std::span<position_range const> rows,
                                  rejection const& why) {
  // The next run sends them.
  if (journal_ && why.reason == dead_reason::undelivered) return false;
  auto const found = flights_.find(sequence);
  if (found == flights_.end() || found->second->has_body) return false;
  auto const told = std::make_shared<rejection const>(why);
  for (position_range const& range : rows)
    found->second->announced.push_back(burial{range, told, {}});
  return true;
}

SLUICE_DECL void engine::when_written(std::uint64_t sequence, std::function<void()> then) {
  auto const found = flights_.find(sequence);
  if (found == flights_.end() || !found->second->burying)
    then();
  else
    found->second->when_written.push_back(std::move(then));
}

SLUICE_DECL void engine::note(std::uint64_t sequence, payload_note about) {
  auto const found = flights_.find(sequence);
  if (found == flights_.end()) return;
  payload_note& known = found->second->service;
  if (!about.name.empty()) known.name = std::move(about.name);
  if (!about.status.empty()) known.status = std::move(about.status);
  if (about.rows_parsed) known.rows_parsed = about.rows_parsed;
}

SLUICE_DECL void engine::note_defects() {
  std::uint64_t const defects = books_.counts().defects;
  if (defects == reported_defects_) return;
  std::string const text = "the destination gave " + std::to_string(defects - reported_defects_) +
                           " verdicts for records that had one or were not sent; they are not "
                           "counted, please report this";
  reported_defects_ = defects;
  options_.log.error("pipeline", text);
  std::scoped_lock const lock{notes_mutex_};
  degraded_ = true;
  last_trouble_ = text;
}

SLUICE_DECL void engine::bury(std::shared_ptr<flight> const& f, burial one) {
  if (!f->burials.empty() && one.text.empty()) {
    // Runs of rows with the same reason are one entry, however many rows a service refuses.
    burial& last = f->burials.back();
    bool const same =
        last.why == one.why ||
        (last.why->reason == one.why->reason && last.why->code == one.why->code &&
         last.why->message == one.why->message && last.why->column == one.why->column);
    if (last.text.empty() && same && last.rows.end() == one.rows.first) {
      last.rows.count += one.rows.count;
      return;
    }
  }
  f->burials.push_back(std::move(one));
  if (f->burying) return;
  f->burying = true;
  // Not part of what a deadline gives up: this is how records survive it.
  tasks_.fetch_add(1);
  transport_.spawn(run_burials(shared_from_this(), f));
}

SLUICE_DECL task<void> engine::run_burials(std::shared_ptr<engine> self,
                                           std::shared_ptr<flight> f) {
  while (!f->burials.empty()) {
    std::vector<burial> const batch = std::exchange(f->burials, {});
    bool safe = false;
    auto const work = [&]() -> result<void> {
      std::uint64_t const sequence = f->body.data.sequence;
      safe = self->office_->bury(f->has_body ? &f->body : nullptr, sequence, f->was_sent, batch);
      if (!self->journal_) return success;
      if (!safe)
        return self->office_->sink_failed() ? self->office_->failure()
                                            : error{errc::cancelled, "the dead letters are closed"};
      std::vector<position_range> rows;
      for (burial const& one : batch) rows.push_back(one.rows);
      return self->journal_->dead(sequence, rows);
    };
    result<void> const done = co_await self->transport_.on_worker(work);
    if (!done && done.error().code != errc::cancelled) self->fail(done.error());
    if (!safe && self->journal_) {
      // No letter names these rows: the next run asks the service again, and hears of them again.
      for (burial const& one : batch) self->books_.leave_open(one.rows);
      f->left_open = true;
      continue;
    }
    for (burial const& one : batch) {
      self->books_.bury(one.rows);
      self->metrics_.records_dead_lettered.add(one.rows.count);
      f->dead += one.rows.count;
      std::scoped_lock const lock{self->notes_mutex_};
      self->dead_by_reason_[static_cast<std::size_t>(one.why->reason)] += one.rows.count;
    }
  }
  f->burying = false;
  for (std::function<void()> const& then : std::exchange(f->when_written, {})) then();
  if (f->accepted && self->shape_.limits.replayable_after_accept) self->free_body(*f);
  self->settle(f);
  self->progress();
  self->tasks_.fetch_sub(1);
  self->gate_->notify();
  co_return success;
}

/// Gives the bytes up, unless someone reads them.
SLUICE_DECL void engine::free_body(flight& f) {
  if (f.sending || f.burying) return;
  f.has_body = false;
  f.body.data.body.clear();
  f.body.windows = {};
  f.body.memory.release();
}

SLUICE_DECL void engine::log_end(payload_result const& ended) const {
  if (!options_.log.enabled(log_level::debug)) return;
  std::string line = "payload " + std::to_string(ended.sequence) +
                     " has ended: " + std::to_string(ended.confirmed) + " of " +
                     std::to_string(ended.rows) + " rows confirmed, " +
                     std::to_string(ended.dead_lettered) + " dead-lettered";
  if (!ended.service.name.empty()) line += "; at the service: " + ended.service.name;
  if (!ended.service.status.empty()) line += ", " + ended.service.status;
  options_.log.debug("pipeline", line);
}

/// Takes leave of a payload whose rows have all come to their end, or are left to the next run.
SLUICE_DECL void engine::settle(std::shared_ptr<flight> const& f) {
  if (f->sending || f->burying || !f->burials.empty() || f->without_verdict != 0) return;
  payload const& p = f->body.data;
  auto const found = flights_.find(p.sequence);
  if (found == flights_.end() || found->second != f) return;
  if (f->left_open) {
    flights_.erase(found);
    return;
  }
  if (journal_ && !f->halved) {
    if (auto done = journal_->done(p.sequence); !done) fail(done.error());
  }
  payload_result ended;
  ended.sequence = p.sequence;
  ended.rows = p.row_count;
  ended.confirmed = f->confirmed;
  ended.dead_lettered = f->dead;
  ended.raw_bytes = p.raw_bytes;
  ended.sent_bytes = f->sent_bytes;
  ended.service = std::move(f->service);
  ended.halved = f->halved;
  ended.failure = f->failure;
  log_end(ended);
  {
    std::scoped_lock const lock{notes_mutex_};
    results_.push_back(std::move(ended));
    if (results_.size() > options_.keep_payload_results) {
      results_.pop_front();
      ++results_omitted_;
    }
  }
  flights_.erase(found);
  // The caller may be the session, in the middle of telling verdicts.
  transport_.post([self = shared_from_this()] { self->progress(); });
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_ENGINE_SEND_IPP
