#ifndef SLUICE_COMPRESS_IMPL_DECODER_IPP
#define SLUICE_COMPRESS_IMPL_DECODER_IPP

#include <sluice/compress/detail/decoder.hpp>

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <string>

namespace sluice::inline v0::detail {

class gzip_decoder final : public decoder {
 public:
  gzip_decoder() {
    // 16 + 15: gzip members only, the largest window.
    if (::inflateInit2(&stream_, 16 + 15) != Z_OK) throw std::bad_alloc{};
  }

  gzip_decoder(gzip_decoder const&) = delete;
  gzip_decoder& operator=(gzip_decoder const&) = delete;

  ~gzip_decoder() override { ::inflateEnd(&stream_); }

  result<step> decode(char const* in,
                      std::size_t in_size,
                      char* out,
                      std::size_t out_size) override {
    if (between_members_) {
      if (in_size == 0) return step{};
      // gzip(1) and tape blocks pad with zeros behind the last member.
      std::size_t zeros = 0;
      while (zeros < in_size && in[zeros] == '\0') ++zeros;
      if (zeros != 0) {
        padded_ = true;
        return step{zeros, 0};
      }
      if (padded_) return error{errc::invalid_input, "there are other bytes behind the gzip data"};
      if (::inflateReset(&stream_) != Z_OK) return broken();
      between_members_ = false;
    }
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    auto const take = static_cast<uInt>(std::min(in_size, most));
    auto const give = static_cast<uInt>(std::min(out_size, most));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in));
    stream_.avail_in = take;
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = give;
    int const code = ::inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      between_members_ = true;
    } else if (code == Z_MEM_ERROR) {
      throw std::bad_alloc{};
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return broken();
    }
    return step{take - stream_.avail_in, give - stream_.avail_out};
  }

  [[nodiscard]] bool complete() const noexcept override { return between_members_; }

 private:
  error broken() const {
    return {errc::invalid_input,
            std::string{"the gzip data is damaged ("} +
                (stream_.msg != nullptr ? stream_.msg : "bad header") + ")"};
  }

  z_stream stream_{};
  bool between_members_ = false;
  bool padded_ = false;
};

class zstd_decoder final : public decoder {
 public:
  zstd_decoder() : stream_{::ZSTD_createDStream()} {
    if (stream_ == nullptr) throw std::bad_alloc{};
  }

  zstd_decoder(zstd_decoder const&) = delete;
  zstd_decoder& operator=(zstd_decoder const&) = delete;

  ~zstd_decoder() override { ::ZSTD_freeDStream(stream_); }

  result<step> decode(char const* in,
                      std::size_t in_size,
                      char* out,
                      std::size_t out_size) override {
    if (complete_ && in_size == 0) return step{};
    ZSTD_inBuffer from{in, in_size, 0};
    ZSTD_outBuffer to{out, out_size, 0};
    std::size_t const left = ::ZSTD_decompressStream(stream_, &to, &from);
    if (::ZSTD_isError(left) != 0)
      return error{errc::invalid_input,
                   std::string{"the zstd data is damaged ("} + ::ZSTD_getErrorName(left) + ")"};
    complete_ = left == 0;
    return step{from.pos, to.pos};
  }

  [[nodiscard]] bool complete() const noexcept override { return complete_; }

 private:
  ZSTD_DStream* stream_;
  bool complete_ = false;
};

SLUICE_DECL std::unique_ptr<decoder> make_gzip_decoder() {
  return std::make_unique<gzip_decoder>();
}

SLUICE_DECL std::unique_ptr<decoder> make_zstd_decoder() {
  return std::make_unique<zstd_decoder>();
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_COMPRESS_IMPL_DECODER_IPP
