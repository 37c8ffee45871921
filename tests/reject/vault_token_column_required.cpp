// expect: token_column_required<parts::person, .*full_name
#include "vault_parts.hpp"

#ifdef SLUICE_REJECT
template<>
struct sluice::schema<parts::person>
    : sluice::columns<
          parts::person,
          sluice::column<"ssn", &parts::person::ssn>,
          sluice::column<"ssn_token", &parts::person::token, sluice::token_of<&parts::person::ssn>>,
          sluice::column<"full_name", &parts::person::name>> {};
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

using destination = skyflow::vault<skyflow::byot<skyflow::token_mode::strict>>;

sluice::report run(sluice::transport& transport) {
  return parts::load<destination>(transport);
}
