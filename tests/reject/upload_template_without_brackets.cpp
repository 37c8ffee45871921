// expect: Type_with_its_brackets> struct sluice::v0::upload|service' requires template arguments
#include <sluice/destination/upload.hpp>

template<class... Options>
struct service;

using sluice::upload;

#ifdef SLUICE_REJECT
using stage = upload<service>;
#else
using stage = upload<service<>>;
#endif
