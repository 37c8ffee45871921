// sluice stage gc: removes the stage files of loads that ended long ago.
//
// Loads remove their files themselves once every row is verified. What stays behind is of loads
// that were killed, or that were told to keep their files.

#include "../connection_options.hpp"
#include "commands.hpp"

#include <sluice/observe/format.hpp>
#include <sluice/snowflake/retention.hpp>
#include <sluice/snowflake/sql.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace sf = sluice::snowflake;

struct settings {
  examples::connection_options connection;
  std::string stage;
  std::string prefix = "sluice";
  std::int64_t older_than = 7 * 86'400;
  bool yes = false;
};

struct run_files {
  std::size_t files = 0;
  std::uint64_t bytes = 0;
};

/// What LIST says about the files of one run; their names end with `<run>/<file>`.
run_files files_of(sf::result_table const& listing, std::string_view run) {
  run_files found;
  std::string const directory = std::string{run} + '/';
  for (std::size_t row = 0; row != listing.rows.size(); ++row) {
    std::string const path = listing.at(row, "name").value_or("");
    std::size_t const end = path.rfind('/') + 1;
    bool const inside = std::string_view{path}.substr(0, end).ends_with(directory) &&
                        (end == directory.size() || path[end - directory.size() - 1] == '/');
    if (!inside) continue;
    ++found.files;
    found.bytes += listing.number_at(row, "size").value_or(0);
  }
  return found;
}

sluice::result<void> collect(settings const& s) {
  auto connection = s.connection.connection();
  if (!connection) return connection.error();
  sluice::transport net{s.connection.transport()};
  auto const session = std::make_shared<sf::session>(net, *std::move(connection));
  std::string const stage = s.stage.empty() ? "~" : sf::object_name{{}, {}, s.stage}.quoted();
  std::string const location = '@' + stage + '/' + (s.prefix.empty() ? "" : s.prefix + '/');

  auto const listing = commands::run_sql(net, session, sf::list_text(location), "LIST");
  if (!listing) return listing.error();
  std::vector<std::string> const runs = sf::expired_runs(
      *listing, net.system_now(), std::chrono::seconds{s.older_than}, /*own_run=*/"");

  run_files total;
  for (std::string const& run : runs) {
    run_files const of_run = files_of(*listing, run);
    if (s.yes) {
      std::string const remove = "REMOVE " + sf::quote_literal(location + run + '/');
      auto const removed = commands::run_sql(net, session, remove, "REMOVE");
      if (!removed) return removed.error();
    }
    fmt::print("{} {}{}/  {} files, {}\n",
               s.yes ? "removed" : "would remove",
               location,
               run,
               of_run.files,
               sluice::observe::bytes_text(of_run.bytes));
    total.files += of_run.files;
    total.bytes += of_run.bytes;
  }
  fmt::print("{} runs, {} files, {} bytes{}; {} files stay\n",
             runs.size(),
             total.files,
             total.bytes,
             s.yes          ? " removed"
             : runs.empty() ? " to remove"
                            : " to remove: say --yes",
             listing->rows.size() - total.files);
  return sluice::block_on(net, session->close(), commands::patience());
}

}  // namespace

void commands::add_stage(CLI::App& app, int& status) {
  auto* const stage =
      app.add_subcommand("stage", "The stage files of loads")->require_subcommand(1);
  auto* const gc = stage->add_subcommand("gc", "Removes those of loads that ended long ago");
  auto const s = std::make_shared<settings>();
  s->connection.add_to(*gc);
  gc->add_option("--stage", s->stage, "a named stage; default: the user's own");
  gc->add_option("--prefix", s->prefix, "the directory that holds the runs")->capture_default_str();
  std::map<std::string, std::int64_t> const units{{"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}};
  gc->add_option("--older-than", s->older_than, "of the youngest file of a run; default: 7d")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "AGE"));
  gc->add_flag("--yes", s->yes, "remove; without it the runs are only listed");
  gc->callback([s, &status] {
    auto const done = collect(*s);
    if (!done) fmt::print(stderr, "{}\n", done.error().describe());
    status = done ? 0 : 2;
  });
}
