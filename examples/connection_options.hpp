#ifndef SLUICE_EXAMPLES_CONNECTION_OPTIONS_HPP
#define SLUICE_EXAMPLES_CONNECTION_OPTIONS_HPP

// The options with which the example programs are told where to log in, and as whom.
//
// A flag wins over the environment, which wins over the profile or the DSN. The variables are those
// of Snowflake's own command line: SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER, SNOWFLAKE_DATABASE,
// SNOWFLAKE_SCHEMA, SNOWFLAKE_WAREHOUSE and SNOWFLAKE_ROLE; of SNOWFLAKE_PRIVATE_KEY_FILE (with
// PRIVATE_KEY_PASSPHRASE) and SNOWFLAKE_PASSWORD the first that is set proves who comes. Others on
// the machine can read a command line: a password or a key has no flag, and a DSN with a password
// is for machines without others.

#include <sluice/auth/key_pair.hpp>
#include <sluice/auth/profile.hpp>
#include <sluice/auth/secret.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/transport/transport.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace examples {

struct connection_options {
  /// What a flag or a variable of the environment sets.
  struct field {
    char const* flag;
    char const* variable;
    char const* help;
    std::string sluice::connection_profile::*member;
  };

  static constexpr std::size_t account = 0;  ///< of `fields`
  static constexpr std::array<field, 6> fields{{
      {"--account",
       "SNOWFLAKE_ACCOUNT",
       "account identifier: myorg-acct",
       &sluice::connection_profile::account},
      {"--user", "SNOWFLAKE_USER", "who logs in", &sluice::connection_profile::user},
      {"--database", "SNOWFLAKE_DATABASE", "", &sluice::connection_profile::database},
      {"--schema", "SNOWFLAKE_SCHEMA", "", &sluice::connection_profile::schema},
      {"--warehouse", "SNOWFLAKE_WAREHOUSE", "", &sluice::connection_profile::warehouse},
      {"--role", "SNOWFLAKE_ROLE", "", &sluice::connection_profile::role},
  }};

  std::string dsn;
  std::string profile;
  std::array<std::string, fields.size()> values;  ///< of `fields`; empty: neither flag nor variable
  std::string host;
  std::uint16_t port = 0;
  std::string ca_file;
  std::int64_t idle_ms = 0;

  /// Whether an account has to be named. `by_flag`: it need not, and the environment names none,
  /// for programs that load into an account only when that is said.
  enum class needed : std::uint8_t { always, perhaps, by_flag };

  void add_to(CLI::App& app, needed when = needed::always) {
    auto* const from = app.add_option_group("connection");
    from->add_option("--profile", profile, "JSON file with account, user, private_key_path, ...");
    from->add_option("--dsn",
                     dsn,
                     "user:password@account/database/schema?warehouse=wh&role=r; others can read a "
                     "password that is written here");
    from->require_option(0, 1);
    for (std::size_t i = 0; i != fields.size(); ++i) {
      auto* const option = app.add_option(fields[i].flag, values[i], fields[i].help);
      if (i != account || when != needed::by_flag) option->envname(fields[i].variable);
    }
    if (when == needed::always)
      app.parse_complete_callback([this] {
        if (!given()) throw CLI::RequiredError{"--profile, --dsn or --account"};
      });
    app.add_option("--host", host, "connect to this host instead of the account's");
    app.add_option("--port", port, "and to this port");
    app.add_option("--ca-file", ca_file, "trust these certificates (PEM) instead of the system's");
    app.add_option("--idle-timeout", idle_ms, "ms of silence until a request is tried again")
        ->check(CLI::PositiveNumber);
  }

  /// Whether an account is named.
  [[nodiscard]] bool given() const {
    return !profile.empty() || !dsn.empty() || !values[account].empty();
  }

  /// Where the account is named, in words.
  [[nodiscard]] std::string_view origin() const {
    if (!profile.empty()) return profile;
    return dsn.empty() ? "flags and environment" : "DSN";
  }

  [[nodiscard]] sluice::result<sluice::connection_profile> read() const {
    sluice::result<sluice::connection_profile> found = sluice::connection_profile{};
    if (!profile.empty())
      found = sluice::read_profile(profile);
    else if (!dsn.empty())
      found = sluice::parse_dsn(dsn);
    if (!found) return found.error();
    for (std::string const& warning : found->warnings) fmt::print(stderr, "{}\n", warning);
    // The profile's host is another account's: it must not learn a password of this one.
    if (!found->account.empty() && !values[account].empty() &&
        !same_account(found->account, values[account])) {
      found->host.clear();
      found->region.clear();
      found->port = 0;
      found->protocol.clear();
    }
    for (std::size_t i = 0; i != fields.size(); ++i)
      if (!values[i].empty()) (*found).*fields[i].member = values[i];
    prove_by_environment(*found);
    if (!host.empty()) found->host = host;
    if (port != 0) found->port = port;
    if (found->account.empty() && found->host.empty())
      return sluice::error{sluice::errc::invalid_configuration,
                           "nobody is named to log in as; give --profile or --dsn, or --account "
                           "and --user with SNOWFLAKE_PRIVATE_KEY_FILE or SNOWFLAKE_PASSWORD set"};
    return found;
  }

  [[nodiscard]] sluice::result<sluice::snowflake::connection> connection() const {
    auto found = read();
    if (!found) return found.error();
    sluice::snowflake::connection c = sluice::snowflake::connect_as(*std::move(found));
    if (idle_ms != 0) c.limits.idle = std::chrono::milliseconds{idle_ms};
    return c;
  }

  [[nodiscard]] sluice::transport_options transport() const {
    sluice::transport_options options;
    options.tls.ca_file = ca_file;
    if (idle_ms != 0) options.limits.idle = std::chrono::milliseconds{idle_ms};
    return options;
  }

 private:
  /// Their letters have no case.
  static bool same_account(std::string_view a, std::string_view b) {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [lower](char x, char y) {
      return lower(x) == lower(y);
    });
  }

  static std::string variable(char const* name) {
    char const* const value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
  }

  static void prove_by_environment(sluice::connection_profile& to) {
    std::string const key_file = variable("SNOWFLAKE_PRIVATE_KEY_FILE");
    std::string password = variable("SNOWFLAKE_PASSWORD");
    if (!key_file.empty()) {
      to.auth =
          sluice::key_pair::from_file(key_file, sluice::secret{variable("PRIVATE_KEY_PASSPHRASE")});
    } else if (!password.empty()) {
      to.auth = sluice::user_password{"", sluice::secret{std::move(password)}};
    } else if (auto* const known = std::get_if<sluice::user_password>(&to.auth)) {
      known->user = to.user;
    }
  }
};

}  // namespace examples

#endif  // SLUICE_EXAMPLES_CONNECTION_OPTIONS_HPP
