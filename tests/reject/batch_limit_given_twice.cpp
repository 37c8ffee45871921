// expect: batch_limit_given_twice<
#include <sluice/batch/batch_policy.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::batch<sluice::max_rows<1>, sluice::max_bytes<1>, sluice::max_rows<2>>;
#else
using choice = sluice::batch<sluice::max_rows<1>, sluice::max_bytes<1>>;
#endif

sluice::require<choice::diagnosis> const rule{};
