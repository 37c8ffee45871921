// expect: too_many_columns<parts::one_column, parts::order, 2, 1>::ok
#include "loader_parts.hpp"

#ifdef SLUICE_REJECT
using loader =
    sluice::loader<parts::order, sluice::encode<sluice::csv<>>, sluice::upload<parts::one_column>>;
#else
using loader =
    sluice::loader<parts::order, sluice::encode<sluice::csv<>>, sluice::upload<parts::csv_only>>;
#endif

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
