// expect: column_cannot_be_bound<event, .*"ATTRIBUTES".*>::ok
#include "loader_parts.hpp"

#include <sluice/schema/json.hpp>
#include <sluice/snowflake/insert.hpp>

#include <string>

struct event {
  int id = 0;
#ifdef SLUICE_REJECT
  sluice::json attributes;
#else
  std::string attributes;
#endif
};

template<>
struct sluice::schema<event> : sluice::columns<event,
                                               sluice::column<"ID", &event::id>,
                                               sluice::column<"ATTRIBUTES", &event::attributes>> {};

using loader = sluice::loader<event, sluice::upload<sluice::snowflake::insert>>;

sluice::report load(sluice::transport& transport) {
  loader events{transport, {.table = "EVENTS"}};
  events.push(event{});
  return events.finish();
}
