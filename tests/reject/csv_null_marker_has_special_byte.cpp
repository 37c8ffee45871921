// expect: csv_null_marker_has_special_byte<.*"a,b".*>::ok
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::csv<sluice::null_marker<"a,b">>;
#else
using choice = sluice::csv<sluice::null_marker<"\\N">>;
#endif

sluice::require<sluice::format_diagnosis<choice>> const rule{};
