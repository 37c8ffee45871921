#ifndef SLUICE_SNOWFLAKE_CONNECTION_HPP
#define SLUICE_SNOWFLAKE_CONNECTION_HPP

#include <sluice/auth/credential.hpp>
#include <sluice/auth/profile.hpp>
#include <sluice/config.hpp>
#include <sluice/snowflake/requests.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace sluice::inline v0::snowflake {

/// Numbers of the service that are not about single payloads.
struct session_limits {
  /// Life of a token that a key pair signs for one login: what official drivers take. The service
  /// takes an hour at most ("Using key-pair authentication and key-pair rotation", read 2026).
  static constexpr std::chrono::seconds jwt_life{60};
  /// Of a chunk of result rows, packed or not. The service documents no number and cuts results
  /// into chunks of some ten MB: a bound against what is no result.
  static constexpr std::uint64_t chunk_bytes = 1_GiB;
};

/// Where and as whom to log in. Only `account` (or `host`), `user` and `auth` have no default.
struct connection {
  std::string account = {};  ///< as `parse_account` reads it: "acme-main", "xy12345.eu-central-1"
  std::string region = {};   ///< only where the account is a locator without its region
  std::string user = {};
  credential auth = {};
  std::string database = {};  ///< names in stored spelling; empty: the user's defaults
  std::string schema = {};
  std::string warehouse = {};
  std::string role = {};
  std::string host = {};   ///< in place of the account's host; without scheme
  std::uint16_t port = 0;  ///< 0: the protocol's own
  std::string protocol = "https";
  std::string application = "sluice";  ///< shown in the service's query history
  parameter_map parameters = {};       ///< further session parameters; names upper case
  bool keep_alive = true;              ///< heartbeats, so that an idle session does not end
  std::size_t gzip_from = 4'096;       ///< bytes of a statement that goes out as gzip; 0: none does

  /// Until a login gives up; a wrong password or account is not retried.
  retry_policy login_retry{4, std::chrono::milliseconds{60'000}};
  /// Until a request gives up: there is no endless retry.
  retry_policy retry;
  /// Of one attempt. The service holds a reply back for about 45 s before it says "in progress".
  time_limits limits{milliseconds{10'000}, milliseconds{90'000}, milliseconds{0}};
  milliseconds poll_from{250};  ///< pause between two looks at a running statement: at first,
  milliseconds poll_to{5'000};  ///< and at most
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
  c.warehouse = std::move(profile.warehouse);
  c.role = std::move(profile.role);
  c.host = std::move(profile.host);
  c.port = profile.port;
  if (!profile.protocol.empty()) c.protocol = std::move(profile.protocol);
  for (auto& [name, value] : profile.parameters)
    c.parameters.insert_or_assign(std::move(name), std::move(value));
  return c;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_CONNECTION_HPP
