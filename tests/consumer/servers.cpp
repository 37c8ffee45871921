#include <sluice/sandbox/sandbox.hpp>

// The component's public header compiles with nothing but the installed package.
sluice::sandbox::options options_for_tests() {
  return {.tls = true};
}
