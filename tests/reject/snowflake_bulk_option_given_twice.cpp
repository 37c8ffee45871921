// expect: bulk_option_given_twice<
#include "loader_parts.hpp"

#include <sluice/snowflake/bulk.hpp>

namespace sf = sluice::snowflake;
#ifdef SLUICE_REJECT
using destination = sf::bulk<sf::concurrent_copies<4>, sf::concurrent_copies<8>>;
#else
using destination = sf::bulk<sf::concurrent_copies<4>, sf::evolve::widen>;
#endif

using loader =
    sluice::loader<parts::order, sluice::encode<sluice::csv<>>, sluice::upload<destination>>;

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
