// The destinations of `sluice load` and `sluice dlq replay`.
//
// Which there are is decided when a program is compiled; this one holds several. What differs
// between them is a struct: the stages of a loader and its configuration. So is the record: change
// the one in flight.hpp, and this loads files of yours.

#include "commands.hpp"
#include "destinations.hpp"

#include <sluice/destination/file.hpp>
#include <sluice/ledger/journal.hpp>
#include <sluice/observe/live_display.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/ddl.hpp>
#include <sluice/snowflake/insert.hpp>
#include <sluice/snowflake/sql.hpp>
#include <sluice/snowpipe/streaming.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace {

namespace sf = sluice::snowflake;
namespace sp = sluice::snowpipe;
using commands::load_end;
using commands::load_settings;

load_end fail(sluice::error const& why) {
  return {commands::fail(why)};
}

template<class Loader, class Source>
load_end run(load_settings const& s,
             sluice::transport& net,
             Source& flights,
             typename Loader::config config) {
  auto load = Loader::make(net, std::move(config), s.run);
  if (!load) return fail(load.error());
  if (s.read_runs.contains(load->run_id()))
    return fail({sluice::errc::invalid_configuration,
                 "the journal is of run " + load->run_id() +
                     ", which wrote these letters; name a journal of their own"});
  auto const first = load->resume_position();
  if (!first) return fail(first.error());
  if (auto sought = flights.seek(*first); !sought) return fail(sought.error());
  load_end end{.reached = *first};
  sluice::report r;
  {
    sluice::observe::live_display const live{[&] { return load->stats(); }, flights.progress()};
    end.reached += load->push(flights | s.limit.view());
    r = load->finish();
  }
  if (*first != 0) fmt::print("continued at record {}\n", *first);
  end.status = s.outcome.tell(s.to, s.table, load->stats(), r);
  return end;
}

template<class... More>
struct bulk {
  using loader = sluice::loader<flight,
                                sluice::throughput,
                                sluice::encode<sluice::csv<>>,
                                sluice::compress<sluice::zstd<1>>,
                                sluice::upload<sf::bulk<>>,
                                More...>;

  template<class Source>
  static load_end load(load_settings const& s, sluice::transport& net, Source& flights) {
    auto connection = s.connection.connection();
    if (!connection) return fail(connection.error());
    return run<loader>(
        s,
        net,
        flights,
        {.connection = *std::move(connection), .table = s.table, .create_table = true});
  }
};

struct bulk_with_or_without_journal {
  using loader = bulk<>::loader;

  template<class Source>
  static load_end load(load_settings const& s, sluice::transport& net, Source& flights) {
    return s.run.journal.path.empty()
               ? bulk<>::load(s, net, flights)
               : bulk<sluice::durable<sluice::journal>>::load(s, net, flights);
  }
};

struct insert {
  using loader = sluice::loader<flight, sluice::low_latency, sluice::upload<sf::insert>>;

  template<class Source>
  static load_end load(load_settings const& s, sluice::transport& net, Source& flights) {
    auto connection = s.connection.connection();
    if (!connection) return fail(connection.error());
    return run<loader>(
        s,
        net,
        flights,
        {.connection = *std::move(connection), .table = s.table, .create_table = true});
  }
};

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

struct streaming {
  using loader = sluice::loader<flight, sluice::upload<sp::streaming<>>>;

  template<class Source>
  static load_end load(load_settings const& s, sluice::transport& net, Source& flights) {
    auto profile = s.connection.read();
    if (!profile) return fail(profile.error());
    auto const login = std::make_shared<sf::session>(net, sf::connect_as(*profile));
    std::string const create = sf::create_table_text(sf::object_name{{}, {}, s.table}.quoted(),
                                                     sluice::columns_of<flight>());
    if (auto made = commands::run_sql(net, login, create, "CREATE TABLE"); !made)
      return fail(made.error());
    return run<loader>(s,
                       net,
                       flights,
                       {.connection = sp::connect_as(*std::move(profile)),
                        .table = s.table,
                        .channel = channel_of(s.source),
                        .source = s.source});
  }
};

struct file {
  using loader = sluice::loader<flight,
                                sluice::throughput,
                                sluice::encode<sluice::csv<>>,
                                sluice::compress<sluice::zstd<1>>,
                                sluice::upload<sluice::file>>;

  template<class Source>
  static load_end load(load_settings const& s, sluice::transport& net, Source& flights) {
    return run<loader>(s, net, flights, {.directory = s.table});
  }
};

template<class Loader>
commands::batch_plan plan_for(sluice::run_options const& options) {
  using plan = typename Loader::plan_type;
  sluice::batch_limits const batch = plan::batch_stage::limits(options.batch);
  sluice::capabilities const limits = plan::destination_type::limits;
  return {std::min(batch.max_rows, limits.max_payload_rows),
          std::min(batch.max_bytes, limits.max_payload_bytes),
          options.max_in_flight != 0 ? options.max_in_flight : limits.max_in_flight};
}

template<class Source>
using load_function = load_end (*)(load_settings const&, sluice::transport&, Source&);

struct destination {
  commands::batch_plan (*plan)(sluice::run_options const&);
  load_function<sluice::source::csv<flight>> load_file;
  load_function<sluice::source::dead_letters<flight>> load_letters;
};

template<class Which>
destination entry_of() {
  return {&plan_for<typename Which::loader>,
          &Which::template load<sluice::source::csv<flight>>,
          &Which::template load<sluice::source::dead_letters<flight>>};
}

std::map<std::string, destination> const destinations{
    {"snowflake-bulk", entry_of<bulk_with_or_without_journal>()},
    {"snowflake-insert", entry_of<insert>()},
    {"snowpipe-streaming", entry_of<streaming>()},
    {"file", entry_of<file>()}};

}  // namespace

int commands::fail(sluice::error const& why) {
  fmt::print(stderr, "{}\n", why.describe());
  return 2;
}

void commands::load_settings::add_to(CLI::App& app) {
  app.add_option("--to", to, "the destination")->required()->check(CLI::IsMember(&destinations));
  connection.add_to(app, examples::connection_options::needed::perhaps);
  outcome.add_to(app);
  app.add_option("--table", table, "is made if it does not exist; of a file: its directory")
      ->capture_default_str();
  app.add_option("--journal", run.journal.path, "remember in this file what is loaded");
  run.log = sluice::logger{sluice::log_to_stderr(), sluice::log_level::warning};
}

void commands::load_settings::check() const {
  if (!run.journal.path.empty() && to != "snowflake-bulk")
    throw CLI::ValidationError{"--journal", "is for --to snowflake-bulk"};
  if (!source.empty() && to != "snowpipe-streaming")
    throw CLI::ValidationError{"--source", "is for --to snowpipe-streaming"};
}

commands::batch_plan commands::plan_of(load_settings const& s) {
  return destinations.at(s.to).plan(s.run);
}

commands::load_end commands::load_flights(load_settings const& s,
                                          sluice::source::csv<flight>& flights) {
  sluice::transport net{s.connection.transport()};
  return destinations.at(s.to).load_file(s, net, flights);
}

commands::load_end commands::load_flights(load_settings const& s,
                                          sluice::source::dead_letters<flight>& flights) {
  sluice::transport net{s.connection.transport()};
  return destinations.at(s.to).load_letters(s, net, flights);
}
