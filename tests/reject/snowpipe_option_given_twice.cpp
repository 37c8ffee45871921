// expect: streaming_option_given_twice<.*>::ok
#include "loader_parts.hpp"

#include <sluice/snowpipe/streaming.hpp>

namespace snowpipe = sluice::snowpipe;

#ifdef SLUICE_REJECT
using destination = snowpipe::streaming<snowpipe::tokens<"a_">, snowpipe::tokens<"b_">>;
#else
using destination = snowpipe::streaming<snowpipe::tokens<"a_">, snowpipe::pipe<"P">>;
#endif

using loader = sluice::loader<parts::order, sluice::upload<destination>>;

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
