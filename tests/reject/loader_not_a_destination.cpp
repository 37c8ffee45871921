// expect: not_a_destination<parts::service>::ok
#include "loader_parts.hpp"

#ifdef SLUICE_REJECT
using loader =
    sluice::loader<parts::order, sluice::encode<sluice::csv<>>, sluice::upload<parts::service>>;
#else
using loader =
    sluice::loader<parts::order, sluice::encode<sluice::csv<>>, sluice::upload<parts::csv_only>>;
#endif

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
