#ifndef SLUICE_LEDGER_IMPL_FILE_IPP
#define SLUICE_LEDGER_IMPL_FILE_IPP

#include <sluice/ledger/detail/file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace sluice::inline v0::detail {

SLUICE_DECL error file_error(std::string_view doing, std::string_view path) {
  int const number = errno;
  std::string text = "cannot ";
  text.append(doing).append(" ").append(path).append(": ");
  text += std::generic_category().message(number);
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      text += "; free space on that disk or choose another path";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      text += "; choose a path that this user may write to";
      break;
    case ENOENT:
      text += "; create the directory first";
      break;
    case ELOOP:
      text += "; the path must not be a symbolic link";
      break;
    default:
      text += "; check the path and the disk";
  }
  return error{errc::io, std::move(text)};
}

SLUICE_DECL std::string directory_of(std::string_view path) {
  auto const slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string{slash == 0 ? std::string_view{"/"} : path.substr(0, slash)};
}

SLUICE_DECL append_file::append_file(append_file&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)},
      path_{std::move(other.path_)},
      size_{other.size_},
      locked_{other.locked_} {}

SLUICE_DECL append_file& append_file::operator=(append_file&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
    path_ = std::move(other.path_);
    size_ = other.size_;
    locked_ = other.locked_;
  }
  return *this;
}

SLUICE_DECL append_file::~append_file() {
  if (fd_ >= 0) ::close(fd_);
}

SLUICE_DECL error append_file::failure(std::string_view doing) const {
  return file_error(doing, path_);
}

SLUICE_DECL result<append_file> append_file::open_with(std::string path, int flags) {
  append_file file;
  file.path_ = std::move(path);
  file.fd_ = ::open(file.path_.c_str(), flags | O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file.fd_ < 0) return file.failure("open");

  struct ::stat about {};

  if (::fstat(file.fd_, &about) != 0) return file.failure("examine");
  if (!S_ISREG(about.st_mode))
    return error{
        errc::io,
        "cannot append to " + file.path_ + ": it is not a regular file; name another path"};
  // A file that is there already may be readable for others; what is written next must not be.
  if ((about.st_mode & 0077) != 0 && ::fchmod(file.fd_, 0600) != 0)
    return file.failure("restrict access to");
  file.size_ = static_cast<std::uint64_t>(about.st_size);
  return file;
}

SLUICE_DECL result<append_file> append_file::open(std::string path) {
  return open_with(std::move(path), O_CREAT);
}

SLUICE_DECL result<append_file> append_file::create(std::string path) {
  return open_with(std::move(path), O_CREAT | O_EXCL);
}

/// Keeps others from appending to the same file while it lives. Where the file system has no locks
/// it keeps nobody: then a write that fails half-way may leave its part behind.
class append_file::turn {
 public:
  explicit turn(append_file const& file) : fd_{file.locked_ ? -1 : file.fd_} {
    while (fd_ >= 0 && ::flock(fd_, LOCK_EX) != 0)
      if (errno != EINTR) fd_ = -1;
  }

  turn(turn const&) = delete;
  turn& operator=(turn const&) = delete;

  ~turn() {
    if (fd_ >= 0) ::flock(fd_, LOCK_UN);
  }

 private:
  int fd_;
};

SLUICE_DECL result<void> append_file::append(std::string_view bytes) {
  turn const mine{*this};
  return write_at_end(bytes);
}

SLUICE_DECL result<void> append_file::append_lines(std::string_view lines) {
  turn const mine{*this};
  result<bool> const torn = ends_within_a_line();
  if (!torn) return torn.error();
  if (*torn)
    if (auto ended = write_at_end("\n"); !ended) return ended;
  return write_at_end(lines);
}

