#ifndef SLUICE_SANDBOX_DETAIL_HTTP_SERVER_HPP
#define SLUICE_SANDBOX_DETAIL_HTTP_SERVER_HPP

#include <sluice/sandbox/detail/http.hpp>

#include <cstdint>
#include <memory>

namespace sluice::inline v0::sandbox::detail {

struct server_identity;

/// What a server speaks over TLS; without TLS it is HTTP/1.1.
enum class http_versions : std::uint8_t { only_1_1, up_to_2 };

/// HTTP on 127.0.0.1 with one thread per connection, over HTTP/2 also one per open stream: handlers
/// may block.
class http_server {
 public:
  /// Listens on a port that the system chooses; TLS if `identity` is given.
  /// \throws std::runtime_error naming the system's reason
  http_server(http_handler& handler,
              server_identity const* identity,
              std::uint64_t max_body,
              http_versions versions = http_versions::only_1_1);
  ~http_server();
  http_server(http_server const&) = delete;
  http_server& operator=(http_server const&) = delete;

  std::uint16_t port() const noexcept;
  /// Closes every connection and joins every thread. Idempotent.
  void stop();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_HTTP_SERVER_HPP
