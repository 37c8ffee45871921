#ifndef SLUICE_OBSERVE_IMPL_STATS_IPP
#define SLUICE_OBSERVE_IMPL_STATS_IPP

#include <sluice/observe/stats.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>

namespace sluice::inline v0 {

SLUICE_DECL std::chrono::microseconds process_cpu_time() noexcept {
  timespec used{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return {};
  return std::chrono::microseconds{std::int64_t{used.tv_sec} * 1'000'000 + used.tv_nsec / 1000};
}

SLUICE_DECL load_metrics::load_metrics()
    : started_{std::chrono::steady_clock::now()}, cpu_at_start_{process_cpu_time()} {}

SLUICE_DECL load_stats load_metrics::snapshot() const noexcept {
  load_stats now;
  // Verdicts before pushes: a record judged in between then counts as pending, never as negative.
  now.records_written = records_written.value();
  now.records_dead_lettered = records_dead_lettered.value();
  now.records_spooled = records_spooled.value();
  std::uint64_t const judged =
      now.records_written + now.records_dead_lettered + now.records_spooled;
  now.records_pushed = std::max(records_pushed.value(), judged);
  now.records_pending = now.records_pushed - judged;

  now.bytes_encoded = bytes_encoded.value();
  now.bytes_uploaded = bytes_uploaded.value();
  now.files_uploaded = files_uploaded.value();
  now.copy_operations = copy_operations.value();
  now.batches_immediate = batches_immediate.value();
  now.batches_retried = batches_retried.value();
  now.batches_failed = batches_failed.value();
  now.requests = requests.value();
  now.requests_in_flight = requests_in_flight.value();
  now.retries = retries.value();
  now.throttled = throttled.value();
  now.upload_workers = upload_workers.value();
  now.upload_workers_max = upload_workers_max.value();
  now.memory_bytes = memory_bytes.value();
  now.memory_limit_bytes = memory_limit_bytes.value();
  now.last_success_unixtime = static_cast<std::int64_t>(last_success_unixtime.value());
  now.latency_us = latency_us.snapshot();
  now.file_bytes = file_bytes.snapshot();
  now.commit_lag_ms = commit_lag_ms.snapshot();
  now.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - started_);
  now.cpu = process_cpu_time() - cpu_at_start_;
  return now;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_OBSERVE_IMPL_STATS_IPP
