#ifndef SLUICE_TRANSPORT_IMPL_WORKER_POOL_IPP
#define SLUICE_TRANSPORT_IMPL_WORKER_POOL_IPP

#include <sluice/transport/detail/worker_pool.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::inline v0::detail {

class worker_pool::state {
 public:
  state(std::size_t wanted, std::function<void()> on_finish)
      : size{wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency())},
        notify{std::move(on_finish)} {}

  // With the mutex held.
  void start_threads() {
    while (threads.size() < size) threads.emplace_back([this] { work(); });
  }

  void work() {
    std::unique_lock lock{mutex};
    for (;;) {
      wake.wait(lock, [&] { return stopping || !jobs.empty() || !functions.empty(); });
      if (stopping) return;
      ++running;
      if (worker_job* job = jobs.pop_front()) {
        job->stage_ = worker_job::stage::running;
        lock.unlock();
        job->run();
        lock.lock();
        job->stage_ = worker_job::stage::finished;
        done.push_back(*job);
        ended.notify_all();
        // With the mutex held: once it is free the job, and the loop that is notified, may end.
        notify();
      } else {
        auto function = std::move(functions.front());
        functions.pop_front();
        lock.unlock();
        function();
        function = nullptr;  // what it holds may call back into the pool as it ends
        lock.lock();
      }
      --running;
    }
  }

  std::size_t const size;
  std::function<void()> const notify;
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable ended;
  intrusive_list<worker_job, job_tag> jobs;
  intrusive_list<worker_job, job_tag> done;
  std::deque<std::function<void()>> functions;
  std::vector<std::thread> threads;
  std::size_t running = 0;
  bool stopping = false;
};

SLUICE_DECL worker_pool::worker_pool(std::size_t threads, std::function<void()> notify)
    : state_{std::make_unique<state>(threads, std::move(notify))} {}

SLUICE_DECL worker_pool::~worker_pool() {
  {
    std::lock_guard const lock{state_->mutex};
    state_->stopping = true;
  }
  state_->wake.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

SLUICE_DECL void worker_pool::submit(worker_job& job) {
  {
    std::lock_guard const lock{state_->mutex};
    state_->start_threads();
    job.stage_ = worker_job::stage::queued;
    state_->jobs.push_back(job);
  }
  state_->wake.notify_one();
}

SLUICE_DECL void worker_pool::submit(std::function<void()> work) {
  {
    std::lock_guard const lock{state_->mutex};
    state_->start_threads();
    state_->functions.push_back(std::move(work));
  }
  state_->wake.notify_one();
}

SLUICE_DECL bool worker_pool::try_withdraw(worker_job& job) noexcept {
  std::lock_guard const lock{state_->mutex};
  if (job.stage_ == worker_job::stage::running) return false;
  if (job.stage_ == worker_job::stage::finished && job.linked()) return false;
  job.unlink();
  job.stage_ = worker_job::stage::idle;
  return true;
}

SLUICE_DECL void worker_pool::withdraw(worker_job& job) noexcept {
  std::unique_lock lock{state_->mutex};
  state_->ended.wait(lock, [&] { return job.stage_ != worker_job::stage::running; });
  job.unlink();
  job.stage_ = worker_job::stage::idle;
}

SLUICE_DECL bool worker_pool::report() {
  bool any = false;
  for (;;) {
    worker_job* job = nullptr;
    {
      std::lock_guard const lock{state_->mutex};
      job = state_->done.pop_front();
    }
    if (job == nullptr) return any;
    job->finished();
    any = true;
  }
}

SLUICE_DECL bool worker_pool::busy() const noexcept {
  std::lock_guard const lock{state_->mutex};
  return state_->running != 0 || !state_->jobs.empty() || !state_->done.empty() ||
         !state_->functions.empty();
}

SLUICE_DECL std::size_t worker_pool::size() const noexcept {
  return state_->size;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_TRANSPORT_IMPL_WORKER_POOL_IPP
