// expect: batch_limit_below_one<.*max_age<
#include <sluice/batch/batch_policy.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::batch<sluice::max_age<sluice::milliseconds{0}>>;
#else
using choice = sluice::batch<sluice::max_age<sluice::milliseconds{1}>>;
#endif

sluice::require<choice::diagnosis> const rule{};
