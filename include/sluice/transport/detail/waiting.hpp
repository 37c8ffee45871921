#ifndef SLUICE_TRANSPORT_DETAIL_WAITING_HPP
#define SLUICE_TRANSPORT_DETAIL_WAITING_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/transport/detail/intrusive_list.hpp>
#include <sluice/units.hpp>

#include <coroutine>
#include <cstdint>
#include <utility>

namespace sluice::inline v0::detail {

struct ready_tag;
struct cancel_tag;

/// Something that hears of a cancellation.
class cancel_listener : public list_hook<cancel_tag> {
 public:
  /// Called once, after the listener was taken out of the scope.
  virtual void on_cancel() noexcept = 0;

 protected:
  ~cancel_listener() = default;
};

/// What can be cancelled as a whole: a set of waits and of scopes inside. Transport thread only.
class cancel_scope final : public cancel_listener {
 public:
  cancel_scope() = default;

  /// Makes this scope part of `parent`, which must outlive it; null leaves it on its own.
  void enter(cancel_scope* parent) noexcept {
    if (parent == nullptr) return;
    if (parent->cancelled_) {
      cancel();
    } else {
      parent->listeners_.push_back(*this);
    }
  }

  void cancel() noexcept {
    cancelled_ = true;
    while (cancel_listener* listener = listeners_.pop_front()) listener->on_cancel();
  }

  void add(cancel_listener& listener) noexcept { listeners_.push_back(listener); }

  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

  void on_cancel() noexcept override { cancel(); }

 private:
  intrusive_list<cancel_listener, cancel_tag> listeners_;
  bool cancelled_ = false;
};

class waiter;
class timer;

/// Where a timer stands: its time, and its number among all that were armed, as timers of the same
/// time fire in the order in which they were armed.
using timer_place = std::pair<steady_time, std::uint64_t>;

/// Where waits that are over queue up to be resumed, and timers wait. Transport thread only.
class scheduler {
 public:
  void make_ready(waiter& w) noexcept;

  /// Cancelled when the loop ends.
  [[nodiscard]] cancel_scope& root_scope() noexcept { return root_scope_; }

 protected:
  friend class timer;
  ~scheduler() = default;

  virtual timer_place add(timer& t, steady_time at) = 0;
  virtual void remove(timer_place const& place) noexcept = 0;

  cancel_scope root_scope_;
  intrusive_list<waiter, ready_tag> ready_;
};

/// Calls `fire` once when its time has come; ends unarmed.
class timer {
 public:
  timer() = default;
  timer(timer const&) = delete;
  timer& operator=(timer const&) = delete;

  /// Sets the time, in place of an earlier one.
  void arm(scheduler& s, steady_time at) {
    disarm();
    place_ = s.add(*this, at);
    scheduler_ = &s;
  }

  void disarm() noexcept {
    if (scheduler_ != nullptr) scheduler_->remove(place_);
    scheduler_ = nullptr;
  }

  /// Called by the loop, with the timer disarmed.
  virtual void fire() = 0;

 protected:
  ~timer() { disarm(); }

 private:
  scheduler* scheduler_ = nullptr;
  timer_place place_{};
};

/// What a coroutine passes on to the coroutines it awaits.
struct task_context {
  detail::scheduler* scheduler = nullptr;
  cancel_scope* scope = nullptr;
};

/// Base of everything that suspends a task until something happens elsewhere.
///
/// The wait ends by `complete()`, which queues the coroutine (nothing is resumed from within a
/// callback), by a cancellation, or by the destruction of the coroutine's frame: destructors of
/// derived classes undo what they registered. The ready hook doubles as the link in the queue of
/// whatever is waited for.
class waiter : public list_hook<ready_tag>, private cancel_listener {
 public:
  waiter() = default;

  /// Ends the wait; the coroutine runs in the next round of the loop.
  void complete() noexcept {
    list_hook<cancel_tag>::unlink();
    context_.scheduler->make_ready(*this);
  }

  void resume() { coroutine_.resume(); }

 protected:
  ~waiter() = default;

  /// Call from `await_suspend`. False: the scope is cancelled already, register nothing; the
  /// coroutine still passes through the queue, so that one that ignores the error cannot block the
  /// loop.
  template<class Promise>
  bool begin_wait(std::coroutine_handle<Promise> coroutine) noexcept {
    coroutine_ = coroutine;
    context_ = coroutine.promise().context();
    if (context_.scope == nullptr) return true;
    if (context_.scope->cancelled()) {
      cancelled_ = true;
      complete();
      return false;
    }
    context_.scope->add(*this);
    return true;
  }

  /// For waits on what is cancelled itself, such as the tasks of a group.
  template<class Promise>
  void begin_wait_to_the_end(std::coroutine_handle<Promise> coroutine) noexcept {
    coroutine_ = coroutine;
    context_ = coroutine.promise().context();
  }

  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

  [[nodiscard]] static error cancelled_error() {
    return error{errc::cancelled, "the operation was cancelled by its caller"};
  }

 private:
  /// Undoes what the wait registered, the ready hook apart. False: the wait cannot end early,
  /// because work on another thread uses the frame.
  [[nodiscard]] virtual bool give_up() noexcept { return true; }

  void on_cancel() noexcept override {
    if (!give_up()) return;
    cancelled_ = true;
    list_hook<ready_tag>::unlink();
    complete();
  }

  std::coroutine_handle<> coroutine_;
  task_context context_;
  bool cancelled_ = false;
};

inline void scheduler::make_ready(waiter& w) noexcept {
  ready_.push_back(w);
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_TRANSPORT_DETAIL_WAITING_HPP
