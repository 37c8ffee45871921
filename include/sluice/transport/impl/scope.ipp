#ifndef SLUICE_TRANSPORT_IMPL_SCOPE_IPP
#define SLUICE_TRANSPORT_IMPL_SCOPE_IPP

#include <sluice/transport/scope.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace sluice::inline v0 {

class scope::state {
 public:
  /// Counts a task while its frame lives, however it ends.
  class member {
   public:
    explicit member(std::shared_ptr<state> owner) : owner_{std::move(owner)} {
      std::lock_guard const lock{owner_->mutex};
      ++owner_->tasks;
    }

    member(member&& other) noexcept = default;

    ~member() {
      if (!owner_) return;
      std::lock_guard const lock{owner_->mutex};
      if (--owner_->tasks == 0) owner_->ended.notify_all();
    }

   private:
    std::shared_ptr<state> owner_;
  };

  static task<void> run(task<void> work, member) {
    result<void> outcome = co_await work;
    {
      // The frame of `work` ends before the scope hears of it.
      task<void> const ended = std::move(work);
    }
    co_return outcome;
  }

  [[nodiscard]] bool empty() {
    std::lock_guard const lock{mutex};
    return tasks == 0;
  }

  cancel_source source;
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t tasks = 0;
};

SLUICE_DECL scope::scope(transport& t) : transport_{t}, state_{std::make_shared<state>()} {}

SLUICE_DECL scope::~scope() {
  if (!state_->empty()) stop();
  join();
}

SLUICE_DECL void scope::spawn(task<void> work) {
  transport_.spawn(state::run(std::move(work), state::member{state_}), state_->source.token());
}

SLUICE_DECL void scope::stop() {
  transport_.post([source = state_->source]() mutable { source.cancel(); });
}

SLUICE_DECL bool scope::join(deadline until) {
  if (!transport_.options().run_thread) {
    while (!state_->empty()) {
      auto const left = std::chrono::ceil<std::chrono::milliseconds>(until.at - transport_.now());
      if (left.count() <= 0) return false;
      transport_.poll(left);
    }
    return true;
  }
  std::unique_lock lock{state_->mutex};
  return state_->ended.wait_until(lock, until.at, [&] { return state_->tasks == 0; });
}

SLUICE_DECL void scope::join() {
  if (!transport_.options().run_thread) {
    while (!state_->empty()) transport_.poll(std::chrono::hours{1});
    return;
  }
  std::unique_lock lock{state_->mutex};
  state_->ended.wait(lock, [&] { return state_->tasks == 0; });
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_SCOPE_IPP
