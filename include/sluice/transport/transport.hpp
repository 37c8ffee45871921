#ifndef SLUICE_TRANSPORT_TRANSPORT_HPP
#define SLUICE_TRANSPORT_TRANSPORT_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/cancel.hpp>
#include <sluice/transport/detail/waiting.hpp>
#include <sluice/transport/detail/worker_pool.hpp>
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
#include <type_traits>

namespace sluice::inline v0 {

class clock_source;
class wire;

namespace detail {

/// What `on_worker` gives: a function that returns `result<T>` makes a `task<T>`, not a
/// `task<result<T>>`.
template<class T>
struct worker_value {
  using type = T;
};

template<class T>
struct worker_value<result<T>> {
  using type = T;
};

template<class F>
using worker_value_t = typename worker_value<std::invoke_result_t<F&>>::type;

}  // namespace detail

/// How certificates are checked for revocation.
enum class revocation : std::uint8_t {
  none,     ///< not checked
  stapled,  ///< the server must staple a good OCSP answer
  crl       ///< against the CRL file `tls_options::crl_file`
};

/// TLS is always verified, that of a proxy too; there is no switch against it.
struct tls_options {
  std::string ca_file = {};   ///< PEM, in place of the system's; empty: the system's
  std::string crl_file = {};  ///< PEM; for revocation::crl
  sluice::revocation revocation = sluice::revocation::none;
};

struct transport_options {
  std::size_t pool_size = 8;  ///< connections kept per host, and open at once per host
  time_limits limits{std::chrono::milliseconds{10'000},
                     std::chrono::milliseconds{60'000},
                     std::chrono::milliseconds{0}};  ///< defaults per attempt; total 0 = none
  tls_options tls = {};
  std::string proxy = {};             ///< URL, user:password@ too; empty: as the environment says
  std::string no_proxy = {};          ///< hosts that bypass the proxy
  std::string source_interface = {};  ///< interface or address to connect from
  std::string user_agent = "sluice/0.1";
  std::size_t worker_threads = 0;            ///< for on_worker and the pipeline; 0: one per core
  std::shared_ptr<clock_source> clock = {};  ///< null: the machine's clocks
  std::shared_ptr<sluice::wire> wire = {};   ///< null: libcurl
  std::uint64_t random_seed = 0;             ///< 0: from the operating system
  bool run_thread = true;  ///< false: no thread; the caller drives with `poll` (tests, own loops)
  /// Hears, on the transport thread, of spawned tasks that end with an error other than
  /// errc::cancelled. Null: one line on stderr.
  std::function<void(error const&)> on_task_error = {};
};

/// One event loop with one thread, over which every loader of a program can send.
///
/// Coroutines given to `spawn` run on the transport thread, one at a time, so protocol code needs
/// no locks. `perform` makes exactly one attempt; retry is `retry.hpp`; locks, events and permits
/// for coroutines are `sync.hpp`; groups of tasks and deadlines are `group.hpp`; starting and
/// ending tasks from another thread is `scope.hpp`; requests whose body grows while the reply
/// streams are `duplex.hpp`.
/// Thread safety: `options`, `now`, `system_now`, `post`, `spawn`, `post_to_worker`,
/// `worker_threads` and `on_transport_thread` from any thread; the rest on the transport thread.
class transport {
 public:
  /// With default options. (A default argument here makes GCC 12 -O3 warn in every caller.)
  transport();
  explicit transport(transport_options options);
  transport(transport const&) = delete;
  transport& operator=(transport const&) = delete;
  /// Cancels what is under way and joins the thread. Loaders must be gone. Never waits for a
  /// server; waits for worker jobs that are running.
  ~transport();

  [[nodiscard]] transport_options const& options() const noexcept;
  [[nodiscard]] steady_time now() const noexcept;
  [[nodiscard]] std::chrono::system_clock::time_point system_now() const noexcept;
  /// Uniform in [0, 1). Transport thread only.
  [[nodiscard]] double random() noexcept;
  [[nodiscard]] std::size_t worker_threads() const noexcept;
  /// Whether the caller runs inside the loop, where blocking would stop everything.
  [[nodiscard]] bool on_transport_thread() const noexcept;

  /// Runs `work` on the transport thread, in the order of the calls. It must not throw.
  void post(std::function<void()> work);

  /// Runs `work` on a worker thread. It must not throw.
  void post_to_worker(std::function<void()> work);

  /// Starts `work` on the transport thread and forgets it; its error goes to `on_task_error`.
  void spawn(task<void> work);

  /// The same, given up when `token`'s source is cancelled.
  void spawn(task<void> work, cancel_token token);

  /// One attempt. A reply of any status is a value.
  /// Errors: those of the way there (wire.hpp), errc::timeout (retryable), ::reply_too_large,
  /// ::invalid_configuration, ::cancelled.
  [[nodiscard]] task<response> perform(request r);

  /// Lets at least `per_host` connections be open at once per host, for those who send more at once
  /// than `transport_options::pool_size`. Never takes any away.
  void allow_connections(std::size_t per_host);

  /// Ends at `at`, or at once if that is past. Error: errc::cancelled.
  [[nodiscard]] task<void> sleep_until(steady_time at);
  [[nodiscard]] task<void> sleep_for(std::chrono::nanoseconds span);

  /// Runs `work` on a worker thread and resumes on the transport thread with its result.
  /// For anything that may take over a millisecond. An exception ends the task with
  /// errc::internal. Cancellation takes back work that has not started; work that runs is waited
  /// for, so it may refer to the coroutine's variables.
  template<class F>
  [[nodiscard]] auto on_worker(F work) -> task<detail::worker_value_t<F>>;

  /// Without a thread of its own: runs what is due, waiting `wait` at most for something to happen.
  /// Returns whether anything ran.
  bool poll(std::chrono::milliseconds wait);

  /// For awaitables: where waits queue up. Transport thread only.
  [[nodiscard]] detail::scheduler& scheduler() noexcept;
  [[nodiscard]] detail::worker_pool& workers() noexcept;
  [[nodiscard]] sluice::wire& wire() noexcept;

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0

#include <sluice/transport/impl/transport.hpp>

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/transport.ipp>
#endif

#endif  // SLUICE_TRANSPORT_TRANSPORT_HPP
