#ifndef SLUICE_TESTS_UNIT_TRANSPORT_CONNECT_PROXY_HPP
#define SLUICE_TESTS_UNIT_TRANSPORT_CONNECT_PROXY_HPP

#include "http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

/// Carries bytes both ways until one side ends or breaks.
inline void relay(int one, int other) {
  auto const carry = [](int from, int to) {
    char bytes[16384];
    ssize_t const got = ::recv(from, bytes, sizeof bytes, 0);
    for (ssize_t sent = 0; sent < got;) {
      ssize_t const n =
          ::send(to, bytes + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += n;
    }
    return got > 0;
  };
  pollfd ends[] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
  while (::poll(ends, 2, -1) > 0) {
    if (ends[0].revents != 0 && !carry(one, other)) return;
    if (ends[1].revents != 0 && !carry(other, one)) return;
  }
}

/// A proxy on a free loopback port that opens tunnels (CONNECT), to loopback only, whatever host is
/// asked for.
class connect_proxy {
 public:
  /// `credentials`: the Authorization it asks for, "Basic dXNlcjpwdw==", or empty for none.
  explicit connect_proxy(std::string credentials = {})
      : credentials_{std::move(credentials)}, server_{[this](server_connection& c) { serve(c); }} {}

  /// With `user`, e.g. "name:password@", before the host.
  [[nodiscard]] std::string url(std::string const& user = {}) const {
    return "http://" + user + "127.0.0.1:" + std::to_string(server_.port());
  }

  /// The heads of the requests so far.
  [[nodiscard]] std::vector<std::string> heads() {
    std::lock_guard const lock{mutex_};
    return heads_;
  }

 private:
  void serve(server_connection& c) {
    for (;;) {
      server_connection::request const r = c.read_request();
      if (r.head.empty()) return;
      {
        std::lock_guard const lock{mutex_};
        heads_.push_back(r.head);
      }
      if (!credentials_.empty() && !r.has("Proxy-Authorization: " + credentials_ + "\r\n")) {
        c.write(
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
            "realm=\"proxy\"\r\nContent-Length: 0\r\n\r\n");
        continue;
      }
      if (!r.has("CONNECT ")) {
        c.write("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
        continue;
      }
      int const onward = connection_to(port_in(r.head));
      if (onward < 0) {
        c.write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        continue;
      }
      c.write("HTTP/1.1 200 Connection established\r\n\r\n");
      relay(c.descriptor(), onward);
      ::close(onward);
      return;
    }
  }

  /// 443 of "CONNECT host:443 HTTP/1.1".
  static std::uint16_t port_in(std::string const& head) {
    std::size_t const end = head.find(' ', head.find(' ') + 1);
    std::size_t const colon = head.rfind(':', end);
    return static_cast<std::uint16_t>(std::strtoul(head.c_str() + colon + 1, nullptr, 10));
  }

  static int connection_to(std::uint16_t port) {
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
  }

  std::string credentials_;
  std::mutex mutex_;
  std::vector<std::string> heads_;
  http_server server_;
};

/// A loopback port that is taken, so that nobody else gets it, and on which nothing listens.
class refusing_port {
 public:
  refusing_port() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), length);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
  }

  refusing_port(refusing_port const&) = delete;
  refusing_port& operator=(refusing_port const&) = delete;

  ~refusing_port() { ::close(fd_); }

  /// "127.0.0.1:4711"
  [[nodiscard]] std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

#endif  // SLUICE_TESTS_UNIT_TRANSPORT_CONNECT_PROXY_HPP
