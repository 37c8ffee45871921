#ifndef SLUICE_TESTS_FUZZ_SCRATCH_FILE_HPP
#define SLUICE_TESTS_FUZZ_SCRATCH_FILE_HPP

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// The path of a file in memory that holds `content`, and the one before no more: nothing is left
/// behind, however the process ends.
inline std::string scratch_file(std::string_view content) {
  static int const file = [] {
    int const made = ::memfd_create("fuzz", MFD_CLOEXEC);
    require(made >= 0);
    return made;
  }();
  require(::ftruncate(file, 0) == 0);
  require(::pwrite(file, content.data(), content.size(), 0) ==
          static_cast<ssize_t>(content.size()));
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace fuzz

#endif  // SLUICE_TESTS_FUZZ_SCRATCH_FILE_HPP
