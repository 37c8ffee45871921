// expect: the_decimal_literal_has_too_many_digits_behind_the_point
#include <sluice/schema/decimal.hpp>

bool is_free() {
#ifdef SLUICE_REJECT
  sluice::decimal<4, 2> price{"19.999"};
#else
  sluice::decimal<4, 2> price{"19.99"};
#endif
  return price.unscaled() == 0;
}
