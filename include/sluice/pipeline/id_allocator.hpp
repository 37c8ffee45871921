#ifndef SLUICE_PIPELINE_ID_ALLOCATOR_HPP
#define SLUICE_PIPELINE_ID_ALLOCATOR_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/position.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice::inline v0 {

/// Ids for records that a program makes, for loads into a destination that keeps count of an
/// ordered source (a channel of `snowpipe::streaming` whose `config.source` is named): no restart
/// and no part of a load gives an id twice. The id of a record follows from its position,
/// `first + position * parts + part`.
///
///     sluice::id_allocator ids{*load.resume_position()};
///     order const made = make_order(ids.next());
///     load.push(made);
///
/// With `partitioned<Loader, N>` each part has an allocator of its own, `{position, N, part}`.
///
/// After a restart ids go on behind what the service holds, so an id belongs to the record at its
/// position only if records are pushed in the order of their ids. One thread that takes an id and
/// pushes needs no more; several threads that push to one loader do both under one lock.
///
/// Not for `durable<journal>` in front of other destinations: rows in the middle may be confirmed
/// while earlier ones are open, and a program that makes other records in their place loses them.
///
/// Thread safety: any thread, without waiting.
class id_allocator {
 public:
  /// `next`: the first position that the service does not hold. Preconditions: `parts >= 1`,
  /// `part < parts`.
  constexpr explicit id_allocator(position next,
                                  std::size_t parts = 1,
                                  std::size_t part = 0,
                                  std::uint64_t first = 0) noexcept
      : next_{next}, parts_{parts}, first_{first + part} {}

  /// An id that no other call gets.
  [[nodiscard]] std::uint64_t next() noexcept { return id_of(next_.fetch_add(1)); }

  /// The first of `count` ids that no other call gets; each is `step()` above the one before.
  [[nodiscard]] std::uint64_t next(std::uint64_t count) noexcept {
    return id_of(next_.fetch_add(count));
  }

  [[nodiscard]] constexpr std::uint64_t step() const noexcept { return parts_; }

  /// The id of the record at a position.
  [[nodiscard]] constexpr std::uint64_t id_of(position at) const noexcept {
    return first_ + at * parts_;
  }

 private:
  std::atomic<position> next_;
  std::uint64_t parts_;
  std::uint64_t first_;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_PIPELINE_ID_ALLOCATOR_HPP
