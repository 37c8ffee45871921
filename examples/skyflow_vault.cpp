// Loads bird strikes into a Skyflow vault under tokens of one's own, then looks one token up.
//
//     ./skyflow_vault --url https://ebfc9bee4242.vault.skyflowapis.com --vault v1 strikes.csv
//
// Only the vault knows who flew: everywhere else the airline's token stands for its name.

#include "outcome.hpp"

#include <sluice/observe/live_display.hpp>
#include <sluice/skyflow/client.hpp>
#include <sluice/skyflow/vault.hpp>
#include <sluice/sluice.hpp>
#include <sluice/source/csv.hpp>
#include <sluice/transport/scope.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

// One row of the table, and of the file.
struct strike {
  std::int32_t strike_id;
  std::string airline;
  std::string airline_token;
  std::int32_t cost_total;
};

template<>
struct sluice::schema<strike>
    : columns<strike,
              column<"strike_id", &strike::strike_id>,
              column<"airline", &strike::airline, pii>,
              column<"airline_token", &strike::airline_token, token_of<&strike::airline>>,
              column<"cost_total", &strike::cost_total>> {};

namespace skyflow = sluice::skyflow;
using strike_loader = sluice::loader<
    strike,
    sluice::batch<sluice::max_rows<300>>,
    sluice::upload<skyflow::vault<skyflow::upsert<&strike::strike_id>, skyflow::concurrency<32>>>>;

int main(int argc, char** argv) {
  skyflow::vault_config vault{.table = "strikes"};
  sluice::transport_options net;
  examples::outcome_options outcome;
  std::string credentials = "credentials.json", file, token;
  CLI::App app{"Loads bird strikes into a Skyflow vault."};
  app.add_option("--url", vault.connection.vault_url, "URL of the vault")->required();
  app.add_option("--vault", vault.connection.vault_id, "id of the vault")->required();
  app.add_option("--table", vault.table, "strikes if not given");
  app.add_option("--credentials", credentials, "file of the service account");
  app.add_option("--ca-file", net.tls.ca_file, "trust these certificates instead of the system's");
  app.add_option("--look-up", token, "a token to detokenize afterwards");
  outcome.add_to(app);
  app.add_option("file", file, "CSV with the columns of the table")->required();
  CLI11_PARSE(app, argc, argv);
  auto account = skyflow::read_service_account(credentials);
  auto strikes = sluice::source::csv<strike>::open(file);
  if (!account || !strikes)
    return fmt::print(stderr, "{}\n", (account ? strikes.error() : account.error()).describe()), 2;
  vault.connection.auth = *std::move(account);
  sluice::transport transport{net};
  strike_loader load{transport, vault};
  sluice::report r;
  {
    sluice::observe::live_display const live{[&] { return load.stats(); }, strikes->progress()};
    load.push(*strikes);
    r = load.finish();
  }
  if (!token.empty()) {
    skyflow::client reader{transport, vault.connection};
    auto const found = sluice::block_on(transport, reader.detokenize({sluice::secret{token}}));
    fmt::print("the token is {}\n", found && found->front().found() ? "known" : "not known");
  }
  return outcome.tell("Skyflow vault", vault.table, load.stats(), r);
}
