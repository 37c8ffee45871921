// expect: csv_delimiter_occurs_in_values<'\.'>::ok
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::csv<sluice::delimiter<'.'>>;
#else
using choice = sluice::csv<sluice::delimiter<'\t'>>;
#endif

sluice::require<sluice::format_diagnosis<choice>> const rule{};
