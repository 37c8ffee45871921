#ifndef SLUICE_AUTH_ACCOUNT_TOKEN_HPP
#define SLUICE_AUTH_ACCOUNT_TOKEN_HPP

#include <sluice/auth/account.hpp>
#include <sluice/auth/credential.hpp>
#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <string>

namespace sluice::inline v0 {

/// The token by which a user of a Snowflake account proves who he is: signed for each use with a
/// key pair, asked of the program with OAuth, or a programmatic access token.
/// Transport thread only; must outlive its tasks.
class account_token {
 public:
  /// `jwt_life`: of tokens signed with a key pair.
  account_token(transport& t, std::chrono::seconds jwt_life) : transport_{t}, jwt_life_{jwt_life} {}

  /// The token of `who` for `user` of `account`; empty for a password.
  /// Errors: the key's; what `oauth::refresh` says.
  [[nodiscard]] task<secret> current(credential const& who,
                                     snowflake_account const& account,
                                     std::string user);

  /// The service has refused the token: gets another one. False if there is no other to get.
  /// Errors: what `oauth::refresh` says.
  [[nodiscard]] task<bool> renew(credential const& who);

 private:
  transport& transport_;
  std::chrono::seconds jwt_life_;
  secret oauth_token_;  ///< the one that was refreshed last
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/account_token.ipp>
#endif

#endif  // SLUICE_AUTH_ACCOUNT_TOKEN_HPP
