#ifndef SLUICE_COMPRESS_IMPL_DECOMPRESS_IPP
#define SLUICE_COMPRESS_IMPL_DECOMPRESS_IPP

#include <sluice/compress/codec_stream.hpp>

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {
namespace detail {

SLUICE_DECL error damaged_body(std::string_view codec_name, std::string_view what) {
  std::string text = "the ";
  text += codec_name;
  text += " body ";
  text += what;
  return {errc::invalid_input, std::move(text)};
}

// The output grows as data really comes, so that a header that promises much costs nothing.
class bounded_text {
 public:
  explicit bounded_text(std::uint64_t limit) noexcept : limit_{limit} {}

  // Room for one byte above the limit: that one shows that there is too much.
  [[nodiscard]] std::pair<char*, std::size_t> room() {
    std::uint64_t const most = limit_ - text_.size();
    std::size_t const step = most >= step_bytes ? step_bytes : static_cast<std::size_t>(most) + 1;
    text_.resize(used_ + step);
    return {text_.data() + used_, step};
  }

  /// False if the limit is passed.
  bool commit(std::size_t count) {
    used_ += count;
    text_.resize(used_);
    return used_ <= limit_;
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  static constexpr std::size_t step_bytes = std::size_t{64} << 10;

  std::string text_;
  std::size_t used_ = 0;
  std::uint64_t limit_;
};

SLUICE_DECL result<std::string> inflate_body(chunk_list const& body, std::uint64_t limit) {
  z_stream state{};
  constexpr int gzip_window = 15 + 16;
  if (inflateInit2(&state, gzip_window) != Z_OK)
    return damaged_body("gzip", "cannot be read: no memory");
  std::unique_ptr<z_stream, int (*)(z_stream*)> const guard{&state, &inflateEnd};
  bounded_text out{limit};
  bool inside = false;
  for (chunk const& part : body) {
    std::string_view rest = part.bytes();
    while (!rest.empty()) {
      auto const step = static_cast<uInt>(std::min(rest.size(), codec_input_step));
      state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
      state.avail_in = step;
      auto const [to, room] = out.room();
      state.next_out = reinterpret_cast<Bytef*>(to);
      state.avail_out = static_cast<uInt>(room);
      int const code = inflate(&state, Z_NO_FLUSH);
      rest.remove_prefix(step - state.avail_in);
      inside = true;
      if (!out.commit(room - state.avail_out))
        return damaged_body("gzip", "is larger than allowed");
      if (code == Z_STREAM_END) {
        inside = false;
        inflateReset(&state);
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return damaged_body("gzip", "is damaged");
      }
    }
  }
  // What inflate still holds back after the last input.
  while (inside) {
    auto const [to, room] = out.room();
    state.next_in = nullptr;
    state.avail_in = 0;
    state.next_out = reinterpret_cast<Bytef*>(to);
    state.avail_out = static_cast<uInt>(room);
    int const code = inflate(&state, Z_NO_FLUSH);
    std::size_t const got = room - state.avail_out;
    if (!out.commit(got)) return damaged_body("gzip", "is larger than allowed");
    if (code == Z_STREAM_END) break;
    if (got == 0) return damaged_body("gzip", "is cut off");
  }
  return out.take();
}

SLUICE_DECL result<std::string> unzstd_body(chunk_list const& body, std::uint64_t limit) {
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> const state{ZSTD_createDCtx(),
                                                                      &ZSTD_freeDCtx};
  if (!state) return damaged_body("zstd", "cannot be read: no memory");
  bounded_text out{limit};
  std::size_t hint = 0;
  for (chunk const& part : body) {
    ZSTD_inBuffer in{part.bytes().data(), part.size(), 0};
    for (bool more = !part.bytes().empty(); more;) {
      auto const [to, room] = out.room();
      ZSTD_outBuffer buffer{to, room, 0};
      hint = ZSTD_decompressStream(state.get(), &buffer, &in);
      if (!out.commit(buffer.pos)) return damaged_body("zstd", "is larger than allowed");
      if (ZSTD_isError(hint) != 0) return damaged_body("zstd", "is damaged");
      // A full buffer may hide more output of the same input.
      more = in.pos != in.size || (buffer.pos == buffer.size && hint != 0);
    }
  }
  // 0: the last frame is complete.
  if (hint != 0) return damaged_body("zstd", "is cut off");
  return out.take();
}

}  // namespace detail

SLUICE_DECL result<std::string> decompress(codec kind,
                                           chunk_list const& body,
                                           std::uint64_t limit) {
  switch (kind) {
    case codec::none:
      if (body.size() > limit) return detail::damaged_body("plain", "is larger than allowed");
      return body.joined();
    case codec::gzip:
      return detail::inflate_body(body, limit);
    case codec::zstd:
      return detail::unzstd_body(body, limit);
  }
  return detail::damaged_body("", "has an unknown codec");
}

}  // namespace sluice::inline v0

#endif  // SLUICE_COMPRESS_IMPL_DECOMPRESS_IPP
