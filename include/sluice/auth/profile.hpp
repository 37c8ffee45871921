#ifndef SLUICE_AUTH_PROFILE_HPP
#define SLUICE_AUTH_PROFILE_HPP

#include <sluice/auth/credential.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

/// What a DSN or a profile file says about a Snowflake connection. Empty: not said.
struct connection_profile {
  std::string account = {};  ///< as spelled; for `parse_account`
  std::string region = {};
  std::string user = {};
  std::string host = {};  ///< in place of the account's host; without scheme and port
  std::uint16_t port = 0;
  std::string protocol = {};  ///< "https" or "http"
  credential auth = {};
  std::string database = {};
  std::string schema = {};
  std::string warehouse = {};
  std::string role = {};
  /// Other parameters of a DSN, in their order: session parameters, as official drivers take them.
  std::vector<std::pair<std::string, std::string>> parameters = {};
  /// What works but should be looked at: unknown keys, a file that others can read.
  std::vector<std::string> warnings = {};
};

/// Reads `user[:password]@account/database/schema?warehouse=wh&role=r`, or with a host
/// `user:password@host:port/database/schema?account=a`. Every part is percent-encoded.
/// Parameters with a meaning: account, warehouse, role, database, schema, region, protocol,
/// authenticator (snowflake, snowflake_jwt, oauth, programmatic_access_token), token,
/// private_key_path, private_key_passphrase.
/// Error: errc::invalid_configuration with the offset and the remedy, never with a part of the
/// password; for a private key also those of `key_pair`.
[[nodiscard]] SLUICE_DECL result<connection_profile> parse_dsn(std::string_view dsn);

/// Reads a profile file: a JSON object with the keys account, user, url, host, port, protocol,
/// private_key (the whole PEM, or the path of a file, relative to the profile's directory),
/// private_key_path, private_key_passphrase, password, token, authenticator, database, schema,
/// warehouse, role.
/// Errors: errc::io; errc::invalid_configuration naming file, key and remedy; those of `key_pair`.
[[nodiscard]] SLUICE_DECL result<connection_profile> read_profile(std::string const& path);

/// The same from text. `directory`: what relative paths start from; `name`: for messages.
[[nodiscard]] SLUICE_DECL result<connection_profile> parse_profile(std::string_view document_text,
                                                                   std::string_view name,
                                                                   std::string_view directory);

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/profile.ipp>
#endif

#endif  // SLUICE_AUTH_PROFILE_HPP
