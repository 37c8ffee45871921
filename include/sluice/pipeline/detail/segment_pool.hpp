#ifndef SLUICE_PIPELINE_DETAIL_SEGMENT_POOL_HPP
#define SLUICE_PIPELINE_DETAIL_SEGMENT_POOL_HPP

#include <sluice/config.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/pipeline/detail/budget.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice::inline v0::detail {

/// Segments that were used and wait to be used again: fresh memory from the system costs a page
/// fault per 4 KiB, which is a tenth of the time to fill it. They stay charged to the budget, and
/// go when others need its room. Thread safety: all members.
class segment_pool : public std::enable_shared_from_this<segment_pool> {
 public:
  segment_pool(std::shared_ptr<budget> of, std::size_t segment_bytes)
      : budget_{std::move(of)}, segment_bytes_{segment_bytes} {}

  ~segment_pool() { budget_->give_back(free_.size() * segment_bytes_); }

  /// A segment of at least `bytes`, which goes back when its last owner lets go; null if the budget
  /// has no room.
  [[nodiscard]] std::shared_ptr<segment> try_take(std::size_t bytes) {
    std::unique_ptr<segment> found;
    std::size_t const capacity = std::max(bytes, segment_bytes_);
    if (capacity == segment_bytes_ && budget_->has_room()) {
      std::scoped_lock const lock{mutex_};
      if (!free_.empty()) {
        found = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (!found) {
      if (!budget_->try_take(capacity) && !(drop_free() && budget_->try_take(capacity)))
        return nullptr;
      credit charged{budget_, capacity};
      found = std::make_unique<segment>(capacity);
      charged.keep();
    }
    return {found.release(), [self = shared_from_this()](segment* s) { self->put_back(s); }};
  }

 private:
  void put_back(segment* s) noexcept {
    std::unique_ptr<segment> used{s};
    std::size_t const capacity = used->capacity();
    if (capacity == segment_bytes_ && budget_->has_room()) {
      std::scoped_lock const lock{mutex_};
      used->reset();
      free_.push_back(std::move(used));
    }
    bool const kept = used == nullptr;
    used.reset();
    if (kept)
      budget_->announce();
    else
      budget_->give_back(capacity);
  }

  /// Whether there was anything to drop.
  bool drop_free() {
    std::vector<std::unique_ptr<segment>> dropped;
    {
      std::scoped_lock const lock{mutex_};
      dropped.swap(free_);
    }
    std::size_t const bytes = dropped.size() * segment_bytes_;
    dropped.clear();
    budget_->give_back(bytes);
    return bytes != 0;
  }

  std::shared_ptr<budget> budget_;
  std::size_t const segment_bytes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<segment>> free_;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_DETAIL_SEGMENT_POOL_HPP
