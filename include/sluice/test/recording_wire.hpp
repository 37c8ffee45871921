#ifndef SLUICE_TEST_RECORDING_WIRE_HPP
#define SLUICE_TEST_RECORDING_WIRE_HPP

#include <sluice/config.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/wire.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::test {

/// A wire that takes every byte and answers 200 with an empty body: what a bench runs against, so
/// that it measures the pipeline and no network. Bodies are read once (a checksum of their words is
/// kept, so that the reading cannot be optimised away), never copied or kept.
/// Thread safety: the counters from any thread.
class recording_wire final : public wire {
 public:
  [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }

  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }

  [[nodiscard]] std::uint64_t checksum() const noexcept { return checksum_; }

  void start(exchange& e) override {
    std::uint64_t sum = 0;
    for (chunk const& c : e.message().body)
      for (char const byte : c.bytes()) sum += static_cast<unsigned char>(byte);
    checksum_ += sum;
    body_bytes_ += e.message().body.size();
    ++requests_;
    pending_.push_back(&e);
  }

  void cancel(exchange& e) noexcept override { std::erase(pending_, &e); }

  void resume(exchange&) override {}

  bool run(std::chrono::milliseconds wait) override {
    if (pending_.empty()) {
      std::unique_lock lock{mutex_};
      if (wait.count() > 0) wake_up_.wait_for(lock, wait, [&] { return woken_; });
      woken_ = false;
    }
    std::vector<exchange*> const batch = std::exchange(pending_, {});
    for (exchange* e : batch) {
      request_metrics metrics;
      metrics.bytes_sent = e->message().body.size();
      metrics.reused_connection = true;
      e->connected();
      e->head(200, {});
      e->done(metrics);
    }
    return !batch.empty();
  }

  void wake() noexcept override {
    {
      std::lock_guard const lock{mutex_};
      woken_ = true;
    }
    wake_up_.notify_one();
  }

  [[nodiscard]] bool busy() const noexcept override { return false; }

 private:
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> body_bytes_ = 0;
  std::atomic<std::uint64_t> checksum_ = 0;
  std::vector<exchange*> pending_;
  std::mutex mutex_;
  std::condition_variable wake_up_;
  bool woken_ = false;
};

}  // namespace sluice::inline v0::test

#endif  // SLUICE_TEST_RECORDING_WIRE_HPP
