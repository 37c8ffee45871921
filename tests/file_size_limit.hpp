#ifndef SLUICE_TESTS_FILE_SIZE_LIMIT_HPP
#define SLUICE_TESTS_FILE_SIZE_LIMIT_HPP

#include <sys/resource.h>

#include <csignal>

namespace sluice_test {

/// Files of this process may not grow beyond a size while it lives: a disk that is full.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    ::rlimit const limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }

  file_size_limit(file_size_limit const&) = delete;
  file_size_limit& operator=(file_size_limit const&) = delete;

  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  ::rlimit before_{};
  void (*handler_)(int);
};

}  // namespace sluice_test

#endif  // SLUICE_TESTS_FILE_SIZE_LIMIT_HPP
