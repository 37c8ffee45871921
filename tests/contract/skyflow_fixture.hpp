#ifndef SLUICE_TESTS_CONTRACT_SKYFLOW_FIXTURE_HPP
#define SLUICE_TESTS_CONTRACT_SKYFLOW_FIXTURE_HPP

#include <sluice/batch/batch_policy.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/sandbox/sandbox.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/client.hpp>
#include <sluice/skyflow/vault.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vaults {

namespace skyflow = sluice::skyflow;
using namespace std::chrono_literals;

/// A person with a token of our own for the SSN.
struct person {
  std::string ssn;
  std::string ssn_token;
  std::string name;
};

inline person person_number(int n) {
  std::string const id = std::to_string(10'000 + n);
  return {"900-01-" + id, "tok_ssn_" + id, "Ada Planted " + id};
}

/// Two tables with the same columns: `persons`, where the SSN is unique, and `visits`, where not.
inline constexpr char const* schema_text = R"({"vaultID":"people","name":"people","vaultSchema":{"schemas":[
  {"name":"persons","fields":[
    {"name":"ssn","datatype":"DT_STRING","tags":[
      {"name":"skyflow.options.default_token_policy","values":["NON_DETERMINISTIC_UUID"]},
      {"name":"skyflow.options.configuration_tags","values":["UNIQUE"]}]},
    {"name":"full_name","datatype":"DT_STRING"}]},
  {"name":"visits","fields":[
    {"name":"ssn","datatype":"DT_STRING","tags":[
      {"name":"skyflow.options.default_token_policy","values":["NON_DETERMINISTIC_UUID"]}]},
    {"name":"full_name","datatype":"DT_STRING"}]}]}})";

/// Dead letters, log lines and failures of a load, for a look at what was said.
struct witness {
  std::mutex mutex;
  std::vector<sluice::dead_letter> letters;
  std::string said;

  sluice::run_options options() {
    sluice::run_options o;
    o.log = sluice::logger{[this](sluice::log_entry const& e) {
                             std::scoped_lock const lock{mutex};
                             said += std::string{e.message} + "\n";
                           },
                           sluice::log_level::debug};
    o.dead_letters = sluice::dead_letter_callback([this](sluice::dead_letter const& letter) {
      std::scoped_lock const lock{mutex};
      letters.push_back(letter);
      said += sluice::to_json(letter, "run") + "\n";
    });
    return o;
  }

  [[nodiscard]] std::uint64_t count(sluice::dead_reason why) const {
    std::uint64_t n = 0;
    for (auto const& letter : letters) n += letter.why.reason == why;
    return n;
  }

  /// Values, tokens and credentials that must not be in there.
  [[nodiscard]] bool tells_secrets() const {
    for (char const* planted : {"Planted", "900-01-", "tok_ssn_", "Bearer", "PRIVATE KEY"})
      if (said.find(planted) != std::string::npos) return true;
    return false;
  }
};

/// A Skyflow account on loopback and a transport to it.
struct vault_fixture {
  sluice::sandbox::server server;
  std::string vault_id;
  sluice::transport net;

  explicit vault_fixture(sluice::sandbox::options o = {})
      : server{prepared(std::move(o))},
        vault_id{server.configured().skyflow.vaults.front().id},
        net{trusting(server.where().ca_file.string())} {}

  skyflow::vault_config config(std::string table = "persons") const {
    skyflow::vault_config c;
    c.connection.vault_url = server.where().skyflow_url;
    c.connection.vault_id = vault_id;
    c.connection.plain_http = !server.configured().tls;
    auto account = skyflow::read_service_account(server.where().skyflow_credentials_file.string());
    if (account) c.connection.auth = *std::move(account);
    c.table = std::move(table);
    // Faults are repaired in milliseconds, so that tests do not wait.
    c.connection.retry.base = c.connection.retry.throttle_base = 5ms;
    c.connection.retry.cap = 50ms;
    c.connection.longest_wait = 50ms;
    c.connection.limits.idle = 1'000ms;
    c.connection.limits.total = 3'000ms;
    return c;
  }

  template<class T>
  sluice::result<T> run(sluice::task<T> work) {
    return sluice::block_on(net, std::move(work), sluice::deadline::in(60s));
  }

  std::int64_t number(std::string const& sql) {
    auto const rows = server.sqlite_rows(sql);
    return rows.empty() || !rows[0][0] ? -1 : std::stoll(*rows[0][0]);
  }

  std::string table(std::string const& name) const {
    return "\"skyflow." + vault_id + "." + name + "\"";
  }

  /// Rows, and rows whose SSN stands in another row too.
  std::int64_t rows(std::string const& name) {
    return number("SELECT COUNT(*) FROM " + table(name));
  }

  std::int64_t doubled(std::string const& name) {
    return number("SELECT COUNT(*) - COUNT(DISTINCT ssn) FROM " + table(name));
  }

  /// How often a fault fired, printed.
  std::uint64_t fired(std::string const& name) {
    std::uint64_t const times = server.faults().fired(name);
    std::cout << "fault " << name << " fired " << times << " times\n";
    return times;
  }

  /// Loads people [first, first + count) in batches of 20.
  template<class Vault>
  sluice::report load(skyflow::vault_config const& c, witness& w, int count, int first = 0) {
    using loader =
        sluice::loader<person, sluice::batch<sluice::max_rows<20>>, sluice::upload<Vault>>;
    loader into{net, c, w.options()};
    for (int i = first; i != first + count; ++i) into.push(person_number(i));
    sluice::report r = into.finish(sluice::deadline::in(60s));
    if (r.failure) w.said += r.failure->describe();
    for (auto const& p : r.payloads) w.said += p.failure + "\n";
    return r;
  }

 private:
  static sluice::sandbox::options prepared(sluice::sandbox::options o) {
    o.skyflow.make_credentials = true;
    if (o.skyflow.vaults.empty())
      o.skyflow.vaults.push_back(sluice::sandbox::skyflow::parse_vault(schema_text));
    return o;
  }

  static sluice::transport_options trusting(std::string ca_file) {
    sluice::transport_options o;
    o.tls.ca_file = std::move(ca_file);
    return o;
  }
};

}  // namespace vaults

template<>
struct sluice::schema<vaults::person>
    : sluice::columns<vaults::person,
                      sluice::column<"ssn", &vaults::person::ssn>,
                      sluice::column<"ssn_token",
                                     &vaults::person::ssn_token,
                                     sluice::token_of<&vaults::person::ssn>>,
                      sluice::column<"full_name", &vaults::person::name>> {};

#endif  // SLUICE_TESTS_CONTRACT_SKYFLOW_FIXTURE_HPP
