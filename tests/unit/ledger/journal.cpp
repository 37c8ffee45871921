#include "catch.hpp"
#include "temporary_directory.hpp"

#include <sluice/ledger/detail/crc32c.hpp>
#include <sluice/ledger/journal.hpp>

#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using sluice::journal;
using sluice::position_range;
using sluice_test::read_file;
using sluice_test::temporary_directory;
using sluice_test::write_file;

namespace {

sluice::journal_identity const identity{"acme/db.public.orders", "ID integer, csv, gzip"};

sluice::result<journal> open(std::string const& path) {
  return journal::open(path, identity, "fresh");
}

std::array<position_range, 1> one(std::uint64_t first, std::uint64_t count) {
  return {{{first, count}}};
}

std::string line_of(std::string const& body) {
  return fmt::format("{:08x} {}\n", sluice::detail::crc32c(body), body);
}

constexpr std::chrono::sys_seconds sent_at{std::chrono::seconds{1'767'322'645}};

}  // namespace

TEST_CASE("a journal remembers payloads and their ends", "[ledger][journal]") {
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  {
    auto first = open(path);
    REQUIRE(first);
    CHECK(first->run_id() == "fresh");
    CHECK(first->first_open() == 0);
    REQUIRE(first->plan(0, sent_at, one(0, 100)));
    REQUIRE(first->plan(1, sent_at, one(100, 50)));
    REQUIRE(first->plan(2, sent_at, std::array<position_range, 2>{{{150, 10}, {170, 10}}}));
    REQUIRE(first->plan(3, sent_at, one(180, 5)));
    REQUIRE(first->done(0));
    REQUIRE(first->dead(1, one(120, 2)));
    REQUIRE(first->absent(3));
    REQUIRE(first->ended(one(160, 10)));
  }

  struct ::stat about {};

  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);

  for (int reopened = 0; reopened != 2; ++reopened) {
    auto again = journal::open(path, identity, "other");
    REQUIRE(again);
    CHECK(again->run_id() == "fresh");
    CHECK(again->next_sequence() == 4);
    CHECK(again->first_open() == 100);
    CHECK(again->ended().ranges() == std::vector<position_range>{{0, 100}, {120, 2}, {160, 10}});
    auto const open_payloads = again->open_payloads();
    REQUIRE(open_payloads.size() == 2);
    CHECK(open_payloads[0].sequence == 1);
    CHECK(open_payloads[0].dead.ranges() == std::vector<position_range>{{120, 2}});
    CHECK(open_payloads[1].rows == std::vector<position_range>{{150, 10}, {170, 10}});
    CHECK(open_payloads[0].planned_at == sent_at);
  }
}

TEST_CASE("a journal of another load is refused", "[ledger][journal]") {
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  REQUIRE(open(path));
  auto const other_table =
      journal::open(path, {"acme/db.public.customers", identity.layout}, "fresh");
  REQUIRE_FALSE(other_table);
  CHECK(other_table.error().code == sluice::errc::invalid_configuration);
  CHECK(other_table.error().message.find("customers") != std::string::npos);
  CHECK(other_table.error().message.find("orders") != std::string::npos);
  auto const other_layout = journal::open(path, {identity.target, "ID text, csv, gzip"}, "fresh");
  REQUIRE_FALSE(other_layout);
  CHECK(other_layout.error().message.find("ID text") != std::string::npos);
  CHECK(open(path));
}

TEST_CASE("two loaders cannot share a journal", "[ledger][journal]") {
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  auto const holder = open(path);
  REQUIRE(holder);
  auto const second = open(path);
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find("in use") != std::string::npos);
}

TEST_CASE("a file is waited for until its owner is gone", "[ledger][journal]") {
  using sluice::detail::append_file;
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  std::optional<append_file> owner = append_file::open_alone(path, [] { return false; }).value();
  int asked = 0;
  auto const refused = append_file::open_alone(path, [&] { return ++asked != 5; });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("in use") != std::string::npos);
  CHECK(asked == 5);
  asked = 0;
  auto const heir = append_file::open_alone(path, [&] {
    if (++asked == 3) owner.reset();
    return true;
  });
  CHECK(heir);
  CHECK(asked == 3);
}

TEST_CASE("a file that its owner replaced is opened anew", "[ledger][journal]") {
  using sluice::detail::append_file;
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  write_file(path, "old");
  std::optional<append_file> owner = append_file::open_alone(path, [] { return false; }).value();
  auto const heir = append_file::open_alone(path, [&] {
    if (!owner) return false;
    write_file(directory / "load.journal.tmp", "new");
    std::filesystem::rename(directory / "load.journal.tmp", path);
    owner.reset();
    return true;
  });
  REQUIRE(heir);
  CHECK(heir->read_all(10).value() == "new");
}

