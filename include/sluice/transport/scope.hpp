#ifndef SLUICE_TRANSPORT_SCOPE_HPP
#define SLUICE_TRANSPORT_SCOPE_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/cancel.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace sluice::inline v0 {

/// The tasks of one owner on another thread (a loader, a source): started, given up and waited for
/// together. When a scope has ended none of its tasks runs, and no request of theirs is under way.
/// Thread safety: all calls from one thread, which must not be the transport's.
class scope {
 public:
  explicit scope(transport& t);
  scope(scope const&) = delete;
  scope& operator=(scope const&) = delete;
  /// `stop`, then `join`.
  ~scope();

  /// Starts `work`. Its error goes to `transport_options::on_task_error`.
  void spawn(task<void> work);

  /// Gives up all tasks, present and future. Returns at once.
  void stop();

  /// Waits until every task has ended. False: `until` came first.
  [[nodiscard]] bool join(deadline until);
  void join();

 private:
  class state;
  transport& transport_;
  std::shared_ptr<state> state_;
};

/// Runs `work` on the transport thread and waits for its result; drives the transport itself where
/// that has no thread. Must not be called on the transport thread: errc::internal.
/// `until`: when it comes first, the task is given up, and its result is errc::deadline.
template<class T>
[[nodiscard]] result<T> block_on(transport& t, task<T> work);
template<class T>
[[nodiscard]] result<T> block_on(transport& t, task<T> work, deadline until);

}  // namespace sluice::inline v0

#include <sluice/transport/impl/scope.hpp>

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/scope.ipp>
#endif

#endif  // SLUICE_TRANSPORT_SCOPE_HPP
