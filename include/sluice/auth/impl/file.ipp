#ifndef SLUICE_AUTH_IMPL_FILE_IPP
#define SLUICE_AUTH_IMPL_FILE_IPP

#include <sluice/auth/detail/file.hpp>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::inline v0::detail {

SLUICE_DECL result<private_file> read_private_file(std::string const& path,
                                                   std::string_view what,
                                                   std::size_t limit) {
  auto const failed = [&](std::string_view doing) {
    return error{errc::io,
                 fmt::format("{} file '{}' cannot be {} ({}); check the path and its permissions",
                             what,
                             path,
                             doing,
                             std::system_category().message(errno))};
  };

  struct descriptor {
    int fd;

    ~descriptor() {
      if (fd >= 0) ::close(fd);
    }

    // O_NONBLOCK: opening a pipe by mistake must not hang.
  } const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};

  if (file.fd < 0) return failed("opened");

  struct stat info {};

  if (::fstat(file.fd, &info) != 0) return failed("examined");
  if (!S_ISREG(info.st_mode))
    return error{errc::io,
                 fmt::format("{} file '{}' is not a regular file; check the path", what, path)};
  std::string text(limit + 1, '\0');
  std::size_t size = 0;
  while (size != text.size()) {
    ssize_t const n = ::read(file.fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read");
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > limit) {
    wipe(text);
    return error{
        errc::invalid_configuration,
        fmt::format("{} file '{}' is larger than {} bytes; check the path", what, path, limit)};
  }
  private_file result{secret{std::string_view{text}.substr(0, size)}, {}};
  wipe(text);
  if ((info.st_mode & 077) != 0)
    result.warnings.push_back(fmt::format(
        "{} file '{}' can be read by other users of this machine; run `chmod 600` on it",
        what,
        path));
  return result;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_AUTH_IMPL_FILE_IPP
