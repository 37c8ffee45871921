#ifndef SLUICE_PIPELINE_DETAIL_SHAPE_HPP
#define SLUICE_PIPELINE_DETAIL_SHAPE_HPP

#include <sluice/batch/batch_policy.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/capabilities.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/row_format.hpp>

#include <cstddef>
#include <cstdint>

namespace sluice::inline v0::detail {

/// What is left of a plan at run time: no types, only figures.
struct load_shape {
  batch_limits batch;
  capabilities limits;
  codec compression = codec::none;
  int level = 0;
  row_format const* rows = nullptr;
  std::size_t segment_bytes = 1u << 20;
  std::uint32_t segment_rows = 1u << 16;
  bool durable = false;

  [[nodiscard]] bool has_age() const noexcept { return batch.max_age != batch_limits::no_age; }
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_DETAIL_SHAPE_HPP
