#ifndef SLUICE_OBSERVE_IMPL_PROMETHEUS_IPP
#define SLUICE_OBSERVE_IMPL_PROMETHEUS_IPP

#include <sluice/observe/prometheus.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

namespace sluice::inline v0::observe {

namespace detail {

class prometheus_writer {
 public:
  explicit prometheus_writer(std::span<label const> labels) {
    for (auto const& [name, value] : labels) {
      if (!labels_.empty()) labels_ += ',';
      labels_ += name;
      labels_ += "=\"";
      for (char const c : value) {
        if (c == '\\' || c == '"') labels_ += '\\';
        if (c == '\n')
          labels_ += "\\n";
        else
          labels_ += c;
      }
      labels_ += '"';
    }
  }

  void single(std::string_view name,
              std::string_view type,
              std::string_view help,
              std::string const& value) {
    head(name, type, help);
    sample(name, {}, value);
  }

  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    single(name, "counter", help, std::to_string(value));
  }

  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    single(name, "gauge", help, std::to_string(value));
  }

  /// `divisor`: units of the snapshot in one unit of the metric.
  void histogram(std::string_view name,
                 std::string_view help,
                 histogram_snapshot const& h,
                 double divisor) {
    head(name, "histogram", help);
    std::string const base{name};
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < h.bounds.size(); ++i) {
      below += h.counts[i];
      sample(base + "_bucket",
             fmt::format("le=\"{}\"", static_cast<double>(h.bounds[i]) / divisor),
             std::to_string(below));
    }
    sample(base + "_bucket", "le=\"+Inf\"", std::to_string(h.count));
    sample(base + "_sum", {}, fmt::format("{}", static_cast<double>(h.sum) / divisor));
    sample(base + "_count", {}, std::to_string(h.count));
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_),
                   "# HELP sluice_{0} {1}\n# TYPE sluice_{0} {2}\n",
                   name,
                   help,
                   type);
  }

  void sample(std::string_view name, std::string const& own, std::string const& value) {
    text_ += "sluice_";
    text_ += name;
    if (!labels_.empty() || !own.empty()) {
      text_ += '{';
      text_ += labels_;
      if (!labels_.empty() && !own.empty()) text_ += ',';
      text_ += own;
      text_ += '}';
    }
    text_ += ' ';
    text_ += value;
    text_ += '\n';
  }

  std::string labels_;
  std::string text_;
};

}  // namespace detail

SLUICE_DECL std::string prometheus_text(load_stats const& now, std::span<label const> labels) {
  detail::prometheus_writer out{labels};
  out.counter("records_pushed_total", "Records handed over by the program.", now.records_pushed);
  out.counter("records_written_total", "Records confirmed by the service.", now.records_written);
  out.counter("records_dead_lettered_total", "Records refused.", now.records_dead_lettered);
  out.counter("records_spooled_total", "Records safe on disk.", now.records_spooled);
  out.gauge("records_pending", "Records without verdict.", now.records_pending);
  out.counter("bytes_encoded_total", "Bytes of batches before compression.", now.bytes_encoded);
  out.counter("bytes_uploaded_total", "Bytes of accepted batches as sent.", now.bytes_uploaded);
  out.counter("files_uploaded_total", "Batches that the service accepted.", now.files_uploaded);
  out.counter("copy_operations_total", "Statements that moved files.", now.copy_operations);
  out.counter("batches_immediate_total", "Accepted at the first try.", now.batches_immediate);
  out.counter("batches_retried_total", "Accepted after a retry of their own.", now.batches_retried);
  out.counter("batches_failed_total", "Batches given up.", now.batches_failed);
  out.counter("requests_total", "Attempts of requests that have ended.", now.requests);
  out.gauge("requests_in_flight", "Attempts under way.", now.requests_in_flight);
  out.counter("retries_total", "Attempts that repeat an earlier one.", now.retries);
  out.counter("throttled_total", "Answers that asked for patience.", now.throttled);
  out.gauge("upload_workers", "Batches on their way to the service.", now.upload_workers);
  out.gauge("upload_workers_max", "How many may be on their way.", now.upload_workers_max);
  out.gauge("memory_bytes", "Bytes charged to the memory limit.", now.memory_bytes);
  out.gauge("memory_limit_bytes", "The memory limit.", now.memory_limit_bytes);
  out.single("last_success_timestamp_seconds",
             "gauge",
             "When records were last confirmed.",
             std::to_string(now.last_success_unixtime));
  out.single("load_duration_seconds",
             "gauge",
             "Time since the load began.",
             fmt::format("{}", static_cast<double>(now.elapsed.count()) / 1e6));
  out.single("process_cpu_seconds_total",
             "counter",
             "Processor time of the process during the load.",
             fmt::format("{}", static_cast<double>(now.cpu.count()) / 1e6));
  out.histogram(
      "request_duration_seconds", "Time of attempts that were answered.", now.latency_us, 1e6);
  out.histogram("file_bytes", "Size of accepted batches as sent.", now.file_bytes, 1.0);
  out.histogram("commit_lag_seconds", "Time from acceptance to commit.", now.commit_lag_ms, 1e3);
  return out.take();
}

}  // namespace sluice::inline v0::observe

#endif  // SLUICE_OBSERVE_IMPL_PROMETHEUS_IPP
