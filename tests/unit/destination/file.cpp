#include "../pipeline/orders.hpp"
#include "catch.hpp"
#include "temporary_directory.hpp"

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/codec_stream.hpp>
#include <sluice/destination/file.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/transport/transport.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

using sluice_test::make_order;
using sluice_test::order;
using sluice_test::temporary_directory;

namespace {

std::vector<std::string> files_in(std::string const& directory) {
  std::vector<std::string> names;
  for (auto const& entry : std::filesystem::directory_iterator{directory})
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string all_rows(std::string const& directory, sluice::codec kind) {
  std::string rows;
  for (std::string const& name : files_in(directory)) {
    sluice::chunk_list const body{sluice_test::read_file(directory + "/" + name)};
    auto text = sluice::decompress(kind, body, 1u << 30);
    REQUIRE(text);
    rows += *text;
  }
  return rows;
}

}  // namespace

TEST_CASE("records become files in a directory", "[destination][file]") {
  temporary_directory const directory;
  sluice::transport transport{{}};
  using loader = sluice::loader<order,
                                sluice::batch<sluice::max_rows<1000>>,
                                sluice::encode<sluice::csv<>>,
                                sluice::compress<sluice::gzip<1>>,
                                sluice::upload<sluice::file>>;
  loader load{transport, {.directory = directory / "out"}};
  std::string expected;
  for (std::int64_t i = 0; i != 3500; ++i) {
    REQUIRE(load.push(make_order(i)));
    expected += std::to_string(i) + ",\"open\",\"someone@example.org\"\n";
  }
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.adds_up());
  CHECK(report.pushed == 3500);
  CHECK(report.confirmed == 3500);
  CHECK(report.records_written == 3500);
  CHECK(report.files_uploaded == 4);
  CHECK(report.payloads.size() == 4);
  auto const names = files_in(directory / "out");
  REQUIRE(names.size() == 4);
  CHECK(names[0] == report.run_id + "-000000.csv.gz");
  std::string rows = all_rows(directory / "out", sluice::codec::gzip);
  CHECK(rows.size() == expected.size());

  struct ::stat about {};

  REQUIRE(::stat((directory / "out/" + names[0]).c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
}
