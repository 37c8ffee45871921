#ifndef SLUICE_PIPELINE_IMPL_ENGINE_WORK_IPP
#define SLUICE_PIPELINE_IMPL_ENGINE_WORK_IPP

#include <sluice/pipeline/detail/engine.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace sluice::inline v0::detail {

SLUICE_DECL void engine::on_queued() {
  schedule_one();
}

/// Gives work to the first strand that has none. Few rows thus stay with few strands, whose bodies
/// become full, instead of a little in each.
SLUICE_DECL void engine::schedule_one() {
  std::scoped_lock const lock{strands_mutex_};
  for (std::size_t i = 0; i != strands_.size(); ++i) {
    if (strands_[i].scheduled) continue;
    schedule(i);
    return;
  }
}

// With the strands' mutex held.
SLUICE_DECL void engine::schedule(std::size_t index) {
  strands_[index].scheduled = true;
  transport_.post_to_worker([self = shared_from_this(), index] { self->work(index); });
}

/// One step: one segment's rows, so that other jobs of the pool get their turn in between.
SLUICE_DECL void engine::work(std::size_t index) {
  auto const began = std::chrono::steady_clock::now();
  strand& mine = strands_[index];
  try {
    if (std::optional<handed_over> const rows = intake_->pop()) {
      if (!intake_->queue_empty()) schedule_one();
      add_rows(mine, *rows);
    }
    bool seal = false;
    {
      std::scoped_lock const lock{strands_mutex_};
      seal = wants_seal(mine);
    }
    if (seal) seal_body(mine);
  } catch (std::exception const& e) {
    fail(error{errc::internal, std::string{"a worker failed: "} + e.what()});
  }
  busy_ns_.fetch_add((std::chrono::steady_clock::now() - began).count(), std::memory_order_relaxed);

  bool idle = false;
  {
    std::scoped_lock const lock{strands_mutex_};
    idle = intake_->queue_empty() && !wants_seal(mine);
    if (idle)
      mine.scheduled = false;
    else
      schedule(index);
  }
  if (idle && (wants_progress_.load() || intake_->waiting_for_memory() != 0))
    transport_.post([self = shared_from_this()] { self->progress(); });
}

SLUICE_DECL void engine::add_rows(strand& s, handed_over const& rows) {
  if (s.body && !s.body->takes(rows)) seal_body(s);
  if (!s.body)
    s.body = std::make_unique<open_body>(
        shape_, budget_, open_body::made_of::segments, std::move(s.codec));
  s.body->add(rows);
  bool full = s.body->full();
  if (shape_.has_age()) full |= s.body->since() + shape_.batch.max_age <= transport_.now();
  if (full) {
    seal_body(s);
    return;
  }
  std::scoped_lock const lock{strands_mutex_};
  s.has_body = true;
  s.since = s.body->since();
  s.first = s.body->first_position();
}

SLUICE_DECL void engine::seal_body(strand& s) {
  auto sealed = std::make_shared<flight>();
  std::unique_ptr<open_body> const done = std::move(s.body);
  auto body = done->seal(next_sequence_.fetch_add(1));
  s.codec = done->take_codec();
  {
    std::scoped_lock const lock{strands_mutex_};
    s.has_body = false;
    s.seal = false;
  }
  if (!body) {
    fail(std::move(body).error());
    return;
  }
  sealed->body = std::move(body).value();
  sealed->without_verdict = sealed->body.data.row_count;
  metrics_.bytes_encoded.add(sealed->body.data.raw_bytes);
  if (options_.log.enabled(log_level::debug)) {
    payload const& p = sealed->body.data;
    options_.log.debug("pipeline",
                       "payload " + std::to_string(p.sequence) + " is sealed: " +
                           std::to_string(p.row_count) + " rows, " + std::to_string(p.raw_bytes) +
                           " bytes encoded, " + std::to_string(p.body.size()) + " to send");
  }
  std::optional<error> unplanned;
  if (journal_) {
    payload const& p = sealed->body.data;
    if (auto planned = journal_->plan(p.sequence, transport_.system_now(), p.positions); !planned)
      unplanned = std::move(planned).error();
  }
  transport_.post(
      [self = shared_from_this(), sealed, unplanned] { self->arrived(sealed, unplanned); });
}

// With the strands' mutex held.
SLUICE_DECL bool engine::wants_seal(strand const& s) const {
  if (!s.has_body) return false;
  if (s.seal) return true;
  if (s.first >= seal_upto_) return false;
  std::optional<position> const queued = intake_->queue_front();
  return !queued || *queued >= seal_upto_;
}

SLUICE_DECL void engine::seal_upto(position upto) {
  std::scoped_lock const lock{strands_mutex_};
  seal_upto_ = std::max(seal_upto_, upto);
  for (std::size_t i = 0; i != strands_.size(); ++i)
    if (!strands_[i].scheduled && wants_seal(strands_[i])) schedule(i);
}

SLUICE_DECL void engine::seal_all() {
  std::scoped_lock const lock{strands_mutex_};
  for (std::size_t i = 0; i != strands_.size(); ++i) {
    if (!strands_[i].has_body) continue;
    strands_[i].seal = true;
    if (!strands_[i].scheduled) schedule(i);
  }
}

SLUICE_DECL bool engine::strands_idle() const {
  std::scoped_lock const lock{strands_mutex_};
  for (strand const& s : strands_)
    if (s.scheduled) return false;
  return intake_->queue_empty();
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_ENGINE_WORK_IPP
