// expect: codec_not_accepted<parts::csv_only, sluice::v0::codec::zstd,
// .*accepts<sluice::v0::codec::none, sluice::v0::codec::gzip> ?>::ok
#include "loader_parts.hpp"

#ifdef SLUICE_REJECT
using loader = sluice::loader<parts::order,
                              sluice::upload<parts::csv_only>,
                              sluice::encode<sluice::csv<>>,
                              sluice::compress<sluice::zstd<1>>>;
#else
using loader = sluice::loader<parts::order,
                              sluice::upload<parts::csv_only>,
                              sluice::encode<sluice::csv<>>,
                              sluice::compress<sluice::gzip<1>>>;
#endif

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
