#ifndef SLUICE_SKYFLOW_CREDENTIAL_HPP
#define SLUICE_SKYFLOW_CREDENTIAL_HPP

#include <sluice/auth/key_pair.hpp>
#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::inline v0::skyflow {

/// Numbers of the service about credentials.
struct credential_limits {
  /// Life of a service account's token, and of the assertion that is exchanged for it:
  /// "Authenticate with service accounts", read 2026. A token that says otherwise counts as it
  /// says.
  static constexpr std::chrono::hours token_life{1};
};

/// A service account, as its credentials file describes it. It is exchanged for a bearer token of
/// an hour, which is renewed in time.
struct service_account {
  std::string client_id = {};
  std::string key_id = {};
  std::string token_uri = {};  ///< where tokens are issued; also the audience
  key_pair key = {};
  std::vector<std::string> roles = {};     ///< ids; empty: all of the account's
  std::string context = {};                ///< for context-aware policies; empty: none
  bool context_is_json = false;            ///< `context` is a JSON value, not text
  std::vector<std::string> warnings = {};  ///< others can read the credentials file
};

/// A bearer token that someone else has made.
struct bearer_token {
  secret token = {};
  /// Gets a new token ahead of the end of this one, or when `token` is empty at the start. Called
  /// on a worker thread, one call at a time; it may block. Null: the token is all there is.
  std::function<result<secret>()> refresh = {};
};

/// An API key: `sky-` and what follows.
struct api_key {
  secret key = {};
};

/// How a client proves who it is. There are no default credentials.
using credential = std::variant<std::monostate, service_account, bearer_token, api_key>;

/// Whether the credential can be used at all. Error: sluice::errc::invalid_configuration or the
/// key's own.
[[nodiscard]] SLUICE_DECL result<void> validate(credential const& c);

/// Reads the text of a credentials file. Members: clientID, keyID, tokenURI, privateKey (also
/// clientId, keyId, tokenUri). Errors: sluice::errc::invalid_configuration naming the member.
[[nodiscard]] SLUICE_DECL result<service_account> parse_service_account(std::string_view json);

/// Reads a credentials file. Errors: sluice::errc::io, and those of `parse_service_account`.
[[nodiscard]] SLUICE_DECL result<service_account> read_service_account(std::string const& path);

/// The credentials in the environment variable SKYFLOW_CREDENTIALS, which holds the text of a
/// credentials file. Error: sluice::errc::invalid_configuration if it is not set or not usable.
[[nodiscard]] SLUICE_DECL result<service_account> service_account_from_environment();

/// The body that asks for a token: an assertion signed for an hour. About a millisecond.
[[nodiscard]] SLUICE_DECL result<secret> token_request_body(
    service_account const& account, std::chrono::system_clock::time_point now);

}  // namespace sluice::inline v0::skyflow

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/credential.ipp>
#endif

#endif  // SLUICE_SKYFLOW_CREDENTIAL_HPP
