// What the pipeline costs beside its parts, and how it scales.
//
//     bench_pipeline [rows in millions, default 6]
//
// 1. push against the bare encoder: processor time of the producer's thread, per row.
// 2. Two cores against one, end to end over the recording wire, with gzip and zstd; beside it the
//    machine's own ratio: two threads that encode and compress without a pipeline against one. On a
//    busy machine, or where two cores share their units, that one says what can be reached.
// 3. Batch policies swept: rows per batch, codec.
#include "../limits.hpp"
#include "../process.hpp"
#include "flights.hpp"

#include <sluice/chunk.hpp>
#include <sluice/compress/codec_stream.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using bench::flight;
using bench::recording;
using encoder = sluice::encoder_for<sluice::csv<>, flight>;

using bench::on_cores;
using bench::process_seconds;
using bench::thread_seconds;
using bench::wall_seconds;

/// Nanoseconds per row of `append` into a segment that is used over and over.
[[gnu::noinline]] double bare_encoder(std::vector<flight> const& flights, std::uint64_t rows) {
  encoder const e;
  sluice::segment segment{1u << 20};
  double const began = thread_seconds();
  for (std::uint64_t i = 0; i != rows; ++i) {
    flight const& f = flights[i % flights.size()];
    if (e.append(f, segment)) continue;
    segment.reset();
    e.append(f, segment);
  }
  return (thread_seconds() - began) / static_cast<double>(rows) * 1e9;
}

/// The same through `push`, on this thread alone; what others do is not counted.
[[gnu::noinline]] double through_push(std::vector<flight> const& flights, std::uint64_t rows) {
  sluice::transport transport{bench::recording_transport(1)};
  using loader = sluice::loader<flight,
                                sluice::batch<sluice::max_bytes<(8 << 20)>>,
                                sluice::encode<sluice::csv<>>,
                                sluice::upload<recording>>;
  loader load{transport, {}, {.memory_limit = 256u << 20}};
  if (!load.resume_position()) std::abort();
  double const began = thread_seconds();
  for (std::uint64_t i = 0; i != rows; ++i) load.push(flights[i % flights.size()]);
  double const spent = thread_seconds() - began;
  if (auto const report = load.finish(); !report.ok() || report.confirmed != rows) std::abort();
  return spent / static_cast<double>(rows) * 1e9;
}

void measure_push(std::vector<flight> const& flights, std::uint64_t rows) {
  double bare = 1e9;
  double pushed = 1e9;
  for (int round = 0; round != 7; ++round) {
    bare = std::min(bare, bare_encoder(flights, rows));
    pushed = std::min(pushed, through_push(flights, rows));
  }
  std::printf("push            bare encoder %.1f ns/row, push %.1f ns/row\n", bare, pushed);
  bench::at_most(5, "push over the bare encoder", pushed - bare, "ns");
}

struct outcome {
  double seconds = 0;
  double cpu_seconds = 0;  ///< of all threads
  sluice::report report;
};

template<class Batch, class Codec>
outcome run(std::vector<flight> const& flights, std::uint64_t rows, std::size_t workers) {
  sluice::transport transport{bench::recording_transport(workers)};
  sluice::loader<flight,
                 Batch,
                 sluice::encode<sluice::csv<>>,
                 sluice::compress<Codec>,
                 sluice::upload<recording>>
      load{transport, {}, {.memory_limit = 128u << 20}};
  double const began = wall_seconds();
  double const cpu_began = process_seconds();
  for (std::uint64_t i = 0; i != rows; ++i) load.push(flights[i % flights.size()]);
  outcome o;
  o.report = load.finish();
  o.seconds = wall_seconds() - began;
  o.cpu_seconds = process_seconds() - cpu_began;
  if (!o.report.ok() || o.report.confirmed != rows) std::abort();
  return o;
}

