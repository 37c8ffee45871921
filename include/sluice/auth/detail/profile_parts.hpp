#ifndef SLUICE_AUTH_DETAIL_PROFILE_PARTS_HPP
#define SLUICE_AUTH_DETAIL_PROFILE_PARTS_HPP

#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

struct connection_profile;

namespace detail {

/// The parts of a profile from which its credential is made.
struct credential_parts {
  std::string authenticator;
  secret password;
  secret token;
  secret private_key;  ///< PEM text or a path
  std::string private_key_path;
  secret private_key_passphrase;
};

/// Takes one key of a profile. False: the key has no meaning here.
[[nodiscard]] SLUICE_DECL bool take_profile_key(connection_profile& profile,
                                                credential_parts& parts,
                                                std::string_view key,
                                                std::string& value);

/// Puts `parts` together into `profile.auth`. `directory`: what relative paths start from.
[[nodiscard]] SLUICE_DECL result<void> make_credential(connection_profile& profile,
                                                       credential_parts const& parts,
                                                       std::string_view directory);

/// A port number from text. Error: errc::invalid_configuration.
[[nodiscard]] SLUICE_DECL result<std::uint16_t> parse_port(std::string_view text);

}  // namespace detail
}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/profile_parts.ipp>
#endif

#endif  // SLUICE_AUTH_DETAIL_PROFILE_PARTS_HPP
