#ifndef SLUICE_TEST_SCRIPTED_WIRE_HPP
#define SLUICE_TEST_SCRIPTED_WIRE_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/clock.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/wire.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::test {

/// What a scripted wire answers.
struct scripted_reply {
  int status = 200;
  std::vector<header> headers = {};
  std::string body = {};
  std::optional<error> failure = {};   ///< instead of a reply: the connection fails like this
  std::chrono::milliseconds delay{0};  ///< on the transport's clock
  bool hang = false;                   ///< no answer ever; only a limit or a cancellation ends it
};

/// A request as a scripted wire saw it.
struct seen_request {
  http_method method = http_method::get;
  std::string url;
  std::vector<header> headers;
  std::string body;
  std::string label;
};

/// A wire without a network: a function answers each request. It keeps what it was sent.
///
/// `fail_nth(n, e)` makes the n-th request (from 1) fail whatever the function says: loop over n
/// until nothing fails any more, and every failure path was taken.
/// Thread safety: `requests`, `count` and `fail_nth` from any thread.
class scripted_wire final : public wire {
 public:
  using answer_function = std::function<scripted_reply(seen_request const&)>;

  /// `clock` is the transport's; null if no reply has a delay.
  explicit scripted_wire(answer_function answer, std::shared_ptr<clock_source> clock = nullptr);

  /// Answers with `replies` in turn, the last one for ever.
  explicit scripted_wire(std::vector<scripted_reply> replies,
                         std::shared_ptr<clock_source> clock = nullptr);

  void fail_nth(std::size_t n, error e);

  /// All requests so far, in the order of their start.
  [[nodiscard]] std::vector<seen_request> requests() const;
  [[nodiscard]] std::size_t count() const;
  /// Exchanges that were given up before their answer.
  [[nodiscard]] std::size_t cancelled() const;
  /// The largest number of exchanges under way at once.
  [[nodiscard]] std::size_t most_at_once() const;

  SLUICE_DECL void start(exchange& e) override;
  SLUICE_DECL void cancel(exchange& e) noexcept override;
  SLUICE_DECL void resume(exchange& e) override;
  SLUICE_DECL bool run(std::chrono::milliseconds wait) override;
  SLUICE_DECL void wake() noexcept override;
  [[nodiscard]] SLUICE_DECL std::optional<steady_time> due() const noexcept override;

  [[nodiscard]] bool busy() const noexcept override { return false; }

 private:
  struct pending {
    exchange* target;
    scripted_reply reply;
    steady_time due;
  };

  void deliver(pending& p);

  answer_function answer_;
  std::shared_ptr<clock_source> clock_;
  mutable std::mutex mutex_;
  std::condition_variable wake_up_;
  bool woken_ = false;
  std::vector<seen_request> requests_;
  std::vector<pending> pending_;  // transport thread only
  std::size_t fail_at_ = 0;
  error failure_;
  std::size_t cancelled_ = 0;
  std::size_t most_at_once_ = 0;
};

}  // namespace sluice::inline v0::test

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/test/impl/scripted_wire.ipp>
#endif

#endif  // SLUICE_TEST_SCRIPTED_WIRE_HPP
