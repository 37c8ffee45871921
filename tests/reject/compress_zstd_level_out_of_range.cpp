// expect: zstd_level_out_of_range<20, 1, 19>::ok
#include <sluice/compress/compress.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::zstd<20>;
#else
using choice = sluice::zstd<19>;
#endif

sluice::require<sluice::codec_diagnosis<choice>> const rule{};
