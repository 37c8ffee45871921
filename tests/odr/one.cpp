#include <every_public_header.hpp>

// Two units with every public header in one program: a function that is neither a template nor
// inline is defined twice, and the linker says so.
char const* version_seen_by_one() {
  return SLUICE_VERSION;
}
