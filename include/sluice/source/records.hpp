#ifndef SLUICE_SOURCE_RECORDS_HPP
#define SLUICE_SOURCE_RECORDS_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/observe/progress.hpp>
#include <sluice/result.hpp>
#include <sluice/source/item.hpp>
#include <sluice/source/item_iterator.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace sluice::inline v0::source {

namespace detail {

/// A record or the error that stands in its place, such as `result<Record>`.
template<class T>
concept record_or_error = requires(T& r) {
  static_cast<bool>(r.has_value());
  *r;
  { r.error() } -> std::convertible_to<sluice::error const&>;
};

template<class Element>
struct record_of {
  using type = Element;
};

template<record_or_error Element>
struct record_of<Element> {
  using type = std::remove_reference_t<decltype(*std::declval<Element&>())>;
};

}  // namespace detail

/// Any input range of records as a source with positions and progress: of `Record`, or of
/// `result<Record>` where records may fail to be read.
///
///     sluice::source::records rows{my_rows};              // keeps a reference
///     sluice::source::records made{std::move(my_rows)};   // keeps the range
///
/// A loader takes plain ranges, too; this is for those that want `progress()` or `seek`.
/// Single pass. Thread safety: none, except for what `progress()` points to.
template<class Range>
class records {
 public:
  using base_iterator = decltype(std::begin(std::declval<Range&>()));
  using base_sentinel = decltype(std::end(std::declval<Range&>()));
  using reference = decltype(*std::declval<base_iterator&>());
  using element = std::remove_reference_t<reference>;
  using record_type = typename detail::record_of<element>::type;
  using value_type = item<record_type>;

  using iterator = item_iterator<records>;

  /// The range must stay as it is while it is read.
  explicit records(Range&& range);

  records(records const&) = delete;
  records& operator=(records const&) = delete;

  [[nodiscard]] iterator begin();
  [[nodiscard]] std::default_sentinel_t end() const noexcept;

  /// Skips records until `next` is the next one. Errors: errc::invalid_input if the range is
  /// shorter, or has already passed `next`.
  result<void> seek(sluice::position next);

  /// Records read, and their number where the range knows it; outlives the source.
  [[nodiscard]] std::shared_ptr<progress_feed const> progress() const noexcept;

 private:
  friend class item_iterator<records>;

  void start();
  bool advance();
  value_type current() noexcept;

  Range range_;
  std::optional<base_iterator> at_;
  sluice::position next_ = 0;
  std::optional<std::remove_const_t<element>> made_;  ///< of a range that makes its elements
  element* element_ = nullptr;
  std::string nothing_;
  std::shared_ptr<progress_feed> feed_ = std::make_shared<progress_feed>();
};

template<class Range>
records(Range&&) -> records<Range>;

}  // namespace sluice::inline v0::source

#include <sluice/source/impl/records.hpp>

#endif  // SLUICE_SOURCE_RECORDS_HPP
