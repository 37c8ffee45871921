#ifndef SLUICE_SNOWPIPE_CONNECTION_HPP
#define SLUICE_SNOWPIPE_CONNECTION_HPP

#include <sluice/auth/credential.hpp>
#include <sluice/auth/profile.hpp>
#include <sluice/config.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace sluice::inline v0::snowpipe {

/// Numbers of the service about proving who comes. Source: "Snowpipe Streaming REST API endpoints"
/// and "Using key-pair authentication and key-pair rotation", read 2026.
struct login_limits {
  /// Life of a token that a key pair signs: the service takes an hour at most, official components
  /// 59 minutes.
  static constexpr std::chrono::minutes jwt_life{59};
  /// Life of a scoped token that does not say when it ends. The service documents none; clients
  /// have seen ten minutes and more.
  static constexpr std::chrono::minutes scoped_token_life{10};
};

/// Where and as whom to stream. `account`, `auth`, `database` and `schema` have no default; `user`
/// is needed for a key pair. Passwords are not accepted by this service.
struct connection {
  std::string account = {};  ///< as `parse_account` reads it: "acme-main", "xy12345.eu-central-1"
  std::string region = {};   ///< only where the account is a locator without its region
  std::string user = {};
  credential auth = {};       ///< key_pair, oauth or programmatic_access_token
  std::string database = {};  ///< names in stored spelling
  std::string schema = {};
  /// Asked for with the scoped token; how roles travel is not documented for streaming. Empty: the
  /// user's DEFAULT_ROLE decides, which a warning says.
  std::string role = {};
  std::string host = {};   ///< in place of the account's host; without scheme
  std::uint16_t port = 0;  ///< of both hosts unless discovery names one; 0: the protocol's own
  std::string protocol = "https";
  std::string ingest_host = {};  ///< in place of what discovery says, e.g. behind a private link
  std::string application = "sluice";  ///< 1 to 64 visible ASCII characters without ( ) \ .

  /// Until discovery or a token exchange gives up; a refused credential is not tried again.
  retry_policy login_retry{6, std::chrono::milliseconds{60'000}};
  /// Of one attempt. Public clients use 15 s and 30 to 90 s.
  time_limits limits{milliseconds{15'000}, milliseconds{30'000}, milliseconds{30'000}};
  time_limits append_limits{milliseconds{15'000}, milliseconds{60'000}, milliseconds{90'000}};
};

/// The connection that a DSN (`parse_dsn`) or a profile file (`read_profile`) describes.
[[nodiscard]] inline connection connect_as(connection_profile profile) {
  connection c;
  c.account = std::move(profile.account);
  c.region = std::move(profile.region);
  c.user = std::move(profile.user);
  c.auth = std::move(profile.auth);
  c.database = std::move(profile.database);
  c.schema = std::move(profile.schema);
  c.role = std::move(profile.role);
  c.host = std::move(profile.host);
  c.port = profile.port;
  if (!profile.protocol.empty()) c.protocol = std::move(profile.protocol);
  return c;
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_CONNECTION_HPP
