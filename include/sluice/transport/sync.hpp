#ifndef SLUICE_TRANSPORT_SYNC_HPP
#define SLUICE_TRANSPORT_SYNC_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/detail/intrusive_list.hpp>
#include <sluice/transport/detail/waiting.hpp>
#include <sluice/transport/task.hpp>

#include <coroutine>
#include <cstddef>
#include <utility>

namespace sluice::inline v0 {

/// \file
/// Waiting for one another, for coroutines on the transport thread. Nothing here blocks, and
/// nothing is thread-safe: other threads go through `transport::post`. Whoever waits is served in
/// the order of arrival; a cancelled wait ends with `errc::cancelled` and takes nothing. Each
/// object must outlive its waiters and permits.

class async_semaphore;

/// One of the permits of a semaphore; gives it back when it ends.
class [[nodiscard]] permit {
 public:
  permit() = default;

  permit(permit&& other) noexcept : owner_{std::exchange(other.owner_, nullptr)} {}

  permit& operator=(permit&& other) noexcept {
    if (this != &other) {
      release();
      owner_ = std::exchange(other.owner_, nullptr);
    }
    return *this;
  }

  ~permit() { release(); }

  /// Gives the permit back early.
  void release() noexcept;

  [[nodiscard]] bool held() const noexcept { return owner_ != nullptr; }

 private:
  friend class async_semaphore;

  explicit permit(async_semaphore& owner) noexcept : owner_{&owner} {}

  async_semaphore* owner_ = nullptr;
};

/// At most `limit` holders at once; the limit may change while it is used.
///
///     result<permit> slot = co_await uploads.acquire();
///     if (!slot) co_return slot.error();
class async_semaphore {
 public:
  class acquisition;

  explicit async_semaphore(std::size_t limit) noexcept : limit_{limit} {}

  async_semaphore(async_semaphore const&) = delete;
  async_semaphore& operator=(async_semaphore const&) = delete;

  /// `co_await` it: `result<permit>`.
  [[nodiscard]] acquisition acquire() noexcept;

  /// A permit that is not held if none is free.
  [[nodiscard]] permit try_acquire() noexcept { return take() ? permit{*this} : permit{}; }

  /// A smaller limit takes no permit away; it counts from the next release on.
  void limit(std::size_t n) noexcept {
    limit_ = n;
    serve();
  }

  [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

  [[nodiscard]] std::size_t held() const noexcept { return held_; }

 private:
  friend class permit;

  [[nodiscard]] bool take() noexcept {
    if (held_ >= limit_ || !waiters_.empty()) return false;
    ++held_;
    return true;
  }

  void give_back() noexcept {
    --held_;
    serve();
  }

  void serve() noexcept;

  std::size_t limit_;
  std::size_t held_ = 0;
  detail::intrusive_list<acquisition, detail::ready_tag> waiters_;
};

class async_semaphore::acquisition final : public detail::waiter {
 public:
  explicit acquisition(async_semaphore& owner) noexcept : owner_{owner} {}

  ~acquisition() {
    // Served, but never resumed: the frame was destroyed.
    if (taken_) owner_.give_back();
  }

  [[nodiscard]] bool await_ready() noexcept { return taken_ = owner_.take(); }

  template<class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
    if (begin_wait(coroutine)) owner_.waiters_.push_back(*this);
  }

  result<permit> await_resume() {
    if (!std::exchange(taken_, false)) return cancelled_error();
    return permit{owner_};
  }

 private:
  friend class async_semaphore;

  async_semaphore& owner_;
  bool taken_ = false;
};

inline async_semaphore::acquisition async_semaphore::acquire() noexcept {
  return acquisition{*this};
}

inline void async_semaphore::serve() noexcept {
  while (held_ < limit_) {
    acquisition* next = waiters_.pop_front();
    if (next == nullptr) return;
    ++held_;
    next->taken_ = true;
    next->complete();
  }
}

inline void permit::release() noexcept {
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->give_back();
}

/// One holder at once.
///
///     result<permit> held = co_await renewal.lock();
///     if (!held) co_return held.error();
class async_mutex {
 public:
  /// `co_await` it: `result<permit>`.
  [[nodiscard]] async_semaphore::acquisition lock() noexcept { return one_.acquire(); }

  [[nodiscard]] bool locked() const noexcept { return one_.held() != 0; }

 private:
  async_semaphore one_{1};
};

/// What `async_event` and `async_condition` give to be awaited.
class notification final : public detail::waiter {
 public:
  using queue = detail::intrusive_list<notification, detail::ready_tag>;

  /// `queue` null: already there.
  explicit notification(queue* q) noexcept : queue_{q} {}

  [[nodiscard]] bool await_ready() const noexcept { return queue_ == nullptr; }

  template<class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
    if (begin_wait(coroutine)) queue_->push_back(*this);
  }

  result<void> await_resume() {
    if (cancelled()) return cancelled_error();
    return success;
  }

 private:
  queue* queue_;
};

/// Something that has happened or not. Waiting ends at once while it is set.
class async_event {
 public:
  async_event() = default;
  async_event(async_event const&) = delete;
  async_event& operator=(async_event const&) = delete;

  void set() noexcept {
    set_ = true;
    while (notification* next = waiters_.pop_front()) next->complete();
  }

  void reset() noexcept { set_ = false; }

  [[nodiscard]] bool is_set() const noexcept { return set_; }

  /// `co_await` it: `result<void>`.
  [[nodiscard]] notification wait() noexcept { return notification{set_ ? nullptr : &waiters_}; }

 private:
  bool set_ = false;
  notification::queue waiters_;
};

/// Something may have changed: look again.
///
///     while (queue.empty()) {
///       result<void> woken = co_await changed.wait();
///       if (!woken) co_return woken.error();
///     }
class async_condition {
 public:
  async_condition() = default;
  async_condition(async_condition const&) = delete;
  async_condition& operator=(async_condition const&) = delete;

  void notify_one() noexcept {
    if (notification* next = waiters_.pop_front()) next->complete();
  }

  /// Wakes those who wait; who waits again because of it is not woken twice.
  void notify_all() noexcept {
    while (notification* next = waiters_.pop_front()) next->complete();
  }

  /// `co_await` it: `result<void>`.
  [[nodiscard]] notification wait() noexcept { return notification{&waiters_}; }

 private:
  notification::queue waiters_;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_SYNC_HPP
