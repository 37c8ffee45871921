#ifndef SLUICE_TRANSPORT_TRANSPORT_HPP
#define SLUICE_TRANSPORT_TRANSPORT_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sluice::inline v0 {

class clock_source;
class wire;

/// How certificates are checked for revocation.
enum class revocation : std::uint8_t {
  none,     ///< not checked
  stapled,  ///< the server must staple a good OCSP answer
  crl       ///< against the CRL file `tls_options::crl_file`
};

/// TLS is always verified; there is no switch against it.
struct tls_options {
  std::string ca_file;   ///< PEM; empty: the system's
  std::string crl_file;  ///< PEM; for revocation::crl
  sluice::revocation revocation = sluice::revocation::none;
};

struct transport_options {
  std::size_t pool_size = 8;  ///< connections kept per host, and open at once per host
  time_limits limits{std::chrono::milliseconds{10'000},
                     std::chrono::milliseconds{60'000},
                     std::chrono::milliseconds{0}};  ///< defaults per attempt; total 0 = none
  tls_options tls;
  std::string proxy;             ///< URL; empty: as the environment says
  std::string no_proxy;          ///< hosts that bypass the proxy
  std::string source_interface;  ///< interface or address to connect from
  std::string user_agent = "sluice/0.1";
  std::size_t worker_threads = 0;       ///< for on_worker and the pipeline; 0: one per core
  std::shared_ptr<clock_source> clock;  ///< null: the machine's clocks
  std::shared_ptr<sluice::wire> wire;   ///< null: libcurl
  std::uint64_t random_seed = 0;        ///< 0: from the operating system
  bool run_thread = true;  ///< false: no thread; the caller drives with `poll` (tests, own loops)
};

/// One event loop with one thread, over which every loader of a program can send.
///
/// Coroutines given to `spawn` run on the transport thread, one at a time, so protocol code needs
/// no locks. `perform` makes exactly one attempt; retry is `retry.hpp`. Thread safety: `post`,
/// `spawn`, `wake` and `now` from any thread; the rest on the transport thread.
class transport {
 public:
  explicit transport(transport_options options = {});
  transport(transport const&) = delete;
  transport& operator=(transport const&) = delete;
  /// Cancels what is under way and joins the thread. Loaders must be gone.
  ~transport();

  [[nodiscard]] transport_options const& options() const noexcept;
  [[nodiscard]] steady_time now() const noexcept;
  [[nodiscard]] std::chrono::system_clock::time_point system_now() const noexcept;
  /// Uniform in [0, 1). Transport thread only.
  [[nodiscard]] double random() noexcept;

  /// Runs `work` on the transport thread, in the order of the calls.
  void post(std::function<void()> work);

  /// Starts `work` on the transport thread and forgets it; its error goes to the log.
  void spawn(task<void> work);

  /// One attempt. A reply of any status is a value; errors are those of the way there.
  [[nodiscard]] task<response> perform(request r);

  /// Ends at `at`, or at once if that is past. Error: errc::cancelled when the transport ends.
  [[nodiscard]] task<void> sleep_until(steady_time at);
  [[nodiscard]] task<void> sleep_for(std::chrono::nanoseconds span);

  /// Runs `work` on a worker thread and resumes on the transport thread with its result.
  /// For anything that may take over a millisecond.
  template<class F>
  [[nodiscard]] auto on_worker(F work) -> task<std::invoke_result_t<F>>;

  /// Without a thread of its own: runs what is due, waiting `wait` at most for something to happen.
  /// Returns whether anything ran.
  bool poll(std::chrono::milliseconds wait);

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_TRANSPORT_HPP
