// expect: unknown_bulk_option<sluice::v0::codec>::ok|unknown_bulk_option<sluice::codec>::ok
#include "loader_parts.hpp"

#include <sluice/snowflake/bulk.hpp>

namespace snowflake = sluice::snowflake;

#ifdef SLUICE_REJECT
using destination = snowflake::bulk<sluice::codec>;
#else
using destination = snowflake::bulk<snowflake::concurrent_copies<4>>;
#endif

using loader =
    sluice::loader<parts::order, sluice::encode<sluice::csv<>>, sluice::upload<destination>>;

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
