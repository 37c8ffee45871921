#include "bottleneck.hpp"
#include "commands.hpp"

#include <sluice/auth/request_id.hpp>
#include <sluice/destination/file.hpp>
#include <sluice/observe/format.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/sql.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace sf = sluice::snowflake;
using seconds = std::chrono::duration<double>;

struct text_line {
  std::uint64_t number = 0;
  std::string text;
};

}  // namespace

template<>
struct sluice::schema<text_line> : sluice::columns<text_line,
                                                   sluice::column<"NUMBER", &text_line::number>,
                                                   sluice::column<"TEXT", &text_line::text>> {};

namespace {

template<class Destination>
using line_loader = sluice::loader<text_line,
                                   sluice::throughput,
                                   sluice::encode<sluice::csv<>>,
                                   sluice::compress<sluice::zstd<1>>,
                                   sluice::upload<Destination>>;

/// Gives every line of the file to `take`, which says whether to go on.
template<class Take>
sluice::result<seconds> each_line(std::string const& path, Take take) {
  auto const started = std::chrono::steady_clock::now();
  std::ifstream in{path};
  if (!in)
    return sluice::error{sluice::errc::io,
                         path + ": " + std::strerror(errno) + "; name a text file"};
  text_line line;
  while (std::getline(in, line.text)) {
    ++line.number;
    if (!take(line)) break;
  }
  return seconds{std::chrono::steady_clock::now() - started};
}

struct load_outcome {
  sluice::load_stats stats;
  std::size_t workers = 1;
};

template<class Destination>
sluice::result<load_outcome> load(sluice::transport& net,
                                  typename Destination::config config,
                                  std::string const& sample) {
  auto loader = line_loader<Destination>::make(net, std::move(config), {});
  if (!loader) return loader.error();
  auto const read = each_line(sample, [&](text_line const& l) { return loader->push(l); });
  if (!read) return read.error();
  sluice::report const r = loader->finish();
  if (r.failure) return *r.failure;
  if (r.confirmed != r.pushed)
    return sluice::error{sluice::errc::invalid_input,
                         fmt::format("{} of {} lines were refused, see {}; take a sample of plain "
                                     "UTF-8 text",
                                     r.dead_lettered,
                                     r.pushed,
                                     r.dead_letters)};
  return load_outcome{loader->stats(), net.worker_threads()};
}

void show(std::string_view step, seconds took, std::uint64_t lines) {
  fmt::print("{:<8} {:<10} {:>8.3f} s  {:>12.0f} lines/s\n",
             "",
             step,
             took.count(),
             static_cast<double>(lines) / took.count());
}

void judge(seconds read, seconds encode, load_outcome const& whole) {
  seconds const all = whole.stats.elapsed;
  std::string_view step = "upload and COPY";
  std::string advice =
      "check the bandwidth to the stage, raise parallel_uploads and files_per_copy, let batches "
      "grow (balanced, throughput), or take a larger warehouse";
  // Steps overlap: the load takes about as long as its slowest step alone.
  if (read.count() > 0.8 * all.count()) {
    step = "reading the source";
    advice = "read from a faster disk, or push from several threads with producer handles";
  } else if (encode.count() > 0.8 * all.count()) {
    step = "encoding and compressing";
    advice = "give the loader more workers, or take a lower level or zstd<1>";
  }
  fmt::print("{:<8} {:<10} {} is the bottleneck; {} to the stage, {} requests, p99 {}\n",
             "ok",
             "load",
             step,
             sluice::observe::bytes_text(whole.stats.bytes_uploaded),
             whole.stats.requests,
             sluice::observe::span_text(std::chrono::microseconds{
                 static_cast<std::int64_t>(whole.stats.latency_us.quantile(0.99))}));
  fmt::print("{:<8} {:<10} {}\n", "", "remedy", advice);
}

}  // namespace

sluice::result<void> commands::find_bottleneck(sluice::transport_options options,
                                               sf::connection connection,
                                               std::string const& sample) {
  sluice::transport net{std::move(options)};
  std::string const id = sluice::make_uuid();

  auto const read = each_line(sample, [](text_line const&) { return true; });
  if (!read) return read.error();

  std::filesystem::path const directory =
      std::filesystem::temp_directory_path() / ("sluice-doctor-" + id);
  auto const local = load<sluice::file>(net, {.directory = directory.string()}, sample);
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  if (!local) return local.error();

  std::string const table = "SLUICE_DOCTOR_" + id;
  auto const session = std::make_shared<sf::session>(net, connection);
  auto const whole = load<sf::bulk<>>(
      net,
      sf::for_throughput(
          {.connection = std::move(connection), .table = table, .create_table = true}),
      sample);
  auto const dropped =
      run_sql(net, session, "DROP TABLE IF EXISTS " + sf::quote_identifier(table), "DROP TABLE");
  (void)sluice::block_on(net, session->close(), patience());
  if (!whole) return whole.error();
  if (!dropped) return dropped.error();

  std::uint64_t const lines = whole->stats.records_pushed;
  show("read", *read, lines);
  show("+ encode", local->stats.elapsed, lines);
  show("+ load", whole->stats.elapsed, lines);
  judge(*read, local->stats.elapsed, *whole);
  return sluice::success;
}
