// Streams flights from CSV into a Snowflake table, through a channel that knows how far it came.
//
//     ./snowpipe_streaming --profile profile.json data/flights-2001-01.csv.zst
//
// However a run ends, kill -9 included, the next one goes on behind the last flight that the table
// holds: the channel's offset token says which. Exit status 0 only if every flight is confirmed.

#include "connection_options.hpp"
#include "flight.hpp"
#include "limit_option.hpp"
#include "outcome.hpp"

#include <sluice/observe/live_display.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/ddl.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/snowpipe/streaming.hpp>
#include <sluice/source/csv.hpp>
#include <sluice/transport/scope.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <string>

namespace snowpipe = sluice::snowpipe;
using flights_channel =
    snowpipe::streaming<snowpipe::channel_name<"FLIGHTS_CHANNEL">, snowpipe::tokens<"flight_">>;
using flight_loader = sluice::loader<flight, sluice::upload<flights_channel>>;

int main(int argc, char** argv) {
  CLI::App app{"Streams flights from a CSV file into a Snowflake table."};
  examples::connection_options options;
  examples::limit_option limit;
  examples::outcome_options outcome;
  std::string file;
  options.add_to(app);
  limit.add_to(app);
  outcome.add_to(app);
  app.add_option("file", file, "CSV, plain, gzip or zstd")->required();
  CLI11_PARSE(app, argc, argv);
  auto const fail = [](sluice::error const& why) {
    fmt::print(stderr, "{}\n", why.describe());
    return 2;
  };

  auto const profile = options.read();
  auto flights = sluice::source::csv<flight>::open(file);
  if (!profile || !flights) return fail(profile ? flights.error() : profile.error());
  sluice::transport transport{options.transport()};
  auto const login = std::make_shared<sluice::snowflake::session>(
      transport, sluice::snowflake::connect_as(*profile));
  std::string const create{sluice::snowflake::create_table<flight, "STREAMED_FLIGHTS">};
  if (auto made = block_on(transport, login->execute({.sql = create})); !made)
    return fail(made.error());

  auto load = flight_loader::make(transport,
                                  {.connection = snowpipe::connect_as(*profile),
                                   .table = "STREAMED_FLIGHTS",
                                   .source = "example-flights"});
  if (!load) return fail(load.error());
  auto const first = load->resume_position();
  if (!first) return fail(first.error());
  if (auto sought = flights->seek(*first); !sought) return fail(sought.error());
  sluice::report r;
  {
    sluice::observe::live_display const live{[&] { return load->stats(); }, flights->progress()};
    load->push(*flights | limit.view());
    r = load->finish();
  }
  if (*first != 0) fmt::print("continued at flight {}\n", *first);
  return outcome.tell("Snowpipe Streaming", "STREAMED_FLIGHTS", load->stats(), r);
}
