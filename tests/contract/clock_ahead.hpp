#ifndef SLUICE_TESTS_CONTRACT_CLOCK_AHEAD_HPP
#define SLUICE_TESTS_CONTRACT_CLOCK_AHEAD_HPP

#include <sluice/transport/clock.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <memory>

/// The machine's clocks, of which the one that tells the date is ahead.
class clock_ahead final : public sluice::clock_source {
 public:
  explicit clock_ahead(std::chrono::hours by) : by_{by} {}

  [[nodiscard]] sluice::steady_time now() const noexcept override { return real_.now(); }

  [[nodiscard]] std::chrono::system_clock::time_point system_now() const noexcept override {
    return real_.system_now() + by_;
  }

  [[nodiscard]] std::chrono::milliseconds wait_for(sluice::steady_time next,
                                                   std::chrono::milliseconds at_most,
                                                   bool busy) noexcept override {
    return real_.wait_for(next, at_most, busy);
  }

 private:
  sluice::machine_clock real_;
  std::chrono::hours by_;
};

/// Options of a transport for which it is that much later.
inline sluice::transport_options later_by(std::chrono::hours span) {
  sluice::transport_options options;
  options.clock = std::make_shared<clock_ahead>(span);
  return options;
}

#endif  // SLUICE_TESTS_CONTRACT_CLOCK_AHEAD_HPP
