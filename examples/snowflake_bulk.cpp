// Loads flights from CSV into Snowflake, with every choice on the command line.
//
//     ./snowflake_bulk --profile profile.json data/flights-2001-01.csv.zst
//     ./snowflake_bulk --dsn 'LOADER:secret@acme-main/SALES/PUBLIC?warehouse=LOAD_WH' flights.csv
//     ./snowflake_bulk --profile profile.json --codec gzip --journal flights.journal flights.csv
//
// Exit status 0 only if every record is confirmed. With --journal a load that was interrupted, even
// by kill -9, is continued by the same command: no record is lost or loaded twice.

#include "connection_options.hpp"
#include "flight.hpp"
#include "limit_option.hpp"
#include "outcome.hpp"

#include <sluice/observe/live_display.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/source/csv.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstddef>
#include <exception>
#include <string>

namespace {

using namespace sluice::literals;

/// As sluice::throughput, with files as short as one likes.
using flight_batch = sluice::batch<sluice::max_rows<sluice::dynamic>,
                                   sluice::target_file_bytes<100'000'000>,
                                   sluice::max_bytes<512_MiB>,
                                   sluice::max_age<5_s>>;

struct settings {
  examples::connection_options connection;
  examples::limit_option limit;
  examples::outcome_options outcome;
  std::string file;
  std::string table = "FLIGHTS";
  std::string codec = "zstd";
  std::string format = "csv";
  std::size_t parallel_uploads = 0;
  sluice::run_options run;
  std::string dead_letters;
  bool verbose = false;
};

template<class Format, class Codec, class... More>
int load_flights(settings const& s) {
  using flight_loader = sluice::loader<flight,
                                       flight_batch,
                                       sluice::encode<Format>,
                                       sluice::compress<Codec>,
                                       sluice::upload<sluice::snowflake::bulk<>>,
                                       More...>;
  auto const fail = [](sluice::error const& why) {
    fmt::print(stderr, "{}\n", why.describe());
    return 2;
  };

  auto flights = sluice::source::csv<flight>::open(s.file);
  if (!flights) return fail(flights.error());
  auto connection = s.connection.connection();
  if (!connection) return fail(connection.error());
  sluice::transport transport{s.connection.transport()};
  auto load = flight_loader::make(transport,
                                  {.connection = *std::move(connection),
                                   .table = s.table,
                                   .create_table = true,
                                   .parallel_uploads = s.parallel_uploads},
                                  s.run);
  if (!load) return fail(load.error());

  // Where the last run stopped; 0 without a journal.
  auto const first = load->resume_position();
  if (!first) return fail(first.error());
  if (auto sought = flights->seek(*first); !sought) return fail(sought.error());

  sluice::report r;
  {
    sluice::observe::live_display const live{[&] { return load->stats(); }, flights->progress()};
    load->push(*flights | s.limit.view());
    r = load->finish();
  }
  if (*first != 0) fmt::print("continued at record {}\n", *first);
  return s.outcome.tell("Snowflake bulk", s.table, load->stats(), r);
}

template<class Format, class Codec>
int with_or_without_journal(settings const& s) {
  return s.run.journal.path.empty()
             ? load_flights<Format, Codec>(s)
             : load_flights<Format, Codec, sluice::durable<sluice::journal>>(s);
}

template<class Format>
int with_codec(settings const& s) {
  if (s.codec == "none") return with_or_without_journal<Format, sluice::none>(s);
  if (s.codec == "gzip") return with_or_without_journal<Format, sluice::gzip<1>>(s);
  return with_or_without_journal<Format, sluice::zstd<1>>(s);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Loads flights from a CSV file into Snowflake."};
  settings s;
  s.run.batch.max_rows = 200'000;
  s.connection.add_to(app);
  s.limit.add_to(app);
  s.outcome.add_to(app);
  app.add_option("file", s.file, "CSV, plain, gzip or zstd; - is standard input")->required();
  app.add_option("--table", s.table, "is created if it does not exist")->capture_default_str();
  app.add_option("--format", s.format, "of the stage files")
      ->check(CLI::IsMember({"csv", "ndjson"}))
      ->capture_default_str();
  app.add_option("--codec", s.codec, "of the stage files")
      ->check(CLI::IsMember({"none", "gzip", "zstd"}))
      ->capture_default_str();
  app.add_option("--rows-per-file", s.run.batch.max_rows, "at most; a file may be closed sooner")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--parallel-uploads", s.parallel_uploads, "files at once; 0: learned");
  app.add_option("--workers", s.run.workers, "compress in parallel; 0: one per core");
  app.add_option("--memory-limit", s.run.memory_limit, "bytes for all buffers, e.g. 256MiB")
      ->transform(CLI::AsSizeValue{false})
      ->capture_default_str();
  app.add_option("--journal", s.run.journal.path, "remember here what is loaded, and continue");
  app.add_option("--dead-letters", s.dead_letters, "file for records that are refused");
  app.add_flag("--verbose", s.verbose, "log every step to standard error");
  CLI11_PARSE(app, argc, argv);
  if (!s.dead_letters.empty()) s.run.dead_letters = sluice::dead_letter_file(s.dead_letters);
  s.run.log = sluice::logger{sluice::log_to_stderr(),
                             s.verbose ? sluice::log_level::debug : sluice::log_level::warning};
  try {
    return s.format == "csv" ? with_codec<sluice::csv<>>(s) : with_codec<sluice::ndjson>(s);
  } catch (std::exception const& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 2;
  }
}
