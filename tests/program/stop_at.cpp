// Loaded before the C library into a program that keeps a journal: stops it at a chosen step of the
// journal's file until it is killed.
//
//     SLUICE_STOP_AT=plan:3:half SLUICE_STOP_FD=5 LD_PRELOAD=... program
//
// Steps: `sync` and `rename`, and `write` of a line by its first word (`sluice-journal`, `plan`,
// `done`, `absent`, `dead`, `ended`). Moments: `before`, `after`, and for lines `half`, when half
// of the line is in the file. A byte on the descriptor tells that the program stands there.

#include <dlfcn.h>
#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

template<class Function>
Function* next(char const* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

struct stop {
  std::string step;
  unsigned long nth = 0;
  std::string moment;
  int told = -1;
  std::atomic<unsigned long> seen{0};

  stop() {
    char const* const at = std::getenv("SLUICE_STOP_AT");
    char const* const fd = std::getenv("SLUICE_STOP_FD");
    if (at == nullptr || fd == nullptr) return;
    std::string const text{at};
    std::size_t const first = text.find(':');
    std::size_t const second = text.find(':', first + 1);
    step = text.substr(0, first);
    nth = std::strtoul(text.c_str() + first + 1, nullptr, 10);
    moment = text.substr(second + 1);
    told = std::atoi(fd);
  }

  /// Counts this step; true if it is the chosen one.
  bool reached(std::string_view name) { return told >= 0 && name == step && ++seen == nth; }

  /// Until somebody kills the program, or is not there any more to do so.
  [[noreturn]] void stand() const {
    static auto* const real_write = next<ssize_t(int, void const*, std::size_t)>("write");
    static_cast<void>(real_write(told, "!", 1));
    pollfd gone{told, 0, 0};
    while (::poll(&gone, 1, -1) < 0 && errno == EINTR) {
    }
    ::_exit(9);
  }
};

stop& chosen() {
  static stop one;
  return one;
}

bool names_journal(std::string_view path) {
  return path.ends_with(".journal") || path.ends_with(".journal.tmp");
}

bool is_journal(int fd) {
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t const n = ::readlink(link, path, sizeof path);
  return n > 0 && names_journal({path, static_cast<std::size_t>(n)});
}

}  // namespace

extern "C" {

ssize_t write(int fd, void const* data, std::size_t size) {
  static auto* const real = next<ssize_t(int, void const*, std::size_t)>("write");
  // A line is a checksum of eight digits, a blank, its words.
  std::string_view line{static_cast<char const*>(data), size};
  if (size < 10 || line[8] != ' ' || !is_journal(fd)) return real(fd, data, size);
  line.remove_prefix(9);
  stop& at = chosen();
  if (!at.reached(line.substr(0, line.find(' ')))) return real(fd, data, size);
  if (at.moment == "half") static_cast<void>(real(fd, data, size / 2));
  if (at.moment != "after") at.stand();
  static_cast<void>(real(fd, data, size));
  at.stand();
}

int fsync(int fd) {
  static auto* const real = next<int(int)>("fsync");
  stop& at = chosen();
  if (!is_journal(fd) || !at.reached("sync")) return real(fd);
  if (at.moment == "after") static_cast<void>(real(fd));
  at.stand();
}

int rename(char const* from, char const* to) {
  static auto* const real = next<int(char const*, char const*)>("rename");
  stop& at = chosen();
  if (!names_journal(to) || !at.reached("rename")) return real(from, to);
  if (at.moment == "after") static_cast<void>(real(from, to));
  at.stand();
}

}  // extern "C"
