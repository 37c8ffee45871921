// Loads people and their tokens from a CSV file into a Skyflow vault, then looks one token up.
//
//     ./skyflow_vault --url https://ebfc9bee4242.vault.skyflowapis.com --vault v1 people.csv
//
// people.csv has the columns ssn, ssn_token and full_name. The credentials file of a service
// account comes with --credentials.

#include <sluice/skyflow/client.hpp>
#include <sluice/skyflow/vault.hpp>
#include <sluice/sluice.hpp>
#include <sluice/source/csv.hpp>
#include <sluice/transport/scope.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string>

using namespace sluice::literals;
namespace skyflow = sluice::skyflow;

// One row of the table; the token is our own, the column that it stands for is named by its member.
struct person {
  std::string ssn;
  std::string ssn_token;
  std::string full_name;
};

template<>
struct sluice::schema<person>
    : sluice::columns<
          person,
          sluice::column<"ssn", &person::ssn, sluice::pii>,
          sluice::column<"ssn_token", &person::ssn_token, sluice::token_of<&person::ssn>>,
          sluice::column<"full_name", &person::full_name, sluice::pii>> {};

using person_loader = sluice::loader<
    person,
    sluice::batch<sluice::max_rows<300>, sluice::max_age<1_s>>,
    sluice::upload<skyflow::vault<skyflow::upsert<&person::ssn>, skyflow::concurrency<32>>>>;

int main(int argc, char** argv) {
  skyflow::vault_config vault;
  vault.table = "persons";
  sluice::transport_options net;
  std::string credentials = "credentials.json";
  std::string file;
  std::string token;
  CLI::App app{"Loads people into a Skyflow vault"};
  app.add_option("--url", vault.connection.vault_url, "URL of the vault")->required();
  app.add_option("--vault", vault.connection.vault_id, "id of the vault")->required();
  app.add_option("--table", vault.table, "table; persons if not given");
  app.add_option("--credentials", credentials, "file of the service account");
  app.add_option("--ca-file", net.tls.ca_file, "trust these certificates instead of the system's");
  app.add_option("--look-up", token, "a token to detokenize afterwards");
  app.add_option("file", file, "CSV with ssn, ssn_token, full_name")->required();
  CLI11_PARSE(app, argc, argv);

  auto account = skyflow::read_service_account(credentials);
  if (!account) return fmt::print(stderr, "{}\n", account.error().describe()), 2;
  vault.connection.auth = *std::move(account);

  sluice::transport transport{net};
  person_loader load{transport, vault};
  sluice::source::csv<person> people{file};
  load.push(people);
  sluice::report const r = load.finish();
  fmt::print(
      "{} pushed: {} confirmed, {} in the dead letters\n", r.pushed, r.confirmed, r.dead_lettered);
  if (r.failure) fmt::print(stderr, "{}\n", r.failure->describe());

  if (!token.empty()) {
    skyflow::client reader{transport, vault.connection};
    auto const found = sluice::block_on(transport, reader.detokenize({sluice::secret{token}}));
    fmt::print("the token is {}\n", found && found->front().found() ? "known" : "not known");
  }
  return r.ok() && r.confirmed == r.pushed && people.failure() == nullptr ? 0 : 1;
}
