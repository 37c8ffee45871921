#ifndef SLUICE_LEDGER_IMPL_INTERVAL_SET_IPP
#define SLUICE_LEDGER_IMPL_INTERVAL_SET_IPP

#include <sluice/ledger/interval_set.hpp>

#include <algorithm>
#include <iterator>

namespace sluice::inline v0 {

SLUICE_DECL std::uint64_t interval_set::add(position_range rows) {
  if (rows.count == 0) return 0;
  position first = rows.first;
  position end = rows.end();
  std::uint64_t known = 0;

  auto next = ends_.upper_bound(first);
  if (next != ends_.begin() && std::prev(next)->second >= first) --next;
  while (next != ends_.end() && next->first <= end) {
    known += next->second - next->first;
    first = std::min(first, next->first);
    end = std::max(end, next->second);
    next = ends_.erase(next);
  }
  ends_.emplace_hint(next, first, end);
  std::uint64_t const added = (end - first) - known;
  count_ += added;
  return added;
}

SLUICE_DECL std::vector<position_range> interval_set::remove(position_range rows) {
  std::vector<position_range> removed;
  if (rows.count == 0) return removed;

  auto at = ends_.upper_bound(rows.first);
  if (at != ends_.begin() && std::prev(at)->second > rows.first) --at;
  while (at != ends_.end() && at->first < rows.end()) {
    position const first = at->first;
    position const end = at->second;
    position const cut_first = std::max(first, rows.first);
    position const cut_end = std::min(end, rows.end());
    at = ends_.erase(at);
    if (first < cut_first) ends_.emplace_hint(at, first, cut_first);
    if (cut_end < end) at = ends_.emplace_hint(at, cut_end, end);
    removed.push_back({cut_first, cut_end - cut_first});
    count_ -= cut_end - cut_first;
  }
  return removed;
}

SLUICE_DECL std::uint64_t interval_set::count_in(position_range rows) const {
  std::uint64_t n = 0;
  auto at = ends_.upper_bound(rows.first);
  if (at != ends_.begin() && std::prev(at)->second > rows.first) --at;
  for (; at != ends_.end() && at->first < rows.end(); ++at)
    n += std::min(at->second, rows.end()) - std::max(at->first, rows.first);
  return n;
}

SLUICE_DECL bool interval_set::contains(position at) const {
  return count_in({at, 1}) == 1;
}

SLUICE_DECL std::optional<position> interval_set::first() const {
  if (ends_.empty()) return std::nullopt;
  return ends_.begin()->first;
}

SLUICE_DECL std::optional<position_range> interval_set::range_at_or_after(position at) const {
  auto range = ends_.upper_bound(at);
  if (range != ends_.begin() && std::prev(range)->second > at) --range;
  if (range == ends_.end()) return std::nullopt;
  return position_range{range->first, range->second - range->first};
}

SLUICE_DECL std::vector<position_range> interval_set::ranges() const {
  std::vector<position_range> all;
  all.reserve(ends_.size());
  for (auto const& [first, end] : ends_) all.push_back({first, end - first});
  return all;
}

SLUICE_DECL void interval_set::clear() noexcept {
  ends_.clear();
  count_ = 0;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_LEDGER_IMPL_INTERVAL_SET_IPP
