#ifndef SLUICE_SKYFLOW_GOVERNOR_HPP
#define SLUICE_SKYFLOW_GOVERNOR_HPP

#include <sluice/config.hpp>
#include <sluice/transport/rate_limiter.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <cstddef>

namespace sluice::inline v0::skyflow {

/// How many requests are under way at once, shared by all of a client.
///
/// Every request that the service throttles halves the number, at most once a second, and keeps all
/// of them silent for as long as the service asks; every round of good answers raises it by one.
/// Transport thread only; must outlive its permits.
class governor {
 public:
  /// `most` at least 1; `gap`: at least this between the starts of two requests.
  governor(transport& t, std::size_t most, milliseconds gap) noexcept;

  /// Ends when a request may start; it holds the permit until its answer is there.
  /// Error: errc::cancelled.
  [[nodiscard]] task<permit> admit();

  /// The service asked for fewer requests, and for `silence`.
  void slow_down(milliseconds silence) noexcept;

  void went_well() noexcept;

  /// Requests at once that may be under way.
  [[nodiscard]] std::size_t at_once() const noexcept { return gate_.limit(); }

 private:
  transport& transport_;
  std::size_t most_;
  async_semaphore gate_;
  rate_limiter pace_;
  std::size_t good_answers_ = 0;  ///< since the number last changed
  steady_time slowed_at_ = steady_time::min();
  steady_time silent_until_ = steady_time::min();
};

}  // namespace sluice::inline v0::skyflow

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/governor.ipp>
#endif

#endif  // SLUICE_SKYFLOW_GOVERNOR_HPP
