#include "catch.hpp"
#include "certificates.hpp"
#include "http_server.hpp"
#include "temporary_directory.hpp"

#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <openssl/ocsp.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>

namespace {

using namespace sluice;

/// A CA whose file the client trusts, and a place for more files.
struct authority {
  sluice_test::temporary_directory directory;
  certificate ca{"Test CA", ""};
  std::string ca_file = save("ca.pem", ca.pem());

  [[nodiscard]] std::string save(std::string const& name, std::string const& text) const {
    std::ofstream{directory / name} << text;
    return directory / name;
  }

  /// What a GET gives from a server with this certificate.
  result<response> get(SSL_CTX* server_tls,
                       tls_options client,
                       std::string const& host = {}) const {
    http_server server{[](server_connection& c) {
                         if (!c.accept_tls()) return;
                         c.read_request();
                         c.reply("private");
                       },
                       server_tls};
    transport_options options;
    options.tls = std::move(client);
    transport net{options};
    request r;
    r.label = "login";
    r.url = host.empty() ? server.url() : "https://" + host + ":" + std::to_string(server.port());
    result<response> reply = block_on(net, net.perform(std::move(r)));
    if (!reply) {
      INFO(reply.error().message);
      CHECK(reply.error().message.starts_with("login to https://"));
      CHECK(reply.error().message.find(';') != std::string::npos);
    }
    return reply;
  }

  result<response> get(certificate const& shown, tls_options client) const {
    return get(shown.server_context().get(), std::move(client));
  }
};

void refused(result<response> const& reply, std::string const& why) {
  REQUIRE(!reply);
  INFO(reply.error().message);
  CHECK(reply.error().code == errc::tls);
  CHECK_FALSE(reply.error().retryable());
  CHECK(reply.error().message.find(why) != std::string::npos);
}

}  // namespace

TEST_CASE("a server with a good certificate is trusted") {
  authority a;
  certificate const good{"localhost", "DNS:localhost,IP:127.0.0.1", &a.ca};
  result<response> const reply = a.get(good, {.ca_file = a.ca_file});
  REQUIRE(reply);
  CHECK(reply->body == "private");
  CHECK(a.get(good.server_context().get(), {.ca_file = a.ca_file}, "127.0.0.1"));
}

TEST_CASE("a wrong CA, host or date each is an error of its own") {
  authority a;
  certificate const good{"localhost", "DNS:localhost", &a.ca};
  certificate const other_ca{"Other CA", ""};
  refused(a.get(good, {.ca_file = a.save("other.pem", other_ca.pem())}), "set tls.ca_file");
  refused(a.get(good, {}), "the system's certificate store");
  refused(a.get(certificate{"localhost", "DNS:localhost"}, {.ca_file = a.ca_file}),
          "signed by a CA");
  refused(a.get(certificate{"elsewhere", "DNS:elsewhere.example", &a.ca}, {.ca_file = a.ca_file}),
          "another host name");
  refused(a.get(certificate{"localhost", "DNS:localhost", &a.ca, -30, -1}, {.ca_file = a.ca_file}),
          "has expired");
  refused(a.get(certificate{"localhost", "DNS:localhost", &a.ca, 1, 30}, {.ca_file = a.ca_file}),
          "not valid yet");
}

TEST_CASE("CA and CRL files that cannot be read are named") {
  authority a;
  certificate const good{"localhost", "DNS:localhost", &a.ca};
  result<response> const absent = a.get(good, {.ca_file = a.directory / "absent.pem"});
  REQUIRE(!absent);
  CHECK(absent.error().code == errc::invalid_configuration);
  CHECK(absent.error().message.find("absent.pem") != std::string::npos);
  result<response> const no_crl = a.get(good,
                                        {.ca_file = a.ca_file,
                                         .crl_file = a.directory / "absent.crl",
                                         .revocation = revocation::crl});
  REQUIRE(!no_crl);
  CHECK(no_crl.error().code == errc::invalid_configuration);
  CHECK(no_crl.error().message.find("absent.crl") != std::string::npos);
}

TEST_CASE("TLS before 1.2 is refused") {
  authority a;
  certificate const good{"localhost", "DNS:localhost", &a.ca};
  auto const context = good.server_context();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "DEFAULT:@SECLEVEL=0");
  refused(a.get(context.get(), {.ca_file = a.ca_file}), "TLS 1.2");
}

TEST_CASE("revocation by a CRL file") {
  authority a;
  certificate const good{"localhost", "DNS:localhost", &a.ca};
  certificate const bad{"localhost", "DNS:localhost", &a.ca};
  tls_options const with_list{.ca_file = a.ca_file,
                              .crl_file = a.save("ca.crl", a.ca.crl_pem(&bad)),
                              .revocation = revocation::crl};
  CHECK(a.get(good, with_list));
  refused(a.get(bad, with_list), "revoked");
  tls_options without_policy = with_list;
  without_policy.revocation = revocation::none;
  CHECK(a.get(bad, without_policy));
  certificate const other_ca{"Other CA", ""};
  tls_options wrong_list = with_list;
  wrong_list.crl_file = a.save("other.crl", other_ca.crl_pem(nullptr));
  refused(a.get(good, wrong_list), "no list of the certificate's issuer");
}

