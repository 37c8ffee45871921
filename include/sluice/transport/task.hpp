#ifndef SLUICE_TRANSPORT_TASK_HPP
#define SLUICE_TRANSPORT_TASK_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/detail/waiting.hpp>

#include <coroutine>
#include <exception>
#include <utility>

namespace sluice::inline v0 {

template<class T>
class task;

namespace detail {

/// What all task promises share: who waits, and how an exception becomes an error.
class task_promise_base {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }

  auto final_suspend() noexcept {
    struct resume_waiter {
      bool await_ready() noexcept { return false; }

      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept { return waiter; }

      void await_resume() noexcept {}

      std::coroutine_handle<> waiter;
    };

    ended_ = true;
    return resume_waiter{waiter_ ? waiter_ : std::noop_coroutine()};
  }

  void set_waiter(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }

  /// Loop and cancel scope, inherited from the coroutine that awaits this one.
  [[nodiscard]] task_context const& context() const noexcept { return context_; }

  void set_context(task_context const& context) noexcept { context_ = context; }

  [[nodiscard]] bool ended() const noexcept { return ended_; }

 protected:
  /// Only in `catch`: describes the exception under way.
  static error current_exception_as_error() noexcept {
    try {
      throw;
    } catch (std::exception const& e) {
      return error{errc::internal, e.what()};
    } catch (...) {
      return error{errc::internal, "unknown exception"};
    }
  }

 private:
  std::coroutine_handle<> waiter_;
  task_context context_;
  bool ended_ = false;
};

template<class T>
class task_promise final : public task_promise_base {
 public:
  task<T> get_return_object() noexcept;

  /// `co_return value;`, `co_return error{...};`, or `co_return success;` where T is void.
  void return_value(result<T> r) { outcome_ = std::move(r); }

  void unhandled_exception() noexcept { outcome_ = current_exception_as_error(); }

  [[nodiscard]] result<T> take() { return std::move(outcome_); }

 private:
  result<T> outcome_ = error{};
};

}  // namespace detail

/// A coroutine on the transport thread that ends with a T or an error.
///
/// Lazy: it starts when it is awaited (or given to `transport::spawn`). `co_await some_task` yields
/// a `result<T>`; exceptions do not leave a task, they end it with `errc::internal`.
/// Destroying a task that waits gives the wait up: requests under way are cancelled, locks and
/// permits are released. A task that is running must not be destroyed.
/// Cancellation passes from a task to those it awaits: in a cancelled scope every wait ends with
/// `errc::cancelled` (cancel.hpp, group.hpp).
/// Thread safety: none; a task lives on one thread.
///
/// Bind an awaited result to a name before use: GCC 12 miscompiles some temporaries in `co_await`
/// expressions.
template<class T = void>
class [[nodiscard]] task {
 public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;

  task(task&& other) noexcept : coroutine_{std::exchange(other.coroutine_, {})} {}

  task& operator=(task&& other) noexcept {
    if (this != &other) {
      if (coroutine_) coroutine_.destroy();
      coroutine_ = std::exchange(other.coroutine_, {});
    }
    return *this;
  }

  ~task() {
    if (coroutine_) coroutine_.destroy();
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  /// Runs the task up to its first wait. A task that ends without waiting does not suspend its
  /// awaiter, so a loop over such tasks needs no stack (GCC 12 makes no tail call at -O0).
  template<class Promise>
  bool await_suspend(std::coroutine_handle<Promise> waiter) {
    return start(waiter, waiter.promise().context());
  }

  result<T> await_resume() { return coroutine_.promise().take(); }

  /// For awaitables built on tasks: like `await_suspend`, with a context of the caller's choice.
  /// Returns whether the task waits; if so, it resumes `waiter` in the end.
  bool start(std::coroutine_handle<> waiter, detail::task_context const& context) {
    auto& promise = coroutine_.promise();
    promise.set_context(context);
    coroutine_.resume();
    if (promise.ended()) return false;
    promise.set_waiter(waiter);
    return true;
  }

 private:
  friend class detail::task_promise<T>;

  explicit task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_{coroutine} {}

  std::coroutine_handle<promise_type> coroutine_;
};

template<class T>
task<T> detail::task_promise<T>::get_return_object() noexcept {
  return task<T>{std::coroutine_handle<task_promise<T>>::from_promise(*this)};
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_TASK_HPP
