#ifndef SLUICE_TESTS_UNIT_TRANSPORT_CERTIFICATES_HPP
#define SLUICE_TESTS_UNIT_TRANSPORT_CERTIFICATES_HPP

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

struct openssl_free {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }

  void operator()(X509* p) const { X509_free(p); }

  void operator()(X509_CRL* p) const { X509_CRL_free(p); }

  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }

  void operator()(OCSP_BASICRESP* p) const { OCSP_BASICRESP_free(p); }

  void operator()(OCSP_RESPONSE* p) const { OCSP_RESPONSE_free(p); }

  void operator()(OCSP_CERTID* p) const { OCSP_CERTID_free(p); }

  void operator()(ASN1_TIME* p) const { ASN1_TIME_free(p); }
};

/// A certificate with its key, signed by a parent or by itself.
class certificate {
 public:
  /// `san`: "DNS:localhost", or empty for a CA. `days_from`, `days_to`: validity from today.
  certificate(std::string const& name,
              std::string const& san,
              certificate const* parent = nullptr,
              int days_from = -1,
              int days_to = 30)
      : key_{EVP_EC_gen("P-256")}, x509_{X509_new()} {
    static long serial = 1;
    X509_set_version(x509_.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509_.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509_.get()), 86'400L * days_from);
    X509_gmtime_adj(X509_getm_notAfter(x509_.get()), 86'400L * days_to);
    X509_set_pubkey(x509_.get(), key_.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509_.get()),
                               "CN",
                               MBSTRING_ASC,
                               reinterpret_cast<unsigned char const*>(name.c_str()),
                               -1,
                               -1,
                               0);
    X509* const issuer = parent != nullptr ? parent->x509_.get() : x509_.get();
    X509_set_issuer_name(x509_.get(), X509_get_subject_name(issuer));
    if (san.empty()) {
      add(issuer, NID_basic_constraints, "critical,CA:TRUE");
      add(issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
      add(issuer, NID_subject_alt_name, san);
    }
    add(issuer, NID_subject_key_identifier, "hash");
    X509_sign(x509_.get(), parent != nullptr ? parent->key_.get() : key_.get(), EVP_sha256());
  }

  [[nodiscard]] std::string pem() const {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, x509_.get());
    return text_of(bio);
  }

  /// A revocation list signed by this CA that holds `revoked`, or nothing.
  [[nodiscard]] std::string crl_pem(certificate const* revoked) const {
    std::unique_ptr<X509_CRL, openssl_free> const crl{X509_CRL_new()};
    X509_CRL_set_version(crl.get(), 1);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(x509_.get()));
    ASN1_TIME* const from = X509_gmtime_adj(nullptr, -3600);
    ASN1_TIME* const to = X509_gmtime_adj(nullptr, 86'400);
    X509_CRL_set1_lastUpdate(crl.get(), from);
    X509_CRL_set1_nextUpdate(crl.get(), to);
    if (revoked != nullptr) {
      X509_REVOKED* const entry = X509_REVOKED_new();
      X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->x509_.get()));
      X509_REVOKED_set_revocationDate(entry, from);
      X509_CRL_add0_revoked(crl.get(), entry);
    }
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_CRL_sign(crl.get(), key_.get(), EVP_sha256());
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_CRL(bio, crl.get());
    return text_of(bio);
  }

  /// What this CA's responder says of `subject`, DER: `status` is a V_OCSP_CERTSTATUS_..., said two
  /// hours ago and good until `hours` from here.
  [[nodiscard]] std::string ocsp_answer(certificate const& subject, int status, long hours) const {
    std::unique_ptr<OCSP_CERTID, openssl_free> const id{
        OCSP_cert_to_id(EVP_sha1(), subject.x509_.get(), x509_.get())};
    std::unique_ptr<ASN1_TIME, openssl_free> const from{X509_gmtime_adj(nullptr, -2 * 3600)};
    std::unique_ptr<ASN1_TIME, openssl_free> const to{X509_gmtime_adj(nullptr, hours * 3600)};
    std::unique_ptr<OCSP_BASICRESP, openssl_free> const said{OCSP_BASICRESP_new()};
    OCSP_basic_add1_status(said.get(),
                           id.get(),
                           status,
                           OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                           from.get(),
                           from.get(),
                           to.get());
    OCSP_basic_sign(said.get(), x509_.get(), key_.get(), EVP_sha256(), nullptr, 0);
    std::unique_ptr<OCSP_RESPONSE, openssl_free> const answer{
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, said.get())};
    unsigned char* der = nullptr;
    int const length = i2d_OCSP_RESPONSE(answer.get(), &der);
    std::string bytes{reinterpret_cast<char const*>(der), static_cast<std::size_t>(length)};
    OPENSSL_free(der);
    return bytes;
  }

  /// What a server needs to show this certificate, with that of `issuer` if there is one.
  [[nodiscard]] std::unique_ptr<SSL_CTX, openssl_free> server_context(
      certificate const* issuer = nullptr) const {
    std::unique_ptr<SSL_CTX, openssl_free> context{SSL_CTX_new(TLS_server_method())};
    SSL_CTX_use_certificate(context.get(), x509_.get());
    SSL_CTX_use_PrivateKey(context.get(), key_.get());
    if (issuer != nullptr) SSL_CTX_add1_chain_cert(context.get(), issuer->x509_.get());
    return context;
  }

  /// The file name under which OpenSSL finds this CA in a directory: "8ab1b8e3.0".
  [[nodiscard]] std::string hashed_name() const {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%08lx.0", X509_subject_name_hash(x509_.get()));
    return name.data();
  }

 private:
  void add(X509* issuer, int nid, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(x509_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }

  static std::string text_of(BIO* bio) {
    char* data = nullptr;
    long const length = BIO_get_mem_data(bio, &data);
    std::string text{data, static_cast<std::size_t>(length)};
    BIO_free(bio);
    return text;
  }

  std::unique_ptr<EVP_PKEY, openssl_free> key_;
  std::unique_ptr<X509, openssl_free> x509_;
};

/// The server staples `answer`, which must outlive it, to its certificate.
inline void staple(SSL_CTX* server, std::string const& answer) {
  auto const give = [](SSL* tls, void* from) {
    auto const& bytes = *static_cast<std::string const*>(from);
    void* const copy = OPENSSL_memdup(bytes.data(), bytes.size());
    SSL_set_tlsext_status_ocsp_resp(tls, copy, static_cast<long>(bytes.size()));
    return SSL_TLSEXT_ERR_OK;
  };
  int (*const plain)(SSL*, void*) = give;
  SSL_CTX_set_tlsext_status_cb(server, plain);
  SSL_CTX_set_tlsext_status_arg(server, const_cast<std::string*>(&answer));
}

#endif  // SLUICE_TESTS_UNIT_TRANSPORT_CERTIFICATES_HPP
