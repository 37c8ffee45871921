#ifndef SLUICE_TRANSPORT_CANCEL_HPP
#define SLUICE_TRANSPORT_CANCEL_HPP

#include <sluice/config.hpp>
#include <sluice/transport/detail/waiting.hpp>

#include <memory>
#include <utility>

namespace sluice::inline v0 {

/// What `transport::spawn` needs to make a task part of something that can be given up.
class cancel_token {
 public:
  /// Never cancelled, except by the end of the transport.
  cancel_token() = default;

 private:
  friend class cancel_source;
  friend class transport;

  explicit cancel_token(std::shared_ptr<detail::cancel_scope> scope) : scope_{std::move(scope)} {}

  std::shared_ptr<detail::cancel_scope> scope_;
};

/// Gives up all tasks that were spawned with its token: each of their waits, present and future,
/// ends with `errc::cancelled`. Copies share one state.
/// Thread safety: `token` from any thread, `cancel` and `cancelled` on the transport thread only
/// (`transport.post([source]() mutable { source.cancel(); })` from elsewhere; `scope` in scope.hpp
/// does it for you).
class cancel_source {
 public:
  [[nodiscard]] cancel_token token() const { return cancel_token{scope_}; }

  void cancel() noexcept { scope_->cancel(); }

  [[nodiscard]] bool cancelled() const noexcept { return scope_->cancelled(); }

 private:
  std::shared_ptr<detail::cancel_scope> scope_ = std::make_shared<detail::cancel_scope>();
};

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_CANCEL_HPP
