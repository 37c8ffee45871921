#ifndef SLUICE_STORE_IMPL_DIRECTORY_STORE_IPP
#define SLUICE_STORE_IMPL_DIRECTORY_STORE_IPP

#include <sluice/store/directory_store.hpp>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

SLUICE_DECL error file_error(std::string_view doing, std::string const& path, int reason) {
  std::string_view remedy = "check the path and its permissions";
  if (reason == ENOSPC || reason == EDQUOT) remedy = "make room on the disk";
  if (reason == EEXIST) remedy = "choose another name";
  return error{errc::io,
               fmt::format("'{}' cannot be {}: {}; {}",
                           path,
                           doing,
                           std::system_category().message(reason),
                           remedy)};
}

/// A temporary file next to its final name, gone unless it was moved there.
class pending_file {
 public:
  explicit pending_file(std::string const& final_path) : path_{final_path + ".XXXXXX"} {
    fd_ = ::mkostemp(path_.data(), O_CLOEXEC);
  }

  pending_file(pending_file const&) = delete;
  pending_file& operator=(pending_file const&) = delete;

  ~pending_file() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!kept_) ::unlink(path_.c_str());
  }

  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

  [[nodiscard]] int descriptor() const noexcept { return fd_; }

  [[nodiscard]] std::string const& path() const noexcept { return path_; }

  [[nodiscard]] bool write(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
      ssize_t const n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// Gives the file its name; `replace` false fails with EEXIST where there is one.
  [[nodiscard]] bool move_to(std::string const& final_path, bool replace) noexcept {
    if (replace) {
      kept_ = ::rename(path_.c_str(), final_path.c_str()) == 0;
      return kept_;
    }
    return ::link(path_.c_str(), final_path.c_str()) == 0;
  }

 private:
  std::string path_;
  int fd_ = -1;
  bool kept_ = false;
};

/// Makes `directory` and those above it that are missing; returns 0 or `errno`. By hand, because
/// <filesystem> is slow to compile.
SLUICE_DECL int make_directories(std::string const& directory) {
  for (std::size_t end = 0; end != directory.size();) {
    end = std::min(directory.find('/', end + 1), directory.size());
    if (::mkdir(directory.substr(0, end).c_str(), 0777) != 0 && errno != EEXIST && errno != EISDIR)
      return errno;
  }
  return 0;
}

/// Makes a rename in `directory` survive a crash.
SLUICE_DECL bool sync_directory(std::string const& directory) noexcept {
  int const fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  bool const done = ::fsync(fd) == 0;
  ::close(fd);
  return done;
}

}  // namespace detail

SLUICE_DECL directory_store::directory_store(transport& t, directory_options options)
    : transport_{t}, options_{std::move(options)} {}

SLUICE_DECL std::string directory_store::path_of(std::string const& name) const {
  return options_.path + "/" + name;
}

SLUICE_DECL result<void> directory_store::check(std::string const& name) const {
  auto const bad = [](std::string_view text) {
    return error{errc::invalid_configuration, std::string{text}};
  };
  if (options_.path.empty())
    return bad("the directory store has no path; set directory_options::path");
  if (name.empty() || name.find('\0') != std::string::npos || name.ends_with('/'))
    return bad("an object's name is empty, ends with '/' or holds a NUL; give a file name");
  if (name.starts_with('/') || ('/' + name + '/').find("/../") != std::string::npos)
    return bad("an object's name leads out of the directory; leave '..' and a leading '/' out");
  return success;
}

SLUICE_DECL result<stored_object> directory_store::write(std::string const& name,
                                                         chunk_list const& body,
                                                         bool create_only) const {
  std::string const path = path_of(name);
  std::string const directory = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
  if (int const reason = detail::make_directories(directory); reason != 0)
    return detail::file_error("made", directory, reason);
  detail::pending_file file{path};
  if (!file.is_open()) return detail::file_error("created", path, errno);
  for (chunk const& c : body)
    if (!file.write(c.bytes())) return detail::file_error("written", path, errno);
  if (::fchmod(file.descriptor(), options_.file_mode) != 0)
    return detail::file_error("given its permissions", path, errno);
  if (options_.sync && ::fsync(file.descriptor()) != 0)
    return detail::file_error("written to the disk", path, errno);
  if (!file.move_to(path, !create_only)) return detail::file_error("given its name", path, errno);
  if (options_.sync && !detail::sync_directory(directory))
    return detail::file_error("written to the disk", directory, errno);
  stored_object stored;
  stored.size = body.size();
  return stored;
}

SLUICE_DECL task<stored_object> directory_store::put(std::string name,
                                                     chunk_list body,
                                                     put_options options) {
  result<void> const good = check(name);
  if (!good) co_return good.error();
  auto const work = [&] { return write(name, body, options.create_only); };
  result<stored_object> stored = co_await transport_.on_worker(work);
  co_return stored;
}

SLUICE_DECL task<std::optional<stored_object>> directory_store::head(std::string name) {
  result<void> const good = check(name);
  if (!good) co_return good.error();
  auto const work = [path = path_of(name)]() -> result<std::optional<stored_object>> {
    struct stat info {};

    if (::stat(path.c_str(), &info) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return std::optional<stored_object>{};
      return detail::file_error("examined", path, errno);
    }
    stored_object found;
    found.size = static_cast<std::uint64_t>(info.st_size);
    return std::optional<stored_object>{std::move(found)};
  };
  result<std::optional<stored_object>> found = co_await transport_.on_worker(work);
  co_return found;
}

namespace detail {

/// Reads a run of bytes of a file; nothing if there is no such file.
SLUICE_DECL result<std::optional<object_part>> read_part(std::string const& path,
                                                         std::uint64_t offset,
                                                         std::uint64_t length) {
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::optional<object_part>{};
  if (fd < 0) return file_error("read", path, errno);

  struct closer {
    int fd;

    ~closer() { ::close(fd); }
  } const closes{fd};

  struct stat info {};

  if (::fstat(fd, &info) != 0) return file_error("examined", path, errno);
  if (!S_ISREG(info.st_mode)) return file_error("read", path, EISDIR);
  object_part part;
  part.whole.size = static_cast<std::uint64_t>(info.st_size);
  part.whole.etag = fmt::format(
      "{}-{}-{}.{}", info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  if (offset >= part.whole.size) return std::optional{std::move(part)};
  part.bytes.resize(static_cast<std::size_t>(std::min(length, part.whole.size - offset)));
  for (std::size_t done = 0; done != part.bytes.size();) {
    ssize_t const n = ::pread(
        fd, part.bytes.data() + done, part.bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("read", path, errno);
    if (n == 0) part.bytes.resize(done);
    done += static_cast<std::size_t>(n);
  }
  return std::optional{std::move(part)};
}

}  // namespace detail

SLUICE_DECL task<std::optional<object_part>> directory_store::get(std::string name,
                                                                  std::uint64_t offset,
                                                                  std::uint64_t length) {
  result<void> const good = check(name);
  if (!good) co_return good.error();
  auto const work = [&, path = path_of(name)] { return detail::read_part(path, offset, length); };
  result<std::optional<object_part>> part = co_await transport_.on_worker(work);
  co_return part;
}

SLUICE_DECL task<void> directory_store::remove(std::string name) {
  result<void> const good = check(name);
  if (!good) co_return good.error();
  auto const work = [path = path_of(name)]() -> result<void> {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
      return detail::file_error("removed", path, errno);
    return success;
  };
  result<void> removed = co_await transport_.on_worker(work);
  co_return removed;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_STORE_IMPL_DIRECTORY_STORE_IPP
