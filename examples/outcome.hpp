#ifndef SLUICE_EXAMPLES_OUTCOME_HPP
#define SLUICE_EXAMPLES_OUTCOME_HPP

// How the example programs end: what became of the records, for people, for scripts and as a
// status.

#include <sluice/observe/format.hpp>
#include <sluice/pipeline/report.hpp>
#include <sluice/pipeline/results.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace examples {

struct outcome_options {
  std::string results;

  void add_to(CLI::App& app) {
    app.add_option("--results", results, "append the figures to this file, as a line of JSON");
  }

  /// Prints how a load has ended. The exit status: 0 only if every record is confirmed.
  [[nodiscard]] int tell(std::string_view service,
                         std::string_view table,
                         sluice::load_stats const& stats,
                         sluice::report const& r) const {
    fmt::print("{}", sluice::observe::summary_table(stats));
    if (r.dead_lettered != 0) fmt::print("the dead letters are in {}\n", r.dead_letters);
    if (r.failure) fmt::print(stderr, "{}\n", r.failure->describe());
    bool written = true;
    if (!results.empty()) {
      sluice::observe::label const labels[] = {{"service", service}, {"table", table}};
      auto const appended = sluice::append_results(results, stats, labels);
      if (!appended) fmt::print(stderr, "{}\n", appended.error().describe());
      written = appended.has_value();
    }
    return r.confirmed == r.pushed && !r.failure && written ? 0 : 1;
  }
};

}  // namespace examples

#endif  // SLUICE_EXAMPLES_OUTCOME_HPP
