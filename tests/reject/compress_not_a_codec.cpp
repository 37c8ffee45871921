// expect: not_a_codec<int>::ok
#include <sluice/compress/compress.hpp>

#ifdef SLUICE_REJECT
using choice = int;
#else
using choice = sluice::none;
#endif

sluice::require<sluice::codec_diagnosis<choice>> const rule{};
