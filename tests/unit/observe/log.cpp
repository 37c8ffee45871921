#include "catch.hpp"

#include <sluice/observe/log.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

sluice::log_entry entry_of(std::string_view message) {
  std::chrono::system_clock::time_point const at{std::chrono::milliseconds{951'782'400'250}};
  return {sluice::log_level::warning, at, "snowflake", message};
}

TEST_CASE("a log line is one line of text") {
  CHECK(sluice::to_text(entry_of("retrying")) ==
        "2000-02-29T00:00:00.250Z warning snowflake: retrying");
  CHECK(sluice::to_text(entry_of("a\nb\x1b[31m")) ==
        "2000-02-29T00:00:00.250Z warning snowflake: a\\x0ab\\x1b[31m");
}

TEST_CASE("a log line is one line of JSON") {
  CHECK(sluice::to_json(entry_of("say \"\\\"\n")) ==
        R"({"time":"2000-02-29T00:00:00.250Z","level":"warning","component":"snowflake",)"
        R"("message":"say \"\\\"\u000a"})");
}

TEST_CASE("a logger passes on what is of its level or above") {
  std::vector<std::string> seen;
  auto const sink = [&seen](sluice::log_entry const& e) { seen.emplace_back(e.message); };
  sluice::logger const log{sink, sluice::log_level::warning};
  log.debug("c", "1");
  log.info("c", "2");
  log.warning("c", "3");
  log.error("c", "4");
  CHECK(seen == std::vector<std::string>{"3", "4"});
  CHECK_FALSE(log.enabled(sluice::log_level::info));
  CHECK(log.enabled(sluice::log_level::error));
  CHECK_FALSE(log.enabled(sluice::log_level::off));
}

TEST_CASE("a logger without a sink, or switched off, drops everything") {
  int calls = 0;
  sluice::logger const off{[&calls](sluice::log_entry const&) { ++calls; }, sluice::log_level::off};
  off.error("c", "lost");
  sluice::logger{}.error("c", "lost");
  CHECK(calls == 0);
}

TEST_CASE("a sink that throws does not reach the caller") {
  sluice::logger const log{[](sluice::log_entry const&) { throw std::runtime_error{"full"}; }};
  CHECK_NOTHROW(log.error("c", "message"));
}

TEST_CASE("a log file is private and appended to") {
  std::string path = (std::filesystem::temp_directory_path() / "sluice-log-XXXXXX").string();
  int const made = ::mkstemp(path.data());
  REQUIRE(made >= 0);
  ::close(made);
  std::remove(path.c_str());
  for (int i = 0; i < 2; ++i) sluice::log_to_file(path)(entry_of("line"));
  std::stringstream text;
  text << std::ifstream{path}.rdbuf();
  std::string const line = sluice::to_json(entry_of("line")) + '\n';
  CHECK(text.str() == line + line);

  struct ::stat info {};

  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  std::remove(path.c_str());
}

}  // namespace
