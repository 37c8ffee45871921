#ifndef SLUICE_SCHEMA_AGGREGATE_HPP
#define SLUICE_SCHEMA_AGGREGATE_HPP

#include <sluice/config.hpp>
#include <sluice/schema/detail/bind.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <type_traits>

namespace sluice::inline v0 {

namespace failed {

/// Only a class with public members, no constructors and no virtual functions names its members.
template<class Record>
struct not_an_aggregate {
  static constexpr bool ok = false;
};

/// The members of a base class cannot be named: describe the columns one by one.
template<class Record>
struct aggregate_with_base_class {
  static constexpr bool ok = false;
};

/// A reference, or a member that cannot be left out in `Record{}`: describe the columns one by one.
template<class Record>
struct aggregate_member_needs_initializer {
  static constexpr bool ok = false;
};

/// A C array as member: use std::array, or describe the columns one by one.
template<class Record>
struct aggregate_with_array_member {
  static constexpr bool ok = false;
};

/// A bit-field has no address: describe the columns one by one, or use a whole integer.
template<class Record>
struct aggregate_with_bit_field {
  static constexpr bool ok = false;
};

template<class Record, std::size_t Given, std::size_t Limit>
struct too_many_aggregate_members {
  static constexpr bool ok = false;
};

}  // namespace failed

/// Most members of a record that is described as an aggregate; more would make every user pay.
inline constexpr std::size_t max_aggregate_members = detail::max_bound_members;

namespace detail {

template<class Record, member_names Style>
struct aggregate_schema;

}  // namespace detail

/// The columns of a plain aggregate, named after its members. Opt in per type:
///
///     struct order { std::int64_t order_id; std::string status; };
///     template<>
///     struct sluice::schema<order> : sluice::aggregate_columns<order> {};
///
/// Up to 128 members. Not for C arrays, base classes, private or reference members, bit-fields.
/// The names are what the compiler prints for the members: GCC 12 and clang 16 or later.
template<class Record, member_names Style = member_names::as_is>
using aggregate_columns = typename detail::aggregate_schema<Record, Style>::type;

}  // namespace sluice::inline v0

#include <sluice/schema/impl/aggregate.hpp>

#endif  // SLUICE_SCHEMA_AGGREGATE_HPP
