#include "catch.hpp"
#include "support.hpp"

#include <sluice/source/detail/byte_input.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sluice::source::detail::byte_input;

struct read_result {
  std::string text;
  std::string error;
};

read_result drain(byte_input& input, std::size_t step) {
  read_result all;
  std::vector<char> part(step);
  for (;;) {
    auto const n = input.read(part.data(), part.size());
    if (!n) return all.error = n.error().describe(), all;
    if (*n == 0) return all;
    all.text.append(part.data(), *n);
  }
}

read_result read_file(std::string_view content, std::size_t step = 1000) {
  support::temporary_file const file{content};
  auto input = byte_input::open(file.path());
  if (!input) return {{}, input.error().describe()};
  return drain(*input, step);
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i * 7919 % 100'003) + ",";
  return text;
}

TEST_CASE("a file is read as it is, whatever the size of the steps") {
  std::string const text = sample();
  for (std::size_t const step : {1u << 20, 4096u, 7u}) CHECK(read_file(text, step).text == text);
  CHECK(read_file("").text.empty());
  CHECK(read_file("x").text == "x");
}

TEST_CASE("gzip and zstd are undone, also in several members and with padding") {
  std::string const text = sample();
  for (std::size_t const step : {1u << 20, 4096u, 7u}) {
    CHECK(read_file(support::gzip(text), step).text == text);
    CHECK(read_file(support::zstd(text), step).text == text);
  }
  CHECK(read_file(support::gzip("one") + support::gzip("") + support::gzip("two")).text ==
        "onetwo");
  CHECK(read_file(support::gzip("one") + std::string(1000, '\0')).text == "one");
  CHECK(read_file(support::zstd("one") + support::zstd("two")).text == "onetwo");
  std::string const skippable{"\x51\x2a\x4d\x18\x03\x00\x00\x00xyz", 11};
  CHECK(read_file(skippable + support::zstd("one")).text == "one");
  CHECK(read_file(support::gzip("")).text.empty());
}

TEST_CASE("compressed data that ends too early is an error wherever it is cut") {
  std::string const text = sample().substr(0, 3000);
  for (std::string const& whole : {support::gzip(text), support::zstd(text)}) {
    for (std::size_t cut = 6; cut < whole.size(); cut += 37) {
      read_result const r = read_file(whole.substr(0, cut));
      INFO(cut);
      CHECK(support::has(r.error, "fetch it again"));
      CHECK(text.starts_with(r.text));
    }
  }
  read_result const second = read_file(support::gzip("one") + support::gzip("two").substr(0, 15));
  CHECK(second.text.starts_with("one"));
  CHECK(support::has(second.error, "ends too early"));
}

TEST_CASE("damaged compressed data is an error") {
  std::string gz = support::gzip(sample());
  gz[gz.size() / 2] = static_cast<char>(gz[gz.size() / 2] ^ 0x55);
  CHECK(support::has(read_file(gz).error, "gzip data is damaged"));
  std::string zst = support::zstd(sample());
  zst[zst.size() / 2] = static_cast<char>(zst[zst.size() / 2] ^ 0x55);
  CHECK(support::has(read_file(zst).error, "zstd data is damaged"));
  CHECK(support::has(read_file(support::gzip("one") + "tail").error, "damaged"));
}

TEST_CASE("formats that are not read are named, with what to do") {
  CHECK(support::has(read_file("\xfd"
                               "7zXZ\0...")
                         .error,
                     "is xz, not CSV; unpack it first"));
  CHECK(support::has(read_file("BZh91AY").error, "bzip2 -dc"));
  CHECK(support::has(read_file("PK\x03\x04....").error, "unzip -p"));
  CHECK(support::has(read_file("PAR1....").error, "Parquet"));
  CHECK(support::has(read_file("\xff\xfe"
                               "a,")
                         .error,
                     "iconv -f UTF-16"));
}

TEST_CASE("what cannot be opened says why") {
  CHECK(support::has(byte_input::open("/no/such/file").error().describe(),
                     "cannot open /no/such/file: No such file"));
  CHECK(support::has(byte_input::open("/").error().describe(), "is a directory"));
}

TEST_CASE("a plain file can be read from any offset, a compressed one from its start") {
  support::temporary_file const plain{"0123456789"};
  auto input = byte_input::open(plain.path());
  REQUIRE(input.has_value());
  CHECK(input->seekable());
  CHECK(input->stored_bytes_total() == 10);
  REQUIRE(drain(*input, 3).text == "0123456789");
  CHECK(input->stored_bytes_read() == 10);
  REQUIRE(input->seek(7).has_value());
  CHECK(drain(*input, 3).text == "789");

  support::temporary_file const packed{support::gzip("0123456789")};
  auto zipped = byte_input::open(packed.path());
  REQUIRE(zipped.has_value());
  CHECK_FALSE(zipped->seekable());
  CHECK(zipped->rewindable());
  REQUIRE(drain(*zipped, 3).text == "0123456789");
  REQUIRE(zipped->seek(0).has_value());
  CHECK(drain(*zipped, 3).text == "0123456789");
}

}  // namespace
