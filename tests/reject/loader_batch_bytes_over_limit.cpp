// expect: batch_bytes_over_destination_limit<parts::small_requests, 10000001, 10000000>::ok
#include "loader_parts.hpp"

#ifdef SLUICE_REJECT
using loader = sluice::loader<parts::order,
                              sluice::upload<parts::small_requests>,
                              sluice::encode<sluice::csv<>>,
                              sluice::batch<sluice::max_rows<10>, sluice::max_bytes<10'000'001>>>;
#else
using loader = sluice::loader<parts::order,
                              sluice::upload<parts::small_requests>,
                              sluice::encode<sluice::csv<>>,
                              sluice::batch<sluice::max_rows<10>, sluice::max_bytes<10'000'000>>>;
#endif

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
