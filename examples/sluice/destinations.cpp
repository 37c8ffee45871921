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
#include <sluice/source/dead_letters.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
namespace sp = sluice::snowpipe;
using commands::load_end;
using commands::load_settings;
using sluice::observe::live_display;

load_end fail(sluice::error const& why) {
  return {commands::fail(why)};
}

/// Whether what a run has counted are the records that are loaded now.
bool loads_these(load_settings const& s, std::string_view run) {
  return s.run_prefix.empty() ? !run.starts_with(s.replay_mark) : run.starts_with(s.run_prefix);
}

/// How many items a load took, and how it ended.
struct finished {
  std::uint64_t items = 0;
  sluice::report report{};
};

/// Loads what is in the file from record `first` on.
template<class Loader>
sluice::result<finished> load_from(Loader& load,
                                   sluice::source::csv<flight>& flights,
                                   sluice::position first,
                                   examples::limit_option const& limit) {
  if (auto sought = flights.seek(first); !sought) return sought.error();
  live_display const live{[&] { return load.stats(); }, flights.progress()};
  finished end{.items = load.push(flights | limit.view())};
  end.report = load.finish();
  return end;
}

/// The same of letters; those that a file has got since they were shown are not among them.
template<class Loader>
sluice::result<finished> load_from(Loader& load,
                                   commands::shown_letters& shown,
                                   sluice::position first,
                                   examples::limit_option const&) {
  std::vector<std::pair<sluice::source::dead_letters<flight>, std::uint64_t>> parts;
  for (std::size_t i = 0; i != shown.items.size(); ++i) {
    std::uint64_t const passed = std::min(first, shown.items[i]);
    first -= passed;
    if (passed == shown.items[i]) continue;
    auto letters = sluice::source::dead_letters<flight>::open({shown.summary.files[i].path},
                                                              {.reasons = shown.reasons});
    if (!letters) return letters.error();
    if (auto sought = letters->seek(passed); !sought) return sought.error();
    parts.emplace_back(*std::move(letters), shown.items[i] - passed);
  }
  finished end;
  std::optional<live_display> live;
  for (auto& [letters, items] : parts) {
    live.emplace([&] { return load.stats(); }, letters.progress());
    examples::limit_option const part{static_cast<std::ptrdiff_t>(items)};
    std::uint64_t const taken = load.push(letters | part.view());
    end.items += taken;
    if (taken != items) break;  // positions count the items of all files
  }
  end.report = load.finish();
  return end;
}

template<class Loader, class Source>
load_end run(load_settings const& s,
             sluice::transport& net,
             Source& flights,
             typename Loader::config config) {
  auto load = Loader::make(net, std::move(config), s.run);
  if (!load) return fail(load.error());
  if (!loads_these(s, load->run_id()))
    return fail({sluice::errc::invalid_configuration,
                 "the journal is of run " + load->run_id() +
                     ", which loaded other records than these; name a new file, or repeat that run "
                     "with its files unchanged, in their order, and its options"});
  auto const first = load->resume_position();
  if (!first) return fail(first.error());
  auto const done = load_from(*load, flights, *first, s.limit);
  if (!done) return fail(done.error());
  if (*first != 0) fmt::print("continued at record {}\n", *first);
  return {s.outcome.tell(s.to, s.table, load->stats(), done->report), *first + done->items};
}

/// Loads into a table that is made first.
template<class Loader, class Source>
load_end run_into_table(load_settings const& s, sluice::transport& net, Source& flights) {
  auto connection = s.connection.connection();
  if (!connection) return fail(connection.error());
  return run<Loader>(
      s,
      net,
      flights,
      {.connection = *std::move(connection), .table = s.table, .create_table = true});
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
    return run_into_table<loader>(s, net, flights);
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
    return run_into_table<loader>(s, net, flights);
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
  load_function<commands::shown_letters> load_letters;
};

template<class Which>
destination entry_of() {
  return {&plan_for<typename Which::loader>,
          &Which::template load<sluice::source::csv<flight>>,
          &Which::template load<commands::shown_letters>};
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

commands::load_end commands::load_flights(load_settings const& s, shown_letters& flights) {
  sluice::transport net{s.connection.transport()};
  return destinations.at(s.to).load_letters(s, net, flights);
}
