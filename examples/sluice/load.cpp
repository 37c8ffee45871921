// sluice load: a file of flights into the destination that is named.

#include "commands.hpp"
#include "destinations.hpp"

#include <sluice/source/csv.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace {

struct settings : commands::load_settings {
  std::string file;
};

}  // namespace

void commands::add_load(CLI::App& app, int& status) {
  auto const s = std::make_shared<settings>();
  auto* const load = app.add_subcommand(
      "load",
      "loads a file of flights where it is told\n"
      "A load that was cut off goes on where it stopped when it is repeated with the same\n"
      "--journal (snowflake-bulk) or --source (snowpipe-streaming); otherwise it begins anew.");
  s->add_to(*load);
  s->limit.add_to(*load);
  load->add_option("--source", s->source, "remember in the table's channel what is loaded of this");
  load->add_option("file", s->file, "CSV, plain, gzip or zstd; - is standard input")->required();
  load->callback([s, &status] {
    s->check();
    auto flights = sluice::source::csv<flight>::open(s->file);
    status = flights ? load_flights(*s, *flights).status : fail(flights.error());
  });
}
