#ifndef SLUICE_EXAMPLES_CONNECTION_OPTIONS_HPP
#define SLUICE_EXAMPLES_CONNECTION_OPTIONS_HPP

// The options with which the example programs are told where to log in, and as whom.

#include <sluice/auth/profile.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/transport/transport.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace examples {

struct connection_options {
  std::string dsn;
  std::string profile;
  std::string host;
  std::uint16_t port = 0;
  std::string ca_file;
  std::int64_t idle_ms = 0;

  enum class needed : bool { always, perhaps };

  void add_to(CLI::App& app, needed when = needed::always) {
    auto* const from = app.add_option_group("connection");
    from->add_option("--profile", profile, "JSON file with account, user, private_key_path, ...");
    from->add_option("--dsn", dsn, "user:password@account/database/schema?warehouse=wh&role=r");
    from->require_option(when == needed::always ? 1 : 0, 1);
    app.add_option("--host", host, "connect to this host instead of the account's");
    app.add_option("--port", port, "and to this port");
    app.add_option("--ca-file", ca_file, "trust these certificates (PEM) instead of the system's");
    app.add_option("--idle-timeout", idle_ms, "ms of silence until a request is tried again")
        ->check(CLI::PositiveNumber);
  }

  [[nodiscard]] sluice::result<sluice::connection_profile> read() const {
    if (profile.empty() && dsn.empty())
      return sluice::error{sluice::errc::invalid_configuration,
                           "nobody is named to log in as; give --profile or --dsn"};
    auto found = profile.empty() ? sluice::parse_dsn(dsn) : sluice::read_profile(profile);
    if (!found) return found.error();
    for (std::string const& warning : found->warnings) fmt::print(stderr, "{}\n", warning);
    if (!host.empty()) found->host = host;
    if (port != 0) found->port = port;
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
};

}  // namespace examples

#endif  // SLUICE_EXAMPLES_CONNECTION_OPTIONS_HPP
