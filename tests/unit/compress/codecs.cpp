#include "catch.hpp"

#include <sluice/compress/codec_stream.hpp>

#include <zlib.h>
#include <zstd.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice;
using Catch::Matchers::ContainsSubstring;

struct setting {
  codec kind;
  int level;
};

std::vector<setting> settings() {
  std::vector<setting> all{{codec::none, 0}};
  for (int level : {1, 2, 3, 4, 6, 9}) all.push_back({codec::gzip, level});
  for (int level : {1, 3, 9, 19}) all.push_back({codec::zstd, level});
  return all;
}

// Text that compresses, with stretches that do not.
std::string sample(std::size_t size, std::uint32_t seed) {
  std::mt19937 random{seed};
  std::string text;
  while (text.size() < size) {
    text += "2001-01-01 00:01:00," + std::to_string(random() % 1'000) + ",\"LAX\"\n";
    if (random() % 50 == 0)
      for (int i = 0; i != 40; ++i) text += static_cast<char>(random());
  }
  text.resize(size);
  return text;
}

chunk_list compressed(codec_stream& stream, std::string_view text, std::size_t step) {
  for (std::size_t at = 0; at < text.size(); at += step)
    stream.write(chunk{std::string{text.substr(at, step)}});
  auto body = stream.finish();
  REQUIRE(body);
  return std::move(*body);
}

}  // namespace

