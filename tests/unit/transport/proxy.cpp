#include "catch.hpp"
#include "certificates.hpp"
#include "connect_proxy.hpp"
#include "http_server.hpp"
#include "temporary_directory.hpp"

#include <sluice/destination/request_monitor.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/transport/detail/curl_error.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

/// A TLS server that a client with `ca_file` trusts, and what it was asked.
struct trusted_server {
  sluice_test::temporary_directory directory;
  certificate ca{"Test CA", ""};
  certificate shown{"localhost", "DNS:localhost", &ca};
  std::unique_ptr<SSL_CTX, openssl_free> context = shown.server_context();
  std::string ca_file = directory / "ca.pem";
  std::mutex mutex;
  std::vector<std::string> heads;
  http_server http{[this](server_connection& c) { serve(c); }, context.get()};

  trusted_server() { sluice_test::write_file(ca_file, ca.pem()); }

  [[nodiscard]] transport_options through(std::string proxy) const {
    transport_options options;
    options.tls.ca_file = ca_file;
    options.proxy = std::move(proxy);
    return options;
  }

  void serve(server_connection& c) {
    if (!c.accept_tls()) return;
    for (;;) {
      server_connection::request const r = c.read_request();
      if (r.head.empty()) return;
      std::lock_guard const lock{mutex};
      heads.push_back(r.head);
      c.reply("private");
    }
  }
};

result<response> get(transport_options const& options,
                     std::string const& url,
                     request_observer* observer = nullptr) {
  transport net{options};
  request r;
  r.label = "login";
  r.url = url;
  r.observer = observer;
  return block_on(net, net.perform(std::move(r)));
}

/// The message of an error that says what to do.
std::string message_of(result<response> const& reply, errc code, bool retryable) {
  REQUIRE(!reply);
  INFO(reply.error().message);
  CHECK(reply.error().code == code);
  CHECK(reply.error().retryable() == retryable);
  CHECK_THAT(reply.error().message, ContainsSubstring("; "));
  return reply.error().message;
}

/// The first line of a head.
std::string first_line(std::string const& head) {
  return head.substr(0, head.find("\r\n"));
}

/// Of the environment, for as long as it lives.
class environment_variable {
 public:
  environment_variable(std::string name, std::string const& value) : name_{std::move(name)} {
    if (char const* const before = std::getenv(name_.c_str())) before_ = before;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }

  environment_variable(environment_variable const&) = delete;
  environment_variable& operator=(environment_variable const&) = delete;

