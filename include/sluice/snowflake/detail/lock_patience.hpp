#ifndef SLUICE_SNOWFLAKE_DETAIL_LOCK_PATIENCE_HPP
#define SLUICE_SNOWFLAKE_DETAIL_LOCK_PATIENCE_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace sluice::inline v0::snowflake::detail {

/// The service ended the statement because a lock did not come free: it did nothing.
inline bool ended_for_lock(error const& e) noexcept {
  return e.service_code == "000625";
}

/// How long a statement that a lock keeps from running is tried: as often as `policy` allows,
/// within its budget from `begun`.
class lock_patience {
 public:
  lock_patience(retry_policy const& policy, steady_time begun) noexcept
      : policy_{policy}, until_{begun + policy.budget} {}

  /// The pause until the statement goes out again, under a fresh request id because the service
  /// keeps the refusal under the old one. Nothing: `why` is final, or is about no lock. `draw` as
  /// in `retry_wait`.
  [[nodiscard]] std::optional<std::chrono::milliseconds> pause(error const& why,
                                                               steady_time now,
                                                               double draw) noexcept {
    if (!ended_for_lock(why) || ++attempts_ >= policy_.max_attempts) return std::nullopt;
    std::chrono::milliseconds const wait = retry_wait(policy_, attempts_, why, draw);
    if (now + wait >= until_) return std::nullopt;
    return wait;
  }

 private:
  retry_policy policy_;
  steady_time until_;
  std::size_t attempts_ = 0;  ///< that a lock ended
};

}  // namespace sluice::inline v0::snowflake::detail

#endif  // SLUICE_SNOWFLAKE_DETAIL_LOCK_PATIENCE_HPP
