// expect: source_cannot_seek<
#include "loader_parts.hpp"

#include <sluice/source/records.hpp>

#include <vector>

#ifdef SLUICE_REJECT
using source = std::vector<parts::order>;
#else
using source = sluice::source::records<std::vector<parts::order>>;
#endif

using loader =
    sluice::loader<parts::order, sluice::upload<parts::in_order>, sluice::encode<sluice::csv<>>>;

sluice::report load(sluice::transport& transport, source& from) {
  loader orders{transport, {.table = "ORDERS"}};
  static_cast<void>(orders.resume(from));
  return orders.finish();
}
