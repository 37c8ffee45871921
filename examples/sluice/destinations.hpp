#ifndef SLUICE_EXAMPLES_SLUICE_DESTINATIONS_HPP
#define SLUICE_EXAMPLES_SLUICE_DESTINATIONS_HPP

// Where flights can be loaded, whichever source they come from: what `load` and `dlq` share.

#include "../connection_options.hpp"
#include "../flight.hpp"
#include "../limit_option.hpp"
#include "../outcome.hpp"
#include "shown_letters.hpp"

#include <sluice/ledger/position.hpp>
#include <sluice/pipeline/options.hpp>
#include <sluice/source/csv.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

namespace commands {

struct load_settings {
  std::string to;
  examples::connection_options connection;
  examples::limit_option limit;
  examples::outcome_options outcome;
  sluice::run_options run;
  std::string table = "FLIGHTS";
  std::string source;

  /// With what the id of a run begins that loads dead letters, and no other's.
  static constexpr char const* replay_mark = "replay-";
  /// The same of a run that loads these records; empty: of one that loads no dead letters. A
  /// journal of other runs is refused, as it counts other records.
  std::string run_prefix;

  /// The destination, its table, the connection and the journal.
  void add_to(CLI::App& app);

  /// Throws CLI::ValidationError for options that the destination does not have.
  void check() const;
};

/// How a destination takes records.
struct batch_plan {
  std::uint64_t rows = 0;     ///< of a batch, at most
  std::uint64_t bytes = 0;    ///< of a batch before compression, at most
  std::uint64_t at_once = 1;  ///< batches on their way
};

/// Precondition: `s.to` has been checked by its option.
[[nodiscard]] batch_plan plan_of(load_settings const& s);

/// How a load has ended.
struct load_end {
  int status = 2;                ///< of the command: 0 only if every record is confirmed
  sluice::position reached = 0;  ///< the first item of the source that the load did not take
};

/// Loads `flights` where `s` says and prints how it ended.
load_end load_flights(load_settings const& s, sluice::source::csv<flight>& flights);
load_end load_flights(load_settings const& s, shown_letters& flights);

/// Prints why a command could not be tried. Returns the exit status that says so.
int fail(sluice::error const& why);

}  // namespace commands

#endif  // SLUICE_EXAMPLES_SLUICE_DESTINATIONS_HPP
