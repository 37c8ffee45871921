// expect: ndjson. is not a template|expected '>'
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>

#ifdef SLUICE_REJECT
using stage = sluice::encode<sluice::ndjson<>>;
#else
using stage = sluice::encode<sluice::ndjson>;
#endif
