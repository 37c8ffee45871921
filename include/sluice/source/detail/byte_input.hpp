#ifndef SLUICE_SOURCE_DETAIL_BYTE_INPUT_HPP
#define SLUICE_SOURCE_DETAIL_BYTE_INPUT_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::inline v0::source::detail {

/// A file or standard input as a stream of uncompressed bytes: gzip (all members) and zstd (all
/// frames) are recognised by their first bytes. Memory: one block of raw input plus the decoder's
/// window, at most 128 MiB for zstd. Thread safety: none.
class byte_input {
 public:
  /// Opens `path`; "-" is standard input.
  /// Errors: errc::io (cannot be opened), errc::invalid_input (a format that is not read).
  static result<byte_input> open(std::string const& path);

  byte_input(byte_input&&) noexcept;
  byte_input& operator=(byte_input&&) noexcept;
  ~byte_input();

  /// Reads at least one byte, at most `size`; 0 at the end. May return less than there is.
  /// Errors: errc::io, errc::invalid_input (corrupt or truncated compressed data).
  result<std::size_t> read(char* to, std::size_t size);

  /// Continues at byte `offset` of the uncompressed data.
  /// Precondition: `seekable()`, or `rewindable()` and `offset` is 0.
  result<void> seek(std::uint64_t offset);

  /// A plain file: any offset can be reached at once.
  [[nodiscard]] bool seekable() const noexcept;

  /// A regular file, compressed or not: it can be read again from its start.
  [[nodiscard]] bool rewindable() const noexcept;

  /// Bytes taken from the file so far, as stored there.
  [[nodiscard]] std::uint64_t stored_bytes_read() const noexcept;

  /// Size of the file as stored; 0 if it is not known.
  [[nodiscard]] std::uint64_t stored_bytes_total() const noexcept;

  /// For messages: the path, or "standard input".
  [[nodiscard]] std::string const& name() const noexcept;

 private:
  struct state;
  explicit byte_input(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0::source::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/source/impl/byte_input.ipp>
#endif

#endif  // SLUICE_SOURCE_DETAIL_BYTE_INPUT_HPP
