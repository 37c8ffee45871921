#ifndef SLUICE_OBSERVE_STATS_HPP
#define SLUICE_OBSERVE_STATS_HPP

#include <sluice/config.hpp>
#include <sluice/observe/metrics.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {

/// The figures of one load at one moment: copyable, without references to the load.
struct load_stats {
  // What became of the records. The sum of the last four is `records_pushed`.
  std::uint64_t records_pushed = 0;         ///< handed over by the program, bad ones included
  std::uint64_t records_written = 0;        ///< confirmed by the service; never counted earlier
  std::uint64_t records_dead_lettered = 0;  ///< refused, with a reason
  std::uint64_t records_spooled = 0;        ///< safe on disk for a later run
  std::uint64_t records_pending = 0;        ///< without verdict so far

  // What went out.
  std::uint64_t bytes_encoded = 0;    ///< of complete batches, before compression
  std::uint64_t bytes_uploaded = 0;   ///< bodies that the service accepted, as sent
  std::uint64_t files_uploaded = 0;   ///< batches that the service accepted: files or requests
  std::uint64_t copy_operations = 0;  ///< statements or jobs that moved files into the table

  // How the batches fared.
  std::uint64_t batches_immediate = 0;  ///< accepted, every request at its first attempt
  std::uint64_t batches_retried = 0;    ///< accepted, after a retry of one of their own requests
  std::uint64_t batches_failed = 0;     ///< given up

  // Requests over the network: uploads, statements, logins, polls. A redirect or a token that is
  // renewed in between leads to another request of the same attempt, not to a retry.
  std::uint64_t requests = 0;            ///< attempts that have ended
  std::uint64_t requests_in_flight = 0;  ///< attempts under way
  std::uint64_t retries = 0;             ///< attempts that repeat an earlier one
  std::uint64_t throttled = 0;           ///< answers that asked for patience: HTTP 429 and 503

  // Right at this moment.
  std::uint64_t upload_workers = 0;      ///< batches on their way to the service
  std::uint64_t upload_workers_max = 0;  ///< how many may be
  std::uint64_t memory_bytes = 0;        ///< charged to the memory limit
  std::uint64_t memory_limit_bytes = 0;

  std::chrono::microseconds elapsed{0};    ///< since the loader was made
  std::chrono::microseconds cpu{0};        ///< of the whole process, over the same span
  std::int64_t last_success_unixtime = 0;  ///< seconds; when rows were last confirmed; 0: never

  histogram_snapshot latency_us;  ///< per attempt that was answered
  histogram_snapshot file_bytes;  ///< per accepted batch, as sent
  /// Per request, where the service commits later than it accepts: from one to the other.
  histogram_snapshot commit_lag_ms;
};

/// The counters behind `load_stats`. One object per loader; the loader, its session and its
/// requests count here. Any thread.
struct load_metrics {
  counter records_pushed;
  counter records_written;
  counter records_dead_lettered;
  counter records_spooled;

  counter bytes_encoded;
  counter bytes_uploaded;
  counter files_uploaded;
  counter copy_operations;

  counter batches_immediate;
  counter batches_retried;
  counter batches_failed;

  counter requests;
  gauge requests_in_flight;
  counter retries;
  counter throttled;

  gauge upload_workers;
  gauge upload_workers_max;
  gauge memory_bytes;
  gauge memory_limit_bytes;
  gauge last_success_unixtime;

  histogram latency_us{latency_bounds_us};
  histogram file_bytes{size_bounds_bytes};
  histogram commit_lag_ms{lag_bounds_ms};

  /// The start of `load_stats::elapsed` and `load_stats::cpu`.
  load_metrics();

  /// All figures. Records that got their verdict while this ran are never counted twice:
  /// `records_pending` is what the other figures leave of `records_pushed`.
  [[nodiscard]] load_stats snapshot() const noexcept;

 private:
  std::chrono::steady_clock::time_point started_;
  std::chrono::microseconds cpu_at_start_{0};
};

/// Processor time of this process so far, user and system.
[[nodiscard]] std::chrono::microseconds process_cpu_time() noexcept;

namespace observe {

/// What figures are of: name ([a-zA-Z_][a-zA-Z0-9_]*, not checked) and value (any text).
using label = std::pair<std::string_view, std::string_view>;

}  // namespace observe

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/observe/impl/stats.ipp>
#endif

#endif  // SLUICE_OBSERVE_STATS_HPP
