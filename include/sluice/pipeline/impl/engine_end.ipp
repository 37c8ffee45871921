#ifndef SLUICE_PIPELINE_IMPL_ENGINE_END_IPP
#define SLUICE_PIPELINE_IMPL_ENGINE_END_IPP

#include <sluice/observe/format.hpp>
#include <sluice/pipeline/detail/engine.hpp>

#include <algorithm>
#include <utility>

namespace sluice::inline v0::detail {

SLUICE_DECL task<void> engine::run_open(std::shared_ptr<engine> self) {
  result<resume_point> const opened = co_await self->session_->open();
  if (!opened) {
    self->fail(opened.error());
    co_return success;
  }
  interval_set ended;
  if (self->journal_) {
    std::vector<journal::open_payload> const payloads = self->journal_->open_payloads();
    for (journal::open_payload const& open : payloads) {
      auto const f = std::make_shared<flight>();
      f->has_body = false;
      f->was_sent = true;
      f->accepted = true;
      f->body.data.sequence = open.sequence;
      f->body.data.positions = open.rows;
      interval_set rows;
      for (position_range const& range : open.rows) rows.add(range);
      f->body.data.row_count = rows.count();
      for (position_range const& range : open.dead.ranges()) {
        rows.remove(range);
        self->books_.ended_before(range);
      }
      f->without_verdict = rows.count();
      std::vector<position_range> const doubtful = rows.ranges();
      for (position_range const& range : doubtful) self->books_.take(range);
      self->books_.send(open.sequence, doubtful);
      self->flights_.emplace(open.sequence, f);
      in_doubt const doubt{open.sequence, open.rows, open.planned_at};
      self->options_.log.info("pipeline",
                              "asking what became of payload " + std::to_string(open.sequence));
      result<recovery> const how = co_await self->session_->recover(doubt, *self);
      if (!how) {
        self->forget(f, self->books_.withdraw(doubtful));
        self->fail(how.error());
        co_return success;
      }
      self->recovered(f, rows.count(), *how);
      if (*how == recovery::settled)
        for (position_range const& range : open.rows) ended.add(range);
    }
    interval_set const known = self->journal_->ended();
    for (position_range const& range : known.ranges()) ended.add(range);
  }
  self->session_open_ = true;
  if (opened->next && *opened->next != 0) ended.add({0, *opened->next});
  std::optional<position_range> const start = ended.range_at_or_after(0);
  position const first = start && start->first == 0 ? start->end() : 0;
  {
    std::scoped_lock const lock{self->notes_mutex_};
    self->resume_at_ = first;
    self->is_counted_ = self->journal_.has_value() || opened->next.has_value();
  }
  phase expected = phase::opening;
  self->phase_.compare_exchange_strong(expected, phase::open);
  self->intake_->open(first, std::move(ended));
  self->options_.log.info("pipeline", "open; the first record is " + std::to_string(first));
  self->pump();
  self->progress();
  co_return success;
}

/// The next run asks for these rows of a payload in doubt, or sends them.
SLUICE_DECL void engine::forget(std::shared_ptr<flight> const& f,
                                std::vector<position_range> const& rows) {
  for (position_range const& range : rows) {
    books_.forget(range);
    f->without_verdict -= range.count;
  }
  f->left_open = true;
  settle(f);
}

SLUICE_DECL void engine::recovered(std::shared_ptr<flight> const& f,
                                   std::uint64_t rows,
                                   recovery how) {
  std::vector<position_range> const silent = books_.withdraw(f->body.data.positions);
  if (how == recovery::absent) {
    forget(f, silent);
    if (auto noted = journal_->absent(f->body.data.sequence); !noted) fail(noted.error());
    return;
  }
  recovered_.fetch_add(rows);
  auto const told = std::make_shared<rejection const>(
      rejection{dead_reason::unknown, {}, "the service gave no verdict after a restart", {}});
  for (position_range const& range : silent) {
    f->without_verdict -= range.count;
    bury(f, burial{range, told, {}});
  }
  settle(f);
}

/// Takes no more records; those that were taken are delivered.
SLUICE_DECL void engine::stop(error const& why) {
  {
    std::scoped_lock const lock{notes_mutex_};
    if (stopped_) return;
    stopped_ = why;
  }
  options_.log.error("pipeline", "the load takes no more records: " + why.describe());
  intake_->close();
  seal_upto(intake_->end());
  gate_->notify();
}

/// Takes no more records; what the service is being sent goes on, the rest is not sent.
SLUICE_DECL void engine::fail(error why) {
  {
    std::scoped_lock const lock{notes_mutex_};
    if (!failure_) failure_ = why;
  }
  if (phase_.exchange(phase::failed) == phase::failed) return;
  options_.log.error("pipeline", "the load failed: " + why.describe());
  intake_->close();
  seal_upto(intake_->end());
  wants_progress_.store(true);
  transport_.post([self = shared_from_this()] {
    self->pump();
    self->progress();
  });
  gate_->notify();
}

SLUICE_DECL bool engine::quiet() const {
  return in_flight_.load() == 0 && ready_.empty() && halving_ == 0 && strands_idle();
}

SLUICE_DECL void engine::progress() {
  progress_pressure();
  progress_flushes();
  progress_finish();
  gate_->notify();
}

/// A producer waits for memory. If nothing is on its way that could free any, smaller batches than
/// planned go out, and a service that delays its verdicts is asked for them.
SLUICE_DECL void engine::progress_pressure() {
  if (intake_->waiting_for_memory() == 0 || !quiet() || phase_.load() != phase::open) return;
  bool open_bodies = false;
  {
    std::scoped_lock const lock{strands_mutex_};
    for (strand const& s : strands_) open_bodies |= s.has_body;
  }
  if (open_bodies) {
    seal_all();
  } else if (!flights_.empty() && !flushing_ && !finish_until_) {
    flushing_ = true;
    spawn(run_flush(shared_from_this(), deadline{transport_.now() + options_.finish_within}));
  }
}

SLUICE_DECL void engine::progress_flushes() {
  if (flushes_.empty()) return;
  std::optional<position> const pending = books_.first_pending();
  std::optional<position> const unaccepted = books_.first_unaccepted();
  std::optional<deadline> wanted;
  bool burying = false;
  for (auto const& [sequence, f] : flights_) burying |= f->burying;
  for (auto at = flushes_.begin(); at != flushes_.end();) {
    flush_request& request = **at;
    bool done = false;
    if (!pending || *pending >= request.upto) {
      done = true;
    } else if (phase_.load() == phase::failed) {
      std::scoped_lock const lock{notes_mutex_};
      request.outcome = failure_ ? *failure_ : error{errc::internal, "the load failed"};
      done = true;
    } else if (request.flushed && !request.outcome) {
      done = true;
    } else if (request.flushed && !burying) {
      request.outcome = error{errc::outcome_unknown,
                              "the destination ended its flush without a verdict on every record"};
      done = true;
    } else if (!request.flushed && (!unaccepted || *unaccepted >= request.upto)) {
      if (!wanted || wanted->at < request.until.at) wanted = request.until;
    }
    if (!done) {
      ++at;
      continue;
    }
    request.done.store(true);
    at = flushes_.erase(at);
  }
  wants_progress_.store(!flushes_.empty() || finish_until_.has_value() ||
                        phase_.load() == phase::failed);
  if (!wanted || flushing_ || finishing_session_) return;
  flushing_ = true;
  spawn(run_flush(shared_from_this(), *wanted));
}

SLUICE_DECL task<void> engine::run_flush(std::shared_ptr<engine> self, deadline until) {
  std::optional<position> const unaccepted = self->books_.first_unaccepted();
  bool const for_memory = self->flushes_.empty();
  result<void> const done = co_await self->session_->flush(until);
  self->flushing_ = false;
  for (auto const& request : self->flushes_) {
    if (unaccepted && *unaccepted < request->upto) continue;
    request->flushed = true;
    request->outcome = done;
  }
  if (!done && for_memory) self->fail(done.error());
  self->progress();
  co_return success;
}

SLUICE_DECL void engine::progress_finish() {
  if (!finish_until_ || finished_.load()) return;
  if (!books_closed_) {
    phase const now = phase_.load();
    if (now == phase::opening || flushing_ || finishing_session_ || !quiet()) return;
    if (books_.first_unaccepted() || intake_->open_rows() != 0) {
      if (intake_->open_rows() != 0) intake_->cut_all();
      seal_upto(intake_->end());
      return;
    }
    if (intake_->close_finally()) {
      seal_upto(intake_->end());
      return;
    }
    if (!session_open_) {
      close_books();
    } else {
      finishing_session_ = true;
      spawn(run_finish(shared_from_this(), *finish_until_));
      return;
    }
  }
  bool burying = false;
  for (auto const& [sequence, f] : flights_) burying |= f->burying;
  bool const ended = books_.counts().pending == 0 || (journal_ && !burying && quiet());
  if (ended) {
    finished_.store(true);
    gate_->notify();
  }
}

SLUICE_DECL task<void> engine::run_finish(std::shared_ptr<engine> self, deadline until) {
  result<void> const done = co_await self->session_->finish(until);
  if (!done && !self->abandoned_) {
    std::scoped_lock const lock{self->notes_mutex_};
    if (!self->failure_) self->failure_ = done.error();
  }
  if (!self->books_closed_) self->close_books();
  self->progress();
  co_return success;
}

/// The deadline has come: what is not confirmed by now is brought to safety.
SLUICE_DECL void engine::abandon() {
  if (abandoned_ || books_closed_) return;
  abandoned_ = true;
  {
    std::scoped_lock const lock{notes_mutex_};
    if (!failure_)
      failure_ = error{errc::deadline,
                       "the deadline came before every record had its verdict; allow more time or "
                       "see health() for what was slow"};
  }
  intake_->close_finally();
  seal_upto(intake_->end());
  cancel_.cancel();
  close_books();
  pump();
  progress();
}

SLUICE_DECL void engine::close_books() {
  books_closed_ = true;
  ledger::leftover const left = books_.close();
  error const silent{errc::outcome_unknown,
                     "it was sent, but no verdict came; it may have been written, so a replay must "
                     "deduplicate"};
  for (ledger::share const& part : left.unknown) {
    auto const found = flights_.find(part.sequence);
    if (found == flights_.end()) continue;
    std::shared_ptr<flight> const f = found->second;
    std::vector<position_range> const rows = bury_announced(f, part.rows);
    if (!rows.empty()) give_up(f, rows, dead_reason::unknown, silent);
    settle(f);
  }
}

/// Buries those of `rows` that the destination has refused, although it was still fetching their
/// records. Returns the others.
SLUICE_DECL std::vector<position_range> engine::bury_announced(std::shared_ptr<flight> const& f,
                                                               position_range rows) {
  interval_set silent;
  silent.add(rows);
  for (burial const& told : f->announced) {
    position const first = std::max(told.rows.first, rows.first);
    position const end = std::min(told.rows.end(), rows.end());
    if (first >= end) continue;
    silent.remove({first, end - first});
    f->without_verdict -= end - first;
    bury(f, burial{{first, end - first}, told.why, {}});
  }
  return silent.ranges();
}

SLUICE_DECL result<position> engine::resume_position(deadline until) {
  bool const in_time = gate_->wait([&] { return phase_.load() != phase::opening; }, until);
  std::scoped_lock const lock{notes_mutex_};
  if (phase_.load() == phase::failed && failure_) return *failure_;
  if (!in_time) return error{errc::deadline, "the destination did not open before the deadline"};
  return resume_at_;
}

SLUICE_DECL result<position> engine::counted_position(deadline until) {
  result<position> first = resume_position(until);
  std::scoped_lock const lock{notes_mutex_};
  if (first && (intake_->end() != *first || intake_->open_rows() != 0))
    return error{errc::invalid_configuration,
                 "records were pushed before the source was resumed, so its positions would not be "
                 "those of the load; resume first"};
  if (first && !is_counted_)
    return error{errc::invalid_configuration,
                 "nothing says where this source stopped; name the source in the destination's "
                 "configuration, or keep a journal with durable<journal>"};
  return first;
}

SLUICE_DECL result<void> engine::flush(deadline until) {
  gate_->wait([&] { return phase_.load() != phase::opening; }, until);
  intake_->cut_all();
  auto request = std::make_shared<flush_request>(until);
  request->upto = intake_->end();
  wants_progress_.store(true);
  transport_.post([self = shared_from_this(), request] {
    self->flushes_.push_back(request);
    self->seal_upto(request->upto);
    self->progress();
  });
  if (gate_->wait([&] { return request->done.load(); }, until)) return request->outcome;
  transport_.post([self = shared_from_this(), request] { self->flushes_.remove(request); });
  return error{errc::deadline, "the deadline came before every record had its verdict"};
}

SLUICE_DECL report engine::finish(deadline until) {
  intake_->close();
  seal_upto(intake_->end());
  wants_progress_.store(true);
  transport_.post([self = shared_from_this(), until] {
    self->finish_until_ = until;
    self->progress();
  });
  if (!gate_->wait([&] { return finished_.load(); }, until)) {
    transport_.post([self = shared_from_this()] { self->abandon(); });
    gate_->wait_real([&] { return finished_.load(); }, options_.bury_within);
  }
  if (!finished_.exchange(true)) {
    // Not even the dead letters could be written in time. The books are closed here, so that the
    // answer is definite all the same.
    books_.close();
    std::uint64_t const lost = books_.counts().pending;
    error const why{errc::deadline,
                    std::to_string(lost) +
                        " records could be brought neither to the destination nor to the dead "
                        "letters in time; see bury_within"};
    if (!journal_) {
      books_.bury({0, intake_->end()});
      std::scoped_lock const lock{notes_mutex_};
      dead_by_reason_[static_cast<std::size_t>(dead_reason::unknown)] += lost;
    }
    {
      std::scoped_lock const lock{notes_mutex_};
      failure_ = why;
    }
    office_->tell({why, {}, nullptr});
  }
  report r = make_report();
  log_figures(r);
  return r;
}

/// What a log is searched for first: how the load ended, and its figures where somebody looks at
/// every line.
SLUICE_DECL void engine::log_figures(report const& r) {
  if (!options_.log.enabled(log_level::info)) return;
  options_.log.info("pipeline",
                    "ended: " + std::to_string(r.pushed) + " pushed, " +
                        std::to_string(r.confirmed) + " confirmed, " +
                        std::to_string(r.dead_lettered) + " dead-lettered, " +
                        std::to_string(r.pending) + " pending");
  if (options_.log.enabled(log_level::debug))
    options_.log.debug("pipeline", "figures: " + observe::stats_json(stats()));
}

SLUICE_DECL void engine::shut_down(report const& told, bool tell) {
  if (tell && !told.ok()) office_->tell({*told.failure, {}, &told});
  transport_.post([self = shared_from_this()] { self->cancel_.cancel(); });
  if (gate_->wait_real([&] { return tasks_.load() == 0; }, options_.bury_within)) {
    // Where sessions live.
    auto const gone = std::make_shared<std::atomic<bool>>(false);
    transport_.post([self = shared_from_this(), gone] {
      self->session_.reset();
      gone->store(true);
      self->gate_->notify();
    });
    gate_->wait_real([&] { return gone->load(); }, options_.bury_within);
  }
  office_->close(options_.bury_within);
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_ENGINE_END_IPP
