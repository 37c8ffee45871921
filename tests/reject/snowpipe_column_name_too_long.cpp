// expect: streamed_column_name_too_long<order, .*256, 255>::ok
#include "loader_parts.hpp"

#include <sluice/snowpipe/streaming.hpp>

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#ifdef SLUICE_REJECT
#define LAST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#else
#define LAST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#endif

struct order {
  int id = 0;
};

template<>
struct sluice::schema<order>
    : sluice::columns<order, sluice::column<SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR LAST, &order::id>> {};

using loader = sluice::loader<order, sluice::upload<sluice::snowpipe::streaming<>>>;

sluice::report load(sluice::transport& transport) {
  loader orders{transport, {.table = "ORDERS"}};
  orders.push(order{1});
  return orders.finish();
}
