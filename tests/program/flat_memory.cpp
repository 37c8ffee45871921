// How much memory a load needs, whatever its length.
//
//     flat_memory [csv | vault]
//
// Pushes a million rows, then ten million, through a loader with a limit of 16 MiB, each in a
// process of its own. Exit status 0 only if both confirm every row, the peaks of their resident
// sets are less than 16 MiB apart, and neither is above the limit and 48 MiB.

#include "../../bench/pipeline/flights.hpp"
#include "../../bench/process.hpp"

#include <sluice/skyflow/records.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::uint64_t limit = 16ull << 20;
constexpr long most_kib = (16 + 48) << 10;
constexpr long most_growth_kib = 16 << 10;

/// Sends vault records as `bench::recording` sends files, and confirms them.
struct recording_vault : bench::recording {
  static constexpr sluice::capabilities limits{.formats = {sluice::format::json},
                                               .codecs = {sluice::codec::none},
                                               .max_payload_rows = 1'000};
  using default_encode = sluice::encode<sluice::skyflow::records>;
  using default_batch = sluice::batch<sluice::max_rows<1'000>>;
};

using csv_loader = sluice::loader<bench::flight,
                                  sluice::batch<sluice::max_bytes<(4 << 20)>>,
                                  sluice::encode<sluice::csv<>>,
                                  sluice::compress<sluice::gzip<1>>,
                                  sluice::upload<bench::recording>>;
using vault_loader = sluice::loader<bench::flight, sluice::upload<recording_vault>>;

template<class Loader>
long peak_of(std::uint64_t rows) {
  auto const flights = bench::make_flights();
  sluice::transport transport{bench::recording_transport(2)};
  Loader load{transport, {}, {.memory_limit = limit}};
  for (std::uint64_t i = 0; i != rows; ++i) load.push(flights[i % flights.size()]);
  sluice::report const r = load.finish();
  if (!r.ok() || r.confirmed != rows || r.peak_memory_bytes > limit) {
    std::fprintf(stderr,
                 "%s; %llu of %llu rows confirmed, %llu bytes charged at most\n",
                 r.failure ? r.failure->describe().c_str() : "the load went well",
                 static_cast<unsigned long long>(r.confirmed),
                 static_cast<unsigned long long>(rows),
                 static_cast<unsigned long long>(r.peak_memory_bytes));
    std::exit(1);
  }
  return bench::peak_kib();
}

template<class Loader>
bool is_flat(char const* what) {
  std::array<long, 2> peaks{};
  for (std::size_t i = 0; i != peaks.size(); ++i)
    peaks[i] = bench::in_child([&] { return peak_of<Loader>(i == 0 ? 1'000'000 : 10'000'000); });
  std::printf("%-5s  1 M rows: peak %ld KiB; 10 M rows: peak %ld KiB\n", what, peaks[0], peaks[1]);
  bool const flat =
      peaks[1] - peaks[0] < most_growth_kib && peaks[0] < most_kib && peaks[1] < most_kib;
  if (!flat)
    std::fprintf(
        stderr, "%s: memory grows with the rows, or is more than the limit and 48 MiB\n", what);
  return flat;
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view const only = argc > 1 ? argv[1] : "";
  bool flat = true;
  if (only != "vault") flat = is_flat<csv_loader>("csv") && flat;
  if (only != "csv") flat = is_flat<vault_loader>("vault") && flat;
  return flat ? 0 : 1;
}
