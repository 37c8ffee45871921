#ifndef SLUICE_OBSERVE_IMPL_FORMAT_IPP
#define SLUICE_OBSERVE_IMPL_FORMAT_IPP

#include <sluice/observe/format.hpp>
#include <sluice/observe/log.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

namespace sluice::inline v0::observe {

namespace detail {

/// `part` of `whole` in percent; 100 of nothing.
constexpr double percent(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// Per second; 0 without time.
constexpr double rate(std::uint64_t n, std::chrono::microseconds span) noexcept {
  return span.count() <= 0 ? 0.0 : static_cast<double>(n) * 1e6 / static_cast<double>(span.count());
}

constexpr std::uint64_t whole_rate(std::uint64_t n, std::chrono::microseconds span) noexcept {
  return static_cast<std::uint64_t>(rate(n, span) + 0.5);
}

/// Microseconds as "12.3" milliseconds; from 100 ms on without decimals.
SLUICE_DECL std::string millis_text(std::uint64_t micros) {
  double const ms = static_cast<double>(micros) / 1000;
  return fmt::format("{:.{}f}", ms, ms < 100 ? 1 : 0);
}

}  // namespace detail

SLUICE_DECL std::string count_text(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

SLUICE_DECL std::string bytes_text(std::uint64_t n) {
  constexpr std::string_view units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (n < 1024) return fmt::format("{} B", n);
  double value = static_cast<double>(n) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be printed as 1024.0.
  for (; value >= 1023.95; value /= 1024) ++unit;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

SLUICE_DECL std::string clock_text(std::chrono::microseconds span) {
  std::int64_t const s = std::max<std::int64_t>(0, span.count() / 1'000'000);
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

SLUICE_DECL std::string span_text(std::chrono::microseconds span) {
  double const ms = static_cast<double>(span.count()) / 1000;
  if (ms < 1000) return fmt::format("{:.2f} ms", ms);
  return fmt::format("{:.{}f} s", ms / 1000, ms < 10'000 ? 2 : 1);
}

SLUICE_DECL progress snapshot(progress_feed const& feed) noexcept {
  return {feed.bytes_read.value(), feed.bytes_total.value(), feed.records_total.value()};
}

SLUICE_DECL std::string live_line(load_stats const& before, load_stats const& now) {
  auto const span = now.elapsed - before.elapsed;
  // A snapshot may be older than the one before it in single figures.
  auto const grown = [](std::uint64_t from, std::uint64_t to) { return to - std::min(from, to); };
  histogram_snapshot const& latency = now.latency_us;
  return fmt::format(
      "[LIVE] Workers: {}/{} | HTTP: {} in-flight | Req: {}/s | Rec: {}/s | "
      "Latency: avg={}ms min={}ms max={}ms p50={}ms p99={}ms | 429s: {}",
      now.upload_workers,
      now.upload_workers_max,
      now.requests_in_flight,
      count_text(detail::whole_rate(grown(before.requests, now.requests), span)),
      count_text(detail::whole_rate(grown(before.records_pushed, now.records_pushed), span)),
      detail::millis_text(latency.mean()),
      detail::millis_text(latency.min),
      detail::millis_text(latency.max),
      detail::millis_text(latency.quantile(0.5)),
      detail::millis_text(latency.quantile(0.99)),
      count_text(now.throttled));
}

SLUICE_DECL std::string progress_line(load_stats const& now, progress const& source) {
  bool const by_records = source.records_total != 0;
  std::uint64_t const total = by_records ? source.records_total : source.bytes_total;
  std::uint64_t const done = std::min(total, by_records ? now.records_pushed : source.bytes_read);

  std::string line = "Progress: " + count_text(now.records_pushed);
  auto const out = std::back_inserter(line);
  if (by_records) line += "/" + count_text(source.records_total);
  line += " records";
  if (total != 0) fmt::format_to(out, " ({:.1f}%)", detail::percent(done, total));
  line += " - " + count_text(detail::whole_rate(now.records_pushed, now.elapsed)) + " records/sec";
  if (done != 0 && done < total) {
    double const left = static_cast<double>(total - done) / static_cast<double>(done);
    auto const eta = static_cast<double>(now.elapsed.count()) * left;
    // Beyond four days the estimate says nothing.
    if (eta < 4e11)
      line += ", ETA " + clock_text(std::chrono::microseconds{static_cast<std::int64_t>(eta)});
  }
  if (source.bytes_total != 0)
    fmt::format_to(
        out, ", {} of {} read", bytes_text(source.bytes_read), bytes_text(source.bytes_total));
  else if (source.bytes_read != 0)
    fmt::format_to(out, ", {} read", bytes_text(source.bytes_read));

  // What the service has said lags behind what was read; without it the end looks like a stop.
  line += ", " + count_text(now.records_written) + " confirmed";
  std::uint64_t const ok = now.batches_immediate + now.batches_retried;
  fmt::format_to(out,
                 " | Batches: {} ok ({} immediate, {} retried) {} failed ({:.1f}% success)"
                 " | 429s: {}",
                 count_text(ok),
                 count_text(now.batches_immediate),
                 count_text(now.batches_retried),
                 count_text(now.batches_failed),
                 detail::percent(ok, ok + now.batches_failed),
                 count_text(now.throttled));
  return line;
}

SLUICE_DECL std::string wrap_fields(std::string_view line, std::size_t width) {
  constexpr std::string_view between = " | ";
  std::string wrapped;
  while (width != 0 && line.size() > width) {
    std::size_t cut = line.rfind(between, width);
    std::size_t skip = between.size();
    if (cut == std::string_view::npos || cut == 0) {
      cut = line.rfind(' ', width);
      skip = 1;
    }
    if (cut == std::string_view::npos || cut == 0) {
      cut = width;
      skip = 0;
    }
    wrapped += line.substr(0, cut);
    wrapped += '\n';
    line.remove_prefix(cut + skip);
  }
  wrapped += line;
  return wrapped;
}

SLUICE_DECL std::string summary_table(load_stats const& t) {
  std::string table;
  auto const out = std::back_inserter(table);
  auto const row =
      [&out](std::string_view title, std::string const& value, std::string const& note = {}) {
        fmt::format_to(out, "{:<20}{:>16}{}{}\n", title, value, note.empty() ? "" : "   ", note);
      };
  histogram_snapshot const& file = t.file_bytes;
  histogram_snapshot const& latency = t.latency_us;
  auto const micros = [](std::uint64_t us) {
    return span_text(std::chrono::microseconds{static_cast<std::int64_t>(us)});
  };
  std::uint64_t const ok = t.batches_immediate + t.batches_retried;
  double const millions = static_cast<double>(t.records_written) / 1e6;

  row("records pushed", count_text(t.records_pushed));
  row("  confirmed", count_text(t.records_written));
  row("  dead-lettered", count_text(t.records_dead_lettered));
  row("  spooled", count_text(t.records_spooled));
  if (t.records_pending != 0) row("  pending", count_text(t.records_pending));
  row("encoded", bytes_text(t.bytes_encoded));
  row("uploaded",
      bytes_text(t.bytes_uploaded),
      file.count == 0 ? std::string{}
                      : fmt::format("{} files of {} to {}, median {}",
                                    count_text(t.files_uploaded),
                                    bytes_text(file.min),
                                    bytes_text(file.max),
                                    bytes_text(file.quantile(0.5))));
  row("batches accepted",
      count_text(ok),
      fmt::format("{} immediate, {} retried, {} failed ({:.1f}% success)",
                  count_text(t.batches_immediate),
                  count_text(t.batches_retried),
                  count_text(t.batches_failed),
                  detail::percent(ok, ok + t.batches_failed)));
  row("copy operations", count_text(t.copy_operations));
  row("requests",
      count_text(t.requests),
      fmt::format("{} retries, {} throttled", count_text(t.retries), count_text(t.throttled)));
  if (latency.count != 0)
    row("request latency",
        micros(latency.mean()),
        fmt::format("median {}, 99% {}, longest {}",
                    micros(latency.quantile(0.5)),
                    micros(latency.quantile(0.99)),
                    micros(latency.max)));
  if (t.commit_lag_ms.count != 0) {
    auto const lag = [&t](double share) {
      return span_text(
          std::chrono::milliseconds{static_cast<std::int64_t>(t.commit_lag_ms.quantile(share))});
    };
    row("commit lag", lag(0.5), "99% " + lag(0.99));
  }
  row("time", span_text(t.elapsed));
  row("throughput",
      count_text(detail::whole_rate(t.records_written, t.elapsed)) + "/s",
      "confirmed records");
  row("processor time",
      span_text(t.cpu),
      t.records_written == 0 ? std::string{}
                             : fmt::format("{:.2f} s per million records",
                                           static_cast<double>(t.cpu.count()) / 1e6 / millions));
  return table;
}

SLUICE_DECL std::string stats_json(load_stats const& now, std::span<label const> labels) {
  std::string line;
  auto const member = [&line](std::string_view name) {
    line += line.empty() ? "{\"" : ",\"";
    line += name;
    line += "\":";
  };
  for (auto const& [name, value] : labels) {
    member(name);
    line += '"';
    sluice::detail::append_escaped(line, value, true);
    line += '"';
  }
  auto const count = [&](std::string_view name, std::uint64_t n) {
    member(name);
    line += std::to_string(n);
  };
  auto const millis = [&](std::string_view name, std::uint64_t micros) {
    member(name);
    fmt::format_to(std::back_inserter(line), "{:.3f}", static_cast<double>(micros) / 1000);
  };
  // `times`: what turns a value of the histogram into microseconds.
  auto const spans = [&](std::string name, histogram_snapshot const& h, std::uint64_t times) {
    millis(name + "_p50_ms", h.quantile(0.5) * times);
    millis(name + "_p99_ms", h.quantile(0.99) * times);
    millis(name + "_max_ms", h.max * times);
  };
  count("records_pushed", now.records_pushed);
  count("records_written", now.records_written);
  count("records_dead_lettered", now.records_dead_lettered);
  count("records_spooled", now.records_spooled);
  count("records_pending", now.records_pending);
  count("bytes_encoded", now.bytes_encoded);
  count("bytes_uploaded", now.bytes_uploaded);
  count("files_uploaded", now.files_uploaded);
  count("copy_operations", now.copy_operations);
  count("batches_immediate", now.batches_immediate);
  count("batches_retried", now.batches_retried);
  count("batches_failed", now.batches_failed);
  count("requests", now.requests);
  count("requests_in_flight", now.requests_in_flight);
  count("retries", now.retries);
  count("throttled", now.throttled);
  count("upload_workers", now.upload_workers);
  count("upload_workers_max", now.upload_workers_max);
  count("memory_bytes", now.memory_bytes);
  count("memory_limit_bytes", now.memory_limit_bytes);
  member("last_success_unixtime");
  line += std::to_string(now.last_success_unixtime);
  count("file_bytes_p50", now.file_bytes.quantile(0.5));
  count("file_bytes_p99", now.file_bytes.quantile(0.99));
  count("file_bytes_max", now.file_bytes.max);
  spans("latency", now.latency_us, 1);
  spans("commit_lag", now.commit_lag_ms, 1000);
  millis("elapsed_ms", static_cast<std::uint64_t>(now.elapsed.count()));
  millis("cpu_ms", static_cast<std::uint64_t>(now.cpu.count()));
  return line + '}';
}

}  // namespace sluice::inline v0::observe

#endif  // SLUICE_OBSERVE_IMPL_FORMAT_IPP
