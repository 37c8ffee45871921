#ifndef SLUICE_TRANSPORT_IMPL_GROUP_HPP
#define SLUICE_TRANSPORT_IMPL_GROUP_HPP

#include <sluice/transport/group.hpp>

#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

inline task_group::~task_group() {
  while (detail::root_task::promise_type* task = tasks_.pop_front()) task->destroy();
}

inline void task_group::spawn(task<void> work) {
  ++running_;
  detail::root_task started = run(std::move(work));
  started.promise.set_context({&transport_.scheduler(), nullptr});
  tasks_.push_back(started.promise);
  started.promise.start();
}

inline task_group::ending task_group::wait() noexcept {
  return ending{*this};
}

inline detail::root_task task_group::run(task<void> work) {
  detail::in_scope<void> inner{work, scope_};
  result<void> outcome = co_await inner;
  if (!outcome) {
    if (!first_error_) first_error_ = std::move(outcome).error();
    if (policy_ == on_failure::cancel_rest) scope_.cancel();
  }
  if (--running_ == 0 && waiter_ != nullptr) std::exchange(waiter_, nullptr)->complete();
}

namespace detail {

/// A scope that cancels itself at a point in time.
class deadline_scope final : public timer {
 public:
  void fire() override {
    passed = true;
    scope.cancel();
  }

  cancel_scope scope;
  bool passed = false;
};

}  // namespace detail

template<class T>
task<T> with_deadline(transport& t, task<T> work, steady_time at) {
  detail::deadline_scope limit;
  limit.arm(t.scheduler(), at);
  detail::in_inner_scope<T> inner{work, limit.scope};
  result<T> outcome = co_await inner;
  if (!outcome && limit.passed && outcome.error().code == errc::cancelled)
    co_return error{errc::deadline, "the time allowed is used up; the operation was given up"};
  co_return outcome;
}

template<class T>
task<T> shielded(task<T> work) {
  detail::in_root_scope<T> inner{work};
  result<T> outcome = co_await inner;
  co_return outcome;
}

template<class T>
task<std::vector<result<T>>> when_all(transport& t, std::vector<task<T>> tasks) {
  std::vector<std::optional<result<T>>> kept(tasks.size());
  task_group group{t};
  for (std::size_t i = 0; i != tasks.size(); ++i)
    group.spawn(detail::keep_result(std::move(tasks[i]), kept[i]));
  result<void> ended = co_await group.wait();
  if (!ended) co_return ended.error();
  std::vector<result<T>> results;
  results.reserve(kept.size());
  for (std::optional<result<T>>& one : kept) results.push_back(std::move(*one));
  co_return results;
}

template<class... Ts>
task<std::tuple<result<Ts>...>> when_all(transport& t, task<Ts>... tasks) {
  std::tuple<std::optional<result<Ts>>...> kept;
  task_group group{t};
  // One function per tuple keeps the packs in step.
  auto const start = [&](auto&... slots) {
    (group.spawn(detail::keep_result(std::move(tasks), slots)), ...);
  };
  std::apply(start, kept);
  result<void> ended = co_await group.wait();
  if (!ended) co_return ended.error();
  auto const unwrap = [](auto&... slots) {
    return std::tuple<result<Ts>...>{std::move(*slots)...};
  };
  co_return std::apply(unwrap, kept);
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_GROUP_HPP
