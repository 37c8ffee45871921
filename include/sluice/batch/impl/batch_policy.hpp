#ifndef SLUICE_BATCH_IMPL_BATCH_POLICY_HPP
#define SLUICE_BATCH_IMPL_BATCH_POLICY_HPP

#include <sluice/batch/batch_policy.hpp>

namespace sluice::inline v0::detail {

enum class batch_kind { unknown, rows, bytes, file_bytes, age };

template<class Policy>
inline constexpr batch_kind batch_kind_of = batch_kind::unknown;
template<row_limit Limit>
inline constexpr batch_kind batch_kind_of<max_rows<Limit>> = batch_kind::rows;
template<byte_limit Limit>
inline constexpr batch_kind batch_kind_of<max_bytes<Limit>> = batch_kind::bytes;
template<byte_limit Limit>
inline constexpr batch_kind batch_kind_of<target_file_bytes<Limit>> = batch_kind::file_bytes;
template<age_limit Limit>
inline constexpr batch_kind batch_kind_of<max_age<Limit>> = batch_kind::age;

template<class... Policies>
struct batch_unique {
  using type = passed;
};

template<class First, class... Rest>
struct batch_unique<First, Rest...> {
  using type = all_of<check<batch_kind_of<First> != batch_kind_of<Rest>,
                            failed::batch_limit_given_twice<First, Rest>>...,
                      typename batch_unique<Rest...>::type>;
};

template<class Policy, batch_kind Kind = batch_kind_of<Policy>>
struct batch_policy_rule {
  using type = check<Policy::positive, failed::batch_limit_below_one<Policy>>;
};

template<class Policy>
struct batch_policy_rule<Policy, batch_kind::unknown> {
  using type = failed::unknown_batch_policy<Policy>;
};

template<class... Policies>
struct batch_rules {
  using type = all_of<typename batch_policy_rule<Policies>::type...,
                      typename batch_unique<Policies...>::type>;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_BATCH_IMPL_BATCH_POLICY_HPP
