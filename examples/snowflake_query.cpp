// Rows of a query as records: the five routes with the longest delays.
//
//     ./snowflake_query profile.json

#include <sluice/auth/profile.hpp>
#include <sluice/snowflake/query.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string>

// A row of the result. The columns of a query are found by name, in any order.
struct route {
  std::string origin;
  std::string destination;
  std::int64_t flights;
  sluice::decimal<18, 1> mean_delay;
};

template<>
struct sluice::schema<route> : sluice::columns<route,
                                               sluice::column<"ORIGIN", &route::origin>,
                                               sluice::column<"DESTINATION", &route::destination>,
                                               sluice::column<"FLIGHTS", &route::flights>,
                                               sluice::column<"MEAN_DELAY", &route::mean_delay>> {};

int main(int argc, char** argv) {
  auto profile = sluice::read_profile(argc > 1 ? argv[1] : "profile.json");
  if (!profile) {
    fmt::print(stderr, "{}\n", profile.error().describe());
    return 2;
  }

  sluice::transport transport;
  auto routes = sluice::snowflake::query<route>::open(
      transport,
      sluice::snowflake::connect_as(*std::move(profile)),
      "SELECT ORIGIN, DESTINATION, COUNT(*) AS FLIGHTS, ROUND(AVG(DELAY), 1) AS MEAN_DELAY "
      "FROM FLIGHTS GROUP BY ORIGIN, DESTINATION HAVING COUNT(*) >= 10 "
      "ORDER BY AVG(DELAY) DESC, ORIGIN, DESTINATION LIMIT 5");
  if (!routes) {
    fmt::print(stderr, "{}\n", routes.error().describe());
    return 2;
  }
  for (auto const item : *routes) {
    if (!item)  // a value that does not fit: the error names row, column and value
      fmt::print(stderr, "{}\n", item.error().describe());
    else
      fmt::print("{} to {}: {} flights\n", item->origin, item->destination, item->flights);
  }
  return routes->failure() == nullptr ? 0 : 1;
}
