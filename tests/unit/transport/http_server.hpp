#ifndef SLUICE_TESTS_UNIT_TRANSPORT_HTTP_SERVER_HPP
#define SLUICE_TESTS_UNIT_TRANSPORT_HTTP_SERVER_HPP

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// One accepted connection of the loopback server, seen by its handler.
class server_connection {
 public:
  server_connection(int fd, SSL* tls, std::string peer)
      : fd_{fd}, tls_{tls}, peer_{std::move(peer)} {}

  server_connection(server_connection const&) = delete;
  server_connection& operator=(server_connection const&) = delete;

  ~server_connection() {
    if (tls_ != nullptr) SSL_free(tls_);
  }

  struct request {
    std::string head;  // request line and headers
    std::string body;

    [[nodiscard]] bool has(std::string_view text) const {
      return head.find(text) != std::string::npos;
    }
  };

  /// The next request; an empty head when the client has closed.
  request read_request() {
    request r;
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!fill()) return {};
    r.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    std::size_t length = 0;
    if (std::size_t const at = r.head.find("Content-Length: "); at != std::string::npos)
      length = std::strtoull(r.head.c_str() + at + 16, nullptr, 10);
    while (buffer_.size() < length)
      if (!fill()) return {};
    r.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return r;
  }

  /// Bytes from the client as they come; empty when it has closed.
  std::string read_some() {
    if (buffer_.empty()) fill();
    return std::exchange(buffer_, {});
  }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t const n = tls_ != nullptr
                            ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                            : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  bool reply(std::string_view body, std::string_view more_headers = {}) {
    return write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                 std::string{more_headers} + "\r\n" + std::string{body});
  }

  /// The connection ends with RST instead of FIN.
  void reset() {
    linger const hard{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }

  [[nodiscard]] std::string const& peer() const { return peer_; }

  /// Whether the TLS handshake ended well.
  bool accept_tls() { return tls_ == nullptr || SSL_accept(tls_) == 1; }

  [[nodiscard]] int descriptor() const { return fd_; }

 private:
  bool fill() {
    char bytes[16384];
    ssize_t const n =
        tls_ != nullptr ? SSL_read(tls_, bytes, sizeof bytes) : ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

  int fd_;
  SSL* tls_;
  std::string peer_;
  std::string buffer_;
};

/// A server on a free loopback port: one thread per connection runs the handler, after which the
/// connection closes.
class http_server {
 public:
  using handler = std::function<void(server_connection&)>;

  /// `tls` null: plain text. The server does not own it.
  explicit http_server(handler h, SSL_CTX* tls = nullptr) : handler_{std::move(h)}, tls_{tls} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), length);
    ::listen(listener_, 64);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept(); }};
  }

  http_server(http_server const&) = delete;
  http_server& operator=(http_server const&) = delete;

  ~http_server() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      std::lock_guard const lock{mutex_};
      for (int const fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& t : threads_) t.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] std::string url(std::string_view path = "/") const {
    return (tls_ != nullptr ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) +
           std::string{path};
  }

  /// Connections accepted so far.
  [[nodiscard]] int connections() const { return connections_; }

  /// Those that the server has not closed.
  [[nodiscard]] std::size_t open_connections() {
    std::lock_guard const lock{mutex_};
    return open_.size();
  }

 private:
  void accept() {
    for (;;) {
      sockaddr_in peer{};
      socklen_t length = sizeof peer;
      int const fd =
          ::accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_CLOEXEC);
      if (fd < 0) return;
      // Replies are written in pieces; none waits for the acknowledgement of the one before.
      int const on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ++connections_;
      char text[INET_ADDRSTRLEN] = {};
      inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
      std::lock_guard const lock{mutex_};
      open_.push_back(fd);
      threads_.emplace_back([this, fd, name = std::string{text}] { serve(fd, name); });
    }
  }

  void serve(int fd, std::string const& peer) {
    // A client that goes away while OpenSSL writes must not end the tests.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    {
      SSL* tls = nullptr;
      if (tls_ != nullptr) {
        tls = SSL_new(tls_);
        SSL_set_fd(tls, fd);
      }
      server_connection connection{fd, tls, peer};
      handler_(connection);
    }
    std::lock_guard const lock{mutex_};
    open_.remove(fd);
    ::close(fd);
  }

  handler handler_;
  SSL_CTX* tls_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread acceptor_;
  std::mutex mutex_;
  std::list<int> open_;
  std::vector<std::thread> threads_;
  std::atomic<int> connections_ = 0;
};

#endif  // SLUICE_TESTS_UNIT_TRANSPORT_HTTP_SERVER_HPP
