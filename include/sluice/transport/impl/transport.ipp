#ifndef SLUICE_TRANSPORT_IMPL_TRANSPORT_IPP
#define SLUICE_TRANSPORT_IMPL_TRANSPORT_IPP

#include <sluice/transport/clock.hpp>
#include <sluice/transport/detail/curl_wire.hpp>
#include <sluice/transport/detail/one_reply.hpp>
#include <sluice/transport/detail/root_task.hpp>
#include <sluice/transport/detail/signals.hpp>
#include <sluice/transport/detail/worker_pool.hpp>
#include <sluice/transport/request_observer.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/transport/wire.hpp>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

namespace detail {

class sleeper final : public waiter, public timer {
 public:
  sleeper(transport& t, steady_time at) : transport_{t}, at_{at} {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  template<class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    if (begin_wait(coroutine)) arm(transport_.scheduler(), at_);
  }

  result<void> await_resume() {
    if (cancelled()) return cancelled_error();
    return success;
  }

 private:
  void fire() override { complete(); }

  [[nodiscard]] bool give_up() noexcept override {
    disarm();
    return true;
  }

  transport& transport_;
  steady_time at_;
};

}  // namespace detail

class transport::state final : public detail::scheduler {
 public:
  explicit state(transport_options given)
      : options{std::move(given)},
        clock{options.clock ? options.clock : std::make_shared<machine_clock>()},
        wire{options.wire ? options.wire : detail::make_curl_wire(options)},
        random{seed(options.random_seed)},
        workers{options.worker_threads, [this] { wake(); }} {
    clock->attach([this] { wake(); });
    if (options.run_thread)
      thread = std::thread{[this] { run(); }};
    else
      loop_thread = std::this_thread::get_id();
  }

  ~state() {
    stopping = true;
    wire->wake();
    if (thread.joinable()) {
      thread.join();
    } else {
      detail::sigpipe_guard const guard;
      shut_down();
    }
    clock->attach(nullptr);
  }

  static std::uint64_t seed(std::uint64_t given) {
    if (given != 0) return given;
    if (::getentropy(&given, sizeof given) != 0)
      given =
          static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    return given;
  }

  /// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators",
  /// 2014): what jitter needs.
  std::uint64_t next_random() noexcept {
    random += 0x9e37'79b9'7f4a'7c15;
    std::uint64_t z = random;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
    return z ^ (z >> 31);
  }

  /// Needed only when the loop may be asleep, so not from the loop itself.
  void wake() noexcept {
    if (std::this_thread::get_id() != loop_thread.load(std::memory_order_relaxed)) wire->wake();
  }

  void post(std::function<void()> work) {
    {
      std::lock_guard const lock{mutex};
      posted.push_back(std::move(work));
    }
    wake();
  }

  detail::timer_place add(detail::timer& t, steady_time at) override {
    return timers.emplace(detail::timer_place{at, ++timers_armed}, &t).first->first;
  }

  void remove(detail::timer_place const& place) noexcept override { timers.erase(place); }

  void run() {
    loop_thread = std::this_thread::get_id();
    detail::block_all_signals();
    while (!stopping) step(std::chrono::hours{1});
    shut_down();
  }

  bool step(std::chrono::milliseconds wait) {
    bool ran = run_posted();
    ran |= fire_timers();
    ran |= workers.report();
    ran |= run_ready();
    if (ran || stopping) wait = std::chrono::milliseconds{0};
    if (wait.count() > 0) wait = clock->wait_for(next_due(), wait, wire->busy() || workers.busy());
    ran |= wire->run(wait);
    return ran;
  }

  [[nodiscard]] steady_time next_due() const noexcept {
    steady_time next = timers.empty() ? steady_time::max() : timers.begin()->first.first;
    if (std::optional<steady_time> const due = wire->due()) next = std::min(next, *due);
    return next;
  }

  bool run_posted() {
    std::vector<std::function<void()>> batch;
    {
      std::lock_guard const lock{mutex};
      batch.swap(posted);
    }
    for (std::function<void()>& work : batch) work();
    return !batch.empty();
  }

  bool fire_timers() {
    bool any = false;
    steady_time const now = clock->now();
    while (!timers.empty() && timers.begin()->first.first <= now) {
      detail::timer& due = *timers.begin()->second;
      due.disarm();
      due.fire();
      any = true;
    }
    return any;
  }

  /// Only what is ready at the start: waits that end meanwhile must not starve the sockets.
  bool run_ready() {
    detail::intrusive_list<detail::waiter, detail::ready_tag> batch;
    batch.take_all(ready_);
    bool any = false;
    while (detail::waiter* next = batch.pop_front()) {
      next->resume();
      any = true;
    }
    return any;
  }

