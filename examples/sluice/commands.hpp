#ifndef SLUICE_EXAMPLES_SLUICE_COMMANDS_HPP
#define SLUICE_EXAMPLES_SLUICE_COMMANDS_HPP

// The commands of the program `sluice`, one file each. A command adds its options to `app` and,
// when it is chosen, leaves its exit status in `status`: 0 all is well, 1 a problem was found, 2 it
// could not be tried.

#include <sluice/result.hpp>
#include <sluice/snowflake/protocol.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace commands {

void add_doctor(CLI::App& app, int& status);
void add_dlq(CLI::App& app, int& status);
void add_load(CLI::App& app, int& status);
void add_stage(CLI::App& app, int& status);

/// The longest that a command waits for one step.
inline sluice::deadline patience() {
  return sluice::deadline::in(std::chrono::seconds{60});
}

/// Runs one statement and waits for its rows.
inline sluice::result<sluice::snowflake::result_table> run_sql(
    sluice::transport& net,
    std::shared_ptr<sluice::snowflake::session> const& on,
    std::string sql,
    std::string title) {
  auto reply = sluice::block_on(
      net, on->execute({.sql = std::move(sql), .title = std::move(title)}), patience());
  if (!reply) return std::move(reply).error();
  return std::move(reply->table);
}

}  // namespace commands

#endif  // SLUICE_EXAMPLES_SLUICE_COMMANDS_HPP
