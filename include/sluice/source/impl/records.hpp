#ifndef SLUICE_SOURCE_IMPL_RECORDS_HPP
#define SLUICE_SOURCE_IMPL_RECORDS_HPP

#include <sluice/source/records.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

namespace sluice::inline v0::source {

template<class Range>
records<Range>::records(Range&& range) : range_{std::forward<Range>(range)} {
  if constexpr (requires { std::size(range_); })
    feed_->records_total.set(static_cast<std::uint64_t>(std::size(range_)));
}

template<class Range>
typename records<Range>::iterator records<Range>::begin() {
  return iterator{*this};
}

template<class Range>
std::default_sentinel_t records<Range>::end() const noexcept {
  return {};
}

template<class Range>
result<void> records<Range>::seek(sluice::position next) {
  start();
  for (; next_ < next && *at_ != std::end(range_); ++next_) ++*at_;
  feed_->records_read.set(next_);
  if (next_ == next) return success;
  return error{errc::invalid_input,
               "record " + std::to_string(next) + " cannot be sought, the range stands at record " +
                   std::to_string(next_) + (next_ > next ? "" : ", its end") +
                   "; give the range that was loaded before, from its start"};
}

template<class Range>
std::shared_ptr<progress_feed const> records<Range>::progress() const noexcept {
  return feed_;
}

template<class Range>
void records<Range>::start() {
  if (!at_) at_.emplace(std::begin(range_));
  // The element handed out last is behind us only now: incrementing earlier could overwrite it.
  if (std::exchange(element_, nullptr) != nullptr) ++*at_;
}

template<class Range>
bool records<Range>::advance() {
  start();
  if (*at_ == std::end(range_)) return false;
  if constexpr (std::is_reference_v<reference>) {
    element_ = std::addressof(**at_);
  } else {
    made_.emplace(**at_);
    element_ = std::addressof(*made_);
  }
  feed_->records_read.set(++next_);
  return true;
}

template<class Range>
typename records<Range>::value_type records<Range>::current() noexcept {
  sluice::position const at = next_ - 1;
  if constexpr (detail::record_or_error<element>) {
    if (!element_->has_value()) return value_type{element_->error(), nothing_, at, false};
    return value_type{**element_, at};
  } else {
    return value_type{*element_, at};
  }
}

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_IMPL_RECORDS_HPP
