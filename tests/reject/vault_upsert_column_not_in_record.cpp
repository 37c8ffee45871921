// expect: upsert_column_not_in_record<parts::person, .*unlisted
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
using destination = skyflow::vault<skyflow::upsert<&parts::person::unlisted>>;
#else
using destination = skyflow::vault<skyflow::upsert<&parts::person::ssn>>;
#endif

sluice::report run(sluice::transport& transport) {
  return parts::load<destination>(transport);
}
