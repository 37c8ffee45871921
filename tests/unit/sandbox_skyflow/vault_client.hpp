#ifndef SLUICE_TESTS_UNIT_SANDBOX_SKYFLOW_VAULT_CLIENT_HPP
#define SLUICE_TESTS_UNIT_SANDBOX_SKYFLOW_VAULT_CLIENT_HPP

#include "../sandbox/plain_client.hpp"

#include <sluice/sandbox/sandbox.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

/// A Skyflow client reduced to its requests.
namespace vault_client {

namespace sandbox = sluice::sandbox;
namespace skyflow = sluice::sandbox::skyflow;
using plain_client::headers;
using plain_client::reply;

inline std::string const vault_id = skyflow::default_vault().id;
inline std::string const vault_path = "/v1/vaults/" + vault_id;

inline std::uint16_t port_of(std::string const& url) {
  return static_cast<std::uint16_t>(std::atoi(url.c_str() + url.rfind(':') + 1));
}

inline sandbox::options with(skyflow::options o) {
  sandbox::options out;
  out.skyflow = std::move(o);
  return out;
}

/// The value of a reply's header, empty if absent.
inline std::string header(reply const& r, std::string_view name) {
  auto const at = r.head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return {};
  auto const from = at + name.size() + 4;
  return r.head.substr(from, r.head.find("\r\n", from) - from);
}

inline boost::json::value json(reply const& r) {
  return boost::json::parse(r.body);
}

/// `error` of the envelope as "http_code/grpc_code: message", checked for its shape.
inline std::string error_of(reply const& r) {
  auto const error = json(r).at("error").as_object();
  if (error.at("http_code").as_int64() != r.status || !error.at("details").is_array() ||
      !error.at("http_status").is_string()) {
    return "no envelope: " + r.body;
  }
  return std::to_string(r.status) + '/' + std::to_string(error.at("grpc_code").as_int64()) + ": " +
         std::string(error.at("message").as_string());
}

/// Deleter of what a C library made.
template<auto Free>
struct releaser {
  template<class T>
  void operator()(T* p) const {
    Free(p);
  }
};

class account {
 public:
  explicit account(skyflow::options o = {}) : account(with(std::move(o))) {}

  explicit account(sandbox::options o)
      : box(std::move(o)),
        port(port_of(box.where().skyflow_url)),
        bearer(box.configured().skyflow.api_keys.front()) {}

  reply send(std::string const& method,
             std::string const& target,
             std::string const& body = {},
             headers more = {}) const {
    more.emplace_back("Authorization", "Bearer " + bearer);
    return plain_client::send(port, method, target, body, more);
  }

  /// Below the vault.
  reply post(std::string const& path, std::string const& body) const {
    return send("POST", vault_path + path, body);
  }

  reply get(std::string const& path) const { return send("GET", vault_path + path); }

  reply erase(std::string const& path, std::string const& body = {}) const {
    return send("DELETE", vault_path + path, body);
  }

  reply flow(std::string const& path, std::string const& members) const {
    return send("POST", "/v2/" + path, R"({"vaultID":")" + vault_id + "\"," + members + '}');
  }

  reply control(std::string const& method,
                std::string const& target,
                std::string const& body = {}) const {
    return plain_client::send(port_of(box.where().control_url), method, target, body);
  }

  /// The first cell of a query on SQLite, where `@.` is the vault.
  std::string cell(std::string sql) const {
    for (auto at = sql.find("@."); at != std::string::npos; at = sql.find("@.")) {
      sql.replace(at, 1, "skyflow." + vault_id);
    }
    auto const rows = box.sqlite_rows(sql);
    return rows.empty() ? "no row" : rows.front().front().value_or("NULL");
  }

  std::string rows(std::string const& table) const {
    return cell("SELECT COUNT(*) FROM \"@." + table + '"');
  }

  /// One row; its skyflow_id.
  std::string insert(std::string const& table, std::string const& fields) const {
    auto const r = post('/' + table, R"({"records":[{"fields":)" + fields + "}]}");
    return plain_client::member(r.body, "skyflow_id");
  }

  sandbox::server box;
  std::uint16_t port;
  std::string bearer;
};

/// `{"fields":{"full_name":"<value>"},"tokens":{"full_name":"<token>"}}`
inline std::string pair(std::string const& value, std::string const& token) {
  return R"({"fields":{"full_name":")" + value + R"("},"tokens":{"full_name":")" + token + "\"}}";
}

/// A call of loaders that bring their own tokens.
inline std::string byot(std::string const& records,
                        std::string const& mode = "ENABLE",
                        std::string const& more = {}) {
  return R"({"byot":")" + mode + R"(","records":[)" + records + R"(],"tokenization":true)" + more +
         '}';
}

}  // namespace vault_client

#endif  // SLUICE_TESTS_UNIT_SANDBOX_SKYFLOW_VAULT_CLIENT_HPP
