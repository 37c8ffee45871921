#ifndef SLUICE_PIPELINE_DETAIL_LOADER_TRAITS_HPP
#define SLUICE_PIPELINE_DETAIL_LOADER_TRAITS_HPP

#include <sluice/config.hpp>
#include <sluice/destination/failed.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/error.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/pipeline/detail/front.hpp>
#include <sluice/pipeline/plan.hpp>
#include <sluice/result.hpp>

#include <concepts>
#include <iterator>
#include <type_traits>
#include <utility>

namespace sluice::inline v0::detail {

template<class Destination>
struct config_of {
  using type = any_config;
};

template<class Destination>
  requires requires { typename Destination::config; }
struct config_of<Destination> {
  using type = typename Destination::config;
};

/// The parts of a loader that are types; those of a diagnosed one take everything.
template<class Plan, class Diagnosis = typename Plan::diagnosis>
struct loader_traits {
  using config = typename config_of<typename Plan::destination_type>::type;
  using front = rejected_front;
};

template<class Plan>
struct loader_traits<Plan, passed> {
  using config = typename Plan::destination_type::config;
  using front = detail::front<
      typename Plan::record_type,
      encoder_for<typename Plan::encode_stage::format_type, typename Plan::record_type>>;
};

/// An element that is a record.
template<class Item, class Record>
concept record_item = std::convertible_to<Item, Record const&>;

/// An element that is a record or an error.
template<class Item, class Record>
concept record_or_error = !record_item<Item, Record> && requires(Item&& item) {
  { static_cast<bool>(item) };
  { *item } -> std::convertible_to<Record const&>;
  { item.error() } -> std::convertible_to<error const&>;
};

template<class Range>
using element_of = decltype(*std::begin(std::declval<Range&>()));

/// What a range-based `for` walks over, with elements of that kind. (<ranges> is slow to compile.)
template<class Range, class Record>
concept record_range = !std::convertible_to<Range, Record const&> && requires(Range& r) {
  static_cast<bool>(std::begin(r) != std::end(r));
} && (record_item<element_of<Range>, Record> || record_or_error<element_of<Range>, Record>);

/// A source that can be read again from any position.
template<class Source>
concept seekable_source = requires(Source& source, position next) {
  { source.seek(next) } -> std::same_as<result<void>>;
};

template<class Plan, class Source>
using resume_diagnosis =
    all_of<check<seekable_source<Source>, failed::source_cannot_seek<Source>>,
           check<Plan::is_durable || Plan::destination_type::limits.ordered,
                 failed::destination_keeps_no_count<typename Plan::destination_type>>>;

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_DETAIL_LOADER_TRAITS_HPP
