// What an operator of loads needs around them: one program, one command for each task.
//
//     ./sluice doctor --profile profile.json --table ORDERS
//     ./sluice load --to snowflake-bulk --profile profile.json --table FLIGHTS flights.csv
//     ./sluice dlq replay --to snowflake-bulk --profile profile.json sluice-1f3a.dead.ndjson
//     ./sluice stage gc --profile profile.json --older-than 7d --yes

#include "sluice/commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  CLI::App app{"Loads into Snowflake, and looks after loads."};
  app.require_subcommand(1);
  int status = 0;
  commands::add_doctor(app, status);
  commands::add_load(app, status);
  commands::add_dlq(app, status);
  commands::add_stage(app, status);
  try {
    CLI11_PARSE(app, argc, argv);
  } catch (std::exception const& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 2;
  }
  return status;
}
