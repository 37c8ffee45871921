// expect: batch_limit_below_one<.*max_rows<
#include <sluice/batch/batch_policy.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::batch<sluice::max_rows<0>>;
#else
using choice = sluice::batch<sluice::max_rows<1>>;
#endif

sluice::require<choice::diagnosis> const rule{};
