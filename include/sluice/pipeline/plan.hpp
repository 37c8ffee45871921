#ifndef SLUICE_PIPELINE_PLAN_HPP
#define SLUICE_PIPELINE_PLAN_HPP

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/destination/failed.hpp>
#include <sluice/destination/upload.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/ledger/durable.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/pipeline/detail/policies.hpp>
#include <sluice/pipeline/detail/shape.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <cstdint>

namespace sluice::inline v0 {

/// What a loader of `Record` with `Policies` is made of; computed by the compiler alone.
///
/// Policies may stand in any order. Left out, `batch` is the destination's `default_batch` or else
/// `balanced`, `encode` its `default_encode` (a destination may have none: then it must be given),
/// `compress` its `default_compress` or else `compress<none>`.
template<class Record, class... Policies>
struct plan {
  using record_type = Record;
  using upload_stage = detail::policy_or<detail::stage_kind::upload, void, Policies...>;
  using destination_type = typename detail::destination_of<upload_stage>::type;
  using defaults = detail::defaults_of<destination_type>;
  using batch_stage =
      detail::policy_or<detail::stage_kind::batch, typename defaults::batch_stage, Policies...>;
  using encode_stage =
      detail::policy_or<detail::stage_kind::encode, typename defaults::encode_stage, Policies...>;
  using compress_stage = detail::
      policy_or<detail::stage_kind::compress, typename defaults::compress_stage, Policies...>;
  using durable_stage = detail::policy_or<detail::stage_kind::durable, void, Policies...>;

  /// A journal is kept.
  static constexpr bool is_durable = !std::is_void_v<durable_stage>;

  /// `passed`, or the first thing that is wrong.
  using diagnosis = typename decltype(detail::diagnose<plan, Policies...>())::type;
};

/// The diagnosis of a loader, for tests: `passed` or a type of `failed::`.
template<class Record, class... Policies>
using diagnosis_of = typename plan<Record, Policies...>::diagnosis;

namespace detail {

/// The figures of a plan at run time. `configured`: values of limits that are `dynamic`.
/// Precondition: `Plan::diagnosis` passed.
template<class Plan>
[[nodiscard]] load_shape shape_of(batch_limits const& configured);

}  // namespace detail
}  // namespace sluice::inline v0

#include <sluice/pipeline/impl/plan.hpp>

#endif  // SLUICE_PIPELINE_PLAN_HPP
