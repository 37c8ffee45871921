#ifndef SLUICE_BENCH_LIMITS_HPP
#define SLUICE_BENCH_LIMITS_HPP

#include <cstdio>
#include <ctime>

namespace bench {

/// One line of the table that bench/run.sh puts together: what was measured, beside its limit.
inline void print_limit(bool holds,
                        char const* what,
                        double measured,
                        char const* relation,
                        double limit,
                        char const* unit) {
  std::printf("%-6s  %-60s %8.2f %-6s limit %s %g\n",
              holds ? "holds" : "MISSED",
              what,
              measured,
              unit,
              relation,
              limit);
}

inline void at_least(double limit, char const* what, double measured, char const* unit) {
  print_limit(measured >= limit, what, measured, ">=", limit, unit);
}

inline void at_most(double limit, char const* what, double measured, char const* unit) {
  print_limit(measured <= limit, what, measured, "<=", limit, unit);
}

/// A line of the table without a limit.
inline void figure(char const* what, double measured, char const* unit) {
  std::printf("%-6s  %-60s %8.2f %-6s\n", "", what, measured, unit);
}

/// Processor seconds of the calling thread: what others do on a shared machine is not counted.
inline double thread_seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace bench

#endif  // SLUICE_BENCH_LIMITS_HPP
