#ifndef SLUICE_SANDBOX_IMPL_TLS_IPP
#define SLUICE_SANDBOX_IMPL_TLS_IPP

#include <sluice/sandbox/detail/tls.hpp>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace sluice::inline v0::sandbox::detail {

namespace tls_impl {

template<auto Free>
struct releaser {
  template<class T>
  void operator()(T* p) const {
    Free(p);
  }
};

using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, releaser<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, releaser<X509_EXTENSION_free>>;
using bio_ptr = std::unique_ptr<BIO, releaser<BIO_free_all>>;

inline void require(bool ok, char const* what) {
  if (!ok) throw std::runtime_error(std::string("OpenSSL could not ") + what);
}

inline std::string content(BIO* bio) {
  char* data = nullptr;
  long const size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

inline std::string pem(X509* certificate) {
  bio_ptr const out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(out.get(), certificate) == 1, "write a certificate");
  return content(out.get());
}

inline std::string private_pem(EVP_PKEY* key) {
  bio_ptr const out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "write a private key");
  return content(out.get());
}

inline void extend(X509* certificate, X509* issuer, int kind, char const* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  extension_ptr const extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1,
          "add a certificate extension");
}

inline certificate_ptr unsigned_certificate(
    EVP_PKEY* key, char const* name, long serial, long from_seconds, long to_seconds) {
  certificate_ptr out(X509_new());
  X509_set_version(out.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), to_seconds);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()),
                             "CN",
                             MBSTRING_ASC,
                             reinterpret_cast<unsigned char const*>(name),
                             -1,
                             -1,
                             0);
  X509_set_pubkey(out.get(), key);
  return out;
}

inline certificate_ptr make_ca(EVP_PKEY* key, char const* name) {
  constexpr long day = 24 * 3600;
  certificate_ptr ca = unsigned_certificate(key, name, 1, -30 * day, 365 * day);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  require(X509_sign(ca.get(), key, EVP_sha256()) > 0, "sign the CA certificate");
  return ca;
}

}  // namespace tls_impl

authority make_authority(certificate_kind kind) {
  using namespace tls_impl;
  constexpr long day = 24 * 3600;
  key_ptr const ca_key(EVP_EC_gen("P-256"));
  key_ptr const server_key(EVP_EC_gen("P-256"));
  require(ca_key && server_key, "make a P-256 key");
  certificate_ptr const ca = make_ca(ca_key.get(), "sluice sandbox CA");

  bool const expired = kind == certificate_kind::expired;
  certificate_ptr const server = unsigned_certificate(server_key.get(),
                                                      "sluice sandbox",
                                                      2,
                                                      expired ? -20 * day : -day,
                                                      expired ? -day : 300 * day);
  X509* signer = ca.get();
  EVP_PKEY* signer_key = ca_key.get();
  key_ptr other_key;
  certificate_ptr other_ca;
  if (kind == certificate_kind::unknown_ca) {
    other_key.reset(EVP_EC_gen("P-256"));
    other_ca = make_ca(other_key.get(), "somebody else's CA");
    signer = other_ca.get();
    signer_key = other_key.get();
  }
  X509_set_issuer_name(server.get(), X509_get_subject_name(signer));
  extend(server.get(), signer, NID_basic_constraints, "critical,CA:FALSE");
  extend(server.get(), signer, NID_key_usage, "critical,digitalSignature");
  extend(server.get(), signer, NID_ext_key_usage, "serverAuth");
  extend(server.get(), signer, NID_subject_key_identifier, "hash");
  extend(server.get(), signer, NID_authority_key_identifier, "keyid:always");
  // Clients that address buckets as virtual hosts ask for the bucket's name below localhost; those
  // that build a vault's host from a cluster id are led here by their resolver.
  extend(server.get(),
         signer,
         NID_subject_alt_name,
         kind == certificate_kind::wrong_host
             ? "DNS:elsewhere.invalid"
             : "DNS:localhost,DNS:sluice-stage.localhost,IP:127.0.0.1,IP:::1,"
               "DNS:*.vault.skyflowapis.com,DNS:*.skyvault.skyflowapis.com");
  require(X509_sign(server.get(), signer_key, EVP_sha256()) > 0, "sign the server certificate");
  return {pem(ca.get()), {pem(server.get()), private_pem(server_key.get())}};
}

namespace tls_impl {

inline std::string file_text(std::filesystem::path const& path) {
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  // A directory opens as well.
  if (!file.is_open() || std::filesystem::is_directory(path, ignored)) {
    throw std::runtime_error("cannot read " + path.string());
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

inline bio_ptr reading(std::string const& text) {
  return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// OpenSSL would ask at the terminal.
inline int no_password(char*, int, int, void*) {
  return -1;
}

}  // namespace tls_impl

authority read_authority(std::filesystem::path const& certificate,
                         std::filesystem::path const& key) {
  using namespace tls_impl;
  authority out;
  out.identity = {file_text(certificate), file_text(key)};
  auto const certificate_source = reading(out.identity.certificate);
  auto const next_certificate = [&] {
    return certificate_ptr(
        PEM_read_bio_X509(certificate_source.get(), nullptr, &no_password, nullptr));
  };
  certificate_ptr const server = next_certificate();
  if (server) out.ca_certificate = pem(server.get());
  // Written anew: the file may hold the key as well.
  while (auto const issuer = next_certificate()) out.ca_certificate += pem(issuer.get());
  auto const key_source = reading(out.identity.key);
  key_ptr const own(PEM_read_bio_PrivateKey(key_source.get(), nullptr, &no_password, nullptr));
  bool const fits = server && own && X509_check_private_key(server.get(), own.get()) == 1;
  ERR_clear_error();
  if (!server) throw std::runtime_error("no PEM certificate in " + certificate.string());
  if (!own) throw std::runtime_error("no PEM private key without a password in " + key.string());
  if (!fits) {
    throw std::runtime_error("the key in " + key.string() + " is not that of the certificate in " +
                             certificate.string());
  }
  return out;
}

std::pair<std::string, std::string> make_rsa_key() {
  using namespace tls_impl;
  key_ptr const key(EVP_RSA_gen(2048));
  require(key != nullptr, "make an RSA key");
  bio_ptr const out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PUBKEY(out.get(), key.get()) == 1, "write a public key");
  return {private_pem(key.get()), content(out.get())};
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_TLS_IPP
