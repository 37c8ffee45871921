#ifndef SLUICE_OBSERVE_FORMAT_HPP
#define SLUICE_OBSERVE_FORMAT_HPP

#include <sluice/config.hpp>
#include <sluice/observe/progress.hpp>
#include <sluice/observe/stats.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// \file
/// Figures of a load as text for people. Pure functions; every byte of the output is ASCII.

namespace sluice::inline v0::observe {

/// 1234567 -> "1,234,567".
[[nodiscard]] std::string count_text(std::uint64_t n);

/// Bytes in binary units with one decimal: "999 B", "1.5 KiB", "12.3 MiB".
[[nodiscard]] std::string bytes_text(std::uint64_t n);

/// "0:07", "12:30", "3:05:09"; fractions of a second are cut off.
[[nodiscard]] std::string clock_text(std::chrono::microseconds span);

/// "1.50 ms", "2.35 s", "75.0 s": three figures where they matter.
[[nodiscard]] std::string span_text(std::chrono::microseconds span);

/// `progress_feed` at one moment.
struct progress {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_total = 0;    ///< 0: not known
  std::uint64_t records_total = 0;  ///< 0: not known
};

[[nodiscard]] progress snapshot(progress_feed const& feed) noexcept;

/// What happened between two moments, the second `now`:
///
///     [LIVE] Workers: 2/8 | HTTP: 3 in-flight | Req: 12/s | Rec: 512,345/s | Latency: avg=..ms
///     min=..ms max=..ms p50=..ms p99=..ms | 429s: 0
///
/// in one line. Latencies are of the whole load so far, in milliseconds.
[[nodiscard]] std::string live_line(load_stats const& before, load_stats const& now);

/// How far the load is, in one line:
///
///     Progress: 1,440,000/3,000,000 records (48.0%) - 512,345 records/sec, ETA 0:03,
///     5.9 MiB of 12.3 MiB read, 1,200,000 confirmed | Batches: 14 ok (12 immediate, 2 retried) 0
///     failed (100.0% success) | 429s: 0
///
/// The share counts records where their total is known, else bytes; what is not known is left out.
[[nodiscard]] std::string progress_line(load_stats const& now, progress const& source = {});

/// `line` in pieces of at most `width` characters, cut at " | ", else at a space, else hard.
/// Pieces are separated by '\n'; `width` 0 leaves the line as it is.
[[nodiscard]] std::string wrap_fields(std::string_view line, std::size_t width);

/// The figures of a load that has ended, a table of label and value, one line each:
/// records and what became of them, bytes, files, requests, batches, latency, rates, processor
/// time. Rates count confirmed records only.
[[nodiscard]] std::string summary_table(load_stats const& total);

/// All figures as one JSON object in one line, for logs and scripts: the labels as text, then the
/// names of `load_stats` with numbers. Times and latencies are in milliseconds; a histogram is told
/// by its median (`_p50`), its 99th percentile (`_p99`) and its largest value (`_max`).
[[nodiscard]] std::string stats_json(load_stats const& now, std::span<label const> labels = {});

}  // namespace sluice::inline v0::observe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/observe/impl/format.ipp>
#endif

#endif  // SLUICE_OBSERVE_FORMAT_HPP
