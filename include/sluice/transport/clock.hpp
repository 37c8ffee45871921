#ifndef SLUICE_TRANSPORT_CLOCK_HPP
#define SLUICE_TRANSPORT_CLOCK_HPP

#include <sluice/config.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <functional>

namespace sluice::inline v0 {

/// Where a transport takes the time from. Tests give it `test::manual_clock`.
/// Thread safety: `now` and `system_now` from any thread; the rest as said there.
class clock_source {
 public:
  virtual ~clock_source() = default;

  [[nodiscard]] virtual steady_time now() const noexcept = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point system_now() const noexcept = 0;

  /// Nothing is to be done before `next` (`steady_time::max()`: no timer is set). Returns how long
  /// to wait in real time, `at_most` at the longest. `busy`: sockets or workers may report earlier.
  /// Called by the transport only.
  [[nodiscard]] virtual std::chrono::milliseconds wait_for(steady_time next,
                                                           std::chrono::milliseconds at_most,
                                                           bool busy) noexcept = 0;

  /// A clock that can jump calls `wake` after each jump, from any thread, until it gets an empty
  /// function.
  SLUICE_DECL virtual void attach(std::function<void()> wake);
};

/// The clocks of the machine.
class machine_clock final : public clock_source {
 public:
  [[nodiscard]] SLUICE_DECL steady_time now() const noexcept override;
  [[nodiscard]] SLUICE_DECL std::chrono::system_clock::time_point system_now()
      const noexcept override;
  [[nodiscard]] SLUICE_DECL std::chrono::milliseconds wait_for(steady_time next,
                                                               std::chrono::milliseconds at_most,
                                                               bool busy) noexcept override;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/clock.ipp>
#endif

#endif  // SLUICE_TRANSPORT_CLOCK_HPP
