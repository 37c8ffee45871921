#ifndef SLUICE_TRANSPORT_DETAIL_ONE_REPLY_HPP
#define SLUICE_TRANSPORT_DETAIL_ONE_REPLY_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/detail/request_checks.hpp>
#include <sluice/transport/detail/waiting.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/wire.hpp>

#include <chrono>
#include <coroutine>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0 {

class transport;

namespace detail {

/// The limits of an exchange, on the transport's clock: whatever the wire, silence and slowness
/// end it.
class exchange_limits {
 public:
  /// `expire` is called once when a limit has passed.
  class owner {
   public:
    virtual void expire(std::string_view which, std::chrono::milliseconds limit) = 0;

   protected:
    ~owner() = default;
  };

  exchange_limits(transport& t, owner& o) : transport_{t}, total_{*this}, idle_{*this}, owner_{o} {}

  void start(time_limits const& limits);
  void connected();

  void progress() noexcept;

  void stop() noexcept {
    total_.disarm();
    idle_.disarm();
  }

 private:
  struct total_timer final : timer {
    explicit total_timer(exchange_limits& l) : limits{l} {}

    void fire() override { limits.owner_.expire("in all", limits.limits_.total); }

    exchange_limits& limits;
  };

  struct idle_timer final : timer {
    explicit idle_timer(exchange_limits& l) : limits{l} {}

    void fire() override { limits.check_idle(); }

    exchange_limits& limits;
  };

  void check_idle();

  transport& transport_;
  total_timer total_;
  idle_timer idle_;
  owner& owner_;
  time_limits limits_;
  steady_time last_progress_;
};

/// Waits for one complete reply.
class one_reply final : public waiter, public exchange, private exchange_limits::owner {
 public:
  one_reply(transport& t, request const& r) : transport_{t}, request_{r}, limits_{t, *this} {}

  ~one_reply();

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  template<class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    if (begin_wait(coroutine)) begin();
  }

  result<response> await_resume();

  [[nodiscard]] request const& message() const noexcept override { return request_; }

  upload_piece read(std::span<char>) override { return {}; }

  void connected() override { limits_.connected(); }

  void progress() noexcept override { limits_.progress(); }

  SLUICE_DECL void head(int status, std::vector<header> headers) override;
  SLUICE_DECL flow body(std::string_view bytes) override;

  void trailers(std::vector<header>) override {}

  SLUICE_DECL void done(result<request_metrics> outcome) override;

 private:
  void begin();
  SLUICE_DECL void expire(std::string_view which, std::chrono::milliseconds limit) override;
  [[nodiscard]] SLUICE_DECL bool give_up() noexcept override;
  [[nodiscard]] error too_large() const;

  transport& transport_;
  request const& request_;
  exchange_limits limits_;
  response reply_;
  std::optional<error> error_;
  bool under_way_ = false;
};

}  // namespace detail
}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/one_reply.ipp>
#endif

#endif  // SLUICE_TRANSPORT_DETAIL_ONE_REPLY_HPP
