#ifndef SLUICE_SANDBOX_DETAIL_BYTE_STREAM_HPP
#define SLUICE_SANDBOX_DETAIL_BYTE_STREAM_HPP

#include <sluice/config.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::inline v0::sandbox::detail::http_impl {

namespace asio = boost::asio;
using error_code = boost::system::error_code;
using tcp = asio::ip::tcp;

/// Plain or TLS bytes behind one type, so that the parser is instantiated once.
class byte_stream {
 public:
  byte_stream(tcp::socket socket, asio::ssl::context* tls) : socket_(std::move(socket)) {
    if (tls != nullptr) secure_.emplace(socket_, *tls);
  }

  void handshake(error_code& error) {
    if (secure_) secure_->handshake(asio::ssl::stream_base::server, error);
  }

  std::size_t read(char* data, std::size_t size, error_code& error) {
    auto const buffer = asio::buffer(data, size);
    return secure_ ? secure_->read_some(buffer, error) : socket_.read_some(buffer, error);
  }

  /// What has arrived already; `error` is would_block if that is nothing.
  std::size_t read_arrived(char* data, std::size_t size, error_code& error) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    std::size_t const got = read(data, size, error);
    socket_.non_blocking(false, ignored);
    return got;
  }

  void write(std::string_view data, error_code& error) {
    auto const buffer = asio::buffer(data.data(), data.size());
    secure_ ? asio::write(*secure_, buffer, error) : asio::write(socket_, buffer, error);
  }

  /// Whether the handshake has agreed on HTTP/2.
  bool speaks_http2() {
    if (!secure_) return false;
    unsigned char const* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(secure_->native_handle(), &name, &size);
    return std::string_view(reinterpret_cast<char const*>(name), size) == "h2";
  }

  int descriptor() { return socket_.native_handle(); }

  /// The close that follows sends RST instead of FIN: the peer sees "connection reset", not an
  /// orderly end.
  void reset() {
    // Not asio's option: its destructor takes that back.
    linger const at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  /// The same, but what has been written arrives before: RST throws away what is still to be sent.
  /// Waits for a peer that does not read, a second at most.
  void reset_after_sent() {
    constexpr int slices = 200;
    constexpr int slice_ms = 5;
    for (int i = 0, unsent = 0; i < slices; ++i) {
      if (::ioctl(descriptor(), TIOCOUTQ, &unsent) != 0 || unsent == 0) break;
      ::poll(nullptr, 0, slice_ms);
    }
    reset();
  }

  /// No bytes follow those that have been written.
  void end_after_sent() { ::shutdown(descriptor(), SHUT_WR); }

  /// Ends the connection so that all that has been written arrives, whatever the peer is sending: a
  /// close with bytes unread sends RST, which throws away what the peer has not read yet. Reads
  /// until the peer ends its side, too, is silent for a second or has sent 64 MiB.
  void end_in_order() {
    end_after_sent();
    constexpr int silence_ms = 1'000;
    pollfd watched{descriptor(), POLLIN, 0};
    std::array<char, std::size_t{1} << 14> unheard;
    for (std::size_t heard = 0; heard < (std::size_t{64} << 20);) {
      if (::poll(&watched, 1, silence_ms) <= 0) break;
      ssize_t const got = ::recv(descriptor(), unheard.data(), unheard.size(), 0);
      if (got <= 0) break;
      heard += static_cast<std::size_t>(got);
    }
  }

 private:
  tcp::socket socket_;
  std::optional<asio::ssl::stream<tcp::socket&>> secure_;
};

}  // namespace sluice::inline v0::sandbox::detail::http_impl

#endif  // SLUICE_SANDBOX_DETAIL_BYTE_STREAM_HPP
