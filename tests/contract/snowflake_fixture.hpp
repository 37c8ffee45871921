#ifndef SLUICE_TESTS_CONTRACT_SNOWFLAKE_FIXTURE_HPP
#define SLUICE_TESTS_CONTRACT_SNOWFLAKE_FIXTURE_HPP

#include "most_at_once.hpp"

#include <sluice/sandbox/sandbox.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// A host without an address: no name server is asked about a label of more than 63 characters.
inline std::string const unresolvable = std::string(64, 'a') + ".invalid";

/// An account on loopback and a transport to it.
struct account_fixture {
  sluice::sandbox::server server;
  sluice::transport net;

  explicit account_fixture(sluice::sandbox::options o = {})
      : server{std::move(o)}, net{trusting(server.where().ca_file.string())} {}

  sluice::snowflake::connection connection() const {
    sluice::snowflake::connection c;
    c.account = "sluice-sandbox";
    c.user = "loader";
    c.auth = sluice::user_password{"", sluice::secret{"loader-password"}};
    c.host = server.where().host;
    c.port = server.where().account_port;
    c.protocol = server.configured().tls ? "https" : "http";
    // Faults are repaired in milliseconds, so that tests do not wait.
    c.retry.base = c.retry.throttle_base = std::chrono::milliseconds{5};
    c.retry.cap = std::chrono::milliseconds{50};
    c.login_retry.base = c.login_retry.throttle_base = std::chrono::milliseconds{5};
    c.login_retry.cap = std::chrono::milliseconds{50};
    c.limits.idle = std::chrono::milliseconds{2'000};
    c.poll_from = std::chrono::milliseconds{2};
    c.poll_to = std::chrono::milliseconds{20};
    return c;
  }

  std::shared_ptr<sluice::snowflake::session> session() { return session(connection()); }

  std::shared_ptr<sluice::snowflake::session> session(sluice::snowflake::connection c) {
    return std::make_shared<sluice::snowflake::session>(net, std::move(c));
  }

  template<class T>
  sluice::result<T> run(sluice::task<T> work) {
    return sluice::block_on(net, std::move(work), sluice::deadline::in(std::chrono::seconds{60}));
  }

  sluice::result<sluice::snowflake::statement_reply> execute(
      std::shared_ptr<sluice::snowflake::session> const& on, std::string sql) {
    sluice::snowflake::statement s;
    s.sql = std::move(sql);
    return run(on->execute(std::move(s)));
  }

  /// How often a fault fired, printed.
  std::uint64_t fired(std::string const& name) {
    std::uint64_t const times = server.faults().fired(name);
    std::cout << "fault " << name << " fired " << times << " times\n";
    return times;
  }

 private:
  static sluice::transport_options trusting(std::string ca_file) {
    sluice::transport_options o;
    o.tls.ca_file = std::move(ca_file);
    return o;
  }
};

#endif  // SLUICE_TESTS_CONTRACT_SNOWFLAKE_FIXTURE_HPP
