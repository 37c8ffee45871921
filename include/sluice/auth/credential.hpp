#ifndef SLUICE_AUTH_CREDENTIAL_HPP
#define SLUICE_AUTH_CREDENTIAL_HPP

#include <sluice/auth/key_pair.hpp>
#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <functional>
#include <string>
#include <variant>

namespace sluice::inline v0 {

/// A user name and a password.
struct user_password {
  std::string user = {};  ///< empty: the user of the destination's configuration
  secret password = {};
};

/// An OAuth access token.
struct oauth {
  secret token = {};
  /// Gets a new token when the service refuses this one as expired, or when `token` is empty at the
  /// start. Called on a worker thread, one call at a time; it may block. Null: the token is all
  /// there is.
  std::function<result<secret>()> refresh = {};
};

/// A programmatic access token.
struct programmatic_access_token {
  secret token = {};
};

/// How a user proves who he is. Holds nothing by default; there are no default credentials.
using credential =
    std::variant<std::monostate, user_password, key_pair, oauth, programmatic_access_token>;

/// Whether the credential can be used at all. Error: errc::invalid_configuration or the key's own.
[[nodiscard]] SLUICE_DECL result<void> validate(credential const& c);

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/credential.ipp>
#endif

#endif  // SLUICE_AUTH_CREDENTIAL_HPP
