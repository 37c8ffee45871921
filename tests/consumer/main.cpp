#include <sluice/error.hpp>
#include <sluice/version.hpp>

#include <cstdio>

int main() {
  sluice::error const refused{sluice::errc::memory_limit, "2 MiB are too little; give 64 MiB"};
  std::printf("sluice %s: %s\n", SLUICE_VERSION, refused.describe().c_str());
  return refused.retryable() ? 1 : 0;
}
