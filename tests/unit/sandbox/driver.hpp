#ifndef SLUICE_TESTS_UNIT_SANDBOX_DRIVER_HPP
#define SLUICE_TESTS_UNIT_SANDBOX_DRIVER_HPP

#include "plain_client.hpp"

#include <sluice/sandbox/sandbox.hpp>

#include <cstdint>
#include <string>

namespace plain_client {

namespace sandbox = sluice::sandbox;

inline constexpr auto login_body =
    R"({"data":{"ACCOUNT_NAME":"sluice-sandbox","LOGIN_NAME":"loader","PASSWORD":"loader-password"}})";

/// A driver reduced to its requests.
class driver {
 public:
  explicit driver(sandbox::server& box) : port_(box.where().account_port) {
    reply const r =
        plain_client::send(port_, "POST", "/session/v1/login-request?requestId=l1", login_body);
    token = member(r.body, "token");
    master = member(r.body, "masterToken");
  }

  reply post(std::string const& target, std::string const& body, std::string const& with) const {
    return plain_client::send(
        port_, "POST", target, body, {{"Authorization", "Snowflake Token=\"" + with + '"'}});
  }

  reply get(std::string const& target) const {
    return plain_client::send(
        port_, "GET", target, {}, {{"Authorization", "Snowflake Token=\"" + token + '"'}});
  }

  reply query(std::string const& sql, std::string const& id, std::string const& marks = {}) const {
    return post("/queries/v1/query-request?requestId=" + id + marks,
                R"({"sqlText":")" + sql + "\"}",
                token);
  }

  reply renew(std::string const& old_master, std::string const& old_token) const {
    return post("/session/token-request",
                R"({"requestType":"RENEW","oldSessionToken":")" + old_token + "\"}",
                old_master);
  }

  std::string token;
  std::string master;

 private:
  std::uint16_t port_;
};

}  // namespace plain_client

#endif  // SLUICE_TESTS_UNIT_SANDBOX_DRIVER_HPP
