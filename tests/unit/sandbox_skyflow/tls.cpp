#include "catch.hpp"
#include "vault_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

using namespace vault_client;

namespace {

struct outcome {
  long verified = X509_V_OK;
  std::string reply{};
  bool close_notify = false;  ///< the connection ended as TLS says it should
};

/// One exchange with the vault under the name that SDKs ask for.
outcome exchange_as(sandbox::certificate_kind kind) {
  sandbox::options o;
  o.tls = true;
  o.certificate = kind;
  account const a(o);
  auto const& where = a.box.where();
  REQUIRE(where.skyflow_url.starts_with("https://"));

  std::unique_ptr<SSL_CTX, releaser<SSL_CTX_free>> const context(SSL_CTX_new(TLS_client_method()));
  REQUIRE(SSL_CTX_load_verify_locations(context.get(), where.ca_file.c_str(), nullptr) == 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  std::unique_ptr<BIO, releaser<BIO_free_all>> const connection(BIO_new_ssl_connect(context.get()));
  SSL* ssl = nullptr;
  BIO_get_ssl(connection.get(), &ssl);
  SSL_set1_host(ssl, "cluster1.vault.skyflowapis.com");
  BIO_set_conn_hostname(connection.get(),
                        where.skyflow_url.c_str() + std::string("https://").size());
  outcome out;
  if (BIO_do_connect(connection.get()) != 1) {
    out.verified = SSL_get_verify_result(ssl);
    ERR_clear_error();
    return out;
  }
  std::string const request = "GET " + vault_path +
                              "/persons HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                              "Authorization: Bearer " +
                              a.bearer + "\r\n\r\n";
  REQUIRE(BIO_write(connection.get(), request.data(), static_cast<int>(request.size())) > 0);
  char block[4096];
  int got = 0;
  while ((got = BIO_read(connection.get(), block, sizeof block)) > 0) {
    out.reply.append(block, static_cast<std::size_t>(got));
  }
  out.close_notify = (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
  ERR_clear_error();
  return out;
}

}  // namespace

TEST_CASE("the vault speaks TLS under the names that SDKs make of a cluster id") {
  auto const good = exchange_as(sandbox::certificate_kind::valid);
  CHECK(good.verified == X509_V_OK);
  CHECK(good.reply.starts_with("HTTP/1.1 404 Not Found\r\n"));
  CHECK(good.reply.ends_with("\"details\":[]}}"));
  CHECK_FALSE(good.close_notify);
}

TEST_CASE("certificates that a client must refuse") {
  CHECK(exchange_as(sandbox::certificate_kind::expired).verified == X509_V_ERR_CERT_HAS_EXPIRED);
  CHECK(exchange_as(sandbox::certificate_kind::wrong_host).verified ==
        X509_V_ERR_HOSTNAME_MISMATCH);
  CHECK(exchange_as(sandbox::certificate_kind::unknown_ca).verified ==
        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}
