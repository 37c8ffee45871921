#ifndef SLUICE_SNOWFLAKE_REQUESTS_HPP
#define SLUICE_SNOWFLAKE_REQUESTS_HPP

/// \file
/// The bodies and query strings of Snowflake's driver protocol. Pure.
/// Source: the official drivers (gosnowflake auth.go, restful.go, query.go), read 2026.

#include <sluice/auth/request_id.hpp>
#include <sluice/auth/secret.hpp>
#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake {

/// Session parameters by name, upper case.
using parameter_map = std::map<std::string, std::string, std::less<>>;

/// What a login sends. Empty texts are left out.
struct login_request {
  std::string account;  ///< without region
  std::string user;
  /// "SNOWFLAKE_JWT", "OAUTH" or "PROGRAMMATIC_ACCESS_TOKEN"; empty: password.
  std::string authenticator;
  secret password;
  secret token;
  std::string application;  ///< CLIENT_ENVIRONMENT.APPLICATION
  parameter_map parameters;
};

/// The parameters that every session of ours sets, so that no default of the account or the user
/// changes the meaning of our SQL and our files.
[[nodiscard]] SLUICE_DECL parameter_map protective_parameters();

[[nodiscard]] SLUICE_DECL std::string login_body(login_request const& login);

/// The context of a login as a query string, `&databaseName=...`.
[[nodiscard]] SLUICE_DECL std::string login_context(std::string_view database,
                                                    std::string_view schema,
                                                    std::string_view warehouse,
                                                    std::string_view role);

[[nodiscard]] SLUICE_DECL std::string renewal_body(secret const& session_token);

[[nodiscard]] SLUICE_DECL std::string statement_body(std::string_view sql,
                                                     std::uint64_t number,
                                                     bool asynchronous,
                                                     std::chrono::system_clock::time_point now,
                                                     parameter_map const& parameters);

/// `body` as one gzip member, for `Content-Encoding: gzip`. Error: errc::internal.
[[nodiscard]] SLUICE_DECL result<std::string> gzip_body(chunk_list const& body);

[[nodiscard]] SLUICE_DECL std::string abort_body(std::string_view sql, std::string_view request_id);

/// One attempt of a request, as its query string tells the service.
struct attempt_marks {
  std::string_view request_id;
  std::string_view request_guid;
  /// Attempts before this one; 0 adds no marks. The service runs a statement again unless a replay
  /// is marked as one.
  unsigned earlier_attempts = 0;
  std::chrono::system_clock::time_point first_attempt{};
  int last_status = 0;  ///< HTTP status of the attempt before; 0: no reply
};

/// `requestId=...&request_guid=...`, with the marks of a replay in both families that drivers use.
[[nodiscard]] SLUICE_DECL std::string query_string(attempt_marks const& marks);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/requests.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_REQUESTS_HPP
