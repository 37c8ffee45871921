#include "catch.hpp"
#include "http_server.hpp"

#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <curl/curl.h>
#include <zlib.h>
#include <zstd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace {

using namespace sluice;
using namespace std::chrono_literals;

/// What a request to a server gives that answers `bytes` and then closes, or resets.
result<response> answered_with(std::string const& bytes, bool reset = false, request r = {}) {
  http_server server{[&](server_connection& c) {
    c.read_request();
    c.write(bytes);
    if (reset) c.reset();
  }};
  r.url = server.url("/secret-path?token=secret");
  r.label = "probe";
  transport net;
  result<response> reply = block_on(net, net.perform(std::move(r)));
  if (!reply) {
    // Whatever happens, a message names the host, a remedy and no more of the URL.
    std::string const& message = reply.error().message;
    INFO(message);
    CHECK(message.find("probe to http://127.0.0.1:") != std::string::npos);
    CHECK(message.find(';') != std::string::npos);
    CHECK(message.find("secret") == std::string::npos);
  }
  return reply;
}

std::string gzip(std::string const& text) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string encoded_reply(std::string const& encoding, std::string const& body) {
  return "HTTP/1.1 200 OK\r\nContent-Encoding: " + encoding +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("half a reply is a broken connection, to be tried again") {
  for (bool const reset : {false, true}) {
    for (char const* const bytes :
         {"",
          "HTTP/1.1 2",
          "HTTP/1.1 200 OK\r\nContent-",
          "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
      CAPTURE(bytes, reset);
      result<response> const reply = answered_with(bytes, reset);
      REQUIRE(!reply);
      CHECK(reply.error().retryable());
      CHECK((reply.error().code == errc::send_receive ||
             reply.error().code == errc::malformed_reply));
    }
  }
}

TEST_CASE("what is not HTTP is a malformed reply") {
  result<response> const garbage = answered_with("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  REQUIRE(!garbage);
  CHECK(garbage.error().code == errc::malformed_reply);
}

TEST_CASE("a reply of 2 GB ends at the limit, not in memory") {
  constexpr std::uint64_t size = 2ull << 30;
  for (bool const announced : {true, false}) {
    std::atomic<std::uint64_t> sent = 0;
    http_server server{[&](server_connection& c) {
      c.read_request();
      c.write(announced ? "HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n"
                        : "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
      std::string const block(1 << 16, 'x');
      while (sent < size && c.write(block)) sent += block.size();
    }};
    transport net;
    request r;
    r.url = server.url();
    r.max_reply_bytes = 1 << 20;
    result<response> const reply = block_on(net, net.perform(std::move(r)));
    REQUIRE(!reply);
    CHECK(reply.error().code == errc::reply_too_large);
    CHECK_FALSE(reply.error().retryable());
    CHECK(sent < size / 16);
  }
}

TEST_CASE("headers without end are refused") {
  std::string flood = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i != 8000; ++i)
    flood += "X-Filler-" + std::to_string(i) + ": " + std::string(60, 'f') + "\r\n";
  result<response> const reply = answered_with(flood + "Content-Length: 0\r\n\r\n");
  REQUIRE(!reply);
  CHECK(reply.error().code == errc::reply_too_large);
}

TEST_CASE("compressed replies are undone, within the limit") {
  std::string const text(50'000, 't');
  result<response> const good = answered_with(encoded_reply("gzip", gzip(text)));
  REQUIRE(good);
  CHECK(good->body == text);

  request raw;
  raw.decode_content = false;
  result<response> const kept = answered_with(encoded_reply("gzip", gzip(text)), false, raw);
  REQUIRE(kept);
  CHECK(kept->body == gzip(text));

  request small;
  small.max_reply_bytes = 1 << 20;
  result<response> const bomb =
      answered_with(encoded_reply("gzip", gzip(std::string(64 << 20, '\0'))), false, small);
  REQUIRE(!bomb);
  CHECK(bomb.error().code == errc::reply_too_large);

  result<response> const broken =
      answered_with(encoded_reply("gzip", "\x1f\x8b\x08 this is not deflate at all"));
  REQUIRE(!broken);
  CHECK(broken.error().code == errc::malformed_reply);

  if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ZSTD) != 0) {
    std::string zipped(ZSTD_compressBound(text.size()), '\0');
    zipped.resize(ZSTD_compress(zipped.data(), zipped.size(), text.data(), text.size(), 1));
    result<response> const zstd = answered_with(encoded_reply("zstd", zipped));
    REQUIRE(zstd);
    CHECK(zstd->body == text);
  }
}

TEST_CASE("a server that hangs is given up at the idle limit") {
  http_server server{[&](server_connection& c) {
    c.read_request();
    c.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    c.read_some();  // until the client goes
  }};
  transport net;
  request r;
  r.url = server.url();
  r.limits.idle = 40ms;
  result<response> const reply = block_on(net, net.perform(std::move(r)));
  REQUIRE(!reply);
  CHECK(reply.error().code == errc::timeout);
  CHECK(reply.error().retryable());
  CHECK(reply.error().message.find("without a byte") != std::string::npos);
}

TEST_CASE("a connection that does not come about is given up at the connect limit") {
  http_server server{[&](server_connection& c) { c.read_some(), c.read_some(); }};
  transport net;
  request r;
  r.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";  // never shakes hands
  r.limits.connect = 40ms;
  result<response> const reply = block_on(net, net.perform(std::move(r)));
  REQUIRE(!reply);
  CHECK(reply.error().code == errc::timeout);
  CHECK(reply.error().message.find("no connection within 40 ms") != std::string::npos);
}

TEST_CASE("a refused connection and an unknown host are told apart") {
  std::uint16_t free_port = 0;
  {
    http_server gone{[](server_connection&) {}};
    free_port = gone.port();
  }
  transport net;
  request refused;
  refused.url = "http://127.0.0.1:" + std::to_string(free_port) + "/";
  result<response> const no_server = block_on(net, net.perform(std::move(refused)));
  REQUIRE(!no_server);
  CHECK(no_server.error().code == errc::connect);
  CHECK(no_server.error().retryable());

  // A label over 63 characters cannot exist, so no name server is asked.
  request unknown;
  unknown.url = "http://" + std::string(64, 'a') + ".invalid/";
  result<response> const no_host = block_on(net, net.perform(std::move(unknown)));
  REQUIRE(!no_host);
  CHECK(no_host.error().code == errc::name_resolution);
  CHECK(no_host.error().message.find("spelling") != std::string::npos);
}
