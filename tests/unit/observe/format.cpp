#include "catch.hpp"

#include <sluice/observe/format.hpp>
#include <sluice/observe/prometheus.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

bool has(std::string const& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

using namespace std::chrono_literals;
namespace observe = sluice::observe;

/// Figures as a load might have them, the same in every run.
sluice::load_stats sample() {
  sluice::histogram latency{sluice::latency_bounds_us};
  for (std::uint64_t const us : {12'000u, 18'000u, 30'000u, 140'000u}) latency.record(us);
  sluice::histogram files{sluice::size_bounds_bytes};
  for (std::uint64_t const bytes : {1'500'000u, 1'600'000u}) files.record(bytes);
  sluice::histogram lag{sluice::lag_bounds_ms};
  for (std::uint64_t const ms : {5'100u, 5'300u}) lag.record(ms);

  sluice::load_stats s;
  s.records_pushed = 1'440'000;
  s.records_written = 1'200'000;
  s.records_dead_lettered = 3;
  s.records_pending = 239'997;
  s.bytes_encoded = 50'000'000;
  s.bytes_uploaded = 3'100'000;
  s.files_uploaded = 14;
  s.copy_operations = 2;
  s.batches_immediate = 12;
  s.batches_retried = 2;
  s.batches_failed = 1;
  s.requests = 61;
  s.requests_in_flight = 3;
  s.retries = 2;
  s.throttled = 1;
  s.upload_workers = 2;
  s.upload_workers_max = 8;
  s.memory_bytes = 1024;
  s.memory_limit_bytes = 2048;
  s.elapsed = 3s;
  s.cpu = 2400ms;
  s.last_success_unixtime = 1'700'000'000;
  s.latency_us = latency.snapshot();
  s.file_bytes = files.snapshot();
  s.commit_lag_ms = lag.snapshot();
  return s;
}

TEST_CASE("counts have thousands separators") {
  CHECK(observe::count_text(0) == "0");
  CHECK(observe::count_text(999) == "999");
  CHECK(observe::count_text(1'000) == "1,000");
  CHECK(observe::count_text(1'234'567) == "1,234,567");
  CHECK(observe::count_text(~std::uint64_t{0}) == "18,446,744,073,709,551,615");
}

TEST_CASE("bytes are rounded to a unit") {
  CHECK(observe::bytes_text(0) == "0 B");
  CHECK(observe::bytes_text(1023) == "1023 B");
  CHECK(observe::bytes_text(1024) == "1.0 KiB");
  CHECK(observe::bytes_text(1536) == "1.5 KiB");
  CHECK(observe::bytes_text((1u << 20) - 1) == "1.0 MiB");
  CHECK(observe::bytes_text(~std::uint64_t{0}) == "16.0 EiB");
}

TEST_CASE("spans of time are readable") {
  CHECK(observe::clock_text(7'900ms) == "0:07");
  CHECK(observe::clock_text(750s) == "12:30");
  CHECK(observe::clock_text(11'109s) == "3:05:09");
  CHECK(observe::clock_text(-1s) == "0:00");
  CHECK(observe::span_text(1'500us) == "1.50 ms");
  CHECK(observe::span_text(2'350ms) == "2.35 s");
  CHECK(observe::span_text(75s) == "75.0 s");
}

TEST_CASE("the live line has the rates between two moments") {
  sluice::load_stats before = sample();
  before.requests = 37;
  before.records_pushed = 415'310;
  before.elapsed = 1s;
  CHECK(observe::live_line(before, sample()) ==
        "[LIVE] Workers: 2/8 | HTTP: 3 in-flight | Req: 12/s | Rec: 512,345/s | "
        "Latency: avg=50.0ms min=12.0ms max=140ms p50=20.0ms p99=138ms | 429s: 1");
}

TEST_CASE("the live line survives two moments in one") {
  CHECK(has(observe::live_line(sample(), sample()), "Req: 0/s | Rec: 0/s"));
  CHECK(has(observe::live_line({}, {}), "avg=0.0ms min=0.0ms max=0.0ms"));
}

TEST_CASE("the progress line counts records where their total is known") {
  CHECK(observe::progress_line(sample(), {.records_total = 3'000'000}) ==
        "Progress: 1,440,000/3,000,000 records (48.0%) - 480,000 records/sec, ETA 0:03, 1,200,000 "
        "confirmed | "
        "Batches: 14 ok (12 immediate, 2 retried) 1 failed (93.3% success) | 429s: 1");
}

TEST_CASE("the progress line counts bytes where only they are known") {
  CHECK(observe::progress_line(sample(), {.bytes_read = 3 << 20, .bytes_total = 12 << 20}) ==
        "Progress: 1,440,000 records (25.0%) - 480,000 records/sec, ETA 0:09, "
        "3.0 MiB of 12.0 MiB read, 1,200,000 confirmed | "
        "Batches: 14 ok (12 immediate, 2 retried) 1 failed (93.3% success) | 429s: 1");
}

TEST_CASE("the progress line leaves out what nobody knows") {
  CHECK(observe::progress_line({}) ==
        "Progress: 0 records - 0 records/sec, 0 confirmed | "
        "Batches: 0 ok (0 immediate, 0 retried) 0 failed (100.0% success) | 429s: 0");
}

TEST_CASE("lines are wrapped at fields, else at spaces, else anywhere") {
  CHECK(observe::wrap_fields("one | two | three", 0) == "one | two | three");
  CHECK(observe::wrap_fields("one | two | three", 17) == "one | two | three");
  CHECK(observe::wrap_fields("one | two | three", 12) == "one | two\nthree");
  CHECK(observe::wrap_fields("one two three", 8) == "one two\nthree");
  CHECK(observe::wrap_fields("abcdefgh", 3) == "abc\ndef\ngh");
}

TEST_CASE("the summary table") {
  CHECK(observe::summary_table(sample()) ==
        R"(records pushed             1,440,000
  confirmed                1,200,000
  dead-lettered                    3
  spooled                          0
  pending                    239,997
encoded                     47.7 MiB
uploaded                     3.0 MiB   14 files of 1.4 MiB to 1.5 MiB, median 1.5 MiB
batches accepted                  14   12 immediate, 2 retried, 1 failed (93.3% success)
copy operations                    2
requests                          61   2 retries, 1 throttled
request latency             50.00 ms   median 20.00 ms, 99% 138.40 ms, longest 140.00 ms
commit lag                    5.20 s   99% 5.30 s
time                          3.00 s
throughput                 400,000/s   confirmed records
processor time                2.40 s   2.00 s per million records
)");
}

TEST_CASE("the summary of a load that did nothing has no division by zero") {
  std::string const table = observe::summary_table({});
  CHECK_FALSE(has(table, "nan"));
  CHECK_FALSE(has(table, "inf"));
  CHECK(has(table, "throughput                       0/s"));
}

TEST_CASE("the time from acceptance to commit is shown where a service has one",
          "[observe][format]") {
  sluice::load_metrics m;
  CHECK(observe::summary_table(m.snapshot()).find("commit lag") == std::string::npos);
  for (std::uint64_t const ms : {5'100, 5'200, 5'300}) m.commit_lag_ms.record(ms);
  auto const now = m.snapshot();
  CHECK(now.commit_lag_ms.count == 3);
  CHECK(now.commit_lag_ms.min == 5'100);
  CHECK(observe::summary_table(now).find("commit lag") != std::string::npos);
  std::string const text = observe::prometheus_text(now);
  CHECK(has(text, "sluice_commit_lag_seconds_bucket{le=\"6\"} 3\n"));
  CHECK(has(text, "sluice_commit_lag_seconds_count 3\n"));
}

TEST_CASE("the statistics as JSON: labels, the names that users know, numbers") {
  observe::label const labels[] = {{"service", "a \"b\"\n\\c"}, {"table", "T"}};
  std::string const line = observe::stats_json(sample(), labels);
  CHECK(line.starts_with(R"({"service":"a \"b\"\u000a\\c","table":"T","records_pushed":1440000,)"));
  CHECK(observe::stats_json(sample()) ==
        R"({"records_pushed":1440000,"records_written":1200000,"records_dead_lettered":3,)"
        R"("records_spooled":0,"records_pending":239997,"bytes_encoded":50000000,)"
        R"("bytes_uploaded":3100000,"files_uploaded":14,"copy_operations":2,)"
        R"("batches_immediate":12,"batches_retried":2,"batches_failed":1,"requests":61,)"
        R"("requests_in_flight":3,"retries":2,"throttled":1,"upload_workers":2,)"
        R"("upload_workers_max":8,"memory_bytes":1024,"memory_limit_bytes":2048,)"
        R"("last_success_unixtime":1700000000,"file_bytes_p50":1550000,)"
        R"("file_bytes_p99":1599000,"file_bytes_max":1600000,"latency_p50_ms":20.000,)"
        R"("latency_p99_ms":138.400,"latency_max_ms":140.000,"commit_lag_p50_ms":5200.000,)"
        R"("commit_lag_p99_ms":5298.000,"commit_lag_max_ms":5300.000,"elapsed_ms":3000.000,)"
        R"("cpu_ms":2400.000})");
  CHECK_FALSE(has(observe::stats_json({}), "nan"));
}

TEST_CASE("Prometheus text: counters, gauges, labels") {
  observe::label const labels[] = {{"table", "A\"\\\nB"}, {"run", "7"}};
  std::string const text = observe::prometheus_text(sample(), labels);
  CHECK(has(text,
            "# HELP sluice_records_written_total Records confirmed by the "
            "service.\n# TYPE sluice_records_written_total counter\n"
            "sluice_records_written_total{table=\"A\\\"\\\\\\nB\",run=\"7\"} "
            "1200000\n"));
  CHECK(has(observe::prometheus_text(sample()),
            "# TYPE sluice_records_pending gauge\nsluice_records_pending "
            "239997\n"));
}

TEST_CASE("Prometheus text: every figure has its sample") {
  std::string const text = observe::prometheus_text(sample());
  for (std::string const line : {"records_pushed_total 1440000",
                                 "records_written_total 1200000",
                                 "records_dead_lettered_total 3",
                                 "records_spooled_total 0",
                                 "records_pending 239997",
                                 "bytes_encoded_total 50000000",
                                 "bytes_uploaded_total 3100000",
                                 "files_uploaded_total 14",
                                 "copy_operations_total 2",
                                 "batches_immediate_total 12",
                                 "batches_retried_total 2",
                                 "batches_failed_total 1",
                                 "requests_total 61",
                                 "requests_in_flight 3",
                                 "retries_total 2",
                                 "throttled_total 1",
                                 "upload_workers 2",
                                 "upload_workers_max 8",
                                 "memory_bytes 1024",
                                 "memory_limit_bytes 2048",
                                 "last_success_timestamp_seconds 1700000000",
                                 "load_duration_seconds 3",
                                 "process_cpu_seconds_total 2.4",
                                 "request_duration_seconds_count 4",
                                 "file_bytes_count 2",
                                 "commit_lag_seconds_count 2"}) {
    INFO(line);
    CHECK(has(text, "\nsluice_" + line + "\n"));
  }
}

TEST_CASE("Prometheus text: histograms are cumulative and in base units") {
  std::string const text = observe::prometheus_text(sample());
  CHECK(has(text, "sluice_request_duration_seconds_bucket{le=\"0.01\"} 0\n"));
  CHECK(has(text, "sluice_request_duration_seconds_bucket{le=\"0.02\"} 2\n"));
  CHECK(has(text, "sluice_request_duration_seconds_bucket{le=\"0.05\"} 3\n"));
  CHECK(has(text, "sluice_request_duration_seconds_bucket{le=\"+Inf\"} 4\n"));
  CHECK(has(text, "sluice_request_duration_seconds_sum 0.2\n"));
  CHECK(has(text, "sluice_request_duration_seconds_count 4\n"));
  CHECK(has(text, "sluice_file_bytes_bucket{le=\"2097152\"} 2\n"));
}

}  // namespace
