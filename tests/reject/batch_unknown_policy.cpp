// expect: unknown_batch_policy<int>::ok
#include <sluice/batch/batch_policy.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::batch<int>;
#else
using choice = sluice::batch<sluice::max_rows<1>>;
#endif

sluice::require<choice::diagnosis> const rule{};
