#ifndef SLUICE_SANDBOX_DETAIL_TLS_HPP
#define SLUICE_SANDBOX_DETAIL_TLS_HPP

#include <sluice/sandbox/sandbox.hpp>

#include <string>
#include <utility>

namespace sluice::inline v0::sandbox::detail {

/// Certificate chain and key that a TLS listener presents, PEM.
struct server_identity {
  std::string certificate;
  std::string key;
};

/// A CA that was made for this run, and a server certificate signed by it.
struct authority {
  std::string ca_certificate;  ///< PEM
  server_identity identity;
};

authority make_authority(certificate_kind kind);

/// A 2048-bit RSA key: PKCS#8 PEM, and the public key as PEM.
std::pair<std::string, std::string> make_rsa_key();

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_TLS_HPP
