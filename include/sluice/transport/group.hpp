#ifndef SLUICE_TRANSPORT_GROUP_HPP
#define SLUICE_TRANSPORT_GROUP_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/detail/root_task.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <coroutine>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

/// Tasks that run side by side and end together. Lives in a coroutine's frame.
///
///     task_group parts{transport, task_group::on_failure::cancel_rest};
///     for (...) parts.spawn(upload(...));
///     result<void> done = co_await parts.wait();
///
/// Cancelling the waiting coroutine cancels the group. A group that is destroyed destroys the tasks
/// that still wait. Thread safety: transport thread only.
class task_group {
 public:
  enum class on_failure : std::uint8_t { go_on, cancel_rest };

  explicit task_group(transport& t, on_failure policy = on_failure::go_on) noexcept
      : transport_{t}, policy_{policy} {}

  task_group(task_group const&) = delete;
  task_group& operator=(task_group const&) = delete;
  ~task_group();

  /// Runs `work` up to its first wait and returns.
  void spawn(task<void> work);

  /// Every wait of every task, present and future, ends with errc::cancelled.
  void cancel() noexcept { scope_.cancel(); }

  /// Tasks that have not ended.
  [[nodiscard]] std::size_t running() const noexcept { return running_; }

  class ending;

  /// `co_await` it: `result<void>`, when every task has ended: the error that came first, if any.
  [[nodiscard]] ending wait() noexcept;

 private:
  detail::root_task run(task<void> work);

  transport& transport_;
  on_failure policy_;
  detail::cancel_scope scope_;
  detail::root_list tasks_;
  std::size_t running_ = 0;
  std::optional<error> first_error_;
  ending* waiter_ = nullptr;
};

class task_group::ending final : public detail::waiter {
 public:
  explicit ending(task_group& group) noexcept : group_{group} {}

  ~ending() {
    if (group_.waiter_ == this) group_.waiter_ = nullptr;
  }

  [[nodiscard]] bool await_ready() const noexcept { return group_.running_ == 0; }

  template<class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
    begin_wait_to_the_end(coroutine);
    group_.waiter_ = this;
    group_.scope_.enter(coroutine.promise().context().scope);
  }

  result<void> await_resume() {
    group_.waiter_ = nullptr;
    if (group_.first_error_) return *group_.first_error_;
    return success;
  }

 private:
  task_group& group_;
};

/// Runs all tasks side by side and gives all results, in the order of the tasks.
template<class T>
[[nodiscard]] task<std::vector<result<T>>> when_all(transport& t, std::vector<task<T>> tasks);
template<class... Ts>
[[nodiscard]] task<std::tuple<result<Ts>...>> when_all(transport& t, task<Ts>... tasks);

/// Runs `work`, but gives it up at `at`: then every wait inside ends with errc::cancelled, and the
/// result is errc::deadline unless `work` made one all the same.
template<class T>
[[nodiscard]] task<T> with_deadline(transport& t, task<T> work, steady_time at);

/// Runs `work` even if the awaiting task is cancelled; only the end of the transport cancels it.
/// For cleaning up at a service. Give it a time limit.
template<class T>
[[nodiscard]] task<T> shielded(task<T> work);

}  // namespace sluice::inline v0

#include <sluice/transport/impl/group.hpp>

#endif  // SLUICE_TRANSPORT_GROUP_HPP
