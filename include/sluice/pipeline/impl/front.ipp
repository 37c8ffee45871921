#ifndef SLUICE_PIPELINE_IMPL_FRONT_IPP
#define SLUICE_PIPELINE_IMPL_FRONT_IPP

#include <sluice/pipeline/detail/front.hpp>

#include <utility>

namespace sluice::inline v0::detail {

namespace front_impl {

/// A segment that takes nothing: what a producer has before its first record.
inline segment& no_segment() noexcept {
  static segment empty{0};
  return empty;
}

inline rejection unwritable() {
  return {dead_reason::invalid, {}, "the encoder refuses the record and does not say why", {}};
}

}  // namespace front_impl

SLUICE_DECL front_base::front_base() noexcept : segment_{&front_impl::no_segment()} {}

SLUICE_DECL front_base::front_base(std::shared_ptr<running_load> of)
    : slot_{of ? of->attach() : nullptr}, segment_{&front_impl::no_segment()} {
  if (slot_ != nullptr) engine_ = std::move(of);
}

SLUICE_DECL front_base::front_base(front_base&& other) noexcept
    : slot_{std::exchange(other.slot_, nullptr)},
      segment_{std::exchange(other.segment_, &front_impl::no_segment())},
      engine_{std::move(other.engine_)} {}

SLUICE_DECL front_base& front_base::operator=(front_base&& other) noexcept {
  if (this != &other) {
    release();
    slot_ = std::exchange(other.slot_, nullptr);
    segment_ = std::exchange(other.segment_, &front_impl::no_segment());
    engine_ = std::move(other.engine_);
  }
  return *this;
}

SLUICE_DECL front_base::~front_base() {
  release();
}

SLUICE_DECL void front_base::release() {
  if (slot_ != nullptr) engine_->detach(*std::exchange(slot_, nullptr));
  segment_ = &front_impl::no_segment();
}

SLUICE_DECL bool front_base::push_bad(rejection why, std::string record) {
  if (slot_ == nullptr) return false;
  bool const taken = engine_->put_bad(*slot_, std::move(why), std::move(record));
  refresh();
  if (!taken) segment_ = &front_impl::no_segment();
  return taken;
}

SLUICE_DECL push_result front_base::watched() {
  bool const taken = engine_->on_watch(*slot_);
  refresh();
  if (taken) return push_result::taken;
  engine_->count_refused();
  return push_result::closed;
}

SLUICE_DECL push_result front_base::push_slowly(erased_encoder const& encoder,
                                                void const* record,
                                                bool wait) {
  if (slot_ == nullptr) {
    if (engine_) engine_->count_refused();
    return push_result::closed;
  }
  if (result<void> const valid = encoder.validate(record); !valid)
    return put_bad(rejection{dead_reason::invalid, {}, valid.error().message, {}});
  std::size_t bytes = encoder.max_size(record);
  if (bytes > engine_->row_limit()) {
    // `max_size` is an upper bound; what counts is the row itself.
    segment row{bytes};
    if (!encoder.append(record, row)) return put_bad(front_impl::unwritable());
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
  if (!encoder.append(record, *segment_)) return put_bad(front_impl::unwritable());
  if (segment_->filled().rows < slot_->watch.load(std::memory_order_relaxed))
    return push_result::taken;
  return watched();
}

SLUICE_DECL push_result front_base::put_bad(rejection why) {
  bool const taken = engine_->put_bad(*slot_, std::move(why), {});
  refresh();
  return counted(taken);
}

SLUICE_DECL push_result front_base::counted(bool taken) {
  if (taken) return push_result::taken;
  segment_ = &front_impl::no_segment();
  engine_->count_refused();
  return push_result::closed;
}

SLUICE_DECL void front_base::refresh() noexcept {
  segment_ = slot_ != nullptr && slot_->open ? slot_->open.get() : &front_impl::no_segment();
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_FRONT_IPP
