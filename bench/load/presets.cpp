// What the presets of batches give: rows at a steady rate, and how long one takes until it is in
// the table.
//
//     bench_presets [seconds each, default 10] [results file] [--profile FILE, --dsn DSN, ...]
//
// The rates and waits are those that others promise for three settings of theirs: 50,000 rows/s
// within 5 s, 120,000 within 3 s, 200,000 within 1 s. Rows are pushed at that rate into the
// sandbox, over TLS, and a row has arrived when as many rows as were pushed until then are
// confirmed. Those behind which no more come have to wait for the age of their batch: they are
// measured apart. With a results file, the figures of each load are appended to it;
// presets.ndjson holds those of one run.
//
// With --profile, --dsn or --account (examples/connection_options.hpp) that account takes the rows,
// in tables that are called like the presets and stay. The environment names none, and fills in the
// rest.
#include "../../examples/connection_options.hpp"
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

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using bench::flight;

/// Where the rows go.
struct account {
  sluice::snowflake::connection connection;
  sluice::transport_options transport;
};

account sandbox_account(sluice::sandbox::server const& to) {
  account a;
  a.transport.tls.ca_file = to.where().ca_file.string();
  a.connection.account = "sluice-sandbox";
  a.connection.user = "loader";
  a.connection.auth = sluice::user_password{"", sluice::secret{"loader-password"}};
  a.connection.host = to.where().host;
  a.connection.port = to.where().account_port;
  return a;
}

/// One run: rows of a second, and seconds from push to confirmation.
struct figures {
  double rows_per_second = 0;
  double median_wait = 0;
  double longest_wait = 0;
  double last_wait = 0;  ///< the longest of the rows behind which no more came
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

  [[nodiscard]] std::vector<double> take_waits() { return std::exchange(waits_, {}); }

 private:
  std::deque<std::pair<std::uint64_t, double>> under_way_;
  std::vector<double> waits_;
};

template<class Batch>
figures load(account const& to,
             std::string const& table,
             std::uint64_t rows_per_second,
             std::uint64_t seconds,
             std::string const& results) {
  using loader = sluice::loader<flight,
                                Batch,
                                sluice::encode<sluice::csv<>>,
                                sluice::compress<sluice::zstd<1>>,
                                sluice::upload<sluice::snowflake::bulk<>>>;
  constexpr std::chrono::milliseconds tick{10};
  constexpr std::uint64_t ticks = 100;  // of a second
  auto const flights = bench::make_flights(1'000'000);
  sluice::transport net{to.transport};
  sluice::snowflake::bulk_config config;
  config.connection = to.connection;
  config.table = table;
  config.create_table = true;
  loader into{net, config};
  stopwatch watch;
  std::uint64_t next = 0;
  auto const look = [&] { watch.confirmed(into.stats().records_written); };
  auto const push_steadily = [&](std::uint64_t ticks_long) {
    auto const began = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i != ticks_long; ++i) {
      std::this_thread::sleep_until(began + i * tick);
      look();
      for (std::uint64_t const end = next + rows_per_second / ticks; next != end; ++next)
        into.push(flights[next % flights.size()]);
      watch.pushed(next);
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  // Behind each row come others: the last ones are flushed.
  double const pushing = push_steadily(seconds * ticks);
  double const rate = static_cast<double>(next) / pushing;
  if (auto const flushed = into.flush(); !flushed) {
    std::fprintf(stderr, "%s\n", flushed.error().describe().c_str());
    std::exit(1);
  }
  look();
  auto const waits = watch.take_waits();
  push_steadily(ticks);
  while (into.stats().records_pending != 0) {
    std::this_thread::sleep_for(tick);
    look();
  }
  look();
  auto const last = watch.take_waits();
  sluice::report const r = into.finish();
  if (!r.ok() || r.confirmed != next) {
    std::fprintf(stderr, "%s\n", r.failure ? r.failure->describe().c_str() : "rows are missing");
    std::exit(1);
  }
  if (!results.empty()) {
    std::string const wanted = std::to_string(rows_per_second);
    sluice::observe::label const labels[] = {{"preset", table}, {"rows_per_second", wanted}};
    if (auto const kept = sluice::append_results(results, into.stats(), labels); !kept) {
      std::fprintf(stderr, "%s\n", kept.error().describe().c_str());
      std::exit(1);
    }
  }
  return {rate,
          bench::median(waits),
          *std::max_element(waits.begin(), waits.end()),
          *std::max_element(last.begin(), last.end())};
}

template<class Batch>
void measure(char const* preset,
             account const& to,
             std::uint64_t rows_per_second,
             double within,
             std::uint64_t seconds,
             std::string const& results) {
  figures const found = load<Batch>(to, preset, rows_per_second, seconds, results);
  std::string const what = std::string{"preset "} + preset + ": ";
  bench::at_least(static_cast<double>(rows_per_second) * 1e-3 * 0.99,
                  (what + "rows, pushed steadily").c_str(),
                  found.rows_per_second * 1e-3,
                  "k/s");
  bench::at_most(within, (what + "longest wait of a row").c_str(), found.longest_wait, "s");
  bench::figure((what + "wait of the median row").c_str(), found.median_wait, "s");
  bench::figure((what + "longest wait of the last rows").c_str(), found.last_wait, "s");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Rows at a steady rate, and how long one takes until it is in the table"};
  std::uint64_t seconds = 10;
  std::string results;
  examples::connection_options named;
  app.add_option("seconds", seconds, "of each preset")->capture_default_str();
  app.add_option("results", results, "append the figures of each load to this file");
  named.add_to(app, examples::connection_options::needed::by_flag);
  CLI11_PARSE(app, argc, argv);
  std::optional<sluice::sandbox::server> service;
  account to;
  if (named.given()) {
    auto connection = named.connection();
    if (!connection) {
      std::fprintf(stderr, "%s\n", connection.error().describe().c_str());
      return 2;
    }
    to = {*std::move(connection), named.transport()};
  } else {
    sluice::sandbox::options o;
    o.tls = true;
    service.emplace(std::move(o));
    to = sandbox_account(*service);
  }
  measure<sluice::balanced>("balanced", to, 50'000, 5, seconds, results);
  measure<sluice::throughput>("throughput", to, 120'000, 3, seconds, results);
  measure<sluice::low_latency>("low_latency", to, 200'000, 1, seconds, results);
}
