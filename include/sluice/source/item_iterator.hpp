#ifndef SLUICE_SOURCE_ITEM_ITERATOR_HPP
#define SLUICE_SOURCE_ITEM_ITERATOR_HPP

#include <sluice/config.hpp>

#include <cstddef>
#include <iterator>

namespace sluice::inline v0::source {

/// The iterator of every source. `Source` has it as a friend and gives it `advance()`, false at the
/// end, and `current()`. Single pass: `++` makes the item and all that it refers to invalid.
template<class Source>
class item_iterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using iterator_category = std::input_iterator_tag;  // range-v3's views ask for it
  using value_type = typename Source::value_type;
  using difference_type = std::ptrdiff_t;
  using reference = value_type;
  using pointer = void;

  item_iterator() = default;

  /// Stands at the next item of `from`, or at its end.
  explicit item_iterator(Source& from) : source_{&from} { ++*this; }

  [[nodiscard]] value_type operator*() const { return source_->current(); }

  item_iterator& operator++() {
    if (!source_->advance()) source_ = nullptr;
    return *this;
  }

  void operator++(int) { ++*this; }

  friend bool operator==(item_iterator const& i, std::default_sentinel_t) noexcept {
    return i.source_ == nullptr;
  }

 private:
  Source* source_ = nullptr;
};

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_ITEM_ITERATOR_HPP
