#ifndef SLUICE_META_CHECK_HPP
#define SLUICE_META_CHECK_HPP

/// \file
/// Compile-time rules. A rule has a type as its value: `passed`, or the failure, whose name is the
/// sentence that the compiler prints and whose operands are the fields and limits at fault.
///
///     namespace failed {
///     template<class Record, auto Given, auto Limit>
///     struct too_many_columns {
///       static constexpr bool ok = false;  // each failure its own: inherited, GCC prints the base
///     };
///     }
///     using rule = check<(columns <= limit), failed::too_many_columns<Record, columns, limit>>;
///
/// Rules are values that tests compare (`std::same_as<diagnosis_of<...>, passed>`). Exactly one
/// `require<diagnosis>` at the border to the user turns the first failure into one error.

#include <sluice/config.hpp>

namespace sluice::inline v0 {

/// The value of a rule that holds.
struct passed {
  static constexpr bool ok = true;
};

namespace detail {

template<bool Holds>
struct check_choice {
  template<class Failure>
  using type = passed;
};

template<>
struct check_choice<false> {
  template<class Failure>
  using type = Failure;
};

template<class... Results>
struct first_failure {
  using type = passed;
};

template<class First, class... Rest>
struct first_failure<First, Rest...> {
  using type = First;
};

template<class... Rest>
struct first_failure<passed, Rest...> : first_failure<Rest...> {};

}  // namespace detail

/// `passed` if `Holds`, else `Failure`.
template<bool Holds, class Failure>
using check = typename detail::check_choice<Holds>::template type<Failure>;

/// `passed` if all are, else the first failure.
template<class... Results>
using all_of = typename detail::first_failure<Results...>::type;

/// The one place where a failure becomes an error: instantiate it (`require<diagnosis>{}`), then
/// stop, so that no second error follows.
template<class Diagnosis>
struct require {
  static_assert(Diagnosis::ok, "sluice: the rule named below is broken");
  static constexpr bool ok = Diagnosis::ok;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_META_CHECK_HPP
