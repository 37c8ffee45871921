#ifndef SLUICE_TESTS_UNIT_SKYFLOW_SIGNING_KEY_HPP
#define SLUICE_TESTS_UNIT_SKYFLOW_SIGNING_KEY_HPP

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstddef>
#include <memory>
#include <string>

/// One key for all tests: making one takes a while.
inline EVP_PKEY* signing_key() {
  static std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key{EVP_RSA_gen(2048),
                                                                       &EVP_PKEY_free};
  return key.get();
}

inline std::string const& signing_key_pem() {
  static std::string const pem = [] {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, signing_key(), nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    long const length = BIO_get_mem_data(bio, &data);
    std::string text{data, static_cast<std::size_t>(length)};
    BIO_free(bio);
    return text;
  }();
  return pem;
}

#endif  // SLUICE_TESTS_UNIT_SKYFLOW_SIGNING_KEY_HPP
