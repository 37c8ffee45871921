// expect: not_a_format<int>::ok
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>

#ifdef SLUICE_REJECT
using choice = int;
#else
using choice = sluice::csv<>;
#endif

sluice::require<sluice::format_diagnosis<choice>> const rule{};
