#ifndef SLUICE_TESTS_UNIT_SANDBOX_PLAIN_CLIENT_HPP
#define SLUICE_TESTS_UNIT_SANDBOX_PLAIN_CLIENT_HPP

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// One HTTP exchange over a socket of its own, with nothing between the test and the bytes.
namespace plain_client {

struct reply {
  int status = 0;  ///< 0: the connection ended before a status line
  std::string head;
  std::string body;
  bool complete = false;  ///< as many body bytes as Content-Length says
  bool reset = false;     ///< the connection ended with RST

  bool contains(std::string_view text) const { return body.find(text) != std::string::npos; }
};

using headers = std::vector<std::pair<std::string, std::string>>;

inline reply send_text(std::uint16_t port, std::string const& text) {
  int const fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) {
    ::close(fd);
    throw std::runtime_error("cannot connect");
  }
  for (std::string_view rest = text; !rest.empty();) {
    ssize_t const sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string all;
  char block[65536];
  auto const ended = [&] {
    auto const end = all.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    if (text.starts_with("HEAD ") || all.starts_with("HTTP/1.1 204")) return true;
    auto const at = all.find("Content-Length: ");
    if (at == std::string::npos || at > end) return false;
    return all.size() - end - 4 >= std::strtoull(all.c_str() + at + 16, nullptr, 10);
  };
  bool complete = false;
  bool reset = false;
  while (!(complete = ended())) {
    ssize_t const got = ::recv(fd, block, sizeof block, 0);
    reset = got < 0 && errno == ECONNRESET;
    if (got <= 0) break;
    all.append(block, static_cast<std::size_t>(got));
  }
  ::close(fd);
  reply out;
  out.complete = complete;
  out.reset = reset;
  if (all.starts_with("HTTP/1.1 ")) out.status = std::atoi(all.c_str() + 9);
  auto const end = all.find("\r\n\r\n");
  if (end != std::string::npos) {
    out.head = all.substr(0, end);
    out.body = all.substr(end + 4);
  }
  return out;
}

inline reply send(std::uint16_t port,
                  std::string const& method,
                  std::string const& target,
                  std::string const& body = {},
                  headers const& more = {}) {
  std::string text = method + ' ' + target +
                     " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                     "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (auto const& [name, value] : more) text += name + ": " + value + "\r\n";
  return send_text(port, text + "\r\n" + body);
}

/// The text value of the first member of this name.
inline std::string member(std::string const& json, std::string const& name) {
  auto const at = json.find('"' + name + "\":\"");
  if (at == std::string::npos) return {};
  auto const from = at + name.size() + 4;
  return json.substr(from, json.find('"', from) - from);
}

}  // namespace plain_client

#endif  // SLUICE_TESTS_UNIT_SANDBOX_PLAIN_CLIENT_HPP
