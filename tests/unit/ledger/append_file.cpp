// Several who append to one file: nobody's lines are cut off or spoilt by another's failure.

#include "catch.hpp"
#include "file_size_limit.hpp"
#include "temporary_directory.hpp"

#include <sluice/ledger/dead_letter.hpp>
#include <sluice/ledger/detail/file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using sluice::detail::append_file;
using sluice_test::file_size_limit;
using sluice_test::read_file;
using sluice_test::temporary_directory;
using sluice_test::write_file;

namespace {

append_file opened(std::string const& path) {
  auto file = append_file::open(path);
  REQUIRE(file);
  return std::move(file).value();
}

/// Whether somebody waits for a lock of this file, as the system tells it: a line with an arrow.
bool is_waited_for(int fd) {
  struct ::stat about {};

  REQUIRE(::fstat(fd, &about) == 0);
  std::string const inode = ':' + std::to_string(about.st_ino) + ' ';
  std::ifstream locks{"/proc/locks"};
  REQUIRE(locks);
  for (std::string line; std::getline(locks, line);)
    if (line.find("->") != line.npos && line.find(inode) != line.npos) return true;
  return false;
}

}  // namespace

TEST_CASE("a write that fails half-way takes nothing back that others have written",
          "[ledger][file]") {
  temporary_directory const directory;
  std::string const path = directory / "shared";
  append_file first = opened(path);
  append_file second = opened(path);
  REQUIRE(first.append("one\n"));
  REQUIRE(second.append("two\n"));
  {
    file_size_limit const full{std::string{"one\ntwo\n"}.size() + 3};
    CHECK_FALSE(first.append("three\n"));
  }
  CHECK(read_file(path) == "one\ntwo\n");
  REQUIRE(first.append("four\n"));
  CHECK(first.size() == read_file(path).size());
  REQUIRE(second.append("five\n"));
  CHECK(read_file(path) == "one\ntwo\nfour\nfive\n");
}

TEST_CASE("who appends waits for another who is not done", "[ledger][file]") {
  temporary_directory const directory;
  std::string const path = directory / "shared";
  append_file file = opened(path);
  // Another process, which comes half-way and takes that back.
  int const other = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(other >= 0);
  REQUIRE(::flock(other, LOCK_EX) == 0);
  REQUIRE(::write(other, "ha", 2) == 2);
  std::atomic<bool> appended{false};
  bool good = false;
  std::thread appending{[&] {
    good = file.append("line\n").has_value();
    appended.store(true);
  }};
  while (!appended.load() && !is_waited_for(other)) std::this_thread::yield();
  CHECK(::ftruncate(other, 0) == 0);
  CHECK(::flock(other, LOCK_UN) == 0);
  appending.join();
  CHECK(good);
  CHECK(read_file(path) == "line\n");
  ::close(other);
}

TEST_CASE("a file that is locked for its owner stays so while it is written", "[ledger][file]") {
  temporary_directory const directory;
  std::string const path = directory / "owned";
  append_file file = opened(path);
  REQUIRE(file.lock());
  append_file moved = std::move(file);
  REQUIRE(moved.append("line\n"));
  CHECK_FALSE(opened(path).lock());
}

TEST_CASE("a line that somebody left without its end spoils none that come behind it",
          "[ledger][file]") {
  temporary_directory const directory;
  std::string const path = directory / "torn";
  write_file(path, "whole\nhal");
  append_file file = opened(path);
  REQUIRE(file.append_lines("one\n"));
  REQUIRE(file.append_lines("two\n"));
  CHECK(read_file(path) == "whole\nhal\none\ntwo\n");
  REQUIRE(file.append("no en"));
  CHECK(file.size() == read_file(path).size());
}

TEST_CASE("letters behind one that a killed process left half-written are whole",
          "[ledger][dead_letter]") {
  temporary_directory const directory;
  std::string const path = directory / "dead.ndjson";
  sluice::dead_letter letter;
  letter.record = R"({"ID":1})";
  std::string const line = to_json(letter, "r") + "\n";
  write_file(path, line + line.substr(0, line.size() / 2));
  REQUIRE(sluice::dead_letter_file(path)->write(std::vector{letter}, "r"));
  CHECK(read_file(path) == line + line.substr(0, line.size() / 2) + "\n" + line);
}
