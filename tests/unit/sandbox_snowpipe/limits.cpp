#include "catch.hpp"
#include "streamer.hpp"

#include <sluice/sandbox/detail/codec.hpp>
#include <sluice/sandbox/snowpipe/detail/body.hpp>

#include <zstd.h>

#include <chrono>
#include <string>

using namespace streaming_test;
namespace snowpipe = sluice::sandbox::snowpipe;

namespace {

std::string const one_row = "{\"ID\":1}\n";

std::string zstd(std::string const& data) {
  std::string out(ZSTD_compressBound(data.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), data.data(), data.size(), 3));
  return out;
}

}  // namespace

TEST_CASE("bodies come plain, as gzip or as zstd") {
  fixture f;
  streamer const client(f.box);
  auto token = client.open("CH").token();
  token = client.append("CH", token, "{\"ID\":1}\n").token();
  token = client
              .append("CH",
                      token,
                      sandbox::detail::gzip("{\"ID\":2}\n"),
                      "",
                      "",
                      {{"Content-Encoding", "gzip"}})
              .token();
  token = client.append("CH", token, zstd("{\"ID\":4}\n"), "", "", {{"Content-Encoding", "zstd"}})
              .token();
  REQUIRE_FALSE(token.empty());
  CHECK(client.append("CH", token, one_row, "", "", {{"Content-Encoding", "br"}}).status == 415);
  CHECK(client.append("CH", token, one_row, "", "", {{"Content-Encoding", "gzip"}}).status == 400);
  CHECK(
      client.append("CH", token, zstd(one_row).substr(0, 9), "", "", {{"Content-Encoding", "zstd"}})
          .status == 400);
  f.box.streaming().commit_now();
  CHECK(f.box.number("select sum(ID) from T") == 7);
}

TEST_CASE("several frames and members are one body, and a bomb is refused") {
  std::string out;
  CHECK(snowpipe::decode_body("zstd", zstd("ab") + zstd("cd"), 100, out) ==
        snowpipe::decoding::done);
  CHECK(out == "abcd");
  CHECK(snowpipe::decode_body(
            "gzip", sandbox::detail::gzip("ab") + sandbox::detail::gzip("cd"), 100, out) ==
        snowpipe::decoding::done);
  CHECK(out == "abcd");
  std::string const zeros(10 << 20, '0');
  for (auto const& [coding, body] :
       {std::pair<std::string, std::string>{"zstd", zstd(zeros)},
        std::pair<std::string, std::string>{"gzip", sandbox::detail::gzip(zeros)}}) {
    CHECK(snowpipe::decode_body(coding, body, zeros.size() - 1, out) ==
          snowpipe::decoding::too_large);
    CHECK(out.size() < zeros.size());
    CHECK(snowpipe::decode_body(coding, body, zeros.size(), out) == snowpipe::decoding::done);
  }
  CHECK(snowpipe::decode_body("", "abc", 2, out) == snowpipe::decoding::too_large);

  auto o = quiet_options();
  o.snowpipe.max_decoded_bytes = 1'000;
  fixture f(std::move(o));
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  CHECK(client.append("CH", token, zstd(zeros), "", "", {{"Content-Encoding", "zstd"}}).status ==
        413);
}

TEST_CASE("an append has at most 4 MB as sent") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  std::string const head = "{\"NAME\":\"x\",\"PAD\":\"";
  std::string const fits = head + std::string(4'194'304 - head.size() - 3, 'p') + "\"}\n";
  REQUIRE(fits.size() == 4'194'304);
  auto const over = client.append("CH", token, fits + "\n");
  CHECK(over.status == 413);
  auto const accepted = client.append("CH", token, fits);
  CHECK(accepted.status == 200);
  // Compressed, more rows fit.
  std::string rows;
  while (rows.size() < 4'300'000) {
    rows += "{\"ID\":1,\"PAD\":\"" + std::string(100'000, 'p') + "\"}\n";
  }
  CHECK(client.append("CH", accepted.token(), zstd(rows), "", "", {{"Content-Encoding", "zstd"}})
            .status == 200);

  auto o = quiet_options();
  o.snowpipe.max_body_bytes = 10;
  o.snowpipe.oversize_status = 400;
  fixture small(std::move(o));
  streamer const other(small.box);
  CHECK(other.append("CH", other.open("CH").token(), "{\"ID\":1}   \n").status == 400);
}

TEST_CASE("a body that is empty or of another type is refused") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  CHECK(client.append("CH", token, "").status == 400);
  CHECK(client
            .call("POST",
                  client.append_target("CH", token, "", ""),
                  one_row,
                  {{"Content-Type", "application/json"}})
            .status == 415);
  CHECK(client.append("CH", token, one_row).status == 200);
}

TEST_CASE("a channel takes so many requests and bytes a second") {
  auto o = quiet_options();
  o.snowpipe.requests_per_second = 0.01;
  o.snowpipe.retry_after = true;
  fixture f(o);
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  auto const next = client.append("CH", token, one_row).token();
  auto const limited = client.append("CH", next, one_row);
  CHECK(limited.status == 429);
  CHECK(limited.head.find("Retry-After: ") != std::string::npos);
  CHECK(f.box.streaming().counts().throttled == 1);
  // Other channels have their own rate, and time passes.
  CHECK(client.append("B", client.open("B").token(), one_row).status == 200);
  f.box.skew_clock(std::chrono::seconds(120));
  CHECK(client.append("CH", next, one_row).status == 200);

  o.snowpipe.requests_per_second = 1e9;
  o.snowpipe.bytes_per_second = 1;
  o.snowpipe.retry_after = false;
  fixture g(o);
  streamer const other(g.box);
  auto const first = other.open("CH").token();
  auto const second = other.append("CH", first, one_row).token();
  auto const full = other.append("CH", second, one_row);
  CHECK(full.status == 429);
  CHECK(full.head.find("Retry-After") == std::string::npos);
  g.box.skew_clock(std::chrono::seconds(60));
  CHECK(other.append("CH", second, one_row).status == 200);
}

TEST_CASE("the limits are the service's by default") {
  sandbox::snowpipe_options const defaults;
  CHECK(defaults.requests_per_second == 10);
  CHECK(defaults.bytes_per_second == 20'000'000);
  CHECK(defaults.channels_per_pipe == 2'000);
  CHECK(defaults.max_body_bytes == 4'194'304);
  CHECK(defaults.commit_lag == std::chrono::seconds(5));
}

TEST_CASE("a pipe has so many channels") {
  auto o = quiet_options();
  o.snowpipe.channels_per_pipe = 2;
  fixture f(std::move(o));
  sql(f.box, "create table U (ID number)");
  streamer const client(f.box);
  CHECK(client.open("A").status == 200);
  CHECK(client.open("B").status == 200);
  auto const refusal = client.open("C");
  CHECK(refusal.status == 400);
  CHECK(refusal.code() == "ERR_CHANNEL_LIMIT_EXCEEDED_FOR_PIPE");
  CHECK(client.open("B").status == 200);
  CHECK(streamer(f.box, "U-STREAMING").open("C").status == 200);
  client.drop("A");
  CHECK(client.open("C").status == 200);
}
