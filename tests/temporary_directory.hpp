#ifndef SLUICE_TESTS_TEMPORARY_DIRECTORY_HPP
#define SLUICE_TESTS_TEMPORARY_DIRECTORY_HPP

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace sluice_test {

/// A directory of its own that goes with the object.
class temporary_directory {
 public:
  temporary_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
    path_ = name;
  }

  temporary_directory(temporary_directory const&) = delete;
  temporary_directory& operator=(temporary_directory const&) = delete;

  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string operator/(std::string const& name) const {
    return (path_ / name).string();
  }

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(std::string const& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write_file(std::string const& path, std::string const& bytes) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
}

}  // namespace sluice_test

#endif  // SLUICE_TESTS_TEMPORARY_DIRECTORY_HPP
