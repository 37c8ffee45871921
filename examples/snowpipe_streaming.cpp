// Streams orders into a Snowflake table through a channel that remembers how far it came.
//
//     ./snowpipe_streaming --profile profile.json --count 100000
//
// However a run ends, kill -9 included, the next one goes on behind the last order that the table
// holds: the channel's offset token says which. Exit status 0 only if every order is confirmed.

#include "connection_options.hpp"

#include <sluice/observe/format.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/ddl.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/snowpipe/streaming.hpp>
#include <sluice/transport/scope.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <memory>
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
using orders_channel =
    snowpipe::streaming<snowpipe::channel_name<"ORDERS_CHANNEL">, snowpipe::tokens<"order_">>;
using order_loader = sluice::loader<order, sluice::upload<orders_channel>>;

int main(int argc, char** argv) {
  CLI::App app{"Streams orders into a Snowflake table."};
  examples::connection_options options;
  std::uint64_t count = 100'000;
  options.add_to(app);
  app.add_option("--count", count, "orders in the table in the end")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  auto const fail = [](sluice::error const& why) {
    fmt::print(stderr, "{}\n", why.describe());
    return 2;
  };

  auto const profile = options.read();
  if (!profile) return fail(profile.error());
  sluice::transport transport{options.transport()};
  auto const login = std::make_shared<sluice::snowflake::session>(
      transport, sluice::snowflake::connect_as(*profile));
  std::string const create{sluice::snowflake::create_table<order, "STREAMED_ORDERS">};
  if (auto made = block_on(transport, login->execute({.sql = create})); !made)
    return fail(made.error());

  auto load = order_loader::make(transport,
                                 {.connection = snowpipe::connect_as(*profile),
                                  .table = "STREAMED_ORDERS",
                                  .source = "example-orders"});
  if (!load) return fail(load.error());
  auto const first = load->resume_position();
  if (!first) return fail(first.error());
  for (std::uint64_t id = *first; id < count; ++id)
    load->push({static_cast<std::int64_t>(id), "open", static_cast<int>(id % 1'000)});
  sluice::report const r = load->finish();
  fmt::print("{}", sluice::observe::summary_table(load->stats()));
  if (*first != 0) fmt::print("continued at order {}\n", *first);
  if (r.dead_lettered != 0) fmt::print("the dead letters are in {}\n", r.dead_letters);
  if (r.failure) return fail(*r.failure);
  return r.confirmed == r.pushed ? 0 : 1;
}
