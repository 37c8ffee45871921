#ifndef SLUICE_BENCH_SERVICE_SERVER_HPP
#define SLUICE_BENCH_SERVICE_SERVER_HPP

/// \file
/// What the benches of services send to: the sandbox's HTTP server over TLS, in a process of its
/// own, with answers that cost as little as they can.

#include "../process.hpp"

#include <sluice/sandbox/detail/http.hpp>
#include <sluice/sandbox/detail/http_server.hpp>
#include <sluice/sandbox/detail/tls.hpp>
#include <sluice/sandbox/sandbox.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <utility>

namespace bench {

namespace http = sluice::sandbox::detail;

/// Answers one request. Called from one thread per connection.
using answer = std::function<http::http_response(http::http_request&)>;

/// A server on 127.0.0.1 until the object goes. Make it before this process has threads.
class server {
 public:
  explicit server(answer how) {
    http::authority const made = http::make_authority(sluice::sandbox::certificate_kind::valid);
    int const file = ::mkstemp(ca_file_.data());
    auto const size = static_cast<::ssize_t>(made.ca_certificate.size());
    if (file < 0 || ::write(file, made.ca_certificate.data(), made.ca_certificate.size()) != size)
      std::abort();
    ::close(file);

    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    std::fflush(stdout);
    process_ = ::fork();
    if (process_ < 0) std::abort();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      on_cores const last{1, 1};
      handler answering{std::move(how)};
      http::http_server const listening{answering, &made.identity, 64u << 20};
      std::uint16_t const port = listening.port();
      if (::write(ends[1], &port, sizeof port) != sizeof port) std::abort();
      for (;;) ::pause();
    }
    ::close(ends[1]);
    if (::read(ends[0], &port_, sizeof port_) != sizeof port_) std::abort();
    ::close(ends[0]);
  }

  server(server const&) = delete;
  server& operator=(server const&) = delete;

  ~server() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    ::unlink(ca_file_.c_str());
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

  [[nodiscard]] std::string const& ca_file() const noexcept { return ca_file_; }

  /// Processor seconds that it has used.
  [[nodiscard]] double seconds() const {
    ::clockid_t its{};
    std::timespec now{};
    if (::clock_getcpuclockid(process_, &its) != 0 || ::clock_gettime(its, &now) != 0) return 0;
    return seconds_of(now);
  }

 private:
  class handler final : public http::http_handler {
   public:
    explicit handler(answer how) : how_{std::move(how)} {}

    http::head_verdict on_head(http::http_request const&) override { return {}; }

    http::http_response on_request(http::http_request& r, http::connection&) override {
      return how_(r);
    }

    void on_broken(http::http_request const&, http::head_verdict const&) override {}

   private:
    answer how_;
  };

  std::string ca_file_ = "/tmp/sluice-bench-ca-XXXXXX";
  ::pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace bench

#endif  // SLUICE_BENCH_SERVICE_SERVER_HPP
