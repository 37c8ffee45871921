// expect: elastic_has_no_channel<.*>::ok
#include "loader_parts.hpp"

#include <sluice/snowpipe/streaming.hpp>

namespace snowpipe = sluice::snowpipe;

#ifdef SLUICE_REJECT
using destination = snowpipe::streaming<snowpipe::elastic, snowpipe::channel_name<"ORDERS">>;
#else
using destination = snowpipe::streaming<snowpipe::elastic, snowpipe::pipe<"P">>;
#endif

using loader = sluice::loader<parts::order, sluice::upload<destination>>;

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
