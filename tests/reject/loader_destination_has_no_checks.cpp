// expect: destination_has_no_checks<destination>::ok
#include "loader_parts.hpp"

struct destination {
#ifndef SLUICE_REJECT
  template<class Record>
  using checks = sluice::passed;
#endif
  using config = parts::service::config;
  using session = parts::service::session;
  static constexpr sluice::capabilities limits = parts::csv_only::limits;
};

using loader =
    sluice::loader<parts::order, sluice::upload<destination>, sluice::encode<sluice::csv<>>>;

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(parts::order{1, "open"});
  return orders.finish();
}
