// expect: upload_stage_is_missing<parts::order>::ok
#include "loader_parts.hpp"

#ifdef SLUICE_REJECT
using loader = sluice::loader<parts::order, sluice::encode<sluice::csv<>>>;
#else
using loader =
    sluice::loader<parts::order, sluice::encode<sluice::csv<>>, sluice::upload<parts::csv_only>>;
#endif

sluice::report load(sluice::transport& transport) {
  loader orders{transport, parts::service::config{"ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
