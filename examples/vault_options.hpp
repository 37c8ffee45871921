#ifndef SLUICE_EXAMPLES_VAULT_OPTIONS_HPP
#define SLUICE_EXAMPLES_VAULT_OPTIONS_HPP

// The options with which the example programs are told which vault to load into, and as whom.

#include <sluice/result.hpp>
#include <sluice/skyflow/credential.hpp>
#include <sluice/skyflow/vault.hpp>
#include <sluice/transport/transport.hpp>

#include <CLI/CLI.hpp>

#include <string>
#include <utility>

namespace examples {

struct vault_options {
  std::string url = {};
  std::string vault_id = {};
  std::string table = {};
  std::string credentials = "credentials.json";
  std::string ca_file = {};

  void add_to(CLI::App& app) {
    app.add_option("--url", url, "URL of the vault")->required();
    app.add_option("--vault", vault_id, "id of the vault")->required();
    app.add_option("--table", table, "of the vault")->capture_default_str();
    app.add_option("--credentials", credentials, "file of the service account")
        ->capture_default_str();
    app.add_option("--ca-file", ca_file, "trust these certificates (PEM) instead of the system's");
  }

  [[nodiscard]] sluice::result<sluice::skyflow::vault_config> read() const {
    auto account = sluice::skyflow::read_service_account(credentials);
    if (!account) return account.error();
    sluice::skyflow::vault_config c;
    c.connection.vault_url = url;
    c.connection.vault_id = vault_id;
    c.connection.auth = *std::move(account);
    c.table = table;
    return c;
  }

  [[nodiscard]] sluice::transport_options transport() const {
    sluice::transport_options options;
    options.tls.ca_file = ca_file;
    return options;
  }
};

}  // namespace examples

#endif  // SLUICE_EXAMPLES_VAULT_OPTIONS_HPP
