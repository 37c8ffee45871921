// How much memory a load needs, whatever its length.
//
//     bench_memory [rows in millions, default 3 and 30]
//
// Prints the peak resident set size of a load with a limit of 128 MiB, for each number of rows in a
// process of its own: in batches of the preset `balanced`, with the difference, then in files that
// are larger than the limit, so that memory is what ends them.
#include "../limits.hpp"
#include "../process.hpp"
#include "flights.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

constexpr std::uint64_t limit = 128ull << 20;

using larger_than_memory = sluice::batch<sluice::max_bytes<(512 << 20)>>;

template<class Batch>
long load(std::uint64_t rows) {
  auto const flights = bench::make_flights(100'000);
  sluice::transport transport{bench::recording_transport(2)};
  sluice::loader<bench::flight,
                 Batch,
                 sluice::encode<sluice::csv<>>,
                 sluice::compress<sluice::gzip<1>>,
                 sluice::upload<bench::recording>>
      load{transport, {}, {.memory_limit = limit}};
  for (std::uint64_t i = 0; i != rows; ++i) load.push(flights[i % flights.size()]);
  auto const report = load.finish();
  if (!report.ok() || report.confirmed != rows || report.peak_memory_bytes > limit) {
    std::fprintf(stderr,
                 "%s; %llu of %llu rows confirmed, %llu bytes charged at most\n",
                 report.ok() ? "the load went well" : report.failure->describe().c_str(),
                 static_cast<unsigned long long>(report.confirmed),
                 static_cast<unsigned long long>(rows),
                 static_cast<unsigned long long>(report.peak_memory_bytes));
    std::exit(1);
  }
  return bench::peak_kib();
}

void print(char const* batches, std::uint64_t millions, long kib) {
  std::printf("memory          %-11s %3llu M rows: peak %.1f MiB (limit %llu + 48 MiB)\n",
              batches,
              static_cast<unsigned long long>(millions),
              static_cast<double>(kib) / 1024,
              static_cast<unsigned long long>(limit >> 20));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::uint64_t> millions{3, 30};
  if (argc > 1) {
    millions.clear();
    for (int i = 1; i != argc; ++i) millions.push_back(std::strtoull(argv[i], nullptr, 10));
  }
  std::vector<long> peaks;
  for (std::uint64_t const m : millions) {
    peaks.push_back(bench::in_child([&] { return load<sluice::balanced>(m * 1'000'000); }));
    print("balanced", m, peaks.back());
  }
  long const large =
      bench::in_child([&] { return load<larger_than_memory>(millions.back() * 1'000'000); });
  print("large files", millions.back(), large);
  auto const mib = [](long kib) { return static_cast<double>(kib) / 1024; };
  double const most = static_cast<double>(limit >> 20) + 48;
  std::string const rows = std::to_string(millions.back()) + " M rows";
  bench::at_most(16,
                 ("memory: " + rows + " over " + std::to_string(millions.front()) + " M").c_str(),
                 mib(peaks.back() - peaks.front()),
                 "MiB");
  bench::at_most(most, ("memory: peak, " + rows).c_str(), mib(peaks.back()), "MiB");
  bench::at_most(most, ("memory: peak, " + rows + " in large files").c_str(), mib(large), "MiB");
}