  void shut_down() {
    root_scope_.cancel();
    // Two rounds without any progress end it: what still waits then waits for nothing that comes.
    for (int idle_rounds = 0; idle_rounds != 2 && !(roots.empty() && posted_empty());) {
      bool const ran = step(std::chrono::milliseconds{0});
      if (ran)
        idle_rounds = 0;
      else if (workers.busy())
        std::this_thread::yield();
      else
        ++idle_rounds;
      if (++shut_down_steps > 100'000) break;  // a task that ignores its cancellation for ever
    }
    while (detail::root_task::promise_type* root = roots.pop_front()) root->destroy();
  }

  [[nodiscard]] bool posted_empty() {
    std::lock_guard const lock{mutex};
    return posted.empty();
  }

  detail::root_task run_root(task<void> work, std::shared_ptr<detail::cancel_scope> outer) {
    detail::cancel_scope scope;
    detail::token_link link{scope};
    scope.enter(&root_scope_);
    if (outer) {
      if (outer->cancelled())
        scope.cancel();
      else
        outer->add(link);
    }
    detail::in_scope<void> inner{work, scope};
    result<void> const outcome = co_await inner;
    if (!outcome && outcome.error().code != errc::cancelled) report(outcome.error());
  }

  void start_root(task<void> work, std::shared_ptr<detail::cancel_scope> outer) {
    detail::root_task root = run_root(std::move(work), std::move(outer));
    root.promise.set_context({this, nullptr});
    roots.push_back(root.promise);
    root.promise.start();
  }

  void report(error const& e) const {
    if (options.on_task_error)
      options.on_task_error(e);
    else
      std::fprintf(stderr, "sluice: a background task failed: %s\n", e.describe().c_str());
  }

  transport_options options;
  std::shared_ptr<clock_source> clock;
  std::shared_ptr<sluice::wire> wire;
  std::uint64_t random;
  std::map<detail::timer_place, detail::timer*> timers;
  std::uint64_t timers_armed = 0;
  detail::root_list roots;
  std::mutex mutex;
  std::vector<std::function<void()>> posted;
  std::atomic<bool> stopping = false;
  std::atomic<std::thread::id> loop_thread{};
  long shut_down_steps = 0;
  detail::worker_pool workers;  // ends before what its jobs may still post to
  std::thread thread;
};

SLUICE_DECL transport::transport() : transport{transport_options{}} {}

SLUICE_DECL transport::transport(transport_options options)
    : state_{std::make_unique<state>(std::move(options))} {}

SLUICE_DECL transport::~transport() = default;

SLUICE_DECL transport_options const& transport::options() const noexcept {
  return state_->options;
}

SLUICE_DECL steady_time transport::now() const noexcept {
  return state_->clock->now();
}

SLUICE_DECL std::chrono::system_clock::time_point transport::system_now() const noexcept {
  return state_->clock->system_now();
}

SLUICE_DECL double transport::random() noexcept {
  // 53 bits: every value is exact and below 1.
  return static_cast<double>(state_->next_random() >> 11) * 0x1.0p-53;
}

SLUICE_DECL std::size_t transport::worker_threads() const noexcept {
  return state_->workers.size();
}

SLUICE_DECL bool transport::on_transport_thread() const noexcept {
  return std::this_thread::get_id() == state_->loop_thread.load(std::memory_order_relaxed);
}

SLUICE_DECL void transport::post(std::function<void()> work) {
  state_->post(std::move(work));
}

SLUICE_DECL void transport::post_to_worker(std::function<void()> work) {
  state_->workers.submit(std::move(work));
}

SLUICE_DECL void transport::spawn(task<void> work) {
  spawn(std::move(work), cancel_token{});
}

SLUICE_DECL void transport::spawn(task<void> work, cancel_token token) {
  // std::function wants copyable captures.
  auto shared = std::make_shared<task<void>>(std::move(work));
  state_->post([this, shared, scope = std::move(token.scope_)] {
    state_->start_root(std::move(*shared), scope);
  });
}

SLUICE_DECL task<response> transport::perform(request r) {
  result<void> const good = detail::check_request(r);
  if (!good) co_return good.error();
  r.limits = detail::effective_limits(r.limits, state_->options.limits);
  steady_time const started = now();
  if (r.observer != nullptr) r.observer->begins(r);
  detail::one_reply reply{*this, r};
  result<response> outcome = co_await reply;
  if (r.observer != nullptr) r.observer->ended(r, outcome, now() - started);
  co_return outcome;
}

SLUICE_DECL task<void> transport::sleep_until(steady_time at) {
  detail::sleeper sleep{*this, at};
  result<void> outcome = co_await sleep;
  co_return outcome;
}

SLUICE_DECL task<void> transport::sleep_for(std::chrono::nanoseconds span) {
  return sleep_until(now() + std::chrono::duration_cast<steady_time::duration>(span));
}

SLUICE_DECL bool transport::poll(std::chrono::milliseconds wait) {
  if (state_->thread.joinable()) return false;
  state_->loop_thread = std::this_thread::get_id();
  detail::sigpipe_guard const guard;
  return state_->step(wait);
}

SLUICE_DECL detail::scheduler& transport::scheduler() noexcept {
  return *state_;
}

SLUICE_DECL detail::worker_pool& transport::workers() noexcept {
  return state_->workers;
}

SLUICE_DECL void transport::allow_connections(std::size_t per_host) {
  state_->wire->allow_connections(per_host);
}

SLUICE_DECL sluice::wire& transport::wire() noexcept {
  return *state_->wire;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_TRANSPORT_IPP
