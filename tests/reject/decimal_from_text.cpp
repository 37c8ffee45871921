// expect: decimal_from_text.cpp:11:.*deleted function
// expect: decimal.Text const&. = delete;  // no literal: use decimal<P, S>::parse.x.
#include <sluice/schema/decimal.hpp>

#include <string>

bool is_free(std::string const& text) {
  using price = sluice::decimal<12, 2>;
  price paid;
#ifdef SLUICE_REJECT
  paid = text;
#else
  paid = price::parse(text).value_or(0);
#endif
  return paid.unscaled() == 0;
}
