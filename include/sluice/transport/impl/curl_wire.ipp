#ifndef SLUICE_TRANSPORT_IMPL_CURL_WIRE_IPP
#define SLUICE_TRANSPORT_IMPL_CURL_WIRE_IPP

#include <sluice/transport/detail/curl_transfer.hpp>
#include <sluice/transport/detail/curl_wire.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/transport/wire.hpp>

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

namespace detail {

SLUICE_DECL void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// All exchanges of one transport on one multi handle, driven by epoll: only what has something to
/// do costs anything. (`curl_multi_perform` asks the system about every transfer in every round.)
class curl_wire final : public wire {
 public:
  explicit curl_wire(transport_options const& options)
      : options_{options},
        epoll_{::epoll_create1(EPOLL_CLOEXEC)},
        wake_up_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (epoll_ < 0 || wake_up_ < 0)
      throw std::system_error{errno, std::generic_category(), "epoll"};
    watch(EPOLL_CTL_ADD, wake_up_, EPOLLIN);
    options_.clock.reset();
    options_.wire.reset();
    initialise_curl();
    for (pool* const p : pools()) {
      p->wire = this;
      p->multi = curl_multi_init();
      long const sharing = p->streams ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING;
      curl_multi_setopt(p->multi, CURLMOPT_PIPELINING, sharing);
      curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, &on_socket);
      curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
      curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, &on_timer);
      curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
    }
    limit_connections();
  }

  ~curl_wire() override {
    // A handle that is removed tells of its sockets once more, when its exchange may be gone.
    for (pool* const p : pools()) curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, nullptr);
    for (auto& [e, running] : active_)
      curl_multi_remove_handle(pool_of(running).multi, running.transfer->easy());
    active_.clear();
    spare_.clear();
    for (pool* const p : pools()) curl_multi_cleanup(p->multi);
    ::close(wake_up_);
    ::close(epoll_);
  }

  void start(exchange& e) override {
    arrival const here{&e, clock::now()};
    request const& r = e.message();
    origin& o = origins_.try_emplace(std::string{origin_of(r.url)}).first->second;
    // Streams of HTTP/2 share a connection; libcurl knows when one more is needed.
    if (r.prefer_http2 && !o.only_http1) return launch(here, nullptr);
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
    if (ask_for_more()) wait = {};
    std::array<::epoll_event, 64> events;
    int const count =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms(wait));
    for (int i = 0; i < count; ++i) {
      ::epoll_event const& event = events[static_cast<std::size_t>(i)];
      auto const socket = static_cast<curl_socket_t>(event.data.u64 & descriptor_bits);
      if (socket == wake_up_)
        swallow_wake_up();
      else if ((event.data.u64 & of_http2) != 0)
        act(http2_, socket, happened(socket, event.events));
      else
        act(http1_, socket, happened(socket, event.events));
    }
    for (pool* const p : pools()) {
      if (p->due && *p->due <= clock::now()) {
        p->due.reset();
        act(*p, CURL_SOCKET_TIMEOUT, 0);
      }
      int left = 0;
      while (CURLMsg const* message = curl_multi_info_read(p->multi, &left))
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
    }
    heard_ = std::exchange(reported_, false);
    return heard_;
  }

  void allow_connections(std::size_t per_host) override {
    if (per_host <= options_.pool_size) return;
    options_.pool_size = per_host;
    limit_connections();
    for (auto& [name, o] : origins_) fill(o);
  }

  void wake() noexcept override {
    if (woken_.exchange(true)) return;
    std::uint64_t const one = 1;
    static_cast<void>(!::write(wake_up_, &one, sizeof one));
  }

  [[nodiscard]] bool busy() const noexcept override { return !active_.empty(); }

 private:
  using clock = std::chrono::steady_clock;

  /// Connections that requests share. Those of HTTP/2 are by themselves: where libcurl knows one to
  /// a host, it also sends requests one behind the other on connections of HTTP/1.1 to that host,
  /// without waiting for replies, and takes the replies for each other's (curl's issue 4885).
  struct pool {
    bool streams;  ///< HTTP/2
    curl_wire* wire = nullptr;
    CURLM* multi = nullptr;
    std::optional<clock::time_point> due{};  ///< when libcurl wants to be called
  };

  // Of `epoll_event::data`.
  static constexpr std::uint64_t descriptor_bits = 0xFFFF'FFFF;
  static constexpr std::uint64_t of_http2 = descriptor_bits + 1;

  /// An exchange that has not begun, since when.
  struct arrival {
    exchange* who;
    clock::time_point since;
  };

  /// Exchanges over HTTP/1.1 with one host and port: each needs a connection of its own. Those
  /// beyond `pool_size` wait here and not in libcurl, which (from 8.x on) counts this time as
  /// connecting.
  struct origin {
    bool only_http1 = false;  ///< it was asked for HTTP/2, and did not agree
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

  [[nodiscard]] std::array<pool*, 2> pools() noexcept { return {&http1_, &http2_}; }

  [[nodiscard]] pool& pool_of(running_exchange const& e) noexcept {
    return e.from == nullptr ? http2_ : http1_;
  }

  void launch(arrival const& a, origin* from) {
    running_exchange next{take_spare(), from};
    next.transfer->prepare(*a.who, options_, a.since, from == nullptr);
    curl_multi_add_handle(pool_of(next).multi, next.transfer->easy());
    active_.emplace(a.who, std::move(next));
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
    curl_multi_remove_handle(pool_of(ended).multi, ended.transfer->easy());
    keep_spare(std::move(ended.transfer));
    if (ended.from == nullptr) return;
    --ended.from->running;
    fill(*ended.from);
  }

  void limit_connections() {
    auto const per_host = static_cast<long>(options_.pool_size);
    for (pool* const p : pools()) {
      curl_multi_setopt(p->multi, CURLMOPT_MAX_HOST_CONNECTIONS, per_host);
      // Several hosts (account, stages) keep their connections side by side.
      curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, std::max(per_host, 4L) * 4);
    }
  }

  /// `wait`, or until libcurl wants to be called; rounded up, so that it is due then.
  [[nodiscard]] int wait_ms(std::chrono::milliseconds wait) const {
    for (pool const* const p : {&http1_, &http2_})
      if (p->due)
        wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(*p->due - clock::now()));
    return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 3'600'000));
  }

  /// libcurl before 8.1 may keep what it has read of an HTTP/2 connection without asking to be
  /// called again, while the socket has nothing more to say: after every piece there may be
  /// another. Returns whether something was asked.
  bool ask_for_more() {
    if (!heard_) return false;
    std::vector<int> const sockets = holding_;
    for (int const socket : sockets) act(http2_, socket, CURL_CSELECT_IN);
    return !sockets.empty();
  }

  [[nodiscard]] int happened(curl_socket_t socket, std::uint32_t events) const noexcept {
    // Nothing: libcurl looks for itself, and finds the reason.
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) return 0;
    int mask = 0;
    if ((events & EPOLLIN) != 0) mask |= CURL_CSELECT_IN;
    if ((events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
    // "Writable" alone would be the whole truth, and leave what libcurl holds.
    if (std::ranges::find(holding_, socket) != holding_.end()) mask |= CURL_CSELECT_IN;
    return mask;
  }

  static void act(pool& p, curl_socket_t socket, int mask) {
    int running = 0;
    curl_multi_socket_action(p.multi, socket, mask, &running);
  }

  void swallow_wake_up() noexcept {
    std::uint64_t times = 0;
    static_cast<void>(::read(wake_up_, &times, sizeof times));
    woken_ = false;
  }

  void watch(int operation,
             int descriptor,
             std::uint32_t events,
             std::uint64_t whose = 0) noexcept {
    ::epoll_event event{};
    event.events = events;
    event.data.u64 = static_cast<std::uint64_t>(descriptor) | whose;
    if (::epoll_ctl(epoll_, operation, descriptor, &event) == 0) return;
    // A socket that was closed is gone from the set, and its number may come back at once.
    if (errno == ENOENT && operation == EPOLL_CTL_MOD)
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
    else if (errno == EEXIST)
      ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
  }

  /// libcurl waits for something on a socket, or no longer. `known` is what was assigned to it.
  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) noexcept {
    auto& p = *static_cast<pool*>(self);
    auto& wire = *p.wire;
    std::erase(wire.holding_, socket);
    if (what == CURL_POLL_REMOVE) {
      wire.watch(EPOLL_CTL_DEL, socket, 0);
      return 0;
    }
    std::uint32_t events = 0;
    if ((what & CURL_POLL_IN) != 0) events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
    bool const may_hold = p.streams && libcurl_before(0x080100);
    if ((what & CURL_POLL_IN) != 0 && may_hold) wire.holding_.push_back(socket);
    wire.watch(
        known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, events, p.streams ? of_http2 : 0);
    curl_multi_assign(p.multi, socket, self);
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* self) {
    auto& due = static_cast<pool*>(self)->due;
    due.reset();
    if (milliseconds >= 0) due = clock::now() + std::chrono::milliseconds{milliseconds};
    return 0;
  }

  void finish(CURL* easy, CURLcode code) {
    exchange* const e = &curl_transfer::of(easy).target();
    running_exchange ended = take(active_.find(e));
    reported_ = true;
    if (ended.transfer->needs_http1()) {
      origins_[std::string{origin_of(e->message().url)}].only_http1 = true;
      end(std::move(ended));
      return start(*e);
    }
    result<request_metrics> outcome = ended.transfer->outcome(code, options_);
    end(std::move(ended));
    e->done(std::move(outcome));
  }

  std::unique_ptr<curl_transfer> take_spare() {
    if (spare_.empty()) return std::make_unique<curl_transfer>(reported_);
    std::unique_ptr<curl_transfer> transfer = std::move(spare_.back());
    spare_.pop_back();
    return transfer;
  }

  void keep_spare(std::unique_ptr<curl_transfer> transfer) noexcept {
    transfer->reset();
    if (spare_.size() < options_.pool_size * 2) spare_.push_back(std::move(transfer));
  }

  transport_options options_;
  int epoll_;
  int wake_up_;  ///< an eventfd
  std::atomic<bool> woken_{false};
  pool http1_{.streams = false};
  pool http2_{.streams = true};
  bool reported_ = false;     ///< some exchange has heard of something
  bool heard_ = false;        ///< in the last round
  std::vector<int> holding_;  ///< sockets of HTTP/2 that are read, of which libcurl may hold bytes
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
