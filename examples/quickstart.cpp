// Loads a CSV file with awkward headers and missing values, and shows how far it is.
//
//     ./quickstart --profile profile.json data/birdstrikes.csv.zst

#include "connection_options.hpp"
#include "outcome.hpp"

#include <sluice/observe/live_display.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/source/csv.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

// An aircraft met wildlife. Names in the table, and in the file where they differ by more than case
// and punctuation.
struct strike {
  std::optional<std::string> airport_name;
  std::optional<std::string> aircraft;
  std::optional<std::string> damage;
  sluice::date flight_date;
  std::optional<std::string> airline;
  std::optional<std::string> origin_state;
  std::optional<std::string> phase;
  std::optional<std::string> wildlife_size;
  std::string species;
  std::optional<std::string> time_of_day;
  sluice::decimal<12> cost_other;
  sluice::decimal<12> cost_repair;
  sluice::decimal<12> cost_total;
  std::optional<std::int16_t> speed_knots;
};

// Inside of the specialisation names are looked up in namespace sluice.
template<>
struct sluice::schema<strike>
    : columns<strike,
              column<"AIRPORT_NAME", &strike::airport_name>,
              column<"AIRCRAFT", &strike::aircraft, source::header<"Aircraft Make Model">>,
              column<"DAMAGE", &strike::damage, source::header<"Effect Amount of damage">>,
              column<"FLIGHT_DATE", &strike::flight_date>,
              column<"AIRLINE", &strike::airline, source::header<"Aircraft Airline Operator">>,
              column<"ORIGIN_STATE", &strike::origin_state>,
              column<"PHASE", &strike::phase, source::header<"Phase of flight">>,
              column<"WILDLIFE_SIZE", &strike::wildlife_size>,
              column<"SPECIES", &strike::species, source::header<"Wildlife Species">>,
              column<"TIME_OF_DAY", &strike::time_of_day>,
              column<"COST_OTHER", &strike::cost_other>,
              column<"COST_REPAIR", &strike::cost_repair>,
              column<"COST_TOTAL", &strike::cost_total, source::header<"Cost Total $">>,
              column<"SPEED_KNOTS", &strike::speed_knots, source::header<"Speed IAS in knots">>> {};

using strike_loader = sluice::loader<strike,
                                     sluice::balanced,
                                     sluice::encode<sluice::csv<>>,
                                     sluice::compress<sluice::zstd<3>>,
                                     sluice::upload<sluice::snowflake::bulk<>>>;

int main(int argc, char** argv) {
  CLI::App app{"Loads bird strikes into the table BIRDSTRIKES."};
  examples::connection_options options;
  examples::outcome_options outcome;
  std::string path;
  options.add_to(app);
  outcome.add_to(app);
  app.add_option("file", path, "CSV, plain, gzip or zstd; - is standard input")->required();
  CLI11_PARSE(app, argc, argv);

  auto connection = options.connection();
  auto strikes = sluice::source::csv<strike>::open(path);
  if (!connection || !strikes) {
    fmt::print(stderr, "{}\n", (connection ? strikes.error() : connection.error()).describe());
    return 2;
  }

  sluice::transport transport{options.transport()};
  strike_loader load{
      transport,
      {.connection = *std::move(connection), .table = "BIRDSTRIKES", .create_table = true}};

  sluice::report r;
  {
    sluice::observe::live_display const live{[&] { return load.stats(); }, strikes->progress()};
    load.push(*strikes);  // a record that cannot be read becomes a dead letter
    r = load.finish();
  }
  return outcome.tell("Snowflake bulk", "BIRDSTRIKES", load.stats(), r);
}
