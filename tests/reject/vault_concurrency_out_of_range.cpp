// expect: concurrency_out_of_range<129, 128>
#include "vault_parts.hpp"

template<>
struct sluice::schema<parts::person>
    : sluice::columns<parts::person,
                      sluice::column<"ssn", &parts::person::ssn>,
                      sluice::column<"ssn_token",
                                     &parts::person::token,
                                     sluice::token_of<&parts::person::ssn>>> {};

namespace skyflow = parts::skyflow;

#ifdef SLUICE_REJECT
using destination = skyflow::vault<skyflow::concurrency<129>>;
#else
using destination = skyflow::vault<skyflow::concurrency<128>>;
#endif

sluice::report run(sluice::transport& transport) {
  return parts::load<destination>(transport);
}
