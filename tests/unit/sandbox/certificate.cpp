#include "catch.hpp"
#include "temporary_directory.hpp"

#include <sluice/sandbox/detail/tls.hpp>
#include <sluice/sandbox/sandbox.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace sandbox = sluice::sandbox;
namespace box = sluice::sandbox::detail;

namespace {

/// A certificate and its key in files, and the CA that has signed it.
struct given_files {
  given_files() {
    write(certificate(), made.identity.certificate);
    write(key(), made.identity.key);
  }

  std::string certificate() const { return directory.path() + "/certificate.pem"; }

  std::string key() const { return directory.path() + "/key.pem"; }

  void write(std::string const& path, std::string const& text) const {
    std::ofstream(path, std::ios::trunc) << text;
  }

  sandbox::options options() const {
    sandbox::options o;
    o.tls = true;
    o.certificate_file = certificate();
    o.key_file = key();
    return o;
  }

  /// What a server with these files says.
  std::string refusal() const {
    try {
      sandbox::server const box(options());
    } catch (std::runtime_error const& e) {
      return e.what();
    }
    return "none";
  }

  sluice_test::temporary_directory directory;
  box::authority made = box::make_authority(sandbox::certificate_kind::valid);
};

struct context_end {
  void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }

  void operator()(BIO* b) const { BIO_free_all(b); }
};

/// Whether a client that trusts this CA alone connects.
bool connects(std::string const& ca_file, std::string const& url) {
  std::unique_ptr<SSL_CTX, context_end> const context(SSL_CTX_new(TLS_client_method()));
  REQUIRE(SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) == 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  std::unique_ptr<BIO, context_end> const connection(BIO_new_ssl_connect(context.get()));
  BIO_set_conn_hostname(connection.get(), url.c_str() + std::string("https://").size());
  bool const done = BIO_do_connect(connection.get()) == 1;
  ERR_clear_error();
  return done;
}

}  // namespace

TEST_CASE("the TLS listeners present the certificate of a file") {
  given_files const files;
  sandbox::server const server(files.options());
  auto const ca = files.directory.path() + "/ca.pem";
  files.write(ca, files.made.ca_certificate);
  auto const& where = server.where();
  for (auto const& url :
       {where.account_url, where.ingest_url, where.stage_url, where.skyflow_url}) {
    INFO(url);
    CHECK(connects(ca, url));
  }
  CHECK(sluice_test::read_file(where.ca_file.string()) == files.made.identity.certificate);
  sandbox::options own;
  own.tls = true;
  CHECK_FALSE(connects(ca, sandbox::server(own).where().account_url));
}

TEST_CASE("the CA file has the certificates of a file, and not the key beside them") {
  given_files const files;
  auto const& made = files.made;
  auto const all = made.identity.certificate + made.identity.key + made.ca_certificate;
  files.write(files.certificate(), all);
  auto o = files.options();
  o.key_file = o.certificate_file;
  sandbox::server const server(o);
  auto const& where = server.where();
  auto const trusted = sluice_test::read_file(where.ca_file.string());
  CHECK(trusted.find("PRIVATE KEY") == std::string::npos);
  CHECK(trusted == made.identity.certificate + made.ca_certificate);
  CHECK(connects(where.ca_file.string(), where.account_url));
}

TEST_CASE("certificate files that cannot be used are named") {
  given_files const files;
  CHECK(files.refusal() == "none");
  auto const other = box::make_authority(sandbox::certificate_kind::valid);
  files.write(files.key(), other.identity.key);
  CHECK(files.refusal() ==
        "the key in " + files.key() + " is not that of the certificate in " + files.certificate());
  files.write(files.key(), files.made.identity.certificate);
  CHECK(files.refusal() == "no PEM private key without a password in " + files.key());
  files.write(files.certificate(), "nothing");
  CHECK(files.refusal() == "no PEM certificate in " + files.certificate());
  auto o = files.options();
  o.certificate_file = files.directory.path() + "/absent.pem";
  CHECK_THROWS_WITH(sandbox::server(o), "cannot read " + o.certificate_file.string());
  o.certificate_file = files.directory.path();
  CHECK_THROWS_WITH(sandbox::server(o), "cannot read " + o.certificate_file.string());
  o.certificate_file.clear();
  CHECK_THROWS_AS(sandbox::server(o), std::invalid_argument);
}

TEST_CASE("durable needs a data directory") {
  sandbox::options o;
  o.durable = true;
  CHECK_THROWS_WITH(sandbox::server(o), "sandbox options: durable needs a data directory");
  sluice_test::temporary_directory const directory;
  o.data = directory.path();
  CHECK(sandbox::server(o).number("select 1") == 1);
}
