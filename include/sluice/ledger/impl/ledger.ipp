#ifndef SLUICE_LEDGER_IMPL_LEDGER_IPP
#define SLUICE_LEDGER_IMPL_LEDGER_IPP

#include <sluice/ledger/ledger.hpp>

#include <algorithm>
#include <iterator>

namespace sluice::inline v0 {

SLUICE_DECL void ledger::take(position_range rows) {
  std::scoped_lock const lock{mutex_};
  std::uint64_t const fresh = pending_.add(rows);
  unaccepted_.add(rows);
  counts_.pushed += fresh;
  counts_.pending += fresh;
}

SLUICE_DECL void ledger::ended_before(position_range rows) {
  std::scoped_lock const lock{mutex_};
  ended_before_.add(rows);
}

SLUICE_DECL void ledger::send(std::uint64_t sequence, std::span<position_range const> rows) {
  std::scoped_lock const lock{mutex_};
  if (closed_) return;
  for (position_range const& range : rows)
    if (range.count != 0) sent_.insert_or_assign(range.first, flight{range.end(), sequence});
}

SLUICE_DECL void ledger::accept(std::span<position_range const> rows) {
  std::scoped_lock const lock{mutex_};
  for (position_range const& range : rows) unaccepted_.remove(range);
}

SLUICE_DECL std::vector<ledger::share> ledger::land(position_range rows, bool count_defects) {
  std::vector<share> landed;
  if (rows.count == 0) return landed;
  if (closed_) {
    counts_.late += rows.count;
    return landed;
  }
  std::uint64_t known = ended_before_.count_in(rows);
  auto at = sent_.upper_bound(rows.first);
  if (at != sent_.begin() && std::prev(at)->second.end > rows.first) --at;
  while (at != sent_.end() && at->first < rows.end()) {
    position const first = at->first;
    flight const whole = at->second;
    position const cut_first = std::max(first, rows.first);
    position const cut_end = std::min(whole.end, rows.end());
    at = sent_.erase(at);
    if (first < cut_first) sent_.emplace_hint(at, first, flight{cut_first, whole.sequence});
    if (cut_end < whole.end) at = sent_.emplace_hint(at, cut_end, whole);
    position_range const part{cut_first, cut_end - cut_first};
    landed.push_back({whole.sequence, part});
    known += part.count - ended_before_.count_in(part);
  }
  if (count_defects) counts_.defects += rows.count - known;
  return landed;
}

SLUICE_DECL std::vector<position_range> ledger::withdraw(std::span<position_range const> rows) {
  std::scoped_lock const lock{mutex_};
  std::vector<position_range> back;
  for (position_range const& range : rows)
    for (share const& part : closed_ ? std::vector<share>{} : land(range, false))
      back.push_back(part.rows);
  return back;
}

SLUICE_DECL std::vector<ledger::share> ledger::confirm(position_range rows) {
  std::scoped_lock const lock{mutex_};
  std::vector<share> parts = land(rows, true);
  for (share const& part : parts) {
    pending_.remove(part.rows);
    unaccepted_.remove(part.rows);
    counts_.pending -= part.rows.count;
    counts_.confirmed += part.rows.count;
  }
  return parts;
}

SLUICE_DECL std::vector<ledger::share> ledger::reject(position_range rows) {
  std::scoped_lock const lock{mutex_};
  std::vector<share> parts = land(rows, true);
  for (share const& part : parts) rejected_.add(part.rows);
  return parts;
}

SLUICE_DECL void ledger::bury(position_range rows) {
  std::scoped_lock const lock{mutex_};
  for (position_range const& part : pending_.remove(rows)) {
    unaccepted_.remove(part);
    rejected_.remove(part);
    counts_.pending -= part.count;
    counts_.dead_lettered += part.count;
  }
}

SLUICE_DECL void ledger::forget(position_range rows) {
  std::scoped_lock const lock{mutex_};
  for (position_range const& part : pending_.remove(rows)) {
    unaccepted_.remove(part);
    counts_.pending -= part.count;
    counts_.pushed -= part.count;
  }
}

SLUICE_DECL void ledger::leave_open(position_range rows) {
  std::scoped_lock const lock{mutex_};
  unaccepted_.remove(rows);
}

SLUICE_DECL void ledger::spool(position_range rows) {
  std::scoped_lock const lock{mutex_};
  for (position_range const& part : pending_.remove(rows)) {
    unaccepted_.remove(part);
    counts_.pending -= part.count;
    counts_.spooled += part.count;
  }
}

SLUICE_DECL ledger::leftover ledger::close() {
  std::scoped_lock const lock{mutex_};
  leftover left;
  interval_set unsent = pending_;
  for (auto const& [first, whole] : sent_) {
    position_range const rows{first, whole.end - first};
    left.unknown.push_back({whole.sequence, rows});
    unsent.remove(rows);
  }
  left.rejected = rejected_.ranges();
  for (position_range const& rows : left.rejected) unsent.remove(rows);
  left.unsent = unsent.ranges();
  sent_.clear();
  closed_ = true;
  return left;
}

SLUICE_DECL tally ledger::counts() const {
  std::scoped_lock const lock{mutex_};
  return counts_;
}

SLUICE_DECL std::optional<position> ledger::first_pending() const {
  std::scoped_lock const lock{mutex_};
  return pending_.first();
}

SLUICE_DECL std::optional<position> ledger::first_unaccepted() const {
  std::scoped_lock const lock{mutex_};
  return unaccepted_.first();
}

}  // namespace sluice::inline v0

#endif  // SLUICE_LEDGER_IMPL_LEDGER_IPP
