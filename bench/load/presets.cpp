// What the presets of batches give: rows at a steady rate, and how long one takes until it is in
// the table.
//
//     bench_presets [seconds each, default 10] [results file]
//
// The rates and waits are those that others promise for three settings of theirs: 50,000 rows/s
// within 5 s, 120,000 within 3 s, 200,000 within 1 s. Rows are pushed at that rate into the
// sandbox, over TLS, and a row has arrived when the service has confirmed it. With a results file,
// the figures of each load are appended to it.
#include "../limits.hpp"
#include "../pipeline/flights.hpp"
#include "../process.hpp"

#include <sluice/auth/secret.hpp>
#include <sluice/batch/batch_policy.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/pipeline/results.hpp>
#include <sluice/sandbox/sandbox.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/transport/transport.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using bench::flight;

/// One run: rows of a second and seconds that a row waited, from push to confirmation.
struct figures {
  double rows_per_second = 0;
  double median_wait = 0;
  double longest_wait = 0;
};

/// Pairs how many rows were pushed, and when, with how many are confirmed.
class stopwatch {
 public:
  void pushed(std::uint64_t rows) { under_way_.push_back({rows, bench::wall_seconds()}); }

  void confirmed(std::uint64_t rows) {
    for (double const now = bench::wall_seconds();
         !under_way_.empty() && under_way_.front().first <= rows;
         under_way_.pop_front())
      waits_.push_back(now - under_way_.front().second);
  }

  [[nodiscard]] std::vector<double> const& waits() const noexcept { return waits_; }

 private:
  std::deque<std::pair<std::uint64_t, double>> under_way_;
  std::vector<double> waits_;
};

template<class Batch>
figures load(sluice::sandbox::server const& to,
             std::string const& table,
             std::uint64_t rows_per_second,
             std::uint64_t seconds,
             char const* results) {
  using loader = sluice::loader<flight,
                                Batch,
                                sluice::encode<sluice::csv<>>,
                                sluice::compress<sluice::zstd<1>>,
                                sluice::upload<sluice::snowflake::bulk<>>>;
  constexpr std::uint64_t ticks = 100;  // of a second
  auto const flights = bench::make_flights();
  sluice::transport_options trusting;
  trusting.tls.ca_file = to.where().ca_file.string();
  sluice::transport net{trusting};
  sluice::snowflake::bulk_config config;
  config.connection.account = "sluice-sandbox";
  config.connection.user = "loader";
  config.connection.auth = sluice::user_password{"", sluice::secret{"loader-password"}};
  config.connection.host = to.where().host;
  config.connection.port = to.where().account_port;
  config.table = table;
  config.create_table = true;
  loader into{net, config};
  stopwatch watch;
  std::uint64_t next = 0;
  double const began = bench::wall_seconds();
  auto const tick = [&](std::uint64_t i) {
    std::this_thread::sleep_until(std::chrono::steady_clock::time_point{
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::duration<double>(began +
                                          static_cast<double>(i) / static_cast<double>(ticks)))});
    watch.confirmed(into.stats().records_written);
  };
  for (std::uint64_t i = 0; i != seconds * ticks; ++i) {
    tick(i);
    for (std::uint64_t const end = next + rows_per_second / ticks; next != end; ++next)
      into.push(flights[next % flights.size()]);
    watch.pushed(next);
  }
  double const pushing = bench::wall_seconds() - began;
  // The last rows do not wait for others.
  if (auto const flushed = into.flush(); !flushed) {
    std::fprintf(stderr, "%s\n", flushed.error().describe().c_str());
    std::exit(1);
  }
  watch.confirmed(into.stats().records_written);
  sluice::report const r = into.finish();
  if (!r.ok() || r.confirmed != next) {
    std::fprintf(stderr, "%s\n", r.failure ? r.failure->describe().c_str() : "rows are missing");
    std::exit(1);
  }
  if (results != nullptr) {
    std::string const rate = std::to_string(rows_per_second);
    sluice::observe::label const labels[] = {{"preset", table}, {"rows_per_second", rate}};
    if (auto const kept = sluice::append_results(results, into.stats(), labels); !kept) {
      std::fprintf(stderr, "%s\n", kept.error().describe().c_str());
      std::exit(1);
    }
  }
  auto const& waits = watch.waits();
  return {static_cast<double>(next) / pushing,
          bench::median(waits),
          *std::max_element(waits.begin(), waits.end())};
}

template<class Batch>
void measure(char const* preset,
             sluice::sandbox::server const& to,
             std::uint64_t rows_per_second,
             double within,
             std::uint64_t seconds,
             char const* results) {
  figures const found = load<Batch>(to, preset, rows_per_second, seconds, results);
  std::string const what = std::string{"preset "} + preset + ": ";
  bench::at_least(static_cast<double>(rows_per_second) * 1e-3 * 0.99,
                  (what + "rows, pushed steadily").c_str(),
                  found.rows_per_second * 1e-3,
                  "k/s");
  bench::at_most(within, (what + "longest wait of a row").c_str(), found.longest_wait, "s");
  bench::figure((what + "wait of the median row").c_str(), found.median_wait, "s");
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t const seconds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10;
  char const* const results = argc > 2 ? argv[2] : nullptr;
  sluice::sandbox::options o;
  o.tls = true;
  sluice::sandbox::server const service{std::move(o)};
  measure<sluice::balanced>("balanced", service, 50'000, 5, seconds, results);
  measure<sluice::throughput>("throughput", service, 120'000, 3, seconds, results);
  measure<sluice::low_latency>("low_latency", service, 200'000, 1, seconds, results);
}
