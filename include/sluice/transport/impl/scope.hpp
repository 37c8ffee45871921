#ifndef SLUICE_TRANSPORT_IMPL_SCOPE_HPP
#define SLUICE_TRANSPORT_IMPL_SCOPE_HPP

#include <sluice/transport/detail/root_task.hpp>
#include <sluice/transport/scope.hpp>

#include <optional>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

template<class T>
result<T> block_on_until(transport& t, task<T> work, deadline const* until) {
  if (t.on_transport_thread() && t.options().run_thread)
    return error{errc::internal, "block_on was called on the transport thread; co_await instead"};
  std::optional<result<T>> outcome;
  scope tasks{t};
  tasks.spawn(keep_result(std::move(work), outcome));
  bool in_time = true;
  if (until == nullptr) {
    tasks.join();
  } else if (!tasks.join(*until)) {
    in_time = false;
    tasks.stop();
    tasks.join();
  }
  if (!outcome) return error{errc::cancelled, "the transport ended before the task"};
  if (!in_time && !*outcome && outcome->error().code == errc::cancelled)
    return error{errc::deadline, "the time allowed is used up; the operation was given up"};
  return std::move(*outcome);
}

}  // namespace detail

template<class T>
result<T> block_on(transport& t, task<T> work) {
  return detail::block_on_until(t, std::move(work), nullptr);
}

template<class T>
result<T> block_on(transport& t, task<T> work, deadline until) {
  return detail::block_on_until(t, std::move(work), &until);
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_SCOPE_HPP
