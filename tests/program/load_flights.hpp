#ifndef SLUICE_TESTS_PROGRAM_LOAD_FLIGHTS_HPP
#define SLUICE_TESTS_PROGRAM_LOAD_FLIGHTS_HPP

// What the programs have in common that load flights from CSV for tests of whole processes: the
// record, the command line, and a load from where the destination says it stands.

#include "../../examples/flight.hpp"

#include <sluice/observe/format.hpp>
#include <sluice/sluice.hpp>
#include <sluice/source/csv.hpp>
#include <sluice/transport/retry.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <type_traits>

namespace program {

using namespace sluice::literals;

struct settings {
  std::string file;
  std::string ca_file;
  std::string dead_letters;
  std::int64_t idle_ms = 60'000;
  std::int64_t retry_ms = 250;
  sluice::run_options run;

  void add_to(CLI::App& app) {
    app.add_option("file", file, "CSV, plain, gzip or zstd")->required();
    app.add_option("--ca-file", ca_file, "trust these certificates (PEM)");
    app.add_option("--rows-per-request", run.batch.max_rows, "at most");
    app.add_option("--journal", run.journal.path, "remember here what is loaded, and continue");
    app.add_option("--dead-letters", dead_letters, "file for records that are refused")->required();
    app.add_option("--idle-timeout", idle_ms, "ms of silence until a request is tried again");
    app.add_option("--retry-wait", retry_ms, "ms at most before the second attempt of a request");
  }

  /// What follows from the command line.
  void prepare() {
    run.dead_letters = sluice::dead_letter_file(dead_letters);
    run.log = sluice::logger{sluice::log_to_stderr(), sluice::log_level::warning};
  }

  [[nodiscard]] std::chrono::milliseconds idle() const {
    return std::chrono::milliseconds{idle_ms};
  }

  [[nodiscard]] sluice::transport_options transport() const {
    sluice::transport_options options;
    options.tls.ca_file = ca_file;
    options.limits.idle = idle();
    return options;
  }

  [[nodiscard]] sluice::retry_policy patient(sluice::retry_policy policy) const {
    policy.base = policy.throttle_base = std::chrono::milliseconds{retry_ms};
    return policy;
  }
};

inline int fail(sluice::error const& why) {
  fmt::print(stderr, "the load failed: {}\n", why.describe());
  return 2;
}

template<class Record>
Record made_of(flight const& f, sluice::position at) {
  if constexpr (std::is_same_v<Record, flight>)
    return f;
  else
    return Record::made_of(f, at);
}

/// Loads the file from where the destination says it stands. A record is a flight, or made of one
/// and its place in the file. Exit status 0 only if every record is confirmed.
template<class Loader>
int load(settings const& s, typename Loader::config const& destination) {
  using record = typename Loader::record_type;
  auto flights = sluice::source::csv<flight>::open(s.file);
  if (!flights) return fail(flights.error());
  sluice::transport transport{s.transport()};
  auto load = Loader::make(transport, destination, s.run);
  if (!load) return fail(load.error());
  auto const first = load->resume_position();
  if (!first) return fail(first.error());
  if (auto sought = flights->seek(*first); !sought) return fail(sought.error());
  for (auto const& item : *flights) {
    if (!item) return fail(item.error());
    if (!load->push(made_of<record>(*item, item.position()))) break;
  }
  sluice::report const r = load->finish();
  fmt::print("{}", sluice::observe::summary_table(load->stats()));
  if (r.failure) return fail(*r.failure);
  return r.confirmed == r.pushed ? 0 : 1;
}

}  // namespace program

#endif  // SLUICE_TESTS_PROGRAM_LOAD_FLIGHTS_HPP
