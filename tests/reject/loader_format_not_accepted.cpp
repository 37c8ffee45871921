// expect: format_not_accepted<parts::csv_only, sluice::v0::format::ndjson,
// .*accepts<sluice::v0::format::csv> ?>::ok
#include "loader_parts.hpp"

#ifdef SLUICE_REJECT
using loader =
    sluice::loader<parts::order, sluice::upload<parts::csv_only>, sluice::encode<sluice::ndjson>>;
#else
using loader =
    sluice::loader<parts::order, sluice::upload<parts::csv_only>, sluice::encode<sluice::csv<>>>;
#endif

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
