// sluice load: a file of flights into the destination that is named.
//
// Which destinations there are is decided when a program is compiled; this one holds several. What
// differs between them is a line of `destinations`: the stages of a loader and its configuration.
// So is the record: change the one in flight.hpp, and this loads files of yours.

#include "../connection_options.hpp"
#include "../flight.hpp"
#include "../outcome.hpp"
#include "commands.hpp"

#include <sluice/destination/file.hpp>
#include <sluice/ledger/journal.hpp>
#include <sluice/observe/live_display.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/ddl.hpp>
#include <sluice/snowflake/insert.hpp>
#include <sluice/snowflake/sql.hpp>
#include <sluice/snowpipe/streaming.hpp>
#include <sluice/source/csv.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <range/v3/view/take.hpp>

#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace {

namespace sf = sluice::snowflake;
namespace sp = sluice::snowpipe;

struct settings {
  std::string to;
  examples::connection_options connection;
  examples::outcome_options outcome;
  sluice::run_options run;
  std::string table = "FLIGHTS";
  std::string file;
  std::string source;
  std::ptrdiff_t limit = std::numeric_limits<std::ptrdiff_t>::max();
};

int fail(sluice::error const& why) {
  fmt::print(stderr, "{}\n", why.describe());
  return 2;
}

template<class... Stages>
int run(settings const& s,
        sluice::transport& net,
        typename sluice::loader<flight, Stages...>::config config) {
  auto flights = sluice::source::csv<flight>::open(s.file);
  if (!flights) return fail(flights.error());
  auto load = sluice::loader<flight, Stages...>::make(net, std::move(config), s.run);
  if (!load) return fail(load.error());
  auto const first = load->resume_position();
  if (!first) return fail(first.error());
  if (auto sought = flights->seek(*first); !sought) return fail(sought.error());
  sluice::report r;
  {
    sluice::observe::live_display const live{[&] { return load->stats(); }, flights->progress()};
    load->push(*flights | ranges::views::take(s.limit));
    r = load->finish();
  }
  if (*first != 0) fmt::print("continued at record {}\n", *first);
  return s.outcome.tell(s.to, s.table, load->stats(), r);
}

template<class... More>
int to_bulk(settings const& s, sluice::transport& net) {
  auto connection = s.connection.connection();
  if (!connection) return fail(connection.error());
  return run<sluice::throughput,
             sluice::encode<sluice::csv<>>,
             sluice::compress<sluice::zstd<1>>,
             sluice::upload<sf::bulk<>>,
             More...>(
      s, net, {.connection = *std::move(connection), .table = s.table, .create_table = true});
}

int to_bulk_with_or_without_journal(settings const& s, sluice::transport& net) {
  return s.run.journal.path.empty() ? to_bulk(s, net)
                                    : to_bulk<sluice::durable<sluice::journal>>(s, net);
}

int to_insert(settings const& s, sluice::transport& net) {
  auto connection = s.connection.connection();
  if (!connection) return fail(connection.error());
  return run<sluice::low_latency, sluice::upload<sf::insert>>(
      s, net, {.connection = *std::move(connection), .table = s.table, .create_table = true});
}

// Each source has a channel of its own, whose offset token tells how much of it is in the table.
std::string channel_of(std::string source) {
  for (char& c : source) {
    bool const known = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
    else if (!known)
      c = '_';
  }
  return source.empty() ? "LOAD" : "LOAD_" + source;
}

int to_streaming(settings const& s, sluice::transport& net) {
  auto profile = s.connection.read();
  if (!profile) return fail(profile.error());
  auto const login = std::make_shared<sf::session>(net, sf::connect_as(*profile));
  std::string const create = sf::create_table_text(sf::object_name{{}, {}, s.table}.quoted(),
                                                   sluice::columns_of<flight>());
  if (auto made = commands::run_sql(net, login, create, "CREATE TABLE"); !made)
    return fail(made.error());
  return run<sluice::upload<sp::streaming<>>>(s,
                                              net,
                                              {.connection = sp::connect_as(*std::move(profile)),
                                               .table = s.table,
                                               .channel = channel_of(s.source),
                                               .source = s.source});
}

int to_file(settings const& s, sluice::transport& net) {
  return run<sluice::throughput,
             sluice::encode<sluice::csv<>>,
             sluice::compress<sluice::zstd<1>>,
             sluice::upload<sluice::file>>(s, net, {.directory = s.table});
}

using destination = int (*)(settings const&, sluice::transport&);

std::map<std::string, destination> const destinations{
    {"snowflake-bulk", &to_bulk_with_or_without_journal},
    {"snowflake-insert", &to_insert},
    {"snowpipe-streaming", &to_streaming},
    {"file", &to_file}};

}  // namespace

void commands::add_load(CLI::App& app, int& status) {
  auto const s = std::make_shared<settings>();
  auto* const load = app.add_subcommand(
      "load",
      "loads a file of flights where it is told\n"
      "A load that was cut off goes on where it stopped when it is repeated with the same\n"
      "--journal (snowflake-bulk) or --source (snowpipe-streaming); otherwise it begins anew.");
  load->add_option("--to", s->to, "the destination")
      ->required()
      ->check(CLI::IsMember(&destinations));
  s->connection.add_to(*load, examples::connection_options::needed::perhaps);
  s->outcome.add_to(*load);
  load->add_option("--table", s->table, "is made if it does not exist; of a file: its directory")
      ->capture_default_str();
  load->add_option("--limit", s->limit, "at most so many flights");
  load->add_option("--journal", s->run.journal.path, "remember in this file what is loaded");
  load->add_option("--source", s->source, "remember in the table's channel what is loaded of this");
  load->add_option("file", s->file, "CSV, plain, gzip or zstd; - is standard input")->required();
  load->callback([s, &status] {
    if (!s->run.journal.path.empty() && s->to != "snowflake-bulk")
      throw CLI::ValidationError{"--journal", "is for --to snowflake-bulk"};
    if (!s->source.empty() && s->to != "snowpipe-streaming")
      throw CLI::ValidationError{"--source", "is for --to snowpipe-streaming"};
    s->run.log = sluice::logger{sluice::log_to_stderr(), sluice::log_level::warning};
    sluice::transport net{s->connection.transport()};
    status = destinations.at(s->to)(*s, net);
  });
}
