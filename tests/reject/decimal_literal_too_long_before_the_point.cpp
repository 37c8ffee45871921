// expect: the_decimal_literal_has_too_many_digits_before_the_point
#include <sluice/schema/decimal.hpp>

bool is_free() {
#ifdef SLUICE_REJECT
  sluice::decimal<4, 2> price{"119.9"};
#else
  sluice::decimal<4, 2> price{"19.99"};
#endif
  return price.unscaled() == 0;
}
