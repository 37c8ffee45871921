#ifndef SLUICE_PIPELINE_IMPL_DECODE_IPP
#define SLUICE_PIPELINE_IMPL_DECODE_IPP

#include <sluice/pipeline/detail/decode.hpp>

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>

namespace sluice::inline v0::detail {

using take_bytes = std::function<bool(std::string_view)>;

inline constexpr std::size_t decode_block_bytes = std::size_t{128} << 10;

inline error damaged_body(std::string_view why) {
  return error{errc::internal, "a body cannot be decompressed: " + std::string{why}};
}

inline result<void> decode_gzip(chunk_list const& body, take_bytes const& take) {
  ::z_stream stream{};
  if (::inflateInit2(&stream, 15 + 16) != Z_OK) return damaged_body("no memory");
  std::unique_ptr<::z_stream, int (*)(::z_stream*)> const ends{&stream, &::inflateEnd};
  auto const block = std::make_unique_for_overwrite<char[]>(decode_block_bytes);
  for (chunk const& part : body) {
    std::string_view rest = part.bytes();
    while (!rest.empty()) {
      auto const given = static_cast<::uInt>(
          std::min<std::size_t>(rest.size(), std::numeric_limits<::uInt>::max()));
      // zlib does not write to its input.
      stream.next_in = reinterpret_cast<::Bytef*>(const_cast<char*>(rest.data()));
      stream.avail_in = given;
      do {
        stream.next_out = reinterpret_cast<::Bytef*>(block.get());
        stream.avail_out = static_cast<::uInt>(decode_block_bytes);
        int const state = ::inflate(&stream, Z_NO_FLUSH);
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
          return damaged_body(stream.msg != nullptr ? stream.msg : "gzip");
        if (!take({block.get(), decode_block_bytes - stream.avail_out})) return success;
        if (state == Z_STREAM_END) return success;
      } while (stream.avail_in != 0 || stream.avail_out == 0);
      rest.remove_prefix(given);
    }
  }
  return success;
}

inline result<void> decode_zstd(chunk_list const& body, take_bytes const& take) {
  std::unique_ptr<::ZSTD_DCtx, std::size_t (*)(::ZSTD_DCtx*)> const context{::ZSTD_createDCtx(),
                                                                            &::ZSTD_freeDCtx};
  if (!context) return damaged_body("no memory");
  auto const block = std::make_unique_for_overwrite<char[]>(decode_block_bytes);
  for (chunk const& part : body) {
    ::ZSTD_inBuffer in{part.bytes().data(), part.size(), 0};
    bool more = true;
    while (in.pos != in.size || more) {
      ::ZSTD_outBuffer out{block.get(), decode_block_bytes, 0};
      std::size_t const state = ::ZSTD_decompressStream(context.get(), &out, &in);
      if (::ZSTD_isError(state) != 0) return damaged_body(::ZSTD_getErrorName(state));
      if (!take({block.get(), out.pos})) return success;
      more = out.pos == out.size;
    }
  }
  return success;
}

SLUICE_DECL result<void> decode(codec kind, chunk_list const& body, take_bytes const& take) {
  switch (kind) {
    case codec::gzip:
      return decode_gzip(body, take);
    case codec::zstd:
      return decode_zstd(body, take);
    case codec::none:
      break;
  }
  for (chunk const& part : body)
    if (!take(part.bytes())) break;
  return success;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_DECODE_IPP
