// expect: snappy_needs_parquet<
#include "loader_parts.hpp"

#ifdef SLUICE_REJECT
using codec = sluice::snappy;
#else
using codec = sluice::gzip<1>;
#endif

using loader = sluice::loader<parts::order,
                              sluice::upload<parts::csv_only>,
                              sluice::encode<sluice::csv<>>,
                              sluice::compress<codec>>;

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
