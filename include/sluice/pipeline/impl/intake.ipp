#ifndef SLUICE_PIPELINE_IMPL_INTAKE_IPP
#define SLUICE_PIPELINE_IMPL_INTAKE_IPP

#include <sluice/pipeline/detail/intake.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::inline v0::detail {

SLUICE_DECL intake::intake(transport& t,
                           load_shape const& s,
                           std::size_t producers,
                           std::size_t most_queued,
                           std::shared_ptr<segment_pool> pool,
                           std::shared_ptr<gate> waiting,
                           ledger& books,
                           hooks calls)
    : transport_{t},
      shape_{s},
      most_queued_{most_queued},
      pool_{std::move(pool)},
      gate_{std::move(waiting)},
      books_{books},
      hooks_{std::move(calls)} {
  for (std::size_t i = 0; i != producers; ++i) slots_.push_back(std::make_unique<slot>());
}

SLUICE_DECL slot* intake::attach() {
  for (auto const& s : slots_) {
    std::scoped_lock const lock{s->mutex};
    if (s->in_use) continue;
    s->in_use = true;
    return s.get();
  }
  return nullptr;
}

SLUICE_DECL void intake::detach(slot& s) {
  bool handed = false;
  {
    std::scoped_lock const lock{s.mutex};
    handed = cut(s);
    s.open.reset();
    s.taken = {};
    s.in_use = false;
  }
  if (handed) hooks_.queued();
}

// With the slot's mutex held.
SLUICE_DECL bool intake::cut(slot& s) {
  if (!s.open || s.closed) return false;
  segment::mark const until = s.open->committed();
  std::uint32_t const rows = until.rows - s.taken.rows;
  if (rows == 0) return false;
  steady_time const since = s.since ? *s.since : transport_.now();
  {
    std::scoped_lock const lock{queue_mutex_};
    position_range const at{next_position_, rows};
    next_position_ += rows;
    books_.take(at);
    queue_.push_back({segment_view{s.open, s.taken, until}, at, since});
  }
  s.taken = until;
  s.since.reset();
  if (closing_.load())
    s.watch.store(0, std::memory_order_relaxed);
  else if (shape_.has_age())  // behind the row limit begin positions that are skipped
    s.watch.store(std::min(until.rows + 1, s.row_limit), std::memory_order_relaxed);
  return true;
}

SLUICE_DECL bool intake::skip_one() {
  std::scoped_lock const lock{queue_mutex_};
  if (ended_.empty() || !ended_.contains(next_position_)) return false;
  ++next_position_;
  skipped_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

SLUICE_DECL std::uint32_t intake::rows_to_next_gap() const {
  std::scoped_lock const lock{queue_mutex_};
  auto const gap = ended_.range_at_or_after(next_position_);
  if (!gap) return shape_.segment_rows;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(gap->first - next_position_, shape_.segment_rows));
}

SLUICE_DECL bool intake::wait_until_open(bool wait) {
  if (opened_.load()) return true;
  if (!wait) return false;
  gate_->wait([&] { return opened_.load() || closing_.load(); });
  return true;
}

SLUICE_DECL bool intake::queue_has_room() const {
  std::scoped_lock const lock{queue_mutex_};
  return queue_.size() < most_queued_;
}

/// Null: the intake closes.
SLUICE_DECL std::shared_ptr<segment> intake::wait_for_segment(std::size_t bytes) {
  auto const began = std::chrono::steady_clock::now();
  std::shared_ptr<segment> fresh;
  gate_->wait([&] { return closing_.load() || queue_has_room(); });
  fresh = pool_->try_take(bytes);
  if (!fresh) {
    starving_.fetch_add(1);
    hooks_.starving();
    gate_->wait([&] {
      if (!closing_.load()) fresh = pool_->try_take(bytes);
      return fresh != nullptr || closing_.load();
    });
    starving_.fetch_sub(1);
  }
  blocked_ns_.fetch_add((std::chrono::steady_clock::now() - began).count(),
                        std::memory_order_relaxed);
  return closing_.load() ? nullptr : fresh;
}

SLUICE_DECL intake::turn intake::next(slot& s, std::size_t bytes, bool wait) {
  if (closing_.load()) return turn::closed;
  if (!wait_until_open(wait)) return turn::full;
  bool handed = false;
  {
    std::scoped_lock const lock{s.mutex};
    handed = cut(s);
    s.open.reset();
    s.taken = {};
  }
  if (handed) hooks_.queued();
  if (closing_.load()) return turn::closed;
  if (skip_one()) return turn::skipped;

  std::shared_ptr<segment> fresh;
  if (queue_has_room()) fresh = pool_->try_take(bytes);
  if (!fresh) {
    if (!wait) return turn::full;
    fresh = wait_for_segment(bytes);
    if (!fresh) return turn::closed;
  }
  std::uint32_t const row_limit = rows_to_next_gap();
  std::scoped_lock const lock{s.mutex};
  if (s.closed) return turn::closed;
  s.open = std::move(fresh);
  s.taken = {};
  s.since.reset();
  s.row_limit = row_limit;
  std::uint32_t const watch = shape_.has_age() ? 1 : row_limit;
  s.watch.store(closing_.load() ? 0 : watch, std::memory_order_relaxed);
  return turn::ready;
}

