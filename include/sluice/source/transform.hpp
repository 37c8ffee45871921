#ifndef SLUICE_SOURCE_TRANSFORM_HPP
#define SLUICE_SOURCE_TRANSFORM_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/meta/check.hpp>
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

namespace sluice::inline v0::failed {

/// `Member` is neither a `std::string` nor a `std::optional<std::string>`: no suffix can be
/// appended to it.
template<auto Member>
struct suffix_needs_text {
  static constexpr bool ok = false;
};

}  // namespace sluice::inline v0::failed

namespace sluice::inline v0::source {

/// A source of records (`csv`, `records`, ...) whose good records are changed on their way by
/// `change(Record&)`.
///
///     sluice::source::csv<order> orders{"orders.csv"};
///     sluice::source::transform upper{orders, [](order& o) { o.status = upper_case(o.status); }};
///     load.push(upper);
///
/// A source given as an lvalue is referred to, another is moved from. `change` is called once for
/// every good record that is reached, in their order, on a copy: what the source refers to stays as
/// it is. Items with an error, also a fatal one, pass as they are; positions are the source's.
/// One record object is reused for all items, so that text keeps its memory. An exception of
/// `change` reaches whoever moves the iterator, and the record is passed over: what is pushed
/// behind it has other positions than the source's, so such a load cannot be resumed.
/// Single pass. Thread safety: the source's.
template<class Source, class Function>
class transform {
 public:
  using source_type = std::remove_reference_t<Source>;
  using record_type = std::remove_const_t<typename source_type::record_type>;
  using value_type = item<record_type>;

  using iterator = item_iterator<transform>;

  transform(Source&& source, Function change);

  transform(transform const&) = delete;
  transform& operator=(transform const&) = delete;

  /// Reads the next record. Single pass: every call of `begin` continues where reading stands.
  [[nodiscard]] iterator begin();

  [[nodiscard]] std::default_sentinel_t end() const noexcept;

  /// The source's, where it has it: continues at a record or mark. What is skipped is not changed.
  template<class Where>
    requires requires(Source& source, Where const& next) { source.seek(next); }
  result<void> seek(Where const& next);

  /// The source's, where it has it: why it could not be read to its end.
  [[nodiscard]] sluice::error const* failure() const noexcept;

  /// The source's: for a progress display; outlives the source.
  [[nodiscard]] std::shared_ptr<progress_feed const> progress() const noexcept;

  /// The source itself. Reading from it takes records away from here.
  [[nodiscard]] source_type& base() noexcept;

 private:
  friend class item_iterator<transform>;

  using base_iterator = decltype(std::declval<source_type&>().begin());

  bool advance();
  value_type current() noexcept;

  Source source_;
  Function change_;
  std::optional<base_iterator> at_;
  std::optional<record_type> record_;
};

template<class Source, class Function>
transform(Source&&, Function) -> transform<Source, Function>;

/// A change for `transform`: appends a suffix to `Members`; to those that are null, nothing.
template<auto... Members>
struct suffix_appender {
  std::string suffix;

  template<class Record>
  void operator()(Record& record) const;
};

/// For test data only: appends `suffix` to text members of every record, so that repeated runs do
/// not collide in unique columns. What is loaded is no longer what the source holds. A token column
/// needs the suffix wherever the column of its values has it. An empty suffix changes nothing.
///
///     sluice::source::transform rows{people, sluice::source::make_unique<&person::ssn>("-run7")};
///
/// Text that becomes longer than its column takes is refused as any other is.
template<auto... Members>
[[nodiscard]] suffix_appender<Members...> make_unique(std::string suffix);

}  // namespace sluice::inline v0::source

#include <sluice/source/impl/transform.hpp>

#endif  // SLUICE_SOURCE_TRANSFORM_HPP
