// expect: csv_delimiter_equals_quote<'.*\"'>::ok
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::csv<sluice::delimiter<'"'>>;
#else
using choice = sluice::csv<sluice::delimiter<';'>>;
#endif

sluice::require<sluice::format_diagnosis<choice>> const rule{};
