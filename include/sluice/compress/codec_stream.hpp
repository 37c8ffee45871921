#ifndef SLUICE_COMPRESS_CODEC_STREAM_HPP
#define SLUICE_COMPRESS_CODEC_STREAM_HPP

#include <sluice/chunk.hpp>
#include <sluice/codec.hpp>
#include <sluice/compress/levels.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::inline v0 {

/// Compresses one body after the other: write*, finish, write*, finish, ...
/// One owner at a time. Memory: its context (`codec_memory`) and the blocks of the open body; only
/// blocks are allocated while it runs.
class codec_stream : public byte_sink {
 public:
  /// Compresses `bytes` into the open body. `codec::none` keeps the chunk and copies nothing.
  void write(chunk bytes) override = 0;

  /// Ends the body and returns it: one gzip member, one zstd frame, or the chunks themselves. The
  /// stream is ready for the next body, also after an error.
  /// Errors: errc::internal, permanent, if the codec library failed.
  [[nodiscard]] virtual result<chunk_list> finish() = 0;

  /// Bytes written into the open body, before compression.
  [[nodiscard]] virtual std::uint64_t raw_bytes() const noexcept = 0;

  /// Bytes of the open body that have left the codec; it holds back some (zstd up to 128 KiB of
  /// input).
  [[nodiscard]] virtual std::uint64_t body_bytes() const noexcept = 0;
};

/// A stream for `kind` at `level`; `level` has no meaning for `codec::none`.
/// gzip: levels 1 to 3 by ISA-L's igzip where the header is installed (x86-64; `SLUICE_NO_ISAL`
/// turns it off), 4 to 9, and all without ISA-L, by zlib. zstd: libzstd, frames with checksum.
/// Errors: errc::invalid_configuration for a level outside `level_range(kind)`.
[[nodiscard]] SLUICE_DECL result<std::unique_ptr<codec_stream>> open_codec(codec kind, int level);

/// Upper bound in bytes of the context of one stream, without its output blocks.
[[nodiscard]] SLUICE_DECL std::size_t codec_memory(codec kind, int level) noexcept;

/// What serves `kind` at `level` in this build: "none", "igzip", "zlib", "zstd".
[[nodiscard]] SLUICE_DECL char const* codec_backend(codec kind, int level) noexcept;

/// The body that was compressed with `kind`, all members or frames of it.
/// Errors: errc::invalid_input if it is damaged, cut off, or larger than `limit` bytes.
[[nodiscard]] SLUICE_DECL result<std::string> decompress(codec kind,
                                                         chunk_list const& body,
                                                         std::uint64_t limit);

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/compress/impl/codec_stream.ipp>
#endif

#endif  // SLUICE_COMPRESS_CODEC_STREAM_HPP
