// Loads flights from CSV into a table of a Skyflow vault, in each way in which a vault can be
// asked.
//
//     load_skyflow --url URL --vault v1 --credentials credentials.json --table numbered --as upsert
//                  --dead-letters dead.ndjson flights.csv
//
// plain, batch and flow: a table with the columns of the file. upsert and unique: one that has the
// unique column `number` too, by which a vault tells a repeated record from another.

#include "load_flights.hpp"

#include <sluice/skyflow/vault.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <string_view>
#include <utility>

/// A flight with its place in the file, as text: values of unique columns are.
struct numbered_flight {
  sluice::timestamp<sluice::seconds> date;
  std::int16_t delay;
  std::int16_t distance;
  sluice::fixed_text<4> origin;
  sluice::fixed_text<4> destination;
  sluice::fixed_text<12> number;

  static numbered_flight made_of(flight const& f, sluice::position at) {
    char digits[13];
    auto const end = fmt::format_to_n(digits, sizeof digits, "{:08}", at);
    return {f.date,
            f.delay,
            f.distance,
            f.origin,
            f.destination,
            std::string_view{digits, static_cast<std::size_t>(end.out - digits)}};
  }
};

/// A flight under the names that a vault takes.
struct vault_flight {
  sluice::timestamp<sluice::seconds> date;
  std::int16_t delay;
  std::int16_t distance;
  sluice::fixed_text<4> origin;
  sluice::fixed_text<4> destination;

  static vault_flight made_of(flight const& f, sluice::position) {
    return {f.date, f.delay, f.distance, f.origin, f.destination};
  }
};

template<>
struct sluice::schema<numbered_flight>
    : sluice::columns<numbered_flight,
                      sluice::column<"date", &numbered_flight::date>,
                      sluice::column<"delay", &numbered_flight::delay>,
                      sluice::column<"distance", &numbered_flight::distance>,
                      sluice::column<"origin", &numbered_flight::origin>,
                      sluice::column<"destination", &numbered_flight::destination>,
                      sluice::column<"number", &numbered_flight::number>> {};

template<>
struct sluice::schema<vault_flight>
    : sluice::columns<vault_flight,
                      sluice::column<"date", &vault_flight::date>,
                      sluice::column<"delay", &vault_flight::delay>,
                      sluice::column<"distance", &vault_flight::distance>,
                      sluice::column<"origin", &vault_flight::origin>,
                      sluice::column<"destination", &vault_flight::destination>> {};

namespace {

namespace skyflow = sluice::skyflow;

template<class Record, class... Options>
using flight_loader =
    sluice::loader<Record,
                   sluice::batch<sluice::max_rows<sluice::dynamic>, sluice::max_bytes<1'000'000>>,
                   sluice::upload<skyflow::vault<skyflow::concurrency<8>, Options...>>>;

int load_as(std::string const& how, program::settings const& s, skyflow::vault_config const& c) {
  using program::load;
  using numbered = numbered_flight;
  if (how == "upsert")
    return load<flight_loader<numbered, skyflow::upsert<&numbered::number>>>(s, c);
  if (how == "unique")
    return load<flight_loader<numbered, skyflow::unique<&numbered::number>>>(s, c);
  if (how == "batch") return load<flight_loader<vault_flight, skyflow::batch_endpoint>>(s, c);
  if (how == "flow") return load<flight_loader<vault_flight, skyflow::flowvault>>(s, c);
  return load<flight_loader<vault_flight>>(s, c);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Loads flights from a CSV file into a table of a vault."};
  program::settings s;
  skyflow::vault_config c;
  std::string credentials;
  std::string how = "plain";
  s.run.batch.max_rows = 1'000;
  s.add_to(app);
  app.add_option("--url", c.connection.vault_url, "of the vault")->required();
  app.add_option("--vault", c.connection.vault_id, "id of the vault")->required();
  app.add_option("--table", c.table, "must exist")->required();
  app.add_option("--credentials", credentials, "file of the service account")->required();
  app.add_option("--as", how, "how the vault is asked")
      ->check(CLI::IsMember({"plain", "upsert", "unique", "batch", "flow"}));
  CLI11_PARSE(app, argc, argv);
  s.prepare();
  auto account = skyflow::read_service_account(credentials);
  if (!account) return program::fail(account.error());
  c.connection.auth = *std::move(account);
  c.connection.plain_http = c.connection.vault_url.starts_with("http://");
  c.connection.http2 = !c.connection.plain_http;
  c.connection.limits.idle = s.idle();
  c.connection.retry = s.patient(c.connection.retry);
  try {
    return load_as(how, s, c);
  } catch (std::exception const& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 2;
  }
}
