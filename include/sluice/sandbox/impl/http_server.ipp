#ifndef SLUICE_SANDBOX_IMPL_HTTP_SERVER_IPP
#define SLUICE_SANDBOX_IMPL_HTTP_SERVER_IPP

#include <sluice/sandbox/detail/byte_stream.hpp>
#include <sluice/sandbox/detail/http2.hpp>
#include <sluice/sandbox/detail/http_server.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/detail/tls.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/none.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace sluice::inline v0::sandbox::detail {

namespace http_impl {

namespace http = boost::beast::http;

}  // namespace http_impl

struct http_server::state {
  struct peer_thread {
    std::atomic<bool> done{false};
    int descriptor = -1;
    std::mutex guard;  // descriptor is -1 once the socket is about to close
    std::thread thread;
  };

  http_handler& handler;
  std::uint64_t max_body;
  http_impl::asio::io_context io;
  http_impl::tcp::acceptor acceptor{io};
  std::optional<http_impl::asio::ssl::context> tls;
  std::atomic<bool> stopping{false};
  std::mutex guard;
  std::list<peer_thread> peers;
  std::thread accepting;
  std::uint16_t port = 0;

  state(http_handler& h, std::uint64_t limit) : handler(h), max_body(limit) {}

  void accept_next();
  void start_peer(http_impl::tcp::socket socket);
  void serve(http_impl::tcp::socket socket, peer_thread& self);
};

namespace http_impl {

class peer final : public connection {
 public:
  peer(byte_stream& stream, std::atomic<bool> const& stopping, std::uint64_t number)
      : stream_(stream), stopping_(stopping), number_(number) {}

  bool wait(std::chrono::milliseconds time) override {
    auto const end = std::chrono::steady_clock::now() + time;
    while (!stopping_) {
      auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return true;
      pollfd watched{.fd = stream_.descriptor(), .events = POLLRDHUP, .revents = 0};
      auto const slice = std::min<std::int64_t>(left.count(), 20);
      if (::poll(&watched, 1, static_cast<int>(slice)) > 0) return false;
    }
    return false;
  }

  std::uint64_t number() const override { return number_; }

  bool running() const { return !stopping_; }

 private:
  byte_stream& stream_;
  std::atomic<bool> const& stopping_;
  std::uint64_t number_;
};

/// One request at a time from one connection.
class reader {
 public:
  reader(byte_stream& stream, peer& waiter) : stream_(stream), waiter_(waiter) {}

  bool head(http_request& out, error_code& error) {
    parser_.emplace();
    parser_->eager(false);
    parser_->header_limit(64 << 10);
    parser_->body_limit(boost::none);  // checked by body(), once the handler has seen the head
    while (!parser_->is_header_done()) {
      if (pending_.empty() && !fill(error)) return false;
      std::size_t const used = parser_->put(asio::buffer(pending_), error);
      pending_.erase(0, used);
      if (error == http::error::need_more) {
        error = {};
        if (!fill(error)) return false;
      }
      if (error) return false;
    }
    auto const& message = parser_->get();
    out.method = std::string(message.method_string());
    out.target = std::string(message.target());
    auto const question = out.target.find('?');
    out.path = out.target.substr(0, question);
    if (question != std::string::npos) {
      out.query = parse_query(std::string_view(out.target).substr(question + 1));
    }
    for (auto const& field : message) {
      auto const name = field.name_string();
      auto const value = field.value();
      out.headers.emplace_back(lower({name.data(), name.size()}),
                               std::string(value.data(), value.size()));
    }
    return true;
  }

  bool body(http_request& out,
            std::uint64_t limit,
            head_verdict const& verdict,
            error_code& error) {
    if (parser_->content_length().value_or(0) > limit) {
      error = http::error::body_limit;
      return false;
    }
    parser_->body_limit(limit);
    parser_->eager(true);
    std::string chunk(std::size_t{1} << 17, '\0');
    if (auto const length = parser_->content_length()) {
      out.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, limit)));
    }
    while (!parser_->is_done()) {
      auto& target = parser_->get().body();
      target.data = chunk.data();
      target.size = chunk.size();
      target.more = true;
      if (pending_.empty() && !fill(error)) return false;
      std::size_t const used = parser_->put(asio::buffer(pending_), error);
      pending_.erase(0, used);
      std::size_t const got = chunk.size() - parser_->get().body().size;
      out.body.append(chunk, 0, got);
      if (error == http::error::need_buffer) error = {};
      if (error == http::error::need_more) {
        error = {};
        if (!fill(error)) return false;
      }
      if (error) return false;
      if (verdict.reset_after && out.body.size() >= *verdict.reset_after) {
        stream_.reset();
        return false;
      }
      if (verdict.bytes_per_second && *verdict.bytes_per_second > 0) {
        waiter_.wait(std::chrono::milliseconds(got * 1000 / *verdict.bytes_per_second));
      }
    }
    return true;
  }

  bool keep_alive() const { return parser_->get().keep_alive(); }

  bool has_body() const { return parser_->chunked() || parser_->content_length().value_or(0) > 0; }

 private:
  bool fill(error_code& error) {
    std::array<char, std::size_t{1} << 16> block;
    std::size_t const got = stream_.read(block.data(), block.size(), error);
    if (error || got == 0) return false;
    pending_.append(block.data(), got);
    return true;
  }

  byte_stream& stream_;
  peer& waiter_;
  std::string pending_;
  std::optional<http::request_parser<http::buffer_body>> parser_;
};

