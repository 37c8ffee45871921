// Rows per second of reading typed records from CSV, on one thread, best of five:
//   bench_csv_source [FILE]      FILE: flights (date,delay,distance,origin,destination), plain;
//                                without it two million rows are made up
// "getline + split" is what a program does by hand: no quotes, no checks of range or encoding.

#include <sluice/source/csv.hpp>

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

struct flight {
  sluice::timestamp<sluice::seconds> date;
  std::int16_t delay = 0;
  std::int16_t distance = 0;
  std::string origin;
  std::string destination;
};

template<>
struct sluice::schema<flight>
    : sluice::columns<flight,
                      sluice::column<"DATE", &flight::date>,
                      sluice::column<"DELAY", &flight::delay>,
                      sluice::column<"DISTANCE", &flight::distance>,
                      sluice::column<"ORIGIN", &flight::origin>,
                      sluice::column<"DESTINATION", &flight::destination>> {};

namespace {

struct outcome {
  std::uint64_t rows = 0;
  std::int64_t checksum = 0;

  friend bool operator==(outcome const&, outcome const&) = default;
};

outcome read_by_source(std::string const& path) {
  outcome o;
  sluice::source::csv<flight> rows{path};
  for (auto const& item : rows) {
    if (!item) continue;
    ++o.rows;
    o.checksum += item->delay + item->distance + item->date.ticks % 86'400 +
                  static_cast<unsigned char>(item->origin[0]);
  }
  if (rows.failure() != nullptr) {
    fmt::print(stderr, "{}\n", rows.failure()->describe());
    std::exit(1);
  }
  return o;
}

outcome cut_only(std::string const& path) {
  using sluice::source::detail::csv_scanner;
  outcome o;
  csv_scanner scanner{*sluice::source::detail::byte_input::open(path),
                      {.max_record_bytes = 1 << 20}};
  scanner.next();
  scanner.set_columns(5);
  while (scanner.next() == csv_scanner::outcome::record) ++o.rows;
  return o;
}

outcome read_by_hand(std::string const& path) {
  outcome o;
  std::ifstream in{path};
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::stringstream cells{line};
    std::string cell;
    std::vector<std::string> row;
    while (std::getline(cells, cell, ',')) row.push_back(cell);
    int const hour = std::stoi(row[0].substr(11, 2));
    int const minute = std::stoi(row[0].substr(14, 2));
    int const second = std::stoi(row[0].substr(17, 2));
    ++o.rows;
    o.checksum += std::stoi(row[1]) + std::stoi(row[2]) + (hour * 60 + minute) * 60 + second +
                  static_cast<unsigned char>(row[3][0]);
  }
  return o;
}

std::string made_up(std::size_t rows) {
  std::string text = "date,delay,distance,origin,destination\n";
  std::uint32_t random = 1;
  for (std::size_t i = 0; i < rows; ++i) {
    random = random * 1'664'525u + 1'013'904'223u;
    fmt::format_to(std::back_inserter(text),
                   "2001-01-{:02} {:02}:{:02}:00,{},{},{},{}\n",
                   1 + i * 28 / rows,
                   i % 24,
                   (random >> 8) % 60,
                   static_cast<int>((random >> 12) % 200) - 40,
                   (random >> 16) % 2800,
                   std::string_view{"ATLORDDFWLAX"}.substr(3 * ((random >> 20) % 4), 3),
                   std::string_view{"PHXDENLASSEA"}.substr(3 * ((random >> 24) % 4), 3));
  }
  return text;
}

struct line {
  std::string_view name;
  std::function<outcome()> run;
};

}  // namespace

int main(int argc, char** argv) {
  std::string content;
  if (argc > 1) {
    std::stringstream all;
    all << std::ifstream{argv[1], std::ios::binary}.rdbuf();
    content = all.str();
  } else {
    content = made_up(2'000'000);
  }
  std::string base = (std::filesystem::temp_directory_path() / "sluice-bench-XXXXXX").string();
  if (::mkstemp(base.data()) < 0) return 1;
  std::string const zst = base + ".zst";
  std::string const gz = base + ".gz";
  std::ofstream{base, std::ios::binary} << content;
  std::string packed(::ZSTD_compressBound(content.size()), '\0');
  packed.resize(::ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), 3));
  std::ofstream{zst, std::ios::binary} << packed;
  gzFile const zipped = ::gzopen(gz.c_str(), "wb6");
  ::gzwrite(zipped, content.data(), static_cast<unsigned>(content.size()));
  ::gzclose(zipped);

  line const lines[] = {{"getline + split", [&] { return read_by_hand(base); }},
                        {"source::csv", [&] { return read_by_source(base); }},
                        {"source::csv, zstd", [&] { return read_by_source(zst); }},
                        {"source::csv, gzip", [&] { return read_by_source(gz); }},
                        {"cut into cells only", [&] { return cut_only(base); }}};
  double by_hand = 0;
  outcome expected;
  for (line const& l : lines) {
    double best = 0;
    outcome found;
    for (int round = 0; round < 5; ++round) {
      auto const start = std::chrono::steady_clock::now();
      found = l.run();
      std::chrono::duration<double> const took = std::chrono::steady_clock::now() - start;
      best = std::max(best, static_cast<double>(found.rows) / took.count());
    }
    if (by_hand == 0) {
      by_hand = best;
      expected = found;
    }
    bool const same =
        found.rows == expected.rows && (found.checksum == expected.checksum || found.checksum == 0);
    fmt::print("{:<22}{:>8.2f} M rows/s {:>8.1f} MB/s {:>7.1f} x by hand{}\n",
               l.name,
               best / 1e6,
               best * static_cast<double>(content.size()) / static_cast<double>(found.rows) / 1e6,
               best / by_hand,
               same ? "" : "   WRONG RESULT");
  }
  for (std::string const& path : {base, zst, gz}) std::remove(path.c_str());
}
