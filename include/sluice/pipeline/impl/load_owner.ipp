#ifndef SLUICE_PIPELINE_IMPL_LOAD_OWNER_IPP
#define SLUICE_PIPELINE_IMPL_LOAD_OWNER_IPP

#include <sluice/pipeline/detail/load_owner.hpp>

#include <utility>

namespace sluice::inline v0::detail {

SLUICE_DECL load_owner::load_owner(std::shared_ptr<running_load> engine)
    : engine_{std::move(engine)} {}

SLUICE_DECL load_owner::load_owner(load_owner&&) noexcept = default;
SLUICE_DECL load_owner& load_owner::operator=(load_owner&&) noexcept = default;
SLUICE_DECL load_owner::~load_owner() = default;

SLUICE_DECL deadline load_owner::finish_by() const {
  return deadline{engine_->loop().now() + engine_->options().finish_within};
}

SLUICE_DECL report load_owner::finish(front_base& producer, deadline until) {
  if (!report_) {
    producer.release();
    report_ = std::make_unique<report>(engine_->finish(until));
  }
  return *report_;
}

SLUICE_DECL void load_owner::end(front_base& producer) noexcept {
  if (!engine_) return;
  bool const unfinished = report_ == nullptr;
  if (unfinished)
    finish(producer, deadline{engine_->loop().now() + engine_->options().destructor_within});
  engine_->shut_down(*report_, unfinished);
  engine_.reset();
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_LOAD_OWNER_IPP
