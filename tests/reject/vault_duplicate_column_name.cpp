// expect: duplicate_column_name<parts::person, .*ssn
#include "vault_parts.hpp"

#ifdef SLUICE_REJECT
template<>
struct sluice::schema<parts::person>
    : sluice::columns<
          parts::person,
          sluice::column<"ssn", &parts::person::ssn>,
          sluice::column<"ssn", &parts::person::token, sluice::token_of<&parts::person::ssn>>> {};
#else
template<>
struct sluice::schema<parts::person>
    : sluice::columns<parts::person,
                      sluice::column<"ssn", &parts::person::ssn>,
                      sluice::column<"ssn_token",
                                     &parts::person::token,
                                     sluice::token_of<&parts::person::ssn>>> {};
#endif

namespace skyflow = parts::skyflow;

using destination = skyflow::vault<>;

sluice::report run(sluice::transport& transport) {
  return parts::load<destination>(transport);
}
