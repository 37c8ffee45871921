#include "catch.hpp"
#include "certificates.hpp"
#include "http_server.hpp"
#include "temporary_directory.hpp"

#include <sluice/transport/detail/curl_transfer.hpp>
#include <sluice/transport/duplex.hpp>
#include <sluice/transport/group.hpp>
#include <sluice/transport/scope.hpp>

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <semaphore>
#include <string>
#include <tuple>
#include <vector>

namespace {

using namespace sluice;
using namespace std::chrono_literals;

/// An HTTP/2 server that sends every byte of a request's body straight back, while the request is
/// still open, and ends with the trailers of a gRPC call.
class echo_session {
 public:
  explicit echo_session(server_connection& c) : connection_{c} {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &on_data);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &on_header);
    // Bytes count as taken when they have been sent back: the server holds back, too.
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session_server_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }

  echo_session(echo_session const&) = delete;
  echo_session& operator=(echo_session const&) = delete;

  ~echo_session() { nghttp2_session_del(session_); }

  void run() {
    for (;;) {
      std::uint8_t const* bytes = nullptr;
      for (ssize_t n = 0; (n = nghttp2_session_mem_send(session_, &bytes)) > 0;)
        if (!connection_.write({reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(n)}))
          return;
      if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0)
        return;
      std::string const input = connection_.read_some();
      if (input.empty() ||
          nghttp2_session_mem_recv(
              session_, reinterpret_cast<std::uint8_t const*>(input.data()), input.size()) < 0)
        return;
    }
  }

 private:
  struct stream {
    std::string pending;
    bool ended = false;
    bool reset_midway = false;
  };

  static nghttp2_nv field(char const* name, char const* value) {
    return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name)),
            reinterpret_cast<std::uint8_t*>(const_cast<char*>(value)),
            std::strlen(name),
            std::strlen(value),
            NGHTTP2_NV_FLAG_NONE};
  }

  static ssize_t on_send(nghttp2_session* session,
                         std::int32_t id,
                         std::uint8_t* out,
                         std::size_t room,
                         std::uint32_t* flags,
                         nghttp2_data_source*,
                         void* self) {
    stream& s = static_cast<echo_session*>(self)->streams_[id];
    std::size_t const n = std::min(room, s.pending.size());
    std::copy_n(s.pending.data(), n, out);
    s.pending.erase(0, n);
    nghttp2_session_consume(session, id, n);
    if (s.pending.empty() && s.ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      nghttp2_nv const trailer = field("grpc-status", "0");
      nghttp2_submit_trailer(session, id, &trailer, 1);
    } else if (n == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(n);
  }

  static int on_header(nghttp2_session*,
                       nghttp2_frame const* frame,
                       std::uint8_t const* name,
                       std::size_t name_length,
                       std::uint8_t const*,
                       std::size_t,
                       std::uint8_t,
                       void* self) {
    if (std::string_view{reinterpret_cast<char const*>(name), name_length} == "x-reset")
      static_cast<echo_session*>(self)->streams_[frame->hd.stream_id].reset_midway = true;
    return 0;
  }

  static int on_frame(nghttp2_session* session, nghttp2_frame const* frame, void* self) {
    stream& s = static_cast<echo_session*>(self)->streams_[frame->hd.stream_id];
    if (frame->hd.type == NGHTTP2_HEADERS) {
      nghttp2_nv const fields[] = {field(":status", "200"),
                                   field("content-type", "application/grpc")};
      nghttp2_data_provider const body{{}, &on_send};
      nghttp2_submit_response(session, frame->hd.stream_id, fields, 2, &body);
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      s.ended = true;
      nghttp2_session_resume_data(session, frame->hd.stream_id);
    }
    return 0;
  }

  static int on_data(nghttp2_session* session,
                     std::uint8_t,
                     std::int32_t id,
                     std::uint8_t const* bytes,
                     std::size_t length,
                     void* self) {
    stream& s = static_cast<echo_session*>(self)->streams_[id];
    s.pending.append(reinterpret_cast<char const*>(bytes), length);
    if (s.reset_midway)
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
    else
      nghttp2_session_resume_data(session, id);
    return 0;
  }

  server_connection& connection_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, stream> streams_;
};

