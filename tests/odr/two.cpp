#include <every_public_header.hpp>

#include <cstring>

char const* version_seen_by_one();

int main() {
  return std::strcmp(version_seen_by_one(), SLUICE_VERSION) == 0 ? 0 : 1;
}
