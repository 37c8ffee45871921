// expect: (use of deleted function|call to deleted constructor).*decimal<
// expect: decimal.Float. = delete;  // inexact: round
#include <sluice/schema/decimal.hpp>

bool is_free() {
#ifdef SLUICE_REJECT
  sluice::decimal<12, 2> price{19.99};
#else
  sluice::decimal<12, 2> price{"19.99"};
#endif
  return price.unscaled() == 0;
}
