// expect: csv_option_given_twice<.*delimiter<','>, .*delimiter<'\|'> ?>::ok
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::csv<sluice::delimiter<','>, sluice::delimiter<'|'>>;
#else
using choice = sluice::csv<sluice::delimiter<'|'>>;
#endif

sluice::require<sluice::format_diagnosis<choice>> const rule{};
