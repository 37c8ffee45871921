#ifndef SLUICE_AUTH_KEY_PAIR_HPP
#define SLUICE_AUTH_KEY_PAIR_HPP

#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0 {

/// One more claim of a JSON Web Token, by the service's own name for it.
struct jwt_claim {
  std::string name;
  std::string value;
  bool is_json = false;  ///< `value` is JSON already, not text
};

/// What a JSON Web Token claims.
struct jwt_claims {
  std::string issuer;
  std::string subject;
  std::chrono::system_clock::time_point issued_at;
  std::chrono::seconds lifetime{60};
  std::vector<jwt_claim> further = {};
  bool says_issued_at = true;  ///< whether it has `iat`; `exp` it always has
};

/// A private RSA key, for signing JSON Web Tokens.
///
/// `from_file` and `from_pem` always give an object, so that it can stand in a configuration; what
/// was wrong with the key is told by `check()` and by every use.
/// Errors: errc::io for a file that cannot be read; errc::invalid_configuration for content that is
/// no PEM, a public key, another kind of key, under 2048 bits, or encrypted with a missing or wrong
/// passphrase. All permanent; none shows the key or the passphrase.
/// Thread safety: const members from any thread. Copies share the key.
class key_pair {
 public:
  /// PKCS#8 (plain or encrypted) or PKCS#1, in PEM.
  [[nodiscard]] static key_pair from_file(std::string const& path, secret const& passphrase = {});
  [[nodiscard]] static key_pair from_pem(std::string_view pem, secret const& passphrase = {});

  [[nodiscard]] result<void> check() const;

  /// What a user should know although the key works: a file that others can read.
  [[nodiscard]] std::vector<std::string> const& warnings() const noexcept { return warnings_; }

  /// "SHA256:" and the base64 of SHA-256 over the DER SubjectPublicKeyInfo; what Snowflake shows as
  /// RSA_PUBLIC_KEY_FP.
  [[nodiscard]] result<std::string> fingerprint() const;

  /// A signed token: RS256, with iss, sub, iat and exp in seconds, then the further claims. About a
  /// millisecond.
  [[nodiscard]] result<secret> sign(jwt_claims const& claims) const;

  /// The PEM of the public key, for `ALTER USER ... SET RSA_PUBLIC_KEY`.
  [[nodiscard]] result<std::string> public_pem() const;

 private:
  class state;

  std::shared_ptr<state const> state_;  // null: see failure_
  error failure_;
  std::vector<std::string> warnings_;
};

/// Keeps a token while it is young enough. Transport thread only.
class jwt_cache {
 public:
  jwt_cache(key_pair key, std::string issuer, std::string subject, std::chrono::seconds lifetime)
      : key_{std::move(key)},
        issuer_{std::move(issuer)},
        subject_{std::move(subject)},
        lifetime_{lifetime} {}

  /// A token with at least a quarter of its life left.
  [[nodiscard]] result<secret> token(std::chrono::system_clock::time_point now);

  /// A token signed for this attempt: for services that count its life from the signature.
  [[nodiscard]] result<secret> fresh_token(std::chrono::system_clock::time_point now);

 private:
  key_pair key_;
  std::string issuer_;
  std::string subject_;
  std::chrono::seconds lifetime_;
  secret token_;
  std::chrono::system_clock::time_point issued_at_{};
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/key_pair.ipp>
#endif

#endif  // SLUICE_AUTH_KEY_PAIR_HPP
