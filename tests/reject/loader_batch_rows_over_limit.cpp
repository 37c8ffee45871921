// expect: batch_rows_over_destination_limit<parts::small_requests, 50001, 50000>::ok
#include "loader_parts.hpp"

#ifdef SLUICE_REJECT
using loader = sluice::loader<parts::order,
                              sluice::upload<parts::small_requests>,
                              sluice::encode<sluice::csv<>>,
                              sluice::batch<sluice::max_rows<50'001>, sluice::max_bytes<1000>>>;
#else
using loader = sluice::loader<parts::order,
                              sluice::upload<parts::small_requests>,
                              sluice::encode<sluice::csv<>>,
                              sluice::batch<sluice::max_rows<50'000>, sluice::max_bytes<1000>>>;
#endif

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
