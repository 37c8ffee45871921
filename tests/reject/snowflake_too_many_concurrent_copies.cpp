// expect: too_many_concurrent_copies<21, 20>::ok
#include "loader_parts.hpp"

#include <sluice/snowflake/bulk.hpp>

#ifdef SLUICE_REJECT
constexpr std::size_t copies = 21;
#else
constexpr std::size_t copies = 20;
#endif

using loader = sluice::loader<
    parts::order,
    sluice::encode<sluice::csv<>>,
    sluice::upload<sluice::snowflake::bulk<sluice::snowflake::concurrent_copies<copies>>>>;

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
