#ifndef SLUICE_TRANSPORT_IMPL_CURL_WIRE_IPP
#define SLUICE_TRANSPORT_IMPL_CURL_WIRE_IPP

#include <sluice/transport/detail/curl_transfer.hpp>
#include <sluice/transport/detail/curl_wire.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/transport/wire.hpp>

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

namespace detail {

SLUICE_DECL void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// All exchanges of one transport on one multi handle.
class curl_wire final : public wire {
 public:
  explicit curl_wire(transport_options const& options) : options_{options} {
    options_.clock.reset();
    options_.wire.reset();
    initialise_curl();
    multi_ = curl_multi_init();
    limit_connections();
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  }

  ~curl_wire() override {
    for (auto& [e, transfer] : active_) curl_multi_remove_handle(multi_, transfer->easy());
    active_.clear();
    spare_.clear();
    curl_multi_cleanup(multi_);
  }

  void start(exchange& e) override {
    std::unique_ptr<curl_transfer> transfer = take_spare();
    transfer->prepare(e, options_);
    curl_multi_add_handle(multi_, transfer->easy());
    active_.emplace(&e, std::move(transfer));
  }

  void cancel(exchange& e) noexcept override {
    auto const found = active_.find(&e);
    if (found == active_.end()) return;
    curl_multi_remove_handle(multi_, found->second->easy());
    keep_spare(std::move(found->second));
    active_.erase(found);
  }

  void resume(exchange& e) override {
    auto const found = active_.find(&e);
    if (found != active_.end()) curl_easy_pause(found->second->easy(), CURLPAUSE_CONT);
  }

  bool run(std::chrono::milliseconds wait) override {
    if (perform()) return true;
    if (wait.count() <= 0) return false;
    curl_multi_poll(
        multi_, nullptr, 0, static_cast<int>(std::min<long>(wait.count(), 3'600'000)), nullptr);
    return perform();
  }

  void allow_connections(std::size_t per_host) override {
    if (per_host <= options_.pool_size) return;
    options_.pool_size = per_host;
    limit_connections();
  }

  void wake() noexcept override { curl_multi_wakeup(multi_); }

  [[nodiscard]] bool busy() const noexcept override { return !active_.empty(); }

 private:
  void limit_connections() {
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options_.pool_size));
    // Several hosts (account, stages) keep their connections side by side.
    curl_multi_setopt(multi_,
                      CURLMOPT_MAXCONNECTS,
                      static_cast<long>(std::max<std::size_t>(options_.pool_size, 4) * 4));
  }

  /// Moves bytes; returns whether any exchange heard of something.
  bool perform() {
    int running = 0;
    curl_multi_perform(multi_, &running);
    bool any = false;
    int left = 0;
    while (CURLMsg const* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      finish(message->easy_handle, message->data.result);
      any = true;
    }
    for (auto& [e, transfer] : active_) any |= transfer->take_reported();
    return any;
  }

  void finish(CURL* easy, CURLcode code) {
    exchange* const e = &curl_transfer::of(easy).target();
    auto const found = active_.find(e);
    std::unique_ptr<curl_transfer> transfer = std::move(found->second);
    active_.erase(found);
    result<request_metrics> outcome = transfer->outcome(code, options_);
    curl_multi_remove_handle(multi_, easy);
    keep_spare(std::move(transfer));
    e->done(std::move(outcome));
  }

  std::unique_ptr<curl_transfer> take_spare() {
    if (spare_.empty()) return std::make_unique<curl_transfer>();
    std::unique_ptr<curl_transfer> transfer = std::move(spare_.back());
    spare_.pop_back();
    return transfer;
  }

  void keep_spare(std::unique_ptr<curl_transfer> transfer) noexcept {
    transfer->reset();
    if (spare_.size() < options_.pool_size * 2) spare_.push_back(std::move(transfer));
  }

  transport_options options_;
  CURLM* multi_ = nullptr;
  std::unordered_map<exchange*, std::unique_ptr<curl_transfer>> active_;
  std::vector<std::unique_ptr<curl_transfer>> spare_;
};

SLUICE_DECL std::shared_ptr<wire> make_curl_wire(transport_options const& options) {
  return std::make_shared<curl_wire>(options);
}

}  // namespace detail

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_CURL_WIRE_IPP
