#ifndef SLUICE_TRANSPORT_IMPL_CURL_WIRE_IPP
#define SLUICE_TRANSPORT_IMPL_CURL_WIRE_IPP

#include <sluice/transport/detail/curl_transfer.hpp>
#include <sluice/transport/detail/curl_wire.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/transport/wire.hpp>

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
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
    for (auto& [e, running] : active_) curl_multi_remove_handle(multi_, running.transfer->easy());
    active_.clear();
    spare_.clear();
    curl_multi_cleanup(multi_);
  }

  void start(exchange& e) override {
    arrival const here{&e, curl_transfer::clock::now()};
    request const& r = e.message();
    // Streams of HTTP/2 share a connection; libcurl knows when one more is needed.
    if (r.prefer_http2) return launch(here, nullptr);
    origin& o = origins_.try_emplace(std::string{origin_of(r.url)}).first->second;
    if (o.running < options_.pool_size)
      launch(here, &o);
    else
      o.waiting.push_back(here);
  }

  void cancel(exchange& e) noexcept override {
    auto const found = active_.find(&e);
    if (found == active_.end()) {
      auto const at = origins_.find(std::string{origin_of(e.message().url)});
      if (at != origins_.end())
        std::erase_if(at->second.waiting, [&](arrival const& a) { return a.who == &e; });
      return;
    }
    end(take(found));
  }

  void resume(exchange& e) override {
    auto const found = active_.find(&e);
    if (found != active_.end()) curl_easy_pause(found->second.transfer->easy(), CURLPAUSE_CONT);
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
    for (auto& [name, o] : origins_) fill(o);
  }

  void wake() noexcept override { curl_multi_wakeup(multi_); }

  [[nodiscard]] bool busy() const noexcept override { return !active_.empty(); }

 private:
  /// An exchange that has not begun, since when.
  struct arrival {
    exchange* who;
    curl_transfer::clock::time_point since;
  };

  /// Exchanges over HTTP/1.1 with one host and port: each needs a connection of its own. Those
  /// beyond `pool_size` wait here and not in libcurl, which (from 8.x on) counts this time as
  /// connecting.
  struct origin {
    std::size_t running = 0;
    std::deque<arrival> waiting;
  };

  struct running_exchange {
    std::unique_ptr<curl_transfer> transfer;
    origin* from;  ///< null: HTTP/2
  };

  using active_map = std::unordered_map<exchange*, running_exchange>;

  /// "https://host:443" of "https://host:443/path?query".
  [[nodiscard]] static std::string_view origin_of(std::string_view url) noexcept {
    std::size_t const host = url.find("://");
    if (host == std::string_view::npos) return url;
    return url.substr(0, url.find_first_of("/?#", host + 3));
  }

  void launch(arrival const& a, origin* from) {
    std::unique_ptr<curl_transfer> transfer = take_spare();
    transfer->prepare(*a.who, options_, a.since);
    curl_multi_add_handle(multi_, transfer->easy());
    active_.emplace(a.who, running_exchange{std::move(transfer), from});
    if (from != nullptr) ++from->running;
  }

  void fill(origin& o) {
    while (o.running < options_.pool_size && !o.waiting.empty()) {
      arrival const next = o.waiting.front();
      o.waiting.pop_front();
      launch(next, &o);
    }
  }

  [[nodiscard]] running_exchange take(active_map::iterator at) {
    running_exchange taken = std::move(at->second);
    active_.erase(at);
    return taken;
  }

  void end(running_exchange ended) {
    curl_multi_remove_handle(multi_, ended.transfer->easy());
    keep_spare(std::move(ended.transfer));
    if (ended.from == nullptr) return;
    --ended.from->running;
    fill(*ended.from);
  }

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
    for (auto& [e, running_one] : active_) any |= running_one.transfer->take_reported();
    return any;
  }

  void finish(CURL* easy, CURLcode code) {
    exchange* const e = &curl_transfer::of(easy).target();
    running_exchange ended = take(active_.find(e));
    result<request_metrics> outcome = ended.transfer->outcome(code, options_);
    end(std::move(ended));
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
  active_map active_;
  std::unordered_map<std::string, origin> origins_;
  std::vector<std::unique_ptr<curl_transfer>> spare_;
};

SLUICE_DECL std::shared_ptr<wire> make_curl_wire(transport_options const& options) {
  return std::make_shared<curl_wire>(options);
}

}  // namespace detail

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_CURL_WIRE_IPP
