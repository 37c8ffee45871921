// expect: vault_option_given_twice<.*batch_endpoint>
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
using destination = skyflow::vault<skyflow::batch_endpoint, skyflow::flowvault>;
#else
using destination = skyflow::vault<skyflow::batch_endpoint>;
#endif

sluice::report run(sluice::transport& transport) {
  return parts::load<destination>(transport);
}
