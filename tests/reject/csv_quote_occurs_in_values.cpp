// expect: csv_quote_occurs_in_values<'e'>::ok
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::csv<sluice::quote<'e'>>;
#else
using choice = sluice::csv<sluice::quote<'\''>>;
#endif

sluice::require<sluice::format_diagnosis<choice>> const rule{};
