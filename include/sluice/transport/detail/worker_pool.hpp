#ifndef SLUICE_TRANSPORT_DETAIL_WORKER_POOL_HPP
#define SLUICE_TRANSPORT_DETAIL_WORKER_POOL_HPP

#include <sluice/config.hpp>
#include <sluice/transport/detail/intrusive_list.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace sluice::inline v0::detail {

struct job_tag;

/// A piece of work that lives in the frame of the coroutine that waits for it.
class worker_job : public list_hook<job_tag> {
 public:
  virtual void run() noexcept = 0;
  /// On the transport thread, after `run`.
  virtual void finished() noexcept = 0;

 protected:
  ~worker_job() = default;

 private:
  friend class worker_pool;
  enum class stage : std::uint8_t { idle, queued, running, finished };
  stage stage_ = stage::idle;  // guarded by the pool's mutex
};

/// Threads for work that would hold the event loop up. They start with the first job.
class worker_pool {
 public:
  /// `threads` 0: one per core. `notify` is called, from any thread, when a job has finished.
  worker_pool(std::size_t threads, std::function<void()> notify);
  worker_pool(worker_pool const&) = delete;
  worker_pool& operator=(worker_pool const&) = delete;
  /// Ends the running jobs, drops the others.
  ~worker_pool();

  /// The job must stay where it is until `finished`, or until `withdraw` returns. Transport thread.
  void submit(worker_job& job);

  /// Work nobody waits for. Any thread.
  void submit(std::function<void()> work);

  /// Takes back a job that has not started; false if it has. Transport thread.
  [[nodiscard]] bool try_withdraw(worker_job& job) noexcept;

  /// Like `try_withdraw`, and waits for a job that is running.
  void withdraw(worker_job& job) noexcept;

  /// Calls `finished` on the jobs that ended. Returns whether there were any. Transport thread.
  bool report();

  /// Whether a job is queued, running or to be reported. Any thread.
  [[nodiscard]] bool busy() const noexcept;

  [[nodiscard]] std::size_t size() const noexcept;

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/worker_pool.ipp>
#endif

#endif  // SLUICE_TRANSPORT_DETAIL_WORKER_POOL_HPP