void serve_echo(server_connection& c) {
  if (c.accept_tls()) echo_session{c}.run();
}

/// A frame of HTTP/2 on the first stream, or on none where it speaks of the connection.
std::string frame(unsigned char type, unsigned char flags, std::string const& payload) {
  auto const byte = [&](unsigned shift) { return static_cast<char>(payload.size() >> shift); };
  bool const of_stream = type <= 1;
  std::string out{byte(16), byte(8), byte(0), static_cast<char>(type), static_cast<char>(flags)};
  out.append(3, '\0').append(1, of_stream ? '\1' : '\0');
  return out + payload;
}

/// Answers the first request, when it is time, with a head, two frames of data and the end, all in
/// one piece.
void serve_in_one_piece(server_connection& c, std::binary_semaphore& time) {
  constexpr unsigned char data = 0, headers = 1, settings = 4;
  constexpr unsigned char end_stream = 1, ack = 1, end_headers = 4;
  constexpr std::size_t preface = 24, head = 9;
  c.write(frame(settings, 0, {}));
  std::string input;
  for (std::size_t at = preface;;) {
    std::string const more = c.read_some();
    if (more.empty()) return;
    input += more;
    while (at + head <= input.size()) {
      auto const byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(input[at + i]));
      };
      std::size_t const type = byte(3);
      std::size_t const flags = byte(4);
      at += head + (byte(0) << 16 | byte(1) << 8 | byte(2));
      if (type == settings && flags != ack) c.write(frame(settings, ack, {}));
      if (type != headers) continue;
      if (!time.try_acquire_for(20s)) return;
      c.write(frame(headers, end_headers, "\x88") +  // :status 200
              frame(data, 0, std::string(16'384, 'x')) +
              frame(data, end_stream, std::string(10'000, 'y')));
    }
  }
}

int choose_h2(SSL*,
              unsigned char const** out,
              unsigned char* length,
              unsigned char const* offered,
              unsigned int offered_length,
              void*) {
  unsigned char* chosen = nullptr;
  int const found = SSL_select_next_proto(&chosen,
                                          length,
                                          reinterpret_cast<unsigned char const*>("\x02h2"),
                                          3,
                                          offered,
                                          offered_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// The same behind TLS, where h2 is agreed on by ALPN.
class tls_echo {
 public:
  tls_echo() {
    std::ofstream{directory_ / "ca.pem"} << ca_.pem();
    SSL_CTX_set_alpn_select_cb(context_.get(), &choose_h2, nullptr);
    server_.emplace(serve_echo, context_.get());
  }

  [[nodiscard]] transport_options options() const {
    transport_options o;
    o.tls.ca_file = directory_ / "ca.pem";
    return o;
  }

  [[nodiscard]] std::string url() const { return server_->url(); }

  [[nodiscard]] int connections() const { return server_->connections(); }

 private:
  sluice_test::temporary_directory directory_;
  certificate ca_{"Test CA", ""};
  certificate shown_{"localhost", "DNS:localhost", &ca_};
  std::unique_ptr<SSL_CTX, openssl_free> context_ = shown_.server_context();
  std::optional<http_server> server_;
};

request call_to(std::string url) {
  request r;
  r.method = http_method::post;
  r.url = std::move(url);
  r.headers = {{"Content-Type", "application/grpc"}, {"TE", "trailers"}};
  r.prefer_http2 = true;
  r.label = "call";
  return r;
}

/// Sends a message, waits for its echo, and so on: each answer comes while the request is open.
task<int> converse(transport& net, std::string url, std::string name, int rounds) {
  duplex call{net, call_to(std::move(url))};
  for (int i = 0; i != rounds; ++i) {
    std::string const text = name + std::to_string(i) + ";";
    result<void> sent = co_await call.write(chunk{text});
    if (!sent) co_return sent.error();
    std::string echo;
    while (echo.size() < text.size()) {
      result<std::optional<std::string>> bytes = co_await call.read();
      if (!bytes) co_return bytes.error();
      if (!*bytes) co_return error{errc::malformed_reply, "the reply ended early"};
      echo += **bytes;
    }
    if (echo != text) co_return error{errc::malformed_reply, "another echo: " + echo};
  }
  result<reply_head> head = co_await call.head();
  if (!head) co_return head.error();
  call.finish_writing();
  result<std::optional<std::string>> end = co_await call.read();
  if (!end) co_return end.error();
  if (*end) co_return error{errc::malformed_reply, "bytes behind the end"};
  if (find_header(call.trailers(), "grpc-status") != "0")
    co_return error{errc::malformed_reply, "no trailers"};
  co_return head->status;
}

}  // namespace

TEST_CASE("a call talks both ways over HTTP/2 on the loop of all other requests") {
  tls_echo const server;
  http_server plain{[](server_connection& c) {
    c.read_request();
    c.reply("beside");
  }};
  transport net{server.options()};
  auto const all = [&]() -> task<int> {
    request beside;
    beside.url = plain.url();
    result<std::tuple<result<int>, result<int>, result<response>>> three =
        co_await when_all(net,
                          converse(net, server.url(), "a", 200),
                          converse(net, server.url(), "b", 200),
                          net.perform(beside));
    if (!three) co_return three.error();
    auto& [a, b, other] = *three;
    if (!a) co_return a.error();
    if (!b) co_return b.error();
    co_return other && other->body == "beside" ? *a + *b : 0;
  };
  result<int> const sum = block_on(net, all());
  INFO((sum ? std::string{} : sum.error().message));
  REQUIRE(sum);
  CHECK(*sum == 400);
  CHECK(server.connections() == 1);  // two streams of one connection
}

TEST_CASE("a call over plain http needs no upgrade, one after the other or side by side") {
  http_server server{serve_echo};
  transport net;
  for (int i = 0; i != 2; ++i) {
    result<int> const status = block_on(net, converse(net, server.url(), "p", 20));
    INFO((status ? std::string{} : status.error().message));
    REQUIRE(status);
    CHECK(*status == 200);
  }
  result<std::tuple<result<int>, result<int>>> const both = block_on(
      net,
      when_all(net, converse(net, server.url(), "a", 20), converse(net, server.url(), "b", 20)));
  REQUIRE(both);
  CHECK(std::get<0>(*both));
  CHECK(std::get<1>(*both));
}

TEST_CASE("a reply of HTTP/2 that comes in one piece ends without another") {
  std::binary_semaphore time{0};
  http_server server{[&](server_connection& c) { serve_in_one_piece(c, time); }};
  transport net;
  request r;
  r.url = server.url();
  r.prefer_http2 = true;
  r.limits.connect = 1s;
  r.limits.idle = 5s;
  // libcurl looks again by itself until its own limit for a connection is over; no clock of ours
  // makes it think so.
  auto const wait = [&, past = r.limits.connect + 100ms]() -> task<void> {
    result<void> slept = co_await net.sleep_for(past);
    time.release();
    co_return slept;
  };
  result<std::tuple<result<response>, result<void>>> const both =
      block_on(net, when_all(net, net.perform(std::move(r)), wait()));
  REQUIRE(both);
  result<response> const& reply = std::get<0>(*both);
  INFO((reply ? std::string{} : reply.error().message));
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->body == std::string(16'384, 'x') + std::string(10'000, 'y'));
}

TEST_CASE("a call is held back in both directions when nobody takes its bytes") {
  http_server server{serve_echo};
  transport net;
  // More than fits between the two: libcurl 8 lets a peer be 10 MiB ahead, and the system's buffers
  // of a connection grow to some megabytes.
  constexpr std::size_t total = 48u << 20;
  std::atomic<std::size_t> written = 0;
  std::size_t largest = 0;
  auto const flood = [&]() -> task<std::size_t> {
    duplex call{net, call_to(server.url())};
    auto const writer = [&]() -> task<void> {
      while (written < total) {
        result<void> sent = co_await call.write(chunk{std::string(64 << 10, 'x')});
        if (!sent) co_return sent.error();
        written += 64 << 10;
      }
      call.finish_writing();
      co_return success;
    };
    task_group writing{net};
    writing.spawn(writer());
    // Until the buffers of both sides are full: then the writer stands still.
    for (std::size_t before = 1; before != written;) {
      before = written;
      result<void> slept = co_await net.sleep_for(30ms);
      if (!slept) co_return slept.error();
    }
    std::size_t const stopped_at = written;
    std::size_t received = 0;
    for (;;) {
      result<std::optional<std::string>> bytes = co_await call.read();
      if (!bytes) co_return bytes.error();
      if (!*bytes) break;
      received += (*bytes)->size();
      largest = std::max<std::size_t>(largest, (*bytes)->size());
    }
    result<void> done = co_await writing.wait();
    if (!done) co_return done.error();
    if (received != total) co_return error{errc::malformed_reply, "bytes were lost"};
    co_return stopped_at;
  };
  result<std::size_t> const stopped_at = block_on(net, flood());
  INFO((stopped_at ? std::string{} : stopped_at.error().message));
  REQUIRE(stopped_at);
  CHECK(written == total);
  // libcurl before 8.1 stops to read at once.
  bool const at_once = sluice::detail::libcurl_before(0x080100);
  CHECK(*stopped_at < (at_once ? 4u << 20 : total));
  CHECK(largest <= duplex::window);  // what a call keeps itself
}

TEST_CASE("a call that the server resets is a broken connection, at once") {
  http_server server{serve_echo};
  transport net;
  auto const broken = [&]() -> task<void> {
    request r = call_to(server.url());
    r.headers.push_back({"X-Reset", "1"});
    duplex call{net, std::move(r)};
    result<void> sent = co_await call.write(chunk{"hello"});
    if (!sent) co_return sent.error();
    for (;;) {
      result<std::optional<std::string>> bytes = co_await call.read();
      if (!bytes) co_return bytes.error();
      if (!*bytes) co_return success;
    }
  };
  result<void> const ended = block_on(net, broken());
  REQUIRE(!ended);
  CHECK(ended.error().code == errc::send_receive);
  CHECK(ended.error().retryable());
}

TEST_CASE("a call that is given up is cancelled, and one that rests may time out") {
  http_server server{serve_echo};
  transport net;
  auto const wait = [&](std::chrono::milliseconds idle) -> task<void> {
    request r = call_to(server.url());
    r.limits.idle = idle;
    duplex call{net, std::move(r)};
    result<std::optional<std::string>> bytes = co_await call.read();
    if (!bytes) co_return bytes.error();
    co_return success;
  };
  result<void> const cancelled = block_on(net, wait(0ms), deadline::in(50ms));
  REQUIRE(!cancelled);
  CHECK(cancelled.error().code == errc::deadline);
  result<void> const rested = block_on(net, wait(40ms));
  REQUIRE(!rested);
  CHECK(rested.error().code == errc::timeout);
}

TEST_CASE("a call that cannot begin says so to everybody who asks") {
  transport net;
  auto const nowhere = [&]() -> task<void> {
    duplex call{net, call_to("ftp://x")};
    result<void> sent = co_await call.write(chunk{"x"});
    CHECK(sent.error().code == errc::invalid_configuration);
    result<reply_head> head = co_await call.head();
    CHECK(head.error().code == errc::invalid_configuration);
    result<std::optional<std::string>> bytes = co_await call.read();
    co_return bytes.error();
  };
  CHECK(block_on(net, nowhere()).error().code == errc::invalid_configuration);
}
