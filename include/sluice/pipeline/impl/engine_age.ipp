#ifndef SLUICE_PIPELINE_IMPL_ENGINE_AGE_IPP
#define SLUICE_PIPELINE_IMPL_ENGINE_AGE_IPP

#include <sluice/pipeline/detail/engine.hpp>

#include <algorithm>

namespace sluice::inline v0::detail {

SLUICE_DECL void engine::on_first_record() {
  if (!shape_.has_age() || ages_watched_.exchange(true)) return;
  transport_.spawn(run_ages(weak_from_this(), transport_));
}

// The timer does not own the engine: an age may be long, and a loader may end meanwhile.
SLUICE_DECL task<void> engine::run_ages(std::weak_ptr<engine> weak, transport& t) {
  for (;;) {
    std::optional<steady_time> due;
    if (std::shared_ptr<engine> const self = weak.lock()) due = self->check_ages();
    if (!due) co_return success;
    result<void> const slept = co_await t.sleep_until(*due);
    if (!slept) co_return success;
  }
}

SLUICE_DECL std::optional<steady_time> engine::check_ages() {
  if (finished_.load()) return std::nullopt;
  auto const look = [this] {
    steady_time const now = transport_.now();
    std::optional<steady_time> const in_segments = intake_->cut_older(now, shape_.batch.max_age);
    std::optional<steady_time> const in_bodies = seal_older(now);
    if (!in_segments || !in_bodies) return in_segments ? in_segments : in_bodies;
    return std::optional{std::min(*in_segments, *in_bodies)};
  };
  if (std::optional<steady_time> const next = look()) {
    ages_looked_again_ = false;
    return next;
  }
  // A producer may have missed the mark that tells it to note the time (intake::cut_older): one
  // more look after another span finds what it wrote.
  if (!ages_looked_again_) {
    ages_looked_again_ = true;
    return transport_.now() + shape_.batch.max_age;
  }
  ages_looked_again_ = false;
  ages_watched_.store(false);
  // A first record may have come between the look and the store.
  std::optional<steady_time> const next = look();
  if (!next || ages_watched_.exchange(true)) return std::nullopt;
  return next;
}

SLUICE_DECL std::optional<steady_time> engine::seal_older(steady_time now) {
  std::optional<steady_time> next;
  std::scoped_lock const lock{strands_mutex_};
  for (std::size_t i = 0; i != strands_.size(); ++i) {
    strand& s = strands_[i];
    if (!s.has_body) continue;
    steady_time const due = s.since + shape_.batch.max_age;
    if (due > now) {
      next = next ? std::min(*next, due) : due;
    } else {
      s.seal = true;
      if (!s.scheduled) schedule(i);
    }
  }
  return next;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_ENGINE_AGE_IPP
