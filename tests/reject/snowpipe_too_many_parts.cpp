// expect: too_many_parts<.*5000.*>::ok
#include "loader_parts.hpp"

#include <sluice/pipeline/partitioned.hpp>
#include <sluice/snowpipe/streaming.hpp>

namespace snowpipe = sluice::snowpipe;

#ifdef SLUICE_REJECT
constexpr std::size_t parts_wanted = 5'000;
#else
constexpr std::size_t parts_wanted = 2'000;
#endif

using loader = sluice::loader<parts::order, sluice::upload<snowpipe::streaming<>>>;
using streams = sluice::partitioned<loader, parts_wanted>;

sluice::partitioned_report load(sluice::transport& transport) {
  streams orders{transport, {.table = "ORDERS"}};
  orders[0].push(parts::order{1, "open"});
  return orders.finish();
}
