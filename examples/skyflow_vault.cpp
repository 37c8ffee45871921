// Loads bird strikes into a Skyflow vault under tokens of one's own, then looks one token up.
//
//     ./skyflow_vault --url https://ebfc9bee4242.vault.skyflowapis.com --vault v1 strikes.csv
//
// Only the vault knows who flew: everywhere else the airline's token stands for its name.

#include "limit_option.hpp"
#include "outcome.hpp"
#include "vault_options.hpp"

#include <sluice/observe/live_display.hpp>
#include <sluice/skyflow/client.hpp>
#include <sluice/skyflow/vault.hpp>
#include <sluice/sluice.hpp>
#include <sluice/source/csv.hpp>
#include <sluice/source/transform.hpp>
#include <sluice/transport/scope.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <string>

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
namespace source = sluice::source;
using strike_vault = skyflow::vault<skyflow::upsert<&strike::strike_id>, skyflow::concurrency<32>>;
using strike_loader =
    sluice::loader<strike, sluice::batch<sluice::max_rows<300>>, sluice::upload<strike_vault>>;

int main(int argc, char** argv) {
  examples::vault_options options{.table = "strikes"};
  examples::limit_option limit;
  examples::outcome_options outcome;
  std::string file, suffix, token;
  CLI::App app{"Loads bird strikes into a Skyflow vault."};
  options.add_to(app);
  limit.add_to(app);
  outcome.add_to(app);
  app.add_option("--append-suffix", suffix, "to airlines and tokens; for test data only");
  app.add_option("--look-up", token, "a token to detokenize afterwards");
  app.add_option("file", file, "CSV with the columns of the table")->required();
  CLI11_PARSE(app, argc, argv);
  auto const vault = options.read();
  source::transform strikes{source::csv<strike>{file},
                            source::make_unique<&strike::airline, &strike::airline_token>(suffix)};
  if (!vault || strikes.failure() != nullptr)
    return fmt::print(stderr, "{}\n", (vault ? *strikes.failure() : vault.error()).describe()), 2;
  sluice::transport transport{options.transport()};
  strike_loader load{transport, *vault};
  sluice::report r;
  {
    sluice::observe::live_display const live{[&] { return load.stats(); }, strikes.progress()};
    load.push(strikes | limit.view());
    r = load.finish();
  }
  if (!token.empty()) {
    skyflow::client reader{transport, vault->connection};
    auto const found = sluice::block_on(transport, reader.detokenize({sluice::secret{token}}));
    fmt::print("the token is {}\n", found && found->front().found() ? "known" : "not known");
  }
  return outcome.tell("Skyflow vault", options.table, load.stats(), r);
}
