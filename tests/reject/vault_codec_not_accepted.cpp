// expect: codec_not_accepted<.*vault<>, .*gzip, .*accepts<.*codec::none> ?>
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
using stage = sluice::compress<sluice::gzip<1>>;
#else
using stage = sluice::compress<sluice::none>;
#endif

sluice::report run(sluice::transport& transport) {
  return parts::load<destination, stage>(transport);
}
