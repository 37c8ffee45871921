// expect: unknown_csv_option<int>::ok
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::csv<int>;
#else
using choice = sluice::csv<sluice::with_header>;
#endif

sluice::require<sluice::format_diagnosis<choice>> const rule{};
