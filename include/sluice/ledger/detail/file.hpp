#ifndef SLUICE_LEDGER_DETAIL_FILE_HPP
#define SLUICE_LEDGER_DETAIL_FILE_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::detail {

/// A file that is appended to, with mode 0600 and errors that name it. Other objects, of this
/// process and of others, may append to the same file; each appends alone. Thread safety: none.
class append_file {
 public:
  append_file() = default;
  append_file(append_file&& other) noexcept;
  append_file& operator=(append_file&& other) noexcept;
  ~append_file();

  /// Creates `path` if it is not there. A symbolic link or anything but a regular file is refused.
  static result<append_file> open(std::string path);

  /// As `open`, and keeps other processes from doing the same. While another one has the file,
  /// asks `try_again`, which may wait a moment. Error: it said no, the file is taken.
  static result<append_file> open_alone(std::string const& path,
                                        std::function<bool()> const& try_again);

  /// Fails where `path` exists.
  static result<append_file> create(std::string path);

  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

  [[nodiscard]] std::string const& path() const noexcept { return path_; }

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Appends all of `bytes` or nothing. Waits for others that append.
  result<void> append(std::string_view bytes);

  /// The same of whole lines. A last line without its end, which who was killed leaves behind, is
  /// ended first, so that it spoils no other.
  result<void> append_lines(std::string_view lines);

  /// Cuts the file off behind `size` bytes.
  result<void> truncate(std::uint64_t size);

  result<void> sync();

  /// Keeps other processes from opening the same file as their own. Error: it is taken.
  result<void> lock();

  /// All bytes. Error: more than `limit`.
  [[nodiscard]] result<std::string> read_all(std::uint64_t limit) const;

 private:
  class turn;

  static result<append_file> open_with(std::string path, int flags);
  result<void> write_at_end(std::string_view bytes);
  [[nodiscard]] bool take_back(std::uint64_t from, std::uint64_t count);
  [[nodiscard]] result<std::uint64_t> end() const;
  [[nodiscard]] result<bool> ends_within_a_line() const;
  result<bool> try_lock();
  [[nodiscard]] result<bool> in_place() const;
  [[nodiscard]] error taken() const;
  [[nodiscard]] error failure(std::string_view doing) const;

  int fd_ = -1;
  std::string path_;
  std::uint64_t size_ = 0;  ///< where this object has seen its end
  bool locked_ = false;     ///< by `lock` or `open_alone`
};

/// Renames `from` to `to`, both in `directory`, and makes the change outlive the machine's power.
SLUICE_DECL result<void> rename_durably(std::string const& from,
                                        std::string const& to,
                                        std::string const& directory);

/// "cannot <doing> <path>: <system's words>; <remedy>" for the current `errno`.
SLUICE_DECL error file_error(std::string_view doing, std::string_view path);

/// The directory part of `path`, "." if it has none.
SLUICE_DECL std::string directory_of(std::string_view path);

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/ledger/impl/file.ipp>
#endif

#endif  // SLUICE_LEDGER_DETAIL_FILE_HPP
