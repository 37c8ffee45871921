#ifndef SLUICE_BENCH_PROCESS_HPP
#define SLUICE_BENCH_PROCESS_HPP

/// \file
/// What the system knows of a process, and measurements in a process of their own.

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <type_traits>
#include <vector>

namespace bench {

inline double seconds_of(std::timespec const& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Processor seconds of all threads of this process.
inline double process_seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return seconds_of(now);
}

inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The most memory that this process has had resident: VmHWM, in KiB.
inline long peak_kib() {
  std::FILE* const status = std::fopen("/proc/self/status", "r");
  if (status == nullptr) return 0;
  char line[256];
  long kib = 0;
  while (std::fgets(line, sizeof line, status) != nullptr)
    if (std::strncmp(line, "VmHWM:", 6) == 0) kib = std::atol(line + 6);
  std::fclose(status);
  return kib;
}

/// What `work` gives in a process of its own, so that its memory and processor time are its alone.
/// Ends this process if that one fails. Call it before this process has threads.
template<class Work>
std::invoke_result_t<Work&> in_child(Work work) {
  using value = std::invoke_result_t<Work&>;
  static_assert(std::is_trivially_copyable_v<value>);
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  std::fflush(stdout);
  ::pid_t const child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) {
    ::close(ends[0]);
    value const found = work();
    std::fflush(stdout);
    ::_exit(::write(ends[1], &found, sizeof found) == sizeof found ? 0 : 1);
  }
  ::close(ends[1]);
  value found{};
  bool const whole = ::read(ends[0], &found, sizeof found) == sizeof found;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  if (!whole) std::exit(1);  // it has said why
  return found;
}

inline double median(std::vector<double> values) {
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// This thread, and those made from here on by it, run on some cores of the process only.
class on_cores {
 public:
  /// `count` cores, beginning with the one number `first`; all if there are no more than `first`.
  explicit on_cores(int count, int first = 0) {
    ::pthread_getaffinity_np(::pthread_self(), sizeof before_, &before_);
    if (CPU_COUNT(&before_) <= first) return;
    ::cpu_set_t some;
    CPU_ZERO(&some);
    for (int cpu = 0; cpu != CPU_SETSIZE && count != 0; ++cpu) {
      if (!CPU_ISSET(cpu, &before_) || first-- > 0) continue;
      CPU_SET(cpu, &some);
      --count;
    }
    ::pthread_setaffinity_np(::pthread_self(), sizeof some, &some);
  }

  on_cores(on_cores const&) = delete;
  on_cores& operator=(on_cores const&) = delete;

  ~on_cores() { ::pthread_setaffinity_np(::pthread_self(), sizeof before_, &before_); }

 private:
  ::cpu_set_t before_;
};

}  // namespace bench

#endif  // SLUICE_BENCH_PROCESS_HPP
