// expect: Type_with_its_brackets> struct sluice::v0::encode|csv' requires template arguments
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>

using sluice::encode;

#ifdef SLUICE_REJECT
using stage = encode<sluice::csv>;
#else
using stage = encode<sluice::csv<>>;
#endif
