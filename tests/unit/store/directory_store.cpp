#include "../transport/fixture.hpp"
#include "catch.hpp"
#include "temporary_directory.hpp"

#include <sluice/store/directory_store.hpp>

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace sluice;
using sluice_test::temporary_directory;

struct fixture {
  transport_fixture f;
  temporary_directory directory;
  directory_store store{*f.net, {.path = directory / "stage"}};

  result<stored_object> put(std::string name, std::string bytes, bool create_only = false) {
    chunk_list body;
    body.push_back(chunk{bytes.substr(0, bytes.size() / 2)});
    body.push_back(chunk{bytes.substr(bytes.size() / 2)});
    return f.run(store.put(std::move(name), std::move(body), {.create_only = create_only}));
  }

  [[nodiscard]] std::size_t files() const {
    std::size_t n = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{directory.path()})
      n += entry.is_regular_file() ? 1 : 0;
    return n;
  }
};

}  // namespace

TEST_CASE("an object is a file that appears whole, for its owner alone") {
  fixture x;
  result<stored_object> const stored = x.put("run/1/0001.csv.gz", "some bytes");
  REQUIRE(stored);
  CHECK(stored->size == 10);
  std::string const path = x.store.path_of("run/1/0001.csv.gz");
  CHECK(sluice_test::read_file(path) == "some bytes");

  struct stat info {};

  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(x.put("run/1/0001.csv.gz", "others"));
  CHECK(sluice_test::read_file(path) == "others");
  CHECK(x.files() == 1);
}

TEST_CASE("create_only leaves a file that is there alone") {
  fixture x;
  REQUIRE(x.put("a", "first", true));
  result<stored_object> const refused = x.put("a", "second", true);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::io);
  CHECK(refused.error().message.find("choose another name") != std::string::npos);
  CHECK(sluice_test::read_file(x.store.path_of("a")) == "first");
  CHECK(x.files() == 1);
}

TEST_CASE("a file is read in parts") {
  fixture x;
  REQUIRE(x.put("run/a", "0123456789"));
  auto const get = [&](std::string name, std::uint64_t offset, std::uint64_t length) {
    return x.f.run(x.store.get(std::move(name), offset, length));
  };
  auto const middle = get("run/a", 3, 4);
  REQUIRE((middle && *middle));
  CHECK((*middle)->bytes == "3456");
  CHECK((*middle)->whole.size == 10);
  CHECK((*get("run/a", 0, 100))->bytes == "0123456789");
  CHECK((*get("run/a", 10, 1))->bytes.empty());
  CHECK(*get("run/b", 0, 1) == std::nullopt);
  CHECK(*get("run/a/b", 0, 1) == std::nullopt);
  CHECK(get("run", 0, 1).error().code == errc::io);
  CHECK(get("../a", 0, 1).error().code == errc::invalid_configuration);

  std::string const tag = (*middle)->whole.etag;
  CHECK((*get("run/a", 0, 1))->whole.etag == tag);
  REQUIRE(x.put("run/a", "01234567890"));
  CHECK((*get("run/a", 0, 1))->whole.etag != tag);
}

TEST_CASE("head and remove know what is there") {
  fixture x;
  CHECK(*x.f.run(x.store.head("a")) == std::nullopt);
  REQUIRE(x.put("a", "12345"));
  result<std::optional<stored_object>> const found = x.f.run(x.store.head("a"));
  REQUIRE((found && *found));
  CHECK((*found)->size == 5);
  CHECK(x.f.run(x.store.remove("a")));
  CHECK(x.f.run(x.store.remove("a")));
  CHECK(x.files() == 0);
}

TEST_CASE("names stay inside the directory") {
  fixture x;
  for (std::string const& name : {std::string{},
                                  std::string{"../x"},
                                  std::string{"a/../../x"},
                                  std::string{"/etc/x"},
                                  std::string{"a/"},
                                  std::string{"a\0b", 3}}) {
    CAPTURE(name);
    CHECK(x.put(name, "b").error().code == errc::invalid_configuration);
    CHECK(x.f.run(x.store.head(name)).error().code == errc::invalid_configuration);
    CHECK(x.f.run(x.store.remove(name)).error().code == errc::invalid_configuration);
  }
  CHECK(x.files() == 0);
}

TEST_CASE("a full disk and a file in the way are told with the remedy, and leave nothing") {
  fixture x;
  std::ofstream{x.directory / "stage"} << "a file where the directory should be";
  result<stored_object> const blocked = x.put("a", "b");
  REQUIRE(!blocked);
  CHECK(blocked.error().code == errc::io);
  CHECK(blocked.error().message.find("stage") != std::string::npos);
  CHECK(x.files() == 1);

  error const full = detail::file_error("written", "/x", ENOSPC);
  CHECK(full.message.find("make room on the disk") != std::string::npos);
}