TEST_CASE("a journal is waited for as long as is said", "[ledger][journal]") {
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  std::optional<journal> owner{open(path).value()};
  std::atomic<bool> trying = false;
  bool opened = false;
  std::thread heir{[&] {
    trying = true;
    opened = journal::open(path, identity, "fresh", {}, std::chrono::minutes{1}).has_value();
  }};
  while (!trying) std::this_thread::yield();
  owner.reset();
  heir.join();
  CHECK(opened);
}

TEST_CASE("a journal torn at any byte of its last line opens without that line",
          "[ledger][journal]") {
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  {
    auto writer = open(path);
    REQUIRE(writer);
    REQUIRE(writer->plan(0, sent_at, one(0, 10)));
    REQUIRE(writer->done(0));
    REQUIRE(writer->plan(1, sent_at, one(10, 10)));
  }
  std::string const whole = read_file(path);
  auto const last_line = whole.rfind('\n', whole.size() - 2) + 1;
  for (auto size = last_line; size != whole.size(); ++size) {
    write_file(path, whole.substr(0, size));
    auto const again = open(path);
    REQUIRE(again);
    CHECK(again->first_open() == 10);
    CHECK(again->open_payloads().empty());
  }
  // A torn header is a journal that was never written; any other text is left alone.
  write_file(path, whole.substr(0, 20));
  CHECK(open(path));
  write_file(path, "important notes of somebody else");
  CHECK_FALSE(open(path));
  CHECK(read_file(path) == "important notes of somebody else");
}

TEST_CASE("a damaged line before the last is an error that names it", "[ledger][journal]") {
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  {
    auto writer = open(path);
    REQUIRE(writer);
    REQUIRE(writer->plan(0, sent_at, one(0, 10)));
    REQUIRE(writer->done(0));
  }
  std::string const whole = read_file(path);
  auto const second = whole.find('\n') + 1;
  auto const third = whole.find('\n', second) + 1;
  auto const fourth = whole.find('\n', third) + 1;  // the last line: its start is kept
  for (auto at = second; at != fourth - 1; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x04);
    write_file(path, damaged);
    auto const refused = open(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == sluice::errc::invalid_input);
    CHECK(refused.error().message.find(", line ") != std::string::npos);
  }
}

TEST_CASE("a journal stays small however long a load runs", "[ledger][journal]") {
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  {
    auto writer = open(path);
    REQUIRE(writer);
    constexpr std::uint64_t payloads = 15;
    constexpr std::uint64_t ranges_each = 40'000;
    for (std::uint64_t i = 0; i != payloads; ++i) {
      // Many ranges make long lines, so that the file passes its limit.
      std::vector<position_range> rows;
      for (std::uint64_t k = 0; k != ranges_each; ++k)
        rows.push_back({(i * ranges_each + k) * 2, 1});
      REQUIRE(writer->plan(i, sent_at, rows));
      REQUIRE(writer->done(i));
      CHECK(std::filesystem::file_size(path) < (16u << 20));
    }
    std::vector<position_range> gaps;
    for (std::uint64_t at = 0; at != payloads * ranges_each; ++at) gaps.push_back({at * 2 + 1, 1});
    REQUIRE(writer->ended(gaps));
    CHECK(writer->first_open() == 2 * payloads * ranges_each);
  }
  auto const again = open(path);
  REQUIRE(again);
  CHECK(again->first_open() == 1'200'000);
  CHECK(read_file(path).size() < 200);
}

TEST_CASE("a journal stays small where every record is bad", "[ledger][journal]") {
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  constexpr std::uint64_t records = 300'000;
  {
    auto writer = open(path);
    REQUIRE(writer);
    bool all = true;
    for (std::uint64_t at = 0; at != records; ++at)
      all = all && writer->ended(one(at, 1)).has_value();
    CHECK(all);
    CHECK(std::filesystem::file_size(path) < (6u << 20));
  }
  auto const again = open(path);
  REQUIRE(again);
  CHECK(again->first_open() == records);
}

TEST_CASE("a time that no journal has is an error that names its line", "[ledger][journal]") {
  temporary_directory const directory;
  std::string const path = directory / "load.journal";
  for (std::string_view const time : {"", "-1", "2026-01-02", "999999999999999"}) {
    REQUIRE(open(path));
    std::string const header = read_file(path).substr(0, read_file(path).find('\n') + 1);
    write_file(path, header + line_of("plan 0 " + std::string{time} + " 0+10") + line_of("done 0"));
    auto const refused = open(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("line 2: a time is missing") != std::string::npos);
    std::filesystem::remove(path);
  }
}

TEST_CASE("a step tells its hook before and after", "[ledger][journal]") {
  temporary_directory const directory;
  std::vector<std::string> steps;
  auto opened = journal::open(directory / "load.journal", identity, "r", [&](std::string_view s) {
    steps.emplace_back(s);
  });
  REQUIRE(opened);
  REQUIRE(opened->plan(0, sent_at, one(0, 1)));
  REQUIRE(opened->done(0));
  CHECK(steps == std::vector<std::string>{
                     "before plan", "after plan", "after plan sync", "before done", "after done"});
}
