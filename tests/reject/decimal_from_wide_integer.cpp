// expect: decimal_from_wide_integer.cpp:15:.*deleted function
// expect: [.]amount = whole
// expect: decimal.Integer. = delete;  // may not fit: write decimal<P, S>.x.
#include <sluice/schema/decimal.hpp>

#include <cstdint>

struct order {
  std::int64_t order_id;
  sluice::decimal<12, 2> amount;
};

bool is_free(std::int64_t whole) {
#ifdef SLUICE_REJECT
  order const o{.order_id = 1, .amount = whole};
#else
  order const o{.order_id = 1, .amount = sluice::decimal<12, 2>{whole}};
#endif
  return o.amount.unscaled() == 0;
}
