#ifndef SLUICE_TRANSPORT_DETAIL_ROOT_TASK_HPP
#define SLUICE_TRANSPORT_DETAIL_ROOT_TASK_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/detail/intrusive_list.hpp>
#include <sluice/transport/detail/waiting.hpp>
#include <sluice/transport/task.hpp>

#include <coroutine>
#include <optional>
#include <utility>

namespace sluice::inline v0::detail {

struct root_tag;

/// The outermost coroutine of a spawned task. Its frame ends itself.
class root_task {
 public:
  class promise_type : public list_hook<root_tag> {
   public:
    root_task get_return_object() noexcept { return root_task{*this}; }

    std::suspend_always initial_suspend() noexcept { return {}; }

    std::suspend_never final_suspend() noexcept { return {}; }

    void return_void() noexcept {}

    void unhandled_exception() noexcept {}

    [[nodiscard]] task_context const& context() const noexcept { return context_; }

    void set_context(task_context const& context) noexcept { context_ = context; }

    void start() { std::coroutine_handle<promise_type>::from_promise(*this).resume(); }

    void destroy() { std::coroutine_handle<promise_type>::from_promise(*this).destroy(); }

   private:
    task_context context_;
  };

  explicit root_task(promise_type& p) noexcept : promise{p} {}

  promise_type& promise;
};

/// Carries the cancellation of a token into the scope of one spawned task.
class token_link final : public cancel_listener {
 public:
  explicit token_link(cancel_scope& inner) : inner_{inner} {}

  void on_cancel() noexcept override { inner_.cancel(); }

 private:
  cancel_scope& inner_;
};

using root_list = intrusive_list<root_task::promise_type, root_tag>;

/// Awaits a task with another scope than the awaiter's.
template<class T>
class in_scope {
 public:
  in_scope(task<T>& work, cancel_scope& scope) noexcept : work_{work}, scope_{scope} {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  template<class Promise>
  bool await_suspend(std::coroutine_handle<Promise> waiter) {
    task_context context = waiter.promise().context();
    context.scope = &scope_;
    return work_.start(waiter, context);
  }

  result<T> await_resume() { return work_.await_resume(); }

 private:
  task<T>& work_;
  cancel_scope& scope_;
};

/// Awaits a task with a scope that is part of the awaiter's.
template<class T>
class in_inner_scope {
 public:
  in_inner_scope(task<T>& work, cancel_scope& scope) noexcept : work_{work}, scope_{scope} {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  template<class Promise>
  bool await_suspend(std::coroutine_handle<Promise> waiter) {
    task_context context = waiter.promise().context();
    scope_.enter(context.scope);
    context.scope = &scope_;
    return work_.start(waiter, context);
  }

  result<T> await_resume() { return work_.await_resume(); }

 private:
  task<T>& work_;
  cancel_scope& scope_;
};

/// Awaits a task with the scope of the whole loop.
template<class T>
class in_root_scope {
 public:
  explicit in_root_scope(task<T>& work) noexcept : work_{work} {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  template<class Promise>
  bool await_suspend(std::coroutine_handle<Promise> waiter) {
    task_context context = waiter.promise().context();
    context.scope = &context.scheduler->root_scope();
    return work_.start(waiter, context);
  }

  result<T> await_resume() { return work_.await_resume(); }

 private:
  task<T>& work_;
};

/// Leaves the result of a task where somebody else finds it.
template<class T>
task<void> keep_result(task<T> work, std::optional<result<T>>& into) {
  result<T> outcome = co_await work;
  into.emplace(std::move(outcome));
  co_return success;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_TRANSPORT_DETAIL_ROOT_TASK_HPP
