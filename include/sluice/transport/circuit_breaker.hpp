#ifndef SLUICE_TRANSPORT_CIRCUIT_BREAKER_HPP
#define SLUICE_TRANSPORT_CIRCUIT_BREAKER_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice::inline v0 {

/// When a circuit opens and for how long.
struct circuit_policy {
  std::size_t failures = 5;                    ///< in a row, until nothing is tried any more
  std::chrono::milliseconds open_for{30'000};  ///< then one attempt is let through
};

/// Keeps requests from a service that fails: closed (all pass), open (none pass), half-open (one
/// passes, and its outcome closes or opens the circuit again).
/// Transport thread only; must outlive its tickets.
class circuit_breaker {
 public:
  enum class state : std::uint8_t { closed, open, half_open };

  /// One request that was let through. Tell it how that went; without a verdict (the request was
  /// given up) it counts as neither.
  class [[nodiscard]] ticket {
   public:
    ticket(ticket&& other) noexcept
        : owner_{std::exchange(other.owner_, nullptr)}, probe_{other.probe_} {}

    ticket& operator=(ticket&&) = delete;

    ~ticket() {
      if (owner_ != nullptr) owner_->abandon(probe_);
    }

    void succeeded() noexcept { std::exchange(owner_, nullptr)->succeed(probe_); }

    void failed() noexcept { std::exchange(owner_, nullptr)->fail(probe_); }

    /// Verdict from a result: a retryable or throttled error speaks against the service; a
    /// permanent one was its answer.
    template<class T>
    void settle(result<T> const& outcome) noexcept {
      if (!outcome && outcome.error().code == errc::cancelled) return;
      if (outcome || !outcome.error().retryable())
        succeeded();
      else
        failed();
    }

   private:
    friend class circuit_breaker;

    ticket(circuit_breaker& owner, bool probe) noexcept : owner_{&owner}, probe_{probe} {}

    circuit_breaker* owner_;
    bool probe_;
  };

  explicit circuit_breaker(transport& t, circuit_policy policy = {}) noexcept
      : transport_{t}, policy_{policy} {}

  circuit_breaker(circuit_breaker const&) = delete;
  circuit_breaker& operator=(circuit_breaker const&) = delete;

  /// Asks for one request. Error: errc::circuit_open, throttled, with the time left as retry_after.
  [[nodiscard]] result<ticket> admit();

  [[nodiscard]] state current() const noexcept;

 private:
  void succeed(bool probe) noexcept;
  void fail(bool probe) noexcept;
  void abandon(bool probe) noexcept;

  transport& transport_;
  circuit_policy policy_;
  std::size_t failures_ = 0;
  bool open_ = false;
  bool probing_ = false;
  steady_time open_until_{};
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/circuit_breaker.ipp>
#endif

#endif  // SLUICE_TRANSPORT_CIRCUIT_BREAKER_HPP
