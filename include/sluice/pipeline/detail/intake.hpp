#ifndef SLUICE_PIPELINE_DETAIL_INTAKE_HPP
#define SLUICE_PIPELINE_DETAIL_INTAKE_HPP

#include <sluice/config.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/ledger/interval_set.hpp>
#include <sluice/ledger/ledger.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/pipeline/detail/gate.hpp>
#include <sluice/pipeline/detail/segment_pool.hpp>
#include <sluice/pipeline/detail/shape.hpp>
#include <sluice/pipeline/detail/slot.hpp>
#include <sluice/units.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace sluice::inline v0::detail {

/// Rows on their way from a producer to a worker.
struct handed_over {
  segment_view rows;
  position_range at;
  steady_time since{};  ///< no row of it is older
};

/// The producers' side: open segments, the queue to the workers, positions.
/// Thread safety: `next`, `place` and `on_watch` by the producer of the slot; the rest from any
/// thread.
class intake {
 public:
  struct hooks {
    std::function<void()> queued;        ///< rows are in the queue
    std::function<void()> first_record;  ///< a record came that has an age to be watched
    std::function<void()> starving;      ///< a producer waits for memory
  };

  using turn = intake_turn;

  intake(transport& t,
         load_shape const& s,
         std::size_t producers,
         std::size_t most_queued,
         std::shared_ptr<segment_pool> pool,
         std::shared_ptr<gate> waiting,
         ledger& books,
         hooks calls);

  /// A free place; null if all are in use.
  [[nodiscard]] slot* attach();

  /// Hands over what is left and frees the place.
  void detach(slot& s);

  /// Hands over what is in the open segment and opens one with room for `bytes`.
  turn next(slot& s, std::size_t bytes, bool wait);

  /// Gives a record that is in no segment its position: nothing if it is skipped or closed.
  std::optional<position> place(slot& s, bool& skipped);

  /// To be called when the open segment has `watch` rows. False: the last row came too late.
  bool on_watch(slot& s);

  /// From here on records get positions from `first` on; those in `ended` are skipped.
  void open(position first, interval_set ended);

  /// Lets no producer wait any longer and takes no new segment's worth.
  void close();

  /// Takes what was committed since; afterwards nothing can be added. True: there was something.
  bool close_finally();

  [[nodiscard]] bool closing() const noexcept { return closing_.load(); }

  void cut_all();

  /// Cuts segments with a record older than `age`. Returns when the next one is due.
  std::optional<steady_time> cut_older(steady_time now, milliseconds age);

  [[nodiscard]] std::optional<handed_over> pop();
  [[nodiscard]] bool queue_empty() const;
  /// First position in the queue.
  [[nodiscard]] std::optional<position> queue_front() const;

  /// One past the last position given so far.
  [[nodiscard]] position end() const;

  /// Rows in open segments that have no position yet.
  [[nodiscard]] std::uint64_t open_rows();

  [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_.load(); }

  [[nodiscard]] int waiting_for_memory() const noexcept { return starving_.load(); }

  [[nodiscard]] std::chrono::nanoseconds blocked() const noexcept {
    return std::chrono::nanoseconds{blocked_ns_.load()};
  }

 private:
  bool cut(slot& s);
  [[nodiscard]] bool queue_has_room() const;
  [[nodiscard]] std::shared_ptr<segment> wait_for_segment(std::size_t bytes);
  bool skip_one();
  bool wait_until_open(bool wait);
  [[nodiscard]] std::uint32_t rows_to_next_gap() const;

  transport& transport_;
  load_shape const& shape_;
  std::size_t const most_queued_;  ///< segments; more would only wait longer
  std::shared_ptr<segment_pool> pool_;
  std::shared_ptr<gate> gate_;
  ledger& books_;
  hooks hooks_;
  std::vector<std::unique_ptr<slot>> slots_;

  std::mutex mutable queue_mutex_;
  std::deque<handed_over> queue_;
  position next_position_ = 0;
  interval_set ended_;

  std::atomic<bool> opened_{false};
  std::atomic<bool> closing_{false};
  std::atomic<std::uint64_t> skipped_{0};
  std::atomic<int> starving_{0};
  std::atomic<std::int64_t> blocked_ns_{0};
};

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/intake.ipp>
#endif

#endif  // SLUICE_PIPELINE_DETAIL_INTAKE_HPP
