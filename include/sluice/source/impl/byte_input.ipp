#ifndef SLUICE_SOURCE_IMPL_BYTE_INPUT_IPP
#define SLUICE_SOURCE_IMPL_BYTE_INPUT_IPP

#include <sluice/compress/detail/decoder.hpp>
#include <sluice/source/detail/byte_input.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::source::detail {

using sluice::detail::decoder;
using sluice::detail::make_gzip_decoder;
using sluice::detail::make_zstd_decoder;

/// What the first bytes of a file say about it.
struct magic {
  std::string_view bytes;
  std::string_view name;
  std::string_view remedy;  ///< empty: it is read
};

inline constexpr magic known_magics[] = {
    {"\x1f\x8b", "gzip", {}},
    {"\x28\xb5\x2f\xfd", "zstd", {}},
    {"\xfd"
     "7zXZ",
     "xz",
     "unpack it first, e.g. 'xz -dc FILE | program -'"},
    {"BZh", "bzip2", "unpack it first, e.g. 'bzip2 -dc FILE | program -'"},
    {"PK\x03\x04", "a zip archive", "unpack it first, e.g. 'unzip -p FILE | program -'"},
    {"PAR1", "Parquet", "convert it to CSV first"},
    {"\xff\xfe", "UTF-16", "convert it first, e.g. 'iconv -f UTF-16 -t UTF-8'"},
    {"\xfe\xff", "UTF-16", "convert it first, e.g. 'iconv -f UTF-16 -t UTF-8'"},
};

inline constexpr std::size_t longest_magic = 6;
inline constexpr std::size_t stored_block = 128 * 1024;

struct byte_input::state {
  int file = -1;
  std::string name;
  bool regular = false;
  std::uint64_t total = 0;
  std::uint64_t stored_read = 0;
  std::unique_ptr<decoder> decode;
  std::unique_ptr<char[]> block;  ///< stored bytes [from, to), not yet handed on or decoded
  std::size_t from = 0;
  std::size_t to = 0;
  bool stored_end = false;
  bool decoder_holds_more = false;  ///< the last output was full: do not wait for input first
  std::uint64_t decoded = 0;

  state() : block{std::make_unique_for_overwrite<char[]>(stored_block)} {}

  state(state const&) = delete;
  state& operator=(state const&) = delete;

  ~state() {
    if (file > STDERR_FILENO) ::close(file);
  }

  result<std::size_t> read_stored(char* into, std::size_t size) {
    for (;;) {
      ssize_t const n = ::read(file, into, size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return error{errc::io, "cannot read " + name + ": " + std::strerror(errno)};
      stored_read += static_cast<std::uint64_t>(n);
      stored_end = n == 0;
      return static_cast<std::size_t>(n);
    }
  }

  /// Fills `block` until it tells the kind of the file.
  result<void> begin() {
    from = to = 0;
    while (to < longest_magic && !stored_end) {
      auto const n = read_stored(block.get() + to, stored_block - to);
      if (!n) return n.error();
      to += *n;
    }
    std::string_view const start{block.get(), to};
    // Four bytes, because a skippable frame starts with any of 16 magics.
    bool const skippable =
        to >= 4 && (start[0] & '\xf0') == '\x50' && start.substr(1, 3) == "\x2a\x4d\x18";
    if (skippable) decode = make_zstd_decoder();
    for (magic const& known : known_magics) {
      if (!start.starts_with(known.bytes)) continue;
      if (!known.remedy.empty())
        return error{
            errc::invalid_input,
            name + " is " + std::string{known.name} + ", not CSV; " + std::string{known.remedy}};
      decode = known.name == "gzip" ? make_gzip_decoder() : make_zstd_decoder();
      break;
    }
    return success;
  }

  result<std::size_t> read_plain(char* into, std::size_t size) {
    if (from == to) return read_stored(into, size);
    std::size_t const n = std::min(size, to - from);
    std::memcpy(into, block.get() + from, n);
    from += n;
    return n;
  }

  result<std::size_t> read_decoded(char* into, std::size_t size) {
    for (;;) {
      if (from == to && !stored_end && !decoder_holds_more) {
        auto const n = read_stored(block.get(), stored_block);
        if (!n) return n.error();
        from = 0;
        to = *n;
      }
      auto const step = decode->decode(block.get() + from, to - from, into, size);
      if (!step) return error{step.error().code, step.error().kind, describe(step.error().message)};
      from += step->consumed;
      decoded += step->produced;
      decoder_holds_more = step->produced == size;
      if (step->produced != 0) return step->produced;
      if (step->consumed == 0 && from == to && stored_end) {
        if (decode->complete()) return std::size_t{0};
        return error{errc::invalid_input, describe("the compressed data ends too early")};
      }
      if (step->consumed == 0 && from != to)
        return error{errc::invalid_input, describe("the compressed data cannot be decoded")};
    }
  }

  std::string describe(std::string const& what) const {
    return name + ": " + what + " after " + std::to_string(decoded) +
           " decoded bytes; the file is incomplete or damaged, fetch it again";
  }
};

SLUICE_DECL byte_input::byte_input(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}

SLUICE_DECL byte_input::byte_input(byte_input&&) noexcept = default;
SLUICE_DECL byte_input& byte_input::operator=(byte_input&&) noexcept = default;
SLUICE_DECL byte_input::~byte_input() = default;

SLUICE_DECL result<byte_input> byte_input::open(std::string const& path) {
  auto opened = std::make_unique<state>();
  if (path == "-") {
    opened->file = STDIN_FILENO;
    opened->name = "standard input";
  } else {
    opened->name = path;
    opened->file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (opened->file < 0)
      return error{errc::io, "cannot open " + path + ": " + std::strerror(errno)};
  }

  struct ::stat info {};

  if (::fstat(opened->file, &info) == 0) {
    if (S_ISDIR(info.st_mode)) return error{errc::io, path + " is a directory; name a file"};
    opened->regular = S_ISREG(info.st_mode) && path != "-";
    if (opened->regular) {
      opened->total = static_cast<std::uint64_t>(info.st_size);
      ::posix_fadvise(opened->file, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
  }
  if (auto begun = opened->begin(); !begun) return std::move(begun).error();
  return byte_input{std::move(opened)};
}

SLUICE_DECL result<std::size_t> byte_input::read(char* to, std::size_t size) {
  return state_->decode ? state_->read_decoded(to, size) : state_->read_plain(to, size);
}

SLUICE_DECL result<void> byte_input::seek(std::uint64_t offset) {
  state& s = *state_;
  if (::lseek(s.file, static_cast<off_t>(offset), SEEK_SET) < 0)
    return error{errc::io, "cannot seek in " + s.name + ": " + std::strerror(errno)};
  s.from = s.to = 0;
  s.stored_end = false;
  s.stored_read = offset;
  s.decoded = 0;
  s.decoder_holds_more = false;
  if (!s.decode) return success;
  s.decode.reset();
  return s.begin();
}

SLUICE_DECL bool byte_input::seekable() const noexcept {
  return state_->regular && !state_->decode;
}

SLUICE_DECL bool byte_input::rewindable() const noexcept {
  return state_->regular;
}

SLUICE_DECL std::uint64_t byte_input::stored_bytes_read() const noexcept {
  return state_->stored_read;
}

SLUICE_DECL std::uint64_t byte_input::stored_bytes_total() const noexcept {
  return state_->total;
}

SLUICE_DECL std::string const& byte_input::name() const noexcept {
  return state_->name;
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_BYTE_INPUT_IPP
