#ifndef SLUICE_PIPELINE_IMPL_PLAN_HPP
#define SLUICE_PIPELINE_IMPL_PLAN_HPP

#include <sluice/pipeline/plan.hpp>

namespace sluice::inline v0::detail {

/// Sizes of the segments that fit a batch: small enough that a batch is made of whole ones.
SLUICE_DECL void fit_segments(load_shape& s);

template<class Plan>
load_shape shape_of(batch_limits const& configured) {
  using encoder_type =
      encoder_for<typename Plan::encode_stage::format_type, typename Plan::record_type>;
  using codec_type = typename Plan::compress_stage::codec_type;
  load_shape s;
  s.batch = Plan::batch_stage::limits(configured);
  s.limits = Plan::destination_type::limits;
  s.compression = codec_type::kind;
  s.level = codec_type::level;
  s.rows = &encoder_type::rows();
  s.durable = Plan::is_durable;
  fit_segments(s);
  return s;
}

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/plan.ipp>
#endif

#endif  // SLUICE_PIPELINE_IMPL_PLAN_HPP