inline std::string render_head(http_response const& reply, std::uint64_t length, bool keep) {
  std::string out = "HTTP/1.1 " + std::to_string(reply.status) + ' ' +
                    std::string(reason_phrase(reply.status)) + "\r\n";
  bool length_given = false;
  for (auto const& [name, value] : reply.headers) {
    length_given = length_given || same_text(name, "content-length");
    out += name + ": " + value + "\r\n";
  }
  if (reply.send.chunked && !length_given) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (!length_given && reply.status != 204 && reply.status >= 200) {
    out += "Content-Length: " + std::to_string(length) + "\r\n";
  }
  if (!keep) out += "Connection: close\r\n";
  return out + "\r\n";
}

/// Sends one reply; false if the connection cannot carry another one.
inline bool send(
    byte_stream& stream, peer& waiter, http_response const& reply, bool head_only, bool keep) {
  auto const& how = reply.send;
  if (how.hang) {
    while (waiter.wait(std::chrono::hours(1))) {
    }
    return false;
  }
  if (how.drop) {
    stream.reset();
    return false;
  }
  if (how.close) return false;
  error_code error;
  if (how.half_status_line) {
    stream.write(std::string_view("HTTP/1.1 2"), error);
    return false;
  }
  std::string_view const content = reply.content();
  std::uint64_t const length = how.stream_bytes.value_or(content.size());
  auto const announced =
      std::max<std::int64_t>(static_cast<std::int64_t>(length) + how.length_error, 0);
  stream.write(render_head(reply, static_cast<std::uint64_t>(announced), keep), error);
  if (!error && head_only && how.reset_at_cut) {
    stream.reset_after_sent();
    return false;
  }
  if (error || head_only) return !error && keep;
  if (how.pause_after_head && !waiter.wait(*how.pause_after_head)) return false;
  if (how.stream_bytes) {
    std::string const junk(std::size_t{1} << 16, '7');
    for (std::uint64_t left = length; left > 0 && !error && waiter.running();) {
      auto const now = std::min<std::uint64_t>(left, junk.size());
      stream.write(std::string_view(junk).substr(0, static_cast<std::size_t>(now)), error);
      left -= now;
    }
    return !error && keep && waiter.running();
  }
  std::string_view rest = content;
  if (how.truncate_after) {
    rest = rest.substr(0, std::min<std::size_t>(rest.size(), *how.truncate_after));
  }
  std::string framed;
  if (how.chunked && !content.empty()) {
    framed = fmt::format("{:x}\r\n", content.size());
    framed += rest;
    if (!how.truncate_after) framed += "\r\n";
  }
  if (how.chunked) {
    if (!how.truncate_after) framed += "0\r\n\r\n";
    rest = framed;
  }
  // A drip of twenty pieces a second, or of single bytes at a slower rate.
  std::size_t const piece =
      how.bytes_per_second ? std::max<std::size_t>(*how.bytes_per_second / 20, 1) : rest.size();
  std::chrono::milliseconds const pause(
      how.bytes_per_second ? 1000 * piece / std::max<std::size_t>(*how.bytes_per_second, 1) : 0);
  while (!rest.empty() && !error) {
    stream.write(rest.substr(0, piece), error);
    rest.remove_prefix(std::min(piece, rest.size()));
    if (how.bytes_per_second && !waiter.wait(pause)) return false;
  }
  if (how.truncate_after) {
    how.reset_at_cut ? stream.reset_after_sent() : stream.end_after_sent();
    return false;
  }
  return !error && keep && how.length_error <= 0;
}

}  // namespace http_impl

