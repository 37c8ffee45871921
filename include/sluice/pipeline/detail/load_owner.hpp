#ifndef SLUICE_PIPELINE_DETAIL_LOAD_OWNER_HPP
#define SLUICE_PIPELINE_DETAIL_LOAD_OWNER_HPP

#include <sluice/config.hpp>
#include <sluice/pipeline/detail/front.hpp>
#include <sluice/pipeline/detail/running_load.hpp>
#include <sluice/pipeline/report.hpp>
#include <sluice/units.hpp>

#include <memory>

namespace sluice::inline v0::detail {

/// What a loader does at its end, whatever its type: the report is made once and kept. Owns the
/// running load; empty in a loader that was moved from.
class load_owner {
 public:
  explicit load_owner(std::shared_ptr<running_load> engine);

  load_owner(load_owner&&) noexcept;
  load_owner& operator=(load_owner&&) noexcept;
  ~load_owner();

  running_load* operator->() const noexcept { return engine_.get(); }

  [[nodiscard]] std::shared_ptr<running_load> const& engine() const noexcept { return engine_; }

  /// `run_options::finish_within` from this moment.
  [[nodiscard]] deadline finish_by() const;

  report finish(front_base& producer, deadline until);

  /// As the destructor of a loader does.
  void end(front_base& producer) noexcept;

 private:
  std::shared_ptr<running_load> engine_;
  std::unique_ptr<report> report_;
};

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/load_owner.ipp>
#endif

#endif  // SLUICE_PIPELINE_DETAIL_LOAD_OWNER_HPP
