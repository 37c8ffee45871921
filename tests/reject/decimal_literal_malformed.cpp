// expect: a_decimal_literal_has_digits_at_most_one_point_and_a_sign
#include <sluice/schema/decimal.hpp>

bool is_free() {
#ifdef SLUICE_REJECT
  sluice::decimal<4, 2> price{"19,99"};
#else
  sluice::decimal<4, 2> price{"19.99"};
#endif
  return price.unscaled() == 0;
}
