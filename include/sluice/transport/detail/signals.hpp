#ifndef SLUICE_TRANSPORT_DETAIL_SIGNALS_HPP
#define SLUICE_TRANSPORT_DETAIL_SIGNALS_HPP

#include <sluice/config.hpp>

#include <pthread.h>

#include <csignal>
#include <ctime>

namespace sluice::inline v0::detail {

/// For threads of our own: signals go to the program's threads, and a write to a closed TLS
/// connection is an error and no SIGPIPE.
inline void block_all_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// On a thread of the caller's: keeps SIGPIPE away while OpenSSL may write. (libcurl does it
/// itself only without CURLOPT_NOSIGNAL, which programs with threads need.)
class sigpipe_guard {
 public:
  sigpipe_guard() noexcept {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigset_t pipe = sigpipe_set();
    pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  }

  sigpipe_guard(sigpipe_guard const&) = delete;
  sigpipe_guard& operator=(sigpipe_guard const&) = delete;

  ~sigpipe_guard() {
    if (!was_pending_) {
      sigset_t pipe = sigpipe_set();
      timespec const at_once{0, 0};
      sigtimedwait(&pipe, nullptr, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  static sigset_t sigpipe_set() noexcept {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
  }

  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_TRANSPORT_DETAIL_SIGNALS_HPP