TEST_CASE("bodies read back, one after the other from one stream") {
  for (auto const& [kind, level] : settings()) {
    INFO(name_of(kind) << " level " << level << " by " << codec_backend(kind, level));
    auto stream = open_codec(kind, level);
    REQUIRE(stream);
    std::uint32_t seed = 0;
    for (auto const& [size, step] : std::vector<std::pair<std::size_t, std::size_t>>{
             {0, 1}, {1, 1}, {1'000, 7}, {3'000'000, 300'000}, {codec_block_bytes, 65'536}}) {
      std::string const text = sample(size, ++seed);
      chunk_list const body = compressed(**stream, text, step);
      CHECK((*stream)->raw_bytes() == 0);
      CHECK((*stream)->body_bytes() == 0);
      auto const back = decompress(kind, body, text.size());
      REQUIRE(back);
      CHECK(*back == text);
      if (kind != codec::none && size > 100'000) CHECK(body.size() < text.size() / 2);
    }
  }
}

TEST_CASE("the same rows give the same bytes") {
  std::string const text = sample(1'000'000, 1);
  for (auto const& [kind, level] : settings()) {
    INFO(name_of(kind) << " level " << level);
    auto first = open_codec(kind, level);
    auto second = open_codec(kind, level);
    compressed(**second, sample(10'000, 2), 999);
    CHECK(compressed(**first, text, 100'000).joined() ==
          compressed(**second, text, 100'000).joined());
  }
}

TEST_CASE("bodies that do not compress grow by little") {
  std::mt19937_64 random{5};
  std::string noise(2'000'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  for (auto const& [kind, level] : settings()) {
    INFO(name_of(kind) << " level " << level);
    auto stream = open_codec(kind, level);
    chunk_list const body = compressed(**stream, noise, 100'000);
    CHECK(body.size() <= noise.size() + noise.size() / 100);
    CHECK(*decompress(kind, body, noise.size()) == noise);
  }
}

TEST_CASE("without a codec the chunks pass through as they are") {
  auto stream = open_codec(codec::none, 0);
  chunk const bytes{std::string(1'000, 'x')};
  (*stream)->write(bytes);
  CHECK((*stream)->raw_bytes() == 1'000);
  CHECK((*stream)->body_bytes() == 1'000);
  auto const body = (*stream)->finish();
  REQUIRE(body);
  CHECK(body->begin()->bytes().data() == bytes.bytes().data());
}

TEST_CASE("a body is one gzip member") {
  for (int const level : {1, 6}) {
    auto stream = open_codec(codec::gzip, level);
    std::string const text = sample(2'000'000, 3);
    std::string const body = compressed(**stream, text, 10'000).joined();
    // A reader that stops after the first member, as some do.
    z_stream state{};
    REQUIRE(inflateInit2(&state, 15 + 16) == Z_OK);
    std::string out(text.size() + 1, '\0');
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    state.avail_in = static_cast<uInt>(body.size());
    state.next_out = reinterpret_cast<Bytef*>(out.data());
    state.avail_out = static_cast<uInt>(out.size());
    CHECK(inflate(&state, Z_FINISH) == Z_STREAM_END);
    CHECK(state.avail_in == 0);
    CHECK(state.total_out == text.size());
    inflateEnd(&state);
  }
}

TEST_CASE("a body is one zstd frame with a checksum") {
  auto stream = open_codec(codec::zstd, 1);
  std::string const body = compressed(**stream, sample(2'000'000, 4), 10'000).joined();
  CHECK(ZSTD_findFrameCompressedSize(body.data(), body.size()) == body.size());
  // RFC 8878, 3.1.1.1: bit 2 of the frame header descriptor is the checksum flag.
  CHECK((body[4] & 4) != 0);
}

TEST_CASE("output leaves in blocks and the last one is as small as it can be") {
  auto stream = open_codec(codec::gzip, 1);
  std::mt19937_64 random{6};
  std::string noise(3 * codec_block_bytes / 2, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  chunk_list const body = compressed(**stream, noise, noise.size());
  std::vector<std::size_t> sizes;
  for (chunk const& part : body) sizes.push_back(part.size());
  REQUIRE(sizes.size() == 2);
  CHECK(sizes[0] == codec_block_bytes);
  CHECK(sizes[1] < codec_block_bytes);
}

TEST_CASE("levels that a codec has not are refused with those it has") {
  for (auto const& [kind, level] :
       {setting{codec::gzip, 0}, {codec::gzip, 10}, {codec::zstd, 0}, {codec::zstd, 20}}) {
    auto const stream = open_codec(kind, level);
    REQUIRE_FALSE(stream);
    CHECK(stream.error().code == make_error_code(errc::invalid_configuration));
    CHECK_THAT(stream.error().message, ContainsSubstring("use 1 to"));
  }
}

TEST_CASE("bodies that are damaged, cut off or too large are refused") {
  std::string const text = sample(200'000, 7);
  for (auto const& [kind, level] : {setting{codec::gzip, 1}, {codec::gzip, 6}, {codec::zstd, 1}}) {
    INFO(name_of(kind) << " level " << level);
    auto stream = open_codec(kind, level);
    std::string const body = compressed(**stream, text, text.size()).joined();

    auto const larger = decompress(kind, chunk_list{body}, text.size() - 1);
    REQUIRE_FALSE(larger);
    CHECK_THAT(larger.error().message, ContainsSubstring("larger than allowed"));

    for (std::size_t const size :
         {std::size_t{1}, std::size_t{11}, body.size() / 2, body.size() - 1}) {
      auto const cut = decompress(kind, chunk_list{body.substr(0, size)}, text.size());
      REQUIRE_FALSE(cut);
      CHECK_THAT(cut.error().message, ContainsSubstring("cut off"));
    }

    std::string broken = body;
    broken[body.size() / 2] = static_cast<char>(broken[body.size() / 2] ^ 0x55);
    CHECK_FALSE(decompress(kind, chunk_list{broken}, 10 * text.size()));
    CHECK_FALSE(decompress(kind, chunk_list{std::string{"not compressed at all"}}, text.size()));
    CHECK_FALSE(decompress(kind, chunk_list{body + "trailing"}, 2 * text.size()));
  }
}

TEST_CASE("several members or frames are one body") {
  for (auto const& [kind, level] : {setting{codec::gzip, 1}, {codec::zstd, 1}}) {
    auto stream = open_codec(kind, level);
    chunk_list two = compressed(**stream, "first ", 6);
    for (chunk const& part : compressed(**stream, "second", 6)) two.push_back(part);
    CHECK(*decompress(kind, two, 100) == "first second");
  }
}

TEST_CASE("a small body that unpacks to much stops at the limit") {
  auto stream = open_codec(codec::zstd, 1);
  std::string const zeros(50'000'000, '\0');
  chunk_list const bomb = compressed(**stream, zeros, zeros.size());
  CHECK(bomb.size() < 10'000);
  CHECK_FALSE(decompress(codec::zstd, bomb, 1'000));
}

TEST_CASE("a context needs no more memory than codec_memory says") {
  std::string const text = sample(12'000'000, 8);
  for (int level = 1; level <= level_range(codec::zstd).highest; level += level < 8 ? 1 : 4) {
    INFO("zstd level " << level);
    std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> const context{ZSTD_createCCtx(),
                                                                          &ZSTD_freeCCtx};
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    // The context is sized at the first input, for a body of unknown size.
    ZSTD_inBuffer in{text.data(), 1'000'000, 0};
    std::string room(2'000'000, '\0');
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_continue);
    CHECK(ZSTD_sizeof_CCtx(context.get()) <= codec_memory(codec::zstd, level));
  }
  CHECK(codec_memory(codec::none, 0) == 0);
  CHECK(codec_memory(codec::gzip, 1) < 1'000'000);
  CHECK(codec_memory(codec::gzip, 6) < 1'000'000);
}