/// Encodes and compresses in files of 200,000 rows, on the calling thread, and nothing else.
template<class Codec>
void bare_parts(std::vector<flight> const& flights, std::uint64_t rows) {
  encoder const e;
  auto const segment = std::make_shared<sluice::segment>(1u << 20);
  auto codec = sluice::open_codec(Codec::kind, Codec::level);
  if (!codec) std::abort();
  std::uint64_t in_file = 0;
  auto const hand_over = [&] {
    (*codec)->write(sluice::chunk{segment, {segment->data(), segment->committed().bytes}});
    segment->reset();
  };
  for (std::uint64_t i = 0; i != rows; ++i) {
    flight const& f = flights[i % flights.size()];
    if (!e.append(f, *segment)) {
      hand_over();
      if (!e.append(f, *segment)) std::abort();
    }
    if (++in_file != 200'000) continue;
    in_file = 0;
    hand_over();
    if (!(*codec)->finish()) std::abort();
  }
}

/// How much more two threads of `bare_parts` do than one.
template<class Codec>
double machine_ratio(std::vector<flight> const& flights, std::uint64_t rows) {
  auto const seconds = [&](int threads) {
    on_cores const pinned{threads};
    double const began = wall_seconds();
    std::vector<std::thread> all;
    for (int i = 0; i != threads; ++i)
      all.emplace_back([&] { bare_parts<Codec>(flights, rows / static_cast<unsigned>(threads)); });
    for (std::thread& t : all) t.join();
    return wall_seconds() - began;
  };
  double one = 1e9;
  double two = 1e9;
  for (int round = 0; round != 3; ++round) {
    one = std::min(one, seconds(1));
    two = std::min(two, seconds(2));
  }
  return one / two;
}

template<class Codec>
void measure_cores(char const* name, std::vector<flight> const& flights, std::uint64_t rows) {
  using batch = sluice::batch<sluice::max_rows<200'000>>;
  outcome one{1e9, 1e9, {}};
  outcome two = one;
  auto const faster = [](outcome a, outcome b) { return a.seconds < b.seconds ? a : b; };
  for (int round = 0; round != 3; ++round) {
    {
      on_cores const pinned{1};
      one = faster(one, run<batch, Codec>(flights, rows, 1));
    }
    on_cores const pinned{2};
    two = faster(two, run<batch, Codec>(flights, rows, 2));
  }
  auto const million = [&](double seconds) { return static_cast<double>(rows) / seconds * 1e-6; };
  auto const nanos = [&](double seconds) { return seconds / static_cast<double>(rows) * 1e9; };
  std::printf(
      "cores %-9s one %.2f M rows/s, two %.2f M rows/s; processor %.0f and %.0f ns/row; two "
      "threads "
      "without a pipeline do %.2f x of one\n",
      name,
      million(one.seconds),
      million(two.seconds),
      nanos(one.cpu_seconds),
      nanos(two.cpu_seconds),
      machine_ratio<Codec>(flights, rows / 2));
  bench::at_least(1.8,
                  (std::string{"two cores / one pinned core, "} + name).c_str(),
                  one.seconds / two.seconds,
                  "x");
}

template<std::uint64_t Rows, class Codec>
void sweep(char const* name, std::vector<flight> const& flights, std::uint64_t rows) {
  auto const o = run<sluice::batch<sluice::max_rows<Rows>>, Codec>(flights, rows, 2);
  std::printf(
      "batch %-9s %7llu rows: %6.2f M rows/s, %6.1f MB/s encoded, %4llu files of %llu KiB\n",
      name,
      static_cast<unsigned long long>(Rows),
      static_cast<double>(rows) / o.seconds * 1e-6,
      static_cast<double>(o.report.bytes_encoded) / o.seconds * 1e-6,
      static_cast<unsigned long long>(o.report.files_uploaded),
      static_cast<unsigned long long>(o.report.bytes_uploaded / o.report.files_uploaded / 1024));
}

template<class Codec>
void sweep_rows(char const* name, std::vector<flight> const& flights, std::uint64_t rows) {
  sweep<1'000, Codec>(name, flights, rows);
  sweep<10'000, Codec>(name, flights, rows);
  sweep<50'000, Codec>(name, flights, rows);
  sweep<200'000, Codec>(name, flights, rows);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t const millions = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 6;
  std::uint64_t const rows = std::max<std::uint64_t>(1, millions) * 1'000'000;
  auto const flights = bench::make_flights(300'000);
  auto const few = bench::make_flights();  // they stay in a cache, so that only the code counts
  measure_push(few, rows);
  measure_cores<sluice::gzip<1>>("gzip<1>", flights, rows);
  measure_cores<sluice::zstd<1>>("zstd<1>", flights, rows);
  sweep_rows<sluice::none>("none", flights, rows / 2);
  sweep_rows<sluice::gzip<1>>("gzip<1>", flights, rows / 2);
  sweep_rows<sluice::zstd<1>>("zstd<1>", flights, rows / 2);
}
