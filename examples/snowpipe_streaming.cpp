// Streams orders into a Snowflake table through a channel that remembers how far it came.
//
//     ./snowpipe_streaming --profile profile.json --count 100000
//
// However a run ends, kill -9 included, the next one goes on behind the last order that the table
// holds: the offset token of the channel says which one that is. Exit status 0 only if every order
// of this run is confirmed.

#include "connection_options.hpp"

#include <sluice/observe/format.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/ddl.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/snowpipe/streaming.hpp>
#include <sluice/transport/scope.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

struct order {
  std::int64_t order_id;
  std::string status;
  sluice::decimal<12, 2> amount;
};

template<>
struct sluice::schema<order> : sluice::columns<order,
                                               sluice::column<"ORDER_ID", &order::order_id>,
                                               sluice::column<"STATUS", &order::status>,
                                               sluice::column<"AMOUNT", &order::amount>> {};

namespace snowpipe = sluice::snowpipe;
using namespace sluice::literals;

using order_loader = sluice::loader<
    order,
    sluice::batch<sluice::max_rows<10'000>, sluice::max_bytes<3'500'000>, sluice::max_age<1_s>>,
    sluice::compress<sluice::zstd<1>>,
    sluice::upload<
        snowpipe::streaming<snowpipe::channel_name<"ORDERS_CHANNEL">, snowpipe::tokens<"order_">>>>;

// The same order for the same id: a source that can be read again from any place.
order make_order(std::uint64_t id) {
  constexpr std::array<char const*, 3> states{"open", "paid", "shipped"};
  return {static_cast<std::int64_t>(id), states[id % 3], id % 100'000};
}

int run(examples::connection_options const& options, std::uint64_t count) {
  sluice::transport transport{options.transport()};
  auto const profile = options.read();
  if (!profile) throw std::runtime_error{profile.error().describe()};
  auto const login = std::make_shared<sluice::snowflake::session>(
      transport, sluice::snowflake::connect_as(*profile));
  auto const made = sluice::block_on(
      transport,
      login->execute({.sql = std::string{sluice::snowflake::create_table<order, "ORDERS">}}));
  if (!made) throw std::runtime_error{made.error().describe()};

  order_loader load{transport,
                    {.connection = snowpipe::connect_as(*profile),
                     .table = "ORDERS",
                     .source = "example-orders"}};
  auto const first = load.resume_position();
  if (!first) throw std::runtime_error{first.error().describe()};
  for (std::uint64_t id = *first; id < count; ++id) load.push(make_order(id));
  sluice::report const r = load.finish();
  fmt::print("{}", sluice::observe::summary_table(load.stats()));
  if (*first != 0) fmt::print("continued at order {}\n", *first);
  if (r.failure) fmt::print(stderr, "{}\n", r.failure->describe());
  return r.confirmed == r.pushed && !r.failure ? 0 : 1;
}

int main(int argc, char** argv) {
  CLI::App app{"Streams orders into a Snowflake table."};
  examples::connection_options options;
  std::uint64_t count = 100'000;
  options.add_to(app);
  app.add_option("--count", count, "orders that the table has in the end")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options, count);
  } catch (std::exception const& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 2;
  }
}
