// expect: pipe_name_too_long<.*256, 255>::ok
#include "loader_parts.hpp"

#include <sluice/snowpipe/streaming.hpp>

namespace snowpipe = sluice::snowpipe;

#define SIXTY_FOUR "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define LONG                                                          \
  SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR                                    \
      "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABC" \
      "DE"

#ifdef SLUICE_REJECT
using destination = snowpipe::streaming<snowpipe::pipe<LONG "0">>;
#else
using destination = snowpipe::streaming<snowpipe::pipe<LONG>>;
#endif

using loader = sluice::loader<parts::order, sluice::upload<destination>>;

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
