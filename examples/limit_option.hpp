#ifndef SLUICE_EXAMPLES_LIMIT_OPTION_HPP
#define SLUICE_EXAMPLES_LIMIT_OPTION_HPP

// How many records an example program loads in one run.

#include <CLI/CLI.hpp>
#include <range/v3/view/take.hpp>

#include <cstddef>
#include <limits>

namespace examples {

struct limit_option {
  std::ptrdiff_t records = 0;  ///< 0: all

  void add_to(CLI::App& app) {
    app.add_option("--limit", records, "at most so many records in this run; 0: all")
        ->check(CLI::NonNegativeNumber);
  }

  /// A view of the first ones of a range: `range | view()`.
  [[nodiscard]] auto view() const {
    return ranges::views::take(records == 0 ? std::numeric_limits<std::ptrdiff_t>::max() : records);
  }
};

}  // namespace examples

#endif  // SLUICE_EXAMPLES_LIMIT_OPTION_HPP