  ~environment_variable() {
    if (before_)
      ::setenv(name_.c_str(), before_->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }

 private:
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("a proxy is used, and bypassed by no_proxy") {
  std::vector<std::string> seen;
  auto const record = [&](std::string name) {
    return [&seen, name](server_connection& c) {
      for (;;) {
        server_connection::request const r = c.read_request();
        if (r.head.empty()) return;
        seen.push_back(name + " " + first_line(r.head));
        c.reply(name);
      }
    };
  };
  http_server proxy{record("proxy")};
  http_server server{record("server")};
  transport_options options;
  options.proxy = proxy.url("");
  result<response> const one = get(options, server.url("/x"));
  REQUIRE(one);
  CHECK(one->body == "proxy");
  CHECK(seen.back() == "proxy GET " + server.url("/x") + " HTTP/1.1");

  options.no_proxy = "127.0.0.1";
  result<response> const two = get(options, server.url("/x"));
  REQUIRE(two);
  CHECK(two->body == "server");
}

TEST_CASE("https goes through a tunnel of the proxy, to a server that proves itself") {
  trusted_server server;
  connect_proxy proxy;
  std::string const place = "localhost:" + std::to_string(server.http.port());
  result<response> const reply = get(server.through(proxy.url()), server.http.url("/secret"));
  REQUIRE(reply);
  CHECK(reply->body == "private");
  REQUIRE(proxy.heads().size() == 1);
  CHECK(first_line(proxy.heads()[0]) == "CONNECT " + place + " HTTP/1.1");
  REQUIRE(server.heads.size() == 1);
  CHECK(first_line(server.heads[0]) == "GET /secret HTTP/1.1");

  // The proxy does not vouch for the server.
  certificate const other_ca{"Other CA", ""};
  sluice_test::write_file(server.ca_file, other_ca.pem());
  result<response> const refused = get(server.through(proxy.url()), server.http.url("/secret"));
  std::string const message = message_of(refused, errc::tls, false);
  CHECK_THAT(message, ContainsSubstring("login to https://" + place + ": its certificate"));
  CHECK_THAT(message, ContainsSubstring("signed by a CA"));
  CHECK_THAT(message, !ContainsSubstring("proxy"));
  CHECK(proxy.heads().size() == 2);
  CHECK(server.heads.size() == 1);
}

TEST_CASE("a proxy is known by its certificate, too") {
  trusted_server proxy;
  std::string const url = "http://service.example/";  // seen by the proxy alone
  std::string const name = proxy.http.url("");
  result<response> const reply = get(proxy.through(name), url);
  REQUIRE(reply);
  CHECK(first_line(proxy.heads.back()) == "GET http://service.example/ HTTP/1.1");

  std::string const by_address = "https://127.0.0.1:" + std::to_string(proxy.http.port());
  std::string const wrong_name = message_of(get(proxy.through(by_address), url), errc::tls, false);
  CHECK_THAT(wrong_name,
             ContainsSubstring("certificate of the proxy '" + by_address + "' is for another"));

  http_server plain{[](server_connection& c) {
    c.read_some();
    c.write("HTTP/1.1 400 Bad Request\r\n\r\n");
  }};
  std::string const no_tls = "https://127.0.0.1:" + std::to_string(plain.port());
  std::string const handshake = message_of(get(proxy.through(no_tls), url), errc::tls, false);
  CHECK_THAT(handshake, ContainsSubstring("with the proxy '" + no_tls + "'"));
}

TEST_CASE("a proxy that refuses connections is named") {
  refusing_port const nobody;
  std::string const proxy = "http://" + nobody.authority();
  for (std::string const scheme : {"http", "https"}) {
    auto const check = [&](transport_options const& options) {
      std::string const message =
          message_of(get(options, scheme + "://service.example/"), errc::connect, true);
      CHECK_THAT(message, ContainsSubstring("no connection to the proxy '" + proxy + "'"));
      CHECK_THAT(message, ContainsSubstring("check host and port in the proxy setting"));
    };
    for (std::string const& setting : {proxy, proxy + "/", nobody.authority()}) {
      transport_options options;
      options.proxy = setting;
      check(options);
    }
    for (std::string const& name : {scheme + "_proxy", std::string{"all_proxy"}}) {
      environment_variable const set{name, proxy};
      check({});
    }
  }
}

TEST_CASE("a proxy that is bypassed is not to blame") {
  refusing_port const nobody;
  http_server proxy{[](server_connection& c) { c.read_some(); }};
  transport_options options;
  options.proxy = proxy.url("");
  options.no_proxy = "127.0.0.1";
  std::string const message =
      message_of(get(options, "http://" + nobody.authority() + "/"), errc::connect, true);
  CHECK_THAT(message, ContainsSubstring("no connection (") && !ContainsSubstring("the proxy '"));
  CHECK(proxy.connections() == 0);
}

TEST_CASE("a proxy that wants other credentials says so once and for all") {
  trusted_server server;
  connect_proxy proxy{"Basic dXNlcjpwYXNzd29yZA=="};
  std::string const user = GENERATE(as<std::string>{}, "", "user:wrong@");
  std::string const message = message_of(
      get(server.through(proxy.url(user)), server.http.url()), errc::invalid_configuration, false);
  CHECK_THAT(message, ContainsSubstring("the proxy '" + proxy.url() + "'"));
  CHECK_THAT(message, ContainsSubstring("(status 407)"));
  CHECK_THAT(message, ContainsSubstring("http://user:password@host:port"));
  CHECK(proxy.heads().size() == 1);
  CHECK(server.heads.empty());
}

TEST_CASE("a proxy that opens no tunnel is named with its status") {
  refusing_port const nobody;
  connect_proxy proxy;
  transport_options options;
  options.proxy = proxy.url();
  std::string const message =
      message_of(get(options, "https://" + nobody.authority() + "/"), errc::connect, true);
  CHECK_THAT(message, ContainsSubstring("the proxy '" + proxy.url() + "' opens no tunnel"));
  CHECK_THAT(message, ContainsSubstring("(status 502)"));
}

TEST_CASE("a proxy that hangs up or stays silent is named") {
  http_server deaf{[](server_connection& c) { c.read_some(); }};
  transport_options options;
  options.proxy = deaf.url("");
  std::string const hung_up =
      message_of(get(options, "https://service.example/"), errc::connect, true);
  CHECK_THAT(hung_up, ContainsSubstring("the proxy '" + deaf.url("") + "' broke"));

  http_server silent{[](server_connection& c) {
    while (!c.read_some().empty()) {
    }
  }};
  options.proxy = silent.url("");
  options.limits.connect = 50ms;
  std::string const late =
      message_of(get(options, "https://service.example/"), errc::timeout, true);
  CHECK_THAT(late, ContainsSubstring("the proxy '" + silent.url("") + "'"));
}

TEST_CASE("a proxy whose name has no address is named") {
  detail::curl_failure failure;
  failure.code = CURLE_COULDNT_RESOLVE_PROXY;
  failure.proxy = "http://proxy.example:3128";
  request r;
  r.url = "https://service.example/";
  error const e = detail::describe_curl_failure(r, {}, {}, failure);
  CHECK(e.code == errc::name_resolution);
  CHECK_THAT(e.message, ContainsSubstring("the proxy 'http://proxy.example:3128' has no address"));
}

namespace {

/// What the test's standard error gets, for as long as it lives.
class captured_stderr {
 public:
  captured_stderr() : own_{::dup(STDERR_FILENO)} {
    int const fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ::dup2(fd, STDERR_FILENO);
    ::close(fd);
  }

  captured_stderr(captured_stderr const&) = delete;
  captured_stderr& operator=(captured_stderr const&) = delete;

  ~captured_stderr() {
    ::dup2(own_, STDERR_FILENO);
    ::close(own_);
  }

  [[nodiscard]] std::string text() const { return sluice_test::read_file(path_); }

 private:
  sluice_test::temporary_directory directory_;
  std::string path_ = directory_ / "stderr";
  int own_;
};

/// Spawns a request whose error nobody takes: it goes to standard error.
void drop(transport_options options, std::string const& url) {
  options.run_thread = false;
  transport net{options};
  bool done = false;
  auto const send = [&]() -> task<void> {
    request r;
    r.url = url;
    result<response> reply = co_await net.perform(std::move(r));
    done = true;
    if (!reply) co_return reply.error();
    co_return success;
  };
  net.spawn(send());
  while (!done) net.poll(1s);
}

}  // namespace

TEST_CASE("credentials of a proxy go to the proxy alone and are shown nowhere") {
  constexpr std::string_view user = "us%65r:p%40ss-word@";
  constexpr std::string_view sent = "Basic dXNlcjpwQHNzLXdvcmQ=";  // user:p@ss-word
  std::vector<std::string> shown;
  request_monitor requests{
      logger{[&](log_entry const& line) { shown.push_back(to_text(line)); }, log_level::debug},
      "test",
      nullptr};
  trusted_server server;
  connect_proxy proxy{std::string{sent}};
  captured_stderr errors;

  result<response> const reply =
      get(server.through(proxy.url(std::string{user})), server.http.url(), requests.observer());
  REQUIRE(reply);
  CHECK_THAT(proxy.heads().front(),
             ContainsSubstring("Proxy-Authorization: " + std::string{sent} + "\r\n"));
  REQUIRE(server.heads.size() == 1);
  CHECK_THAT(server.heads[0], !ContainsSubstring("Proxy-") && !ContainsSubstring("Authorization"));

  refusing_port const nobody;
  connect_proxy other{"Basic b3RoZXI="};
  http_server deaf{[](server_connection& c) { c.read_some(); }};
  std::string const login{user};
  std::string const deaf_place = "127.0.0.1:" + std::to_string(deaf.port());

  struct {
    std::string proxy;
    errc code;
  } const failing[] = {
      {"http://" + login + nobody.authority(), errc::connect},
      {login + nobody.authority(), errc::connect},
      {"socks5h://" + login + nobody.authority(), errc::connect},
      {"https://" + login + deaf_place, errc::connect},
      {"http://" + login + deaf_place, errc::connect},
      {other.url(login), errc::invalid_configuration},
      {"gopher://" + login + "127.0.0.1:1", errc::invalid_configuration},
      {"http://" + login + "127.0.0.1:port", errc::invalid_configuration},
      {"http://" + login + "a b:1", errc::invalid_configuration},
  };

  for (auto const& [setting, code] : failing) {
    result<response> const failed =
        get(server.through(setting), server.http.url(), requests.observer());
    REQUIRE(!failed);
    INFO(failed.error().describe());
    CHECK(failed.error().code == code);
    shown.push_back(failed.error().describe());
    drop(server.through(setting), server.http.url());
  }
  CHECK(shown.size() == 1 + 2 * std::size(failing));
  shown.push_back(errors.text());
  CHECK_THAT(shown.back(), ContainsSubstring("a background task failed"));
  for (std::string const& line : shown)
    for (std::string_view const secret :
         {"us%65r", "p%40ss", "p@ss", "-word", "dXNlcjpw", "user:p@"}) {
      INFO(line);
      CHECK(line.find(secret) == std::string::npos);
    }
}
