// expect: csv_null_marker_is_a_value<.*"-1".*>::ok
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::csv<sluice::null_marker<"-1">>;
#else
using choice = sluice::csv<sluice::null_marker<"NULL">>;
#endif

sluice::require<sluice::format_diagnosis<choice>> const rule{};
