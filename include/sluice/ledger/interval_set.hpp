#ifndef SLUICE_LEDGER_INTERVAL_SET_HPP
#define SLUICE_LEDGER_INTERVAL_SET_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/position.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace sluice::inline v0 {

/// A set of positions, kept as disjoint ranges that do not touch.
/// Memory and time go by the number of ranges, not of positions: every operation is logarithmic in
/// it, plus the ranges that are merged or cut. Thread safety: none.
class interval_set {
 public:
  /// Adds `rows`; returns how many of them were not in the set.
  std::uint64_t add(position_range rows);

  /// Takes `rows` out; returns the parts that were in the set, in order.
  std::vector<position_range> remove(position_range rows);

  /// How many positions of `rows` are in the set.
  [[nodiscard]] std::uint64_t count_in(position_range rows) const;

  [[nodiscard]] bool contains(position at) const;

  /// How many positions are in the set.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  /// The smallest position in the set.
  [[nodiscard]] std::optional<position> first() const;

  /// The first range that ends behind `at`.
  [[nodiscard]] std::optional<position_range> range_at_or_after(position at) const;

  [[nodiscard]] std::vector<position_range> ranges() const;

  void clear() noexcept;

  friend bool operator==(interval_set const&, interval_set const&) = default;

 private:
  std::map<position, position> ends_;  ///< first position of a range -> one past its last
  std::uint64_t count_ = 0;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/ledger/impl/interval_set.ipp>
#endif

#endif  // SLUICE_LEDGER_INTERVAL_SET_HPP