SLUICE_DECL result<void> append_file::write_at_end(std::string_view bytes) {
  result<std::uint64_t> const before = end();
  if (!before) return before.error();
  std::string_view rest = bytes;
  while (!rest.empty()) {
    ssize_t const n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      error failed = failure("write to");
      if (!take_back(*before, bytes.size() - rest.size()))
        failed.message += "; its last line is incomplete";
      return failed;
    }
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  size_ = *before + bytes.size();
  return success;
}

/// Cuts off the `count` bytes that this object has written behind `from`, and nothing of others.
SLUICE_DECL bool append_file::take_back(std::uint64_t from, std::uint64_t count) {
  if (count == 0) return true;
  result<std::uint64_t> const now = end();
  return now && *now == from + count && ::ftruncate(fd_, static_cast<off_t>(from)) == 0;
}

SLUICE_DECL result<std::uint64_t> append_file::end() const {
  struct ::stat about {};

  if (::fstat(fd_, &about) != 0) return failure("examine");
  return static_cast<std::uint64_t>(about.st_size);
}

SLUICE_DECL result<bool> append_file::ends_within_a_line() const {
  result<std::uint64_t> const size = end();
  if (!size) return size.error();
  if (*size == 0) return false;
  char last = '\n';
  if (::pread(fd_, &last, 1, static_cast<off_t>(*size - 1)) < 0) return failure("read");
  return last != '\n';
}

SLUICE_DECL result<void> append_file::truncate(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return failure("shorten");
  size_ = size;
  return success;
}

SLUICE_DECL result<void> append_file::sync() {
  if (::fsync(fd_) != 0) return failure("flush");
  return success;
}

SLUICE_DECL result<append_file> append_file::open_alone(std::string const& path,
                                                        std::function<bool()> const& try_again) {
  for (;;) {
    auto file = open(path);
    if (!file) return file;
    result<bool> const mine = file->try_lock();
    if (!mine) return mine.error();
    if (!*mine) {
      if (!try_again()) return file->taken();
      continue;
    }
    // Its last owner may have put another file in its place meanwhile.
    result<bool> const current = file->in_place();
    if (!current) return current.error();
    if (*current) return file;
  }
}

/// Whether the path still leads to this file.
SLUICE_DECL result<bool> append_file::in_place() const {
  struct ::stat mine {};

  struct ::stat there {};

  if (::fstat(fd_, &mine) != 0) return failure("examine");
  if (::lstat(path_.c_str(), &there) != 0) {
    if (errno == ENOENT) return false;
    return failure("examine");
  }
  return mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/// False: another process has it.
SLUICE_DECL result<bool> append_file::try_lock() {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) {
    locked_ = true;
    return true;
  }
  if (errno == EWOULDBLOCK) return false;
  return failure("lock");
}

SLUICE_DECL error append_file::taken() const {
  return error{errc::io, path_ + " is in use by another process; give each loader its own path"};
}

SLUICE_DECL result<void> append_file::lock() {
  result<bool> const mine = try_lock();
  if (!mine) return mine.error();
  if (!*mine) return taken();
  return success;
}

SLUICE_DECL result<std::string> append_file::read_all(std::uint64_t limit) const {
  if (size_ > limit) {
    return error{errc::invalid_input,
                 path_ + " has " + std::to_string(size_) + " bytes, more than the " +
                     std::to_string(limit) + " that are read; it is not a file of this library"};
  }
  std::string all(static_cast<std::size_t>(size_), '\0');
  std::size_t done = 0;
  while (done < all.size()) {
    ssize_t const n = ::pread(fd_, all.data() + done, all.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure("read");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  all.resize(done);
  return all;
}

SLUICE_DECL result<void> rename_durably(std::string const& from,
                                        std::string const& to,
                                        std::string const& directory) {
  if (::rename(from.c_str(), to.c_str()) != 0) return file_error("rename to", to);
  int const fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_error("open", directory);
  bool const synced = ::fsync(fd) == 0;
  error failed = synced ? error{} : file_error("flush", directory);
  ::close(fd);
  if (!synced) return failed;
  return success;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_LEDGER_IMPL_FILE_IPP
