// Streams flights from CSV into a table through a channel of Snowpipe.
//
//     load_snowpipe --profile profile.json --table FLIGHTS --dead-letters dead.ndjson flights.csv
//
// The channel's offset token says where a run goes on, and with --journal a file beside it.

#include "load_flights.hpp"

#include <sluice/auth/profile.hpp>
#include <sluice/snowpipe/streaming.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <utility>

namespace {

namespace snowpipe = sluice::snowpipe;

template<class Channel, class... More>
using flight_loader =
    sluice::loader<flight,
                   sluice::batch<sluice::max_rows<sluice::dynamic>, sluice::max_bytes<3'500'000>>,
                   sluice::upload<Channel>,
                   More...>;

std::chrono::milliseconds ms(std::int64_t n) {
  return std::chrono::milliseconds{n};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Streams flights from a CSV file into a table."};
  program::settings s;
  std::string profile;
  snowpipe::streaming_config c;
  c.channel = "FLIGHTS";
  c.source = "flights";
  std::int64_t poll_ms = c.poll_interval.count();
  std::int64_t stall_ms = c.stall_after.count();
  std::int64_t guard_ms = c.guard_for.count();
  bool elastic = false;
  s.run.batch.max_rows = 30'000;
  s.add_to(app);
  app.add_option("--profile", profile, "JSON file with account, user, ...")->required();
  app.add_option("--table", c.table, "must exist")->required();
  app.add_option("--channel", c.channel, "whose token says how far it came");
  app.add_option("--poll-interval", poll_ms, "ms between two looks at the committed token");
  app.add_option("--stall-after", stall_ms, "ms without a commit until it is opened again");
  app.add_option("--guard-for", guard_ms, "ms that an open waits for uncommitted rows");
  app.add_flag("--drop-channel", c.drop_channel, "at the end");
  app.add_flag("--elastic", elastic, "without a channel: no order, at least once");
  CLI11_PARSE(app, argc, argv);
  s.prepare();
  auto found = sluice::read_profile(profile);
  if (!found) return program::fail(found.error());
  c.connection = snowpipe::connect_as(*std::move(found));
  c.connection.limits.idle = c.connection.append_limits.idle = s.idle();
  c.connection.login_retry = s.patient(c.connection.login_retry);
  c.append_retry = s.patient(c.append_retry);
  c.open_retry = s.patient(c.open_retry);
  c.poll_interval = ms(poll_ms);
  c.stall_after = ms(stall_ms);
  c.guard_for = ms(guard_ms);
  // The account under test says what its limits are.
  c.requests_per_second = c.bytes_per_second = 0;
  try {
    using program::load;
    if (elastic) return load<flight_loader<snowpipe::streaming<snowpipe::elastic>>>(s, c);
    if (s.run.journal.path.empty()) return load<flight_loader<snowpipe::streaming<>>>(s, c);
    return load<flight_loader<snowpipe::streaming<>, sluice::durable<sluice::journal>>>(s, c);
  } catch (std::exception const& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 2;
  }
}