void http_server::state::serve(http_impl::tcp::socket socket, peer_thread& self) {
  using namespace http_impl;
  byte_stream stream(std::move(socket), tls ? &*tls : nullptr);
  static std::atomic<std::uint64_t> accepted{0};
  std::uint64_t const number = ++accepted;
  peer waiter(stream, stopping, number);
  error_code error;
  stream.handshake(error);
  if (!error && stream.speaks_http2()) {
    serve_http2(stream, handler, max_body, number);
    error = asio::error::eof;
  }
  reader in(stream, waiter);
  while (!error && !stopping) {
    http_request request;
    request.secure = tls.has_value();
    if (!in.head(request, error)) {
      if (error && error.category() == make_error_code(http::error::bad_method).category() &&
          error != http::error::end_of_stream) {
        send(stream, waiter, handler.unreadable(400, error.message()), false, false);
      }
      break;
    }
    head_verdict verdict = handler.on_head(request);
    bool const head_only = request.method == "HEAD";
    if (verdict.reply) {
      if (verdict.reply->send.drop) handler.on_broken(request, verdict);
      bool const keep = in.keep_alive() && !in.has_body();
      if (!send(stream, waiter, *verdict.reply, head_only, keep)) break;
      if (!in.has_body()) {
        if (!in.body(request, 0, {}, error)) break;
        continue;
      }
      break;
    }
    if (same_text(request.header("expect"), "100-continue") && in.has_body()) {
      stream.write("HTTP/1.1 100 Continue\r\n\r\n", error);
    }
    if (!in.body(request, max_body, verdict, error)) {
      handler.on_broken(request, verdict);
      if (error == http::error::body_limit) {
        send(stream, waiter, handler.unreadable(413, "request body too large"), head_only, false);
      }
      break;
    }
    http_response reply = handler.on_request(request, waiter);
    if (!send(stream, waiter, reply, head_only, in.keep_alive())) break;
  }
  {
    std::lock_guard const lock(self.guard);
    self.descriptor = -1;
  }
  self.done = true;
}

void http_server::state::start_peer(http_impl::tcp::socket socket) {
  socket.set_option(http_impl::tcp::no_delay(true));
  std::lock_guard const lock(guard);
  peers.remove_if([](peer_thread& p) {
    if (!p.done) return false;
    p.thread.join();
    return true;
  });
  peer_thread& entry = peers.emplace_back();
  entry.descriptor = socket.native_handle();
  entry.thread =
      std::thread([this, &entry, s = std::move(socket)]() mutable { serve(std::move(s), entry); });
}

void http_server::state::accept_next() {
  acceptor.async_accept([this](http_impl::error_code error, http_impl::tcp::socket socket) {
    if (stopping || error == http_impl::asio::error::operation_aborted) return;
    if (!error) start_peer(std::move(socket));
    accept_next();
  });
}

namespace http_impl {

/// Chooses what both sides speak, the newest first.
inline int choose_protocol(SSL*,
                           unsigned char const** chosen,
                           unsigned char* size,
                           unsigned char const* offered,
                           unsigned offered_size,
                           void*) {
  static constexpr unsigned char spoken[] = "\x02h2\x08http/1.1";
  unsigned char* found = nullptr;
  int const agreed =
      SSL_select_next_proto(&found, size, spoken, sizeof(spoken) - 1, offered, offered_size);
  *chosen = found;
  return agreed == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace http_impl

http_server::http_server(http_handler& handler,
                         server_identity const* identity,
                         std::uint64_t max_body,
                         http_versions versions)
    : state_(std::make_unique<state>(handler, max_body)) {
  using namespace http_impl;
  if (identity != nullptr) {
    auto& tls = state_->tls.emplace(asio::ssl::context::tls_server);
    tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    tls.use_certificate_chain(asio::buffer(identity->certificate));
    tls.use_private_key(asio::buffer(identity->key), asio::ssl::context::pem);
    if (versions == http_versions::up_to_2)
      SSL_CTX_set_alpn_select_cb(tls.native_handle(), &choose_protocol, nullptr);
  }
  tcp::endpoint const where(asio::ip::address_v4::loopback(), 0);
  state_->acceptor.open(where.protocol());
  state_->acceptor.bind(where);
  state_->acceptor.listen();
  state_->port = state_->acceptor.local_endpoint().port();
  state_->accept_next();
  state_->accepting = std::thread([s = state_.get()] { s->io.run(); });
}

http_server::~http_server() {
  stop();
}

std::uint16_t http_server::port() const noexcept {
  return state_->port;
}

void http_server::stop() {
  if (state_->stopping.exchange(true)) return;
  state_->io.stop();
  state_->accepting.join();
  std::lock_guard const lock(state_->guard);
  for (auto& peer : state_->peers) {
    std::lock_guard const peer_lock(peer.guard);
    if (peer.descriptor >= 0) ::shutdown(peer.descriptor, SHUT_RDWR);
  }
  for (auto& peer : state_->peers) peer.thread.join();
  state_->peers.clear();
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_HTTP_SERVER_IPP
