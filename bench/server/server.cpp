#include "../process.hpp"
#include "server.hpp"

// The parts of the sandbox that a server needs, without its services.
#include <sluice/sandbox/impl/http.ipp>
#include <sluice/sandbox/impl/http2.ipp>
#include <sluice/sandbox/impl/http_server.ipp>
#include <sluice/sandbox/impl/text.ipp>
#include <sluice/sandbox/impl/tls.ipp>

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>

namespace bench {

namespace {

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

}  // namespace

server::server(answer how) {
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
    on_cores const second{1, 1};
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

server::~server() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  ::unlink(ca_file_.c_str());
}

double server::seconds() const {
  ::clockid_t its{};
  std::timespec now{};
  if (::clock_getcpuclockid(process_, &its) != 0 || ::clock_gettime(its, &now) != 0) return 0;
  return seconds_of(now);
}

}  // namespace bench
