// expect: batch_rows_over_destination_limit<.*vault<>, 1001, 1000>
#include "vault_parts.hpp"

template<>
struct sluice::schema<parts::person>
    : sluice::columns<parts::person,
                      sluice::column<"ssn", &parts::person::ssn>,
                      sluice::column<"ssn_token",
                                     &parts::person::token,
                                     sluice::token_of<&parts::person::ssn>>> {};

namespace skyflow = parts::skyflow;

using destination = skyflow::vault<>;

#ifdef SLUICE_REJECT
using stage = sluice::batch<sluice::max_rows<1001>>;
#else
using stage = sluice::batch<sluice::max_rows<1000>>;
#endif

sluice::report run(sluice::transport& transport) {
  return parts::load<destination, stage>(transport);
}