TEST_CASE("revocation by a stapled answer refuses a server that staples none") {
  authority a;
  certificate const good{"localhost", "DNS:localhost", &a.ca};
  refused(a.get(good, {.ca_file = a.ca_file, .revocation = revocation::stapled}), "OCSP");
}

namespace {

/// A server whose certificate an intermediate CA has issued, which also answers for it: libcurl
/// looks for the issuer among the certificates that the server sends.
struct stapling_server {
  authority trusted;
  certificate issuer{"Issuing CA", "", &trusted.ca};
  certificate shown{"localhost", "DNS:localhost", &issuer};

  [[nodiscard]] tls_options client(revocation policy) const {
    return {.ca_file = trusted.ca_file, .revocation = policy};
  }

  /// What a GET gives when the server staples `answer`.
  result<response> get(std::string const& answer, revocation policy = revocation::stapled) const {
    auto const context = shown.server_context(&issuer);
    staple(context.get(), answer);
    return trusted.get(context.get(), client(policy));
  }
};

}  // namespace

TEST_CASE("revocation by a stapled answer accepts what it calls good and refuses the rest") {
  stapling_server server;
  certificate const other{"localhost", "DNS:localhost", &server.issuer};
  std::string const good = server.issuer.ocsp_answer(server.shown, V_OCSP_CERTSTATUS_GOOD, 24);
  std::string const revoked =
      server.issuer.ocsp_answer(server.shown, V_OCSP_CERTSTATUS_REVOKED, 24);
  std::string const unknown =
      server.issuer.ocsp_answer(server.shown, V_OCSP_CERTSTATUS_UNKNOWN, 24);
  std::string const expired = server.issuer.ocsp_answer(server.shown, V_OCSP_CERTSTATUS_GOOD, -1);
  std::string const of_another = server.issuer.ocsp_answer(other, V_OCSP_CERTSTATUS_GOOD, 24);
  // Trusted, and of the same name, but not the one that issued the certificate.
  certificate const impostor{"Issuing CA", "", &server.trusted.ca};
  std::string const forged = impostor.ocsp_answer(server.shown, V_OCSP_CERTSTATUS_GOOD, 24);

  result<response> const accepted = server.get(good);
  REQUIRE(accepted);
  CHECK(accepted->body == "private");
  refused(server.get(revoked), "its certificate was revoked");
  refused(server.get(expired), "has expired");
  for (std::string const& answer : {unknown, of_another, forged, std::string{"no answer"}})
    refused(server.get(answer), "no good OCSP answer");
  CHECK(server.get(revoked, revocation::none));
}

TEST_CASE("revocation by a stapled answer asks for one on every connection") {
  stapling_server server;
  std::string answer = server.issuer.ocsp_answer(server.shown, V_OCSP_CERTSTATUS_GOOD, 24);
  auto const context = server.shown.server_context(&server.issuer);
  staple(context.get(), answer);
  http_server http{[](server_connection& c) {
                     if (!c.accept_tls()) return;
                     c.read_request();
                     c.reply("private", "Connection: close\r\n");
                   },
                   context.get()};
  transport_options options;
  options.tls = server.client(revocation::stapled);
  transport net{options};
  auto const get = [&] {
    request r;
    r.url = http.url();
    return block_on(net, net.perform(std::move(r)));
  };
  for (int connections = 1; connections != 4; ++connections) {
    result<response> const reply = get();
    INFO((reply ? std::string{} : reply.error().message));
    REQUIRE(reply);
    CHECK(http.connections() == connections);
  }
  // No session of an earlier connection hides it.
  answer = server.issuer.ocsp_answer(server.shown, V_OCSP_CERTSTATUS_REVOKED, 24);
  refused(get(), "its certificate was revoked");
}

TEST_CASE("a handshake that breaks off may be tried again") {
  authority a;
  http_server server{[](server_connection& c) { c.read_some(), c.reset(); }};
  transport net;
  request r;
  r.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  result<response> const reply = block_on(net, net.perform(std::move(r)));
  REQUIRE(!reply);
  CHECK(reply.error().code == errc::connect);
  CHECK(reply.error().retryable());
}

TEST_CASE("writing to a TLS connection that is gone raises no signal") {
  authority a;
  certificate const good{"localhost", "DNS:localhost", &a.ca};
  auto const context = good.server_context();
  http_server server{[](server_connection& c) {
                       if (!c.accept_tls()) return;
                       c.read_some();
                       c.reset();
                     },
                     context.get()};
  transport_options options;
  options.tls.ca_file = a.ca_file;
  options.run_thread = GENERATE(true, false);
  transport net{options};
  request r;
  r.method = http_method::put;
  r.url = server.url();
  r.body.push_back(chunk{std::string(8 << 20, 'x')});
  // SIGPIPE's default ends the program, and with it the test.
  REQUIRE(std::signal(SIGPIPE, SIG_DFL) != SIG_ERR);
  result<response> const reply = block_on(net, net.perform(std::move(r)));
  REQUIRE(!reply);
  CHECK(reply.error().code == errc::send_receive);
}
