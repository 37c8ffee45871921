#include "catch.hpp"
#include "file_size_limit.hpp"
#include "temporary_directory.hpp"

#include <sluice/ledger/dead_letter.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

using sluice::dead_letter;
using sluice::dead_reason;
using sluice_test::file_size_limit;
using sluice_test::read_file;
using sluice_test::temporary_directory;

namespace {

dead_letter letter(std::uint64_t at, std::string record = R"({"ID":1})") {
  dead_letter one;
  one.at = at;
  one.why = {dead_reason::rejected, "100038", "Numeric value 'x' is not recognized", "ID"};
  one.record = std::move(record);
  return one;
}

}  // namespace

TEST_CASE("a dead letter is one line of JSON", "[ledger][dead_letter]") {
  CHECK(sluice::to_json(letter(5), "run-1") ==
        R"({"run":"run-1","position":5,"reason":"rejected","code":"100038",)"
        R"("message":"Numeric value 'x' is not recognized","column":"ID","record":{"ID":1}})");
  dead_letter text = letter(6, "1,\"a\nb\"\xff");
  text.record_is_text = true;
  text.was_sent = true;
  text.payload = 3;
  text.why = {dead_reason::source, {}, {}, {}};
  CHECK(sluice::to_json(text, "r") ==
        R"({"run":"r","position":6,"reason":"source","payload":3,"text":"1,\"a\nb\")"
        "\xEF\xBF\xBD\"}");
  CHECK(sluice::to_json(dead_letter{}, "r") ==
        R"({"run":"r","position":0,"reason":"rejected","record":null})");
}

TEST_CASE("the dead-letter file is private and appears with the first letter",
          "[ledger][dead_letter]") {
  temporary_directory const directory;
  std::string const path = directory / "dead.ndjson";
  auto const sink = sluice::dead_letter_file(path);
  CHECK(::access(path.c_str(), F_OK) != 0);
  std::vector<dead_letter> const letters{letter(1), letter(2)};
  REQUIRE(sink->write(letters, "r"));
  REQUIRE(sink->write(letters, "r"));
  REQUIRE(sink->sync());

  struct ::stat about {};

  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  std::string const pair = to_json(letter(1), "r") + "\n" + to_json(letter(2), "r") + "\n";
  CHECK(read_file(path) == pair + pair);
}

TEST_CASE("a full disk is an error and leaves whole lines", "[ledger][dead_letter]") {
  temporary_directory const directory;
  std::string const path = directory / "dead.ndjson";
  auto const sink = sluice::dead_letter_file(path);
  std::vector<dead_letter> const letters{letter(1)};
  REQUIRE(sink->write(letters, "r"));
  std::string const before = read_file(path);
  {
    file_size_limit const full{before.size() + 10};
    auto const failed = sink->write(letters, "r");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == sluice::errc::io);
    CHECK(failed.error().message.find(path) != std::string::npos);
  }
  CHECK(read_file(path) == before);
  REQUIRE(sink->write(letters, "r"));
  CHECK(read_file(path) == before + before);
}

TEST_CASE("a dead-letter path that cannot be used says why", "[ledger][dead_letter]") {
  temporary_directory const directory;
  std::vector<dead_letter> const letters{letter(1)};
  SECTION("the directory is missing") {
    auto const failed =
        sluice::dead_letter_file(directory / "none/dead.ndjson")->write(letters, "r");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message.find("create the directory") != std::string::npos);
  }
  SECTION("a symbolic link is not followed") {
    std::string const link = directory / "link";
    REQUIRE(::symlink("/dev/null", link.c_str()) == 0);
    CHECK_FALSE(sluice::dead_letter_file(link)->write(letters, "r"));
  }
}

TEST_CASE("a callback takes dead letters, and its exception is an error", "[ledger][dead_letter]") {
  std::vector<std::uint64_t> seen;
  auto const sink = sluice::dead_letter_callback([&](dead_letter const& one) {
    if (one.at == 9) throw std::runtime_error{"no room"};
    seen.push_back(one.at);
  });
  CHECK(sink->write(std::vector{letter(1), letter(2)}, "r"));
  CHECK(seen == std::vector<std::uint64_t>{1, 2});
  auto const failed = sink->write(std::vector{letter(9)}, "r");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("no room") != std::string::npos);
}
