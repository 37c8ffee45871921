// expect: Type_with_its_brackets> struct sluice::v0::compress|zstd' requires template arguments
#include <sluice/compress/compress.hpp>

using sluice::compress;

#ifdef SLUICE_REJECT
using stage = compress<sluice::zstd>;
#else
using stage = compress<sluice::zstd<>>;
#endif
