#include "catch.hpp"
#include "temporary_directory.hpp"

#include <sluice/pipeline/results.hpp>

#include <sys/stat.h>

#include <fstream>
#include <string>

TEST_CASE("a results file has a line for each load and one reader", "[pipeline][results]") {
  sluice_test::temporary_directory const where;
  std::string const path = where / "loads.ndjson";
  sluice::load_metrics m;
  m.records_pushed.add(7);
  m.records_written.add(7);
  sluice::observe::label const labels[] = {{"table", "ORDERS"}};
  REQUIRE(sluice::append_results(path, m.snapshot(), labels));
  REQUIRE(sluice::append_results(path, m.snapshot()));

  std::ifstream in{path};
  std::string first, second, third;
  REQUIRE(std::getline(in, first));
  REQUIRE(std::getline(in, second));
  CHECK_FALSE(std::getline(in, third));
  CHECK(first.starts_with(R"({"table":"ORDERS","records_pushed":7,"records_written":7,)"));
  CHECK(first.ends_with("}"));
  CHECK(second.starts_with(R"({"records_pushed":7,)"));

  struct ::stat about {};

  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
}

TEST_CASE("a results file that cannot be written is named", "[pipeline][results]") {
  sluice_test::temporary_directory const where;
  auto const written = sluice::append_results(where / "nowhere/loads.ndjson", {});
  REQUIRE_FALSE(written);
  CHECK(written.error().code == sluice::errc::io);
  CHECK(written.error().message.find("nowhere/loads.ndjson") != std::string::npos);
}
