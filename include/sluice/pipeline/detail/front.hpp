#ifndef SLUICE_PIPELINE_DETAIL_FRONT_HPP
#define SLUICE_PIPELINE_DETAIL_FRONT_HPP

#include <sluice/config.hpp>
#include <sluice/encode/encoder.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/pipeline/detail/running_load.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace sluice::inline v0 {

/// What `try_push` says.
enum class push_result : std::uint8_t {
  taken,  ///< the record has its place; what becomes of it is in the report
  full,   ///< not taken: no memory at the moment
  closed  ///< not taken: the loader has ended; `health()` says why
};

namespace detail {

/// A segment that takes nothing: what a producer has before its first record.
inline segment& no_segment() {
  static segment empty{0};
  return empty;
}

/// The typed end of a loader: encodes records into the open segment of one producer. In the steady
/// state a record costs its encoding, one relaxed load and two comparisons.
template<class Record, class Encoder>
class front {
 public:
  front() = default;

  /// Takes a place; `*this` is empty if there is none.
  explicit front(std::shared_ptr<running_load> of)
      : engine_{std::move(of)}, slot_{engine_->attach()}, segment_{&no_segment()} {
    if (slot_ == nullptr) engine_.reset();
  }

  front(front&& other) noexcept
      : engine_{std::move(other.engine_)},
        slot_{std::exchange(other.slot_, nullptr)},
        segment_{std::exchange(other.segment_, &no_segment())} {}

  front& operator=(front&& other) noexcept {
    if (this != &other) {
      release();
      engine_ = std::move(other.engine_);
      slot_ = std::exchange(other.slot_, nullptr);
      segment_ = std::exchange(other.segment_, &no_segment());
    }
    return *this;
  }

  ~front() { release(); }

  [[nodiscard]] bool has_place() const noexcept { return slot_ != nullptr; }

  /// Hands over what is in the segment and gives the place back.
  void release() {
    if (slot_ != nullptr) engine_->detach(*std::exchange(slot_, nullptr));
    segment_ = &no_segment();
  }

  push_result push(Record const& record, bool wait) {
    if (encoder_.append(record, *segment_)) {
      if (segment_->filled().rows < slot_->watch.load(std::memory_order_relaxed))
        return push_result::taken;
      return watched();
    }
    return push_slowly(record, wait);
  }

  bool push_bad(rejection why, std::string record) {
    if (slot_ == nullptr) return false;
    bool const taken = engine_->put_bad(*slot_, std::move(why), std::move(record));
    refresh();
    if (!taken) segment_ = &no_segment();
    return taken;
  }

 private:
  push_result watched() {
    bool const taken = engine_->on_watch(*slot_);
    refresh();
    if (taken) return push_result::taken;
    engine_->count_refused();
    return push_result::closed;
  }

  /// The segment is full, there is none, or the record cannot be written at all.
  push_result push_slowly(Record const& record, bool wait) {
    if (slot_ == nullptr) {
      if (engine_) engine_->count_refused();
      return push_result::closed;
    }
    if (result<void> const valid = encoder_.validate(record); !valid)
      return put_bad(rejection{dead_reason::invalid, {}, valid.error().message, {}});
    std::size_t bytes = encoder_.max_size(record);
    if (bytes > engine_->row_limit()) {
      // `max_size` is an upper bound; what counts is the row itself.
      segment row{bytes};
      if (!encoder_.append(record, row)) return put_bad(unwritable());
      bytes = row.filled().bytes;
      if (bytes > engine_->row_limit()) {
        bool const taken = engine_->put_too_large(*slot_, row, engine_->row_limit());
        refresh();
        return counted(taken);
      }
    }
    intake_turn const turn = engine_->next(*slot_, bytes, wait);
    refresh();
    switch (turn) {
      case intake_turn::ready:
        break;
      case intake_turn::skipped:
        return push_result::taken;
      case intake_turn::full:
        return push_result::full;
      case intake_turn::closed:
        return counted(false);
    }
    if (!encoder_.append(record, *segment_)) return put_bad(unwritable());
    if (segment_->filled().rows < slot_->watch.load(std::memory_order_relaxed))
      return push_result::taken;
    return watched();
  }

  static rejection unwritable() {
    return {dead_reason::invalid, {}, "the encoder refuses the record and does not say why", {}};
  }

  push_result put_bad(rejection why) {
    bool const taken = engine_->put_bad(*slot_, std::move(why), {});
    refresh();
    return counted(taken);
  }

  push_result counted(bool taken) {
    if (taken) return push_result::taken;
    segment_ = &no_segment();
    engine_->count_refused();
    return push_result::closed;
  }

  void refresh() { segment_ = slot_ != nullptr && slot_->open ? slot_->open.get() : &no_segment(); }

  std::shared_ptr<running_load> engine_;
  slot* slot_ = nullptr;
  segment* segment_ = &no_segment();
  [[no_unique_address]] Encoder encoder_;
};

/// Stands in for the front of a loader that is diagnosed: takes every call in silence, so that the
/// diagnosis is the only error.
class rejected_front {
 public:
  template<class... Arguments>
  explicit rejected_front(Arguments const&...) {}

  template<class Record>
  push_result push(Record const&, bool) {
    return push_result::closed;
  }

  template<class... Arguments>
  bool push_bad(Arguments const&...) {
    return false;
  }

  [[nodiscard]] bool has_place() const noexcept { return false; }

  void release() {}
};

/// Anything can be made into one: the configuration of a destination that is none.
struct any_config {
  template<class... Arguments>
  explicit(false) any_config(Arguments const&...) {}
};

}  // namespace detail
}  // namespace sluice::inline v0

#endif  // SLUICE_PIPELINE_DETAIL_FRONT_HPP
