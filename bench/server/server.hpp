#ifndef SLUICE_BENCH_SERVER_SERVER_HPP
#define SLUICE_BENCH_SERVER_SERVER_HPP

#include <sluice/sandbox/detail/http.hpp>

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace bench {

namespace http = sluice::sandbox::detail;

/// Answers one request. Called from one thread per connection.
using answer = std::function<http::http_response(http::http_request&)>;

/// What the benches of services send to: the sandbox's HTTP server, over TLS on 127.0.0.1, in a
/// process of its own on the second core, until the object goes. Make it before this process has
/// threads.
class server {
 public:
  explicit server(answer how);
  server(server const&) = delete;
  server& operator=(server const&) = delete;
  ~server();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

  [[nodiscard]] std::string const& ca_file() const noexcept { return ca_file_; }

  /// Processor seconds that it has used.
  [[nodiscard]] double seconds() const;

 private:
  std::string ca_file_ =
      (std::filesystem::temp_directory_path() / "sluice-bench-ca-XXXXXX").string();
  ::pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace bench

#endif  // SLUICE_BENCH_SERVER_SERVER_HPP
