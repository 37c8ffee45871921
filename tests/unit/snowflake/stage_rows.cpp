#include "catch.hpp"

#include <sluice/auth/digest.hpp>
#include <sluice/chunk.hpp>
#include <sluice/compress/codec_stream.hpp>
#include <sluice/snowflake/detail/stage_rows.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
using sf::detail::file_shape;
using sf::detail::row_run;
using sf::detail::row_text;
using sf::detail::stage_rows;
using sluice::codec;

sf::encryption_material const material{
    sluice::secret{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}, "q", "1"};

std::string packed(codec kind, std::string const& text) {
  auto stream = sluice::open_codec(kind, kind == codec::none ? 0 : 1);
  REQUIRE(stream);
  (*stream)->write(sluice::chunk{text});
  auto body = (*stream)->finish();
  REQUIRE(body);
  return body->joined();
}

struct reading {
  std::vector<row_text> rows;
  std::uint64_t seen = 0;
  std::string digest;
  std::optional<sluice::error> failure;
};

reading read(std::string_view stored,
             file_shape const& shape,
             std::optional<sf::file_key> const& key,
             std::vector<row_run> const& wanted,
             std::size_t step) {
  reading done;
  auto rows = stage_rows::open(shape, key);
  REQUIRE(rows);
  std::size_t at = 0;
  while (!rows->ended()) {
    if (rows->hungry()) {
      REQUIRE(at <= stored.size());
      std::string part{stored.substr(at, step)};
      at += part.size();
      rows->feed(std::move(part), at == stored.size());
    }
    auto some = rows->next(wanted);
    if (!some) {
      done.failure = some.error();
      return done;
    }
    for (row_text& one : *some) done.rows.push_back(std::move(one));
  }
  done.seen = rows->rows();
  done.digest = rows->digest();
  return done;
}

file_shape csv(codec kind) {
  return {{}, kind, 1u << 20};
}

file_shape ndjson(codec kind) {
  return {{.kind = sluice::format::ndjson}, kind, 1u << 20};
}

std::vector<std::string> const csv_lines{
    "1,\"plain\"\n", "2,\"a \"\"quoted\"\"\nbreak\"\n", "3,\"\n\n\"\n", "\n", "5,\"\"\n"};

std::string joined(std::vector<std::string> const& lines) {
  std::string text;
  for (std::string const& line : lines) text += line;
  return text;
}

}  // namespace

TEST_CASE("a stage file comes back row by row, however its bytes are cut", "[snowflake][letters]") {
  std::vector<std::string> const json_lines{"{\"A\":\"x\\ny\"}\n", "{}\n", "{\"A\":\"\\\"\"}\n"};
  for (codec const kind : {codec::none, codec::gzip, codec::zstd}) {
    for (bool const is_csv : {true, false}) {
      std::vector<std::string> const& lines = is_csv ? csv_lines : json_lines;
      std::string const text = joined(lines);
      std::string const plain = packed(kind, text);
      auto const key = sf::make_file_key(material);
      REQUIRE(key);
      auto const sealed = sf::seal_file(sluice::chunk_list{plain}, material, *key);
      REQUIRE(sealed);
      for (bool const encrypted : {true, false}) {
        for (std::size_t const step : {1u, 7u, 16u, 1'000u}) {
          INFO(static_cast<int>(kind) << ' ' << is_csv << ' ' << encrypted << ' ' << step);
          reading const all = read(encrypted ? sealed->body.joined() : plain,
                                   is_csv ? csv(kind) : ndjson(kind),
                                   encrypted ? std::optional{*key} : std::nullopt,
                                   {{0, 99}},
                                   step);
          if (all.failure) FAIL(all.failure->describe());
          REQUIRE(all.rows.size() == lines.size());
          for (std::size_t i = 0; i != lines.size(); ++i) {
            CHECK(all.rows[i].row == i);
            CHECK(all.rows[i].text == lines[i]);
          }
          CHECK(all.seen == lines.size());
          CHECK(all.digest == sf::file_digest(sluice::chunk_list{plain}));
        }
      }
    }
  }
}

TEST_CASE("only the rows that are wanted come, and the header never", "[snowflake][letters]") {
  file_shape shape = csv(codec::none);
  shape.format.header = true;
  std::string const text = "\"ID\",\"TEXT\"\n" + joined(csv_lines);
  reading const some = read(text, shape, std::nullopt, {{1, 2}, {3, 5}}, 5);
  REQUIRE_FALSE(some.failure);
  REQUIRE(some.rows.size() == 3);
  CHECK(some.rows[0].row == 1);
  CHECK(some.rows[0].text == csv_lines[1]);
  CHECK(some.rows[1].row == 3);
  CHECK(some.rows[2].text == csv_lines[4]);
  CHECK(some.seen == 5);
  CHECK(read(text, shape, std::nullopt, {}, 5).seen == 5);
}

TEST_CASE("rows are given some at a time, and long ones whole", "[snowflake][letters]") {
  std::string text;
  for (int i = 0; i != 30'000; ++i)
    text += std::to_string(i) + ",\"" + std::string(100, 'x') + "\"\n";
  text += "1,\"" + std::string(900'000, '\n') + "\"\n";
  std::string const stored = packed(codec::zstd, text);
  auto rows = stage_rows::open(csv(codec::zstd), std::nullopt);
  REQUIRE(rows);
  rows->feed(stored, true);
  std::vector<row_run> const wanted{{0, 99'999}};
  std::string back;
  while (!rows->ended()) {
    auto const some = rows->next(wanted);
    REQUIRE(some);
    std::size_t bytes = 0;
    for (row_text const& one : *some) {
      bytes += one.text.size();
      back += one.text;
    }
    CHECK(some->size() <= stage_rows::batch_rows);
    CHECK(bytes <= stage_rows::batch_bytes + 1'000'000);
  }
  CHECK((back == text));
}

TEST_CASE("a file that is damaged is refused, whatever is wrong with it", "[snowflake][letters]") {
  std::string text;
  for (int i = 0; i != 1'000; ++i) text += std::to_string(i * 7'919 % 1'000) + ",\"x\"\n";
  for (codec const kind : {codec::gzip, codec::zstd}) {
    std::string const good = packed(kind, text);
    auto const refused = [&](std::string const& stored) {
      reading const r = read(stored, csv(kind), std::nullopt, {{0, 1'000}}, 100);
      REQUIRE(r.failure);
      CHECK(r.failure->code == sluice::errc::invalid_input);
      CHECK(r.failure->message.find("the stage file") == 0);
    };
    refused("");
    refused("no compressed bytes");
    refused(good.substr(0, good.size() - 1));
    refused(good.substr(0, good.size() / 2));
    std::string changed = good;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 0x55);
    refused(changed);
  }
  auto const plain = [](std::string const& stored) {
    return read(stored, csv(codec::none), std::nullopt, {{0, 9}}, 100);
  };
  CHECK(plain("1,\"x\"\n2,").failure);
  CHECK(plain("1,\"x\n").failure);
  CHECK_FALSE(plain("1,\"x\"\n").failure);
  CHECK(plain("").seen == 0);
  file_shape tight = csv(codec::none);
  tight.max_row_bytes = 1'000;
  CHECK(read(std::string(3u << 20, 'x'), tight, std::nullopt, {}, 1u << 20).failure);
}
