#ifndef SLUICE_AUTH_ACCOUNT_HPP
#define SLUICE_AUTH_ACCOUNT_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0 {

/// A Snowflake account in the spellings that its protocol needs.
struct snowflake_account {
  std::string host;                   ///< to connect to: "my-org-acct.snowflakecomputing.com"
  std::string name;                   ///< for the login body: as given, without region
  std::string jwt_name;               ///< for the claims of a key pair: upper case, without region
  std::vector<std::string> warnings;  ///< what was corrected
};

/// Reads an account as people write it: "myorg-acct", "xy12345.east-us-2.azure", with
/// ".privatelink", a host name or the whole URL of the account. Underscores become hyphens in the
/// host, a region that must be left out is left out; both with a warning. Error:
/// errc::invalid_configuration with position and remedy, e.g. for a region in the form of
/// CURRENT_REGION() ("AWS_US_EAST_1") or one that is given twice.
/// Source: Snowflake documentation, "Account identifiers" and "Connecting with a URL".
[[nodiscard]] SLUICE_DECL result<snowflake_account> parse_account(std::string_view spelled,
                                                                  std::string_view region = {});

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/account.ipp>
#endif

#endif  // SLUICE_AUTH_ACCOUNT_HPP
