#ifndef SLUICE_PIPELINE_DETAIL_GATE_HPP
#define SLUICE_PIPELINE_DETAIL_GATE_HPP

#include <sluice/config.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace sluice::inline v0::detail {

/// Where threads of the program wait for the pipeline: for memory, a flush, the end.
///
/// A waiter looks at its condition after every `notify`, and now and then by itself, so that the
/// transport's clock counts also where it is not the machine's. Where the transport has no thread,
/// the waiting thread drives it if it is the one that does.
class gate {
 public:
  explicit gate(transport& t) : transport_{t} {}

  gate(gate const&) = delete;
  gate& operator=(gate const&) = delete;

  /// Something changed. Any thread.
  void notify() noexcept {
    if (waiting_.load(std::memory_order_seq_cst) == 0) return;
    {
      std::scoped_lock const lock{mutex_};
      ++changes_;
    }
    changed_.notify_all();
  }

  /// Waits until `holds()`; false if `until` comes first.
  template<class Condition>
  bool wait(Condition holds, deadline until) {
    return wait_while_clock(holds, [&] { return transport_.now() < until.at; });
  }

  /// The same, measured in real time whatever the transport's clock says.
  template<class Condition>
  bool wait_real(Condition holds, milliseconds span) {
    auto const end = std::chrono::steady_clock::now() + span;
    return wait_while_clock(holds, [&] { return std::chrono::steady_clock::now() < end; });
  }

  /// Waits without a limit.
  template<class Condition>
  void wait(Condition holds) {
    wait_while_clock(holds, [] { return true; });
  }

 private:
  template<class Condition, class Clock>
  bool wait_while_clock(Condition holds, Clock in_time) {
    if (holds()) return true;
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    bool const drives = !transport_.options().run_thread && transport_.on_transport_thread();
    bool held = false;
    while (!(held = wait_once(holds, drives)) && in_time()) {
    }
    waiting_.fetch_sub(1, std::memory_order_seq_cst);
    return held;
  }

  template<class Condition>
  bool wait_once(Condition holds, bool drives) {
    if (drives) {
      if (holds()) return true;
      transport_.poll(std::chrono::milliseconds{1});
      return holds();
    }
    std::uint64_t seen = 0;
    {
      std::scoped_lock const lock{mutex_};
      seen = changes_;
    }
    if (holds()) return true;
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::milliseconds{20}, [&] { return changes_ != seen; });
    return false;
  }

  transport& transport_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t changes_ = 0;
  std::atomic<int> waiting_{0};
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_DETAIL_GATE_HPP
