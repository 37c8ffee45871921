// expect: destination_keeps_no_count<parts::csv_only>::ok
#include "loader_parts.hpp"

#include <sluice/source/records.hpp>

#include <vector>

#ifdef SLUICE_REJECT
using destination = parts::csv_only;
#else
using destination = parts::in_order;
#endif

using loader =
    sluice::loader<parts::order, sluice::upload<destination>, sluice::encode<sluice::csv<>>>;

sluice::report load(sluice::transport& transport,
                    sluice::source::records<std::vector<parts::order>>& from) {
  loader orders{transport, {.table = "ORDERS"}};
  static_cast<void>(orders.resume(from));
  return orders.finish();
}
