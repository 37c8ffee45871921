#ifndef SLUICE_SANDBOX_SNOWPIPE_IMPL_BODY_IPP
#define SLUICE_SANDBOX_SNOWPIPE_IMPL_BODY_IPP

#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/snowpipe/detail/body.hpp>

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <limits>
#include <memory>

namespace sluice::inline v0::sandbox::snowpipe {

namespace body_impl {

using block = std::array<char, std::size_t{1} << 16>;

/// All members of a gzip stream.
inline decoding gunzip(std::string_view body, std::uint64_t limit, std::string& out) {
  constexpr int gzip_window = 15 + 16;
  if (body.size() > std::numeric_limits<uInt>::max()) return decoding::too_large;
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window) != Z_OK) return decoding::damaged;
  std::unique_ptr<z_stream, int (*)(z_streamp)> const owner(&stream, &inflateEnd);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<Bytef const*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  auto const chunk = std::make_unique<block>();
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk->data());
    stream.avail_out = static_cast<uInt>(chunk->size());
    int const result = inflate(&stream, Z_NO_FLUSH);
    std::size_t const got = chunk->size() - stream.avail_out;
    if (out.size() + got > limit) return decoding::too_large;
    out.append(chunk->data(), got);
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) return decoding::done;
      inflateReset(&stream);
    } else if (result != Z_OK) {
      return decoding::damaged;
    }
  }
}

/// All frames of a zstd stream.
inline decoding unzstd(std::string_view body, std::uint64_t limit, std::string& out) {
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> const stream(ZSTD_createDStream(),
                                                                             &ZSTD_freeDStream);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  auto const chunk = std::make_unique<block>();
  for (;;) {
    ZSTD_outBuffer to{chunk->data(), chunk->size(), 0};
    std::size_t const wanted = ZSTD_decompressStream(stream.get(), &to, &in);
    if (ZSTD_isError(wanted)) return decoding::damaged;
    if (out.size() + to.pos > limit) return decoding::too_large;
    out.append(chunk->data(), to.pos);
    if (in.pos < in.size) continue;
    if (wanted == 0) return decoding::done;
    // A full block may hide more output; otherwise the frame is cut short.
    if (to.pos < to.size) return decoding::damaged;
  }
}

}  // namespace body_impl

decoding decode_body(std::string_view coding,
                     std::string_view body,
                     std::uint64_t limit,
                     std::string& out) {
  out.clear();
  if (coding.empty() || detail::same_text(coding, "identity")) {
    if (body.size() > limit) return decoding::too_large;
    out.assign(body);
    return decoding::done;
  }
  if (detail::same_text(coding, "gzip")) return body_impl::gunzip(body, limit, out);
  if (detail::same_text(coding, "zstd")) return body_impl::unzstd(body, limit, out);
  return decoding::unknown_coding;
}

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_IMPL_BODY_IPP
