// expect: gzip_level_out_of_range<10, 1, 9>::ok
#include <sluice/compress/compress.hpp>

#ifdef SLUICE_REJECT
using choice = sluice::gzip<10>;
#else
using choice = sluice::gzip<9>;
#endif

sluice::require<sluice::codec_diagnosis<choice>> const rule{};
