#ifndef SLUICE_PIPELINE_DETAIL_FRONT_HPP
#define SLUICE_PIPELINE_DETAIL_FRONT_HPP

#include <sluice/config.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/pipeline/detail/running_load.hpp>
#include <sluice/pipeline/detail/slot.hpp>
#include <sluice/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::inline v0 {

/// What `try_push` says.
enum class push_result : std::uint8_t {
  taken,  ///< the record has its place; what becomes of it is in the report
  full,   ///< not taken: no memory at the moment
  closed  ///< not taken: the loader has ended; `health()` says why
};

namespace detail {

/// What an encoder does, for records whose type is forgotten. Used where a record finds no room:
/// once per segment, so that this way through `push` is compiled once and not for each record type.
struct erased_encoder {
  bool (*append)(void const* record, segment& open) noexcept;
  std::size_t (*max_size)(void const* record) noexcept;
  result<void> (*validate)(void const* record);
};

template<class Record, class Encoder>
struct erasing {
  [[gnu::cold]] static bool append(void const* record, segment& open) noexcept {
    return Encoder{}.append(*static_cast<Record const*>(record), open);
  }

  [[gnu::cold]] static std::size_t max_size(void const* record) noexcept {
    return static_cast<std::size_t>(Encoder{}.max_size(*static_cast<Record const*>(record)));
  }

  [[gnu::cold]] static result<void> validate(void const* record) {
    return Encoder{}.validate(*static_cast<Record const*>(record));
  }
};

template<class Record, class Encoder>
inline constexpr erased_encoder erased{&erasing<Record, Encoder>::append,
                                       &erasing<Record, Encoder>::max_size,
                                       &erasing<Record, Encoder>::validate};

/// What a front does less than once per record.
class front_base {
 public:
  front_base() noexcept;

  /// Takes a place; `*this` is empty if there is none.
  explicit front_base(std::shared_ptr<running_load> of);

  front_base(front_base&& other) noexcept;
  front_base& operator=(front_base&& other) noexcept;
  ~front_base();

  [[nodiscard]] bool has_place() const noexcept { return slot_ != nullptr; }

  /// Hands over what is in the segment and gives the place back.
  void release();

  bool push_bad(rejection why, std::string record);

 protected:
  /// The slot's watch went off behind a record that is written.
  push_result watched();

  /// The segment is full, there is none, or the record cannot be written at all.
  push_result push_slowly(erased_encoder const& encoder, void const* record, bool wait);

  slot* slot_ = nullptr;
  segment* segment_;

 private:
  push_result put_bad(rejection why);
  push_result counted(bool taken);
  void refresh() noexcept;

  std::shared_ptr<running_load> engine_;
};

/// The typed end of a loader: encodes records into the open segment of one producer. In the steady
/// state a record costs its encoding, one relaxed load and two comparisons.
template<class Record, class Encoder>
class front : public front_base {
 public:
  using front_base::front_base;

  push_result push(Record const& record, bool wait) {
    if (Encoder{}.append(record, *segment_)) {
      if (segment_->filled().rows < slot_->watch.load(std::memory_order_relaxed))
        return push_result::taken;
      return watched();
    }
    return push_slowly(erased<Record, Encoder>, &record, wait);
  }
};

/// Stands in for the front of a loader that is diagnosed: takes every call in silence, so that the
/// diagnosis is the only error.
class rejected_front : public front_base {
 public:
  using front_base::front_base;

  template<class Record>
  push_result push(Record const&, bool) {
    return push_result::closed;
  }
};

/// Anything can be made into one: the configuration of a destination that is none.
struct any_config {
  template<class... Arguments>
  explicit(false) any_config(Arguments const&...) {}
};

}  // namespace detail
}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/front.ipp>
#endif

#endif  // SLUICE_PIPELINE_DETAIL_FRONT_HPP
