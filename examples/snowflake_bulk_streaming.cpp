// Records one by one, as they come: each line of standard input is an event that is in the table a
// few seconds later, although nobody says where a batch ends.
//
//     tail -f service.log | ./snowflake_bulk_streaming profile.json

#include <sluice/auth/profile.hpp>
#include <sluice/observe/format.hpp>
#include <sluice/schema/chrono.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

using namespace sluice::literals;

struct event {
  std::int64_t line;
  std::chrono::sys_time<std::chrono::milliseconds> seen_at;
  std::string text;
};

template<>
struct sluice::schema<event>
    : sluice::columns<event,
                      sluice::column<"LINE", &event::line>,
                      sluice::column<"SEEN_AT", &event::seen_at>,
                      sluice::column<"TEXT", &event::text, sluice::max_length<65'536>>> {};

// A batch leaves one second after its first record at the latest, full or not.
using event_loader = sluice::loader<event,
                                    sluice::batch<sluice::max_rows<50'000>, sluice::max_age<1_s>>,
                                    sluice::encode<sluice::ndjson>,
                                    sluice::compress<sluice::gzip<1>>,
                                    sluice::upload<sluice::snowflake::bulk<>>>;

int main(int argc, char** argv) {
  auto profile = sluice::read_profile(argc > 1 ? argv[1] : "profile.json");
  if (!profile) {
    fmt::print(stderr, "{}\n", profile.error().describe());
    return 2;
  }

  sluice::transport transport;
  event_loader load{transport,
                    {.connection = sluice::snowflake::connect_as(*std::move(profile)),
                     .table = "EVENTS",
                     .create_table = true},
                    {.log = sluice::logger{sluice::log_to_stderr(), sluice::log_level::warning}}};

  event e{};
  while (std::getline(std::cin, e.text)) {
    ++e.line;
    e.seen_at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    // Waits when the service is slower than the input; false once the load cannot go on.
    if (!load.push(e)) break;
  }

  sluice::report const r = load.finish();
  fmt::print("{}", sluice::observe::summary_table(load.stats()));
  if (r.failure) fmt::print(stderr, "{}\n", r.failure->describe());
  return r.confirmed == r.pushed && !r.failure ? 0 : 1;
}
