#ifndef SLUICE_SANDBOX_IMPL_CODEC_IPP
#define SLUICE_SANDBOX_IMPL_CODEC_IPP

#include <sluice/sandbox/detail/codec.hpp>

#include <zlib.h>

#include <array>
#include <limits>
#include <stdexcept>

namespace sluice::inline v0::sandbox::detail {

namespace codec_impl {

constexpr int gzip_window = 15 + 16;
constexpr int any_window = 15 + 32;

inline Bytef* input(std::string_view data) {
  return const_cast<Bytef*>(reinterpret_cast<Bytef const*>(data.data()));
}

}  // namespace codec_impl

std::string gzip(std::string_view data) {
  if (data.size() > std::numeric_limits<uInt>::max()) throw std::length_error("gzip: too large");
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, codec_impl::gzip_window, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("zlib could not start");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(data.size())), '\0');
  stream.next_in = codec_impl::input(data);
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::optional<std::string> gunzip(std::string_view data, std::uint64_t limit) {
  if (data.size() > std::numeric_limits<uInt>::max()) return std::nullopt;
  z_stream stream{};
  if (inflateInit2(&stream, codec_impl::any_window) != Z_OK) return std::nullopt;
  stream.next_in = codec_impl::input(data);
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  std::array<char, std::size_t{1} << 16> block;
  int result = Z_OK;
  while (result == Z_OK && out.size() <= limit) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(block.data(), block.size() - stream.avail_out);
    if (result == Z_OK && stream.avail_in == 0 && stream.avail_out != 0) break;
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END || out.size() > limit) return std::nullopt;
  return out;
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_CODEC_IPP
