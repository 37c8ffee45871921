#ifndef SLUICE_SANDBOX_DETAIL_TLS_HPP
#define SLUICE_SANDBOX_DETAIL_TLS_HPP

#include <sluice/sandbox/sandbox.hpp>

#include <filesystem>
#include <string>
#include <utility>

namespace sluice::inline v0::sandbox::detail {

/// Certificate chain and key that a TLS listener presents, PEM.
struct server_identity {
  std::string certificate;
  std::string key;
};

/// What a server presents, and what makes clients trust it.
struct authority {
  std::string ca_certificate;  ///< PEM
  server_identity identity;
};

/// A CA that is made for this run, and a server certificate signed by it.
authority make_authority(certificate_kind kind);

/// The certificate and key of these PEM files, which may be one; its certificates are the CA's.
/// \throws std::runtime_error naming the file that cannot be read or holds no such PEM, or the
/// two that do not belong together
authority read_authority(std::filesystem::path const& certificate,
                         std::filesystem::path const& key);

/// A 2048-bit RSA key: PKCS#8 PEM, and the public key as PEM.
std::pair<std::string, std::string> make_rsa_key();

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_TLS_HPP