SLUICE_DECL std::optional<position> intake::place(slot& s, bool& skipped) {
  skipped = false;
  if (closing_.load() || !wait_until_open(true)) return std::nullopt;
  bool handed = false;
  {
    std::scoped_lock const lock{s.mutex};
    handed = cut(s);
    // Where positions are skipped, the segment's row limit counts from its start.
    if (rows_to_next_gap() != shape_.segment_rows) {
      s.open.reset();
      s.taken = {};
    }
  }
  if (handed) hooks_.queued();
  if (closing_.load()) return std::nullopt;
  if (skip_one()) {
    skipped = true;
    return std::nullopt;
  }
  std::scoped_lock const lock{queue_mutex_};
  position const at = next_position_++;
  books_.take({at, 1});
  return at;
}

SLUICE_DECL bool intake::on_watch(slot& s) {
  bool handed = false;
  bool first = false;
  {
    std::scoped_lock const lock{s.mutex};
    if (s.closed) return false;
    std::uint32_t const rows = s.open->filled().rows;
    if (rows >= s.row_limit || closing_.load()) {
      handed = cut(s);
      s.open.reset();
      s.taken = {};
    } else {
      if (!s.since && rows > s.taken.rows) {
        s.since = transport_.now();
        first = true;
      }
      s.watch.store(s.row_limit, std::memory_order_relaxed);
    }
  }
  if (handed) hooks_.queued();
  if (first) hooks_.first_record();
  return true;
}

SLUICE_DECL void intake::open(position first, interval_set ended) {
  {
    std::scoped_lock const lock{queue_mutex_};
    next_position_ = first;
    ended_ = std::move(ended);
    ended_.remove({0, first});
  }
  opened_.store(true);
  gate_->notify();
}

SLUICE_DECL void intake::close() {
  closing_.store(true);
  cut_all();
  for (auto const& s : slots_) s->watch.store(0, std::memory_order_relaxed);
  gate_->notify();
}

SLUICE_DECL bool intake::close_finally() {
  bool any = false;
  for (auto const& s : slots_) {
    std::scoped_lock const lock{s->mutex};
    any |= cut(*s);
    s->closed = true;
  }
  if (any) hooks_.queued();
  return any;
}

SLUICE_DECL void intake::cut_all() {
  bool any = false;
  for (auto const& s : slots_) {
    std::scoped_lock const lock{s->mutex};
    any |= cut(*s);
  }
  if (any) hooks_.queued();
}

SLUICE_DECL std::optional<steady_time> intake::cut_older(steady_time now, milliseconds age) {
  std::optional<steady_time> next;
  bool any = false;
  if (!opened_.load()) return now + age;
  for (auto const& s : slots_) {
    std::scoped_lock const lock{s->mutex};
    if (!s->open) continue;
    // A producer may miss a watch mark that was set while it wrote a row; such rows came after the
    // last look and are cut now.
    if (!s->since || *s->since + age <= now)
      any |= cut(*s);
    else
      next = next ? std::min(*next, *s->since + age) : *s->since + age;
  }
  if (any) hooks_.queued();
  return next;
}

SLUICE_DECL std::optional<handed_over> intake::pop() {
  std::unique_lock lock{queue_mutex_};
  if (queue_.empty()) return std::nullopt;
  handed_over first = std::move(queue_.front());
  queue_.pop_front();
  bool const was_full = queue_.size() + 1 == most_queued_;
  lock.unlock();
  if (was_full) gate_->notify();
  return first;
}

SLUICE_DECL bool intake::queue_empty() const {
  std::scoped_lock const lock{queue_mutex_};
  return queue_.empty();
}

SLUICE_DECL std::optional<position> intake::queue_front() const {
  std::scoped_lock const lock{queue_mutex_};
  if (queue_.empty()) return std::nullopt;
  return queue_.front().at.first;
}

SLUICE_DECL position intake::end() const {
  std::scoped_lock const lock{queue_mutex_};
  return next_position_;
}

SLUICE_DECL std::uint64_t intake::open_rows() {
  std::uint64_t rows = 0;
  for (auto const& s : slots_) {
    std::scoped_lock const lock{s->mutex};
    if (s->open && !s->closed) rows += s->open->committed().rows - s->taken.rows;
  }
  return rows;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_INTAKE_IPP
