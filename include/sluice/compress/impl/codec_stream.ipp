#ifndef SLUICE_COMPRESS_IMPL_CODEC_STREAM_IPP
#define SLUICE_COMPRESS_IMPL_CODEC_STREAM_IPP

#include <sluice/compress/codec_stream.hpp>
#include <sluice/compress/detail/block_writer.hpp>

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#if !defined(SLUICE_NO_ISAL) && __has_include(<isa-l/igzip_lib.h>)
#include <isa-l/igzip_lib.h>
#define SLUICE_HAS_ISAL 1
#else
#define SLUICE_HAS_ISAL 0
#endif

namespace sluice::inline v0 {
namespace detail {

// zlib and igzip count the input in 32 bits.
inline constexpr std::size_t codec_input_step = std::size_t{1} << 30;

SLUICE_DECL bool igzip_serves(int level) noexcept {
  return SLUICE_HAS_ISAL != 0 && level <= 3;
}

SLUICE_DECL error codec_failure(std::string_view library, std::string_view reason) {
  std::string text{library};
  text += " failed to compress a body: ";
  text += reason;
  return {errc::internal, std::move(text)};
}

class pass_through final : public codec_stream {
 public:
  void write(chunk bytes) override { body_.push_back(std::move(bytes)); }

  result<chunk_list> finish() override { return std::exchange(body_, {}); }

  [[nodiscard]] std::uint64_t raw_bytes() const noexcept override { return body_.size(); }

  [[nodiscard]] std::uint64_t body_bytes() const noexcept override { return body_.size(); }

 private:
  chunk_list body_;
};

// What zlib, igzip and zstd have in common: input comes in chunks, output leaves in blocks. The
// first error is kept for `finish`.
template<class Engine>
class block_stream final : public codec_stream {
 public:
  explicit block_stream(int level) : engine_{level} {}

  void write(chunk bytes) override {
    raw_bytes_ += bytes.size();
    std::string_view rest = bytes.bytes();
    while (!rest.empty() && failure_ == nullptr) {
      std::string_view const step = rest.substr(0, codec_input_step);
      failure_ = engine_.run(step, false, out_);
      rest.remove_prefix(step.size());
    }
  }

  result<chunk_list> finish() override {
    if (failure_ == nullptr) failure_ = engine_.run({}, true, out_);
    raw_bytes_ = 0;
    chunk_list body = out_.take();
    char const* const failure = std::exchange(failure_, nullptr);
    engine_.reset();
    if (failure != nullptr) return codec_failure(Engine::name, failure);
    return body;
  }

  [[nodiscard]] std::uint64_t raw_bytes() const noexcept override { return raw_bytes_; }

  [[nodiscard]] std::uint64_t body_bytes() const noexcept override { return out_.size(); }

 private:
  Engine engine_;
  block_writer out_;
  std::uint64_t raw_bytes_ = 0;
  char const* failure_ = nullptr;
};

class zlib_engine {
 public:
  static constexpr std::string_view name = "zlib";
  // 15 bits of window, 16 more for the gzip header.
  static constexpr int gzip_window = 15 + 16;

  explicit zlib_engine(int level) {
    ready_ =
        deflateInit2(&state_, level, Z_DEFLATED, gzip_window, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) ==
        Z_OK;
  }

  zlib_engine(zlib_engine const&) = delete;
  zlib_engine& operator=(zlib_engine const&) = delete;

  ~zlib_engine() {
    if (ready_) deflateEnd(&state_);
  }

  char const* run(std::string_view input, bool last, block_writer& out) {
    if (!ready_) return "no memory for its state";
    // zlib does not write to its input, but its interface does not say so.
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    state_.avail_in = static_cast<uInt>(input.size());
    for (;;) {
      std::span<char> const room = out.room();
      state_.next_out = reinterpret_cast<Bytef*>(room.data());
      state_.avail_out = static_cast<uInt>(room.size());
      int const code = deflate(&state_, last ? Z_FINISH : Z_NO_FLUSH);
      out.commit(room.size() - state_.avail_out);
      if (code == Z_STREAM_END) return nullptr;
      if (code != Z_OK && code != Z_BUF_ERROR)
        return state_.msg != nullptr ? state_.msg : "inconsistent state";
      if (!last && state_.avail_in == 0 && state_.avail_out != 0) return nullptr;
    }
  }

  void reset() noexcept {
    if (ready_) deflateReset(&state_);
  }

 private:
  z_stream state_{};
  bool ready_ = false;
};

#if SLUICE_HAS_ISAL

class igzip_engine {
 public:
  static constexpr std::string_view name = "igzip";

  explicit igzip_engine(int level)
      : level_{static_cast<std::uint32_t>(level)},
        buffer_{std::make_unique<char[]>(buffer_size(level))} {
    isal_deflate_init(&state_);
    reset();
  }

  static constexpr std::size_t buffer_size(int level) noexcept {
    return level == 1   ? ISAL_DEF_LVL1_DEFAULT
           : level == 2 ? ISAL_DEF_LVL2_DEFAULT
                        : ISAL_DEF_LVL3_DEFAULT;
  }

  char const* run(std::string_view input, bool last, block_writer& out) {
    state_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(input.data()));
    state_.avail_in = static_cast<std::uint32_t>(input.size());
    state_.end_of_stream = last ? 1 : 0;
    for (;;) {
      std::span<char> const room = out.room();
      state_.next_out = reinterpret_cast<std::uint8_t*>(room.data());
      state_.avail_out = static_cast<std::uint32_t>(room.size());
      int const code = isal_deflate(&state_);
      out.commit(room.size() - state_.avail_out);
      if (code != COMP_OK) return "inconsistent state";
      if (last ? state_.internal_state.state == ZSTATE_END
               : state_.avail_in == 0 && state_.avail_out != 0)
        return nullptr;
    }
  }

  void reset() noexcept {
    isal_deflate_reset(&state_);
    state_.gzip_flag = IGZIP_GZIP;
    state_.level = level_;
    state_.level_buf = reinterpret_cast<std::uint8_t*>(buffer_.get());
    state_.level_buf_size = static_cast<std::uint32_t>(buffer_size(static_cast<int>(level_)));
    state_.flush = NO_FLUSH;
    state_.end_of_stream = 0;
  }

 private:
  isal_zstream state_;
  std::uint32_t level_;
  std::unique_ptr<char[]> buffer_;
};

#endif

class zstd_engine {
 public:
  static constexpr std::string_view name = "zstd";

  explicit zstd_engine(int level) : state_{ZSTD_createCCtx(), &ZSTD_freeCCtx} {
    if (!state_) return;
    ZSTD_CCtx_setParameter(state_.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(state_.get(), ZSTD_c_checksumFlag, 1);
  }

  char const* run(std::string_view input, bool last, block_writer& out) {
    if (!state_) return "no memory for its state";
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    for (;;) {
      std::span<char> const room = out.room();
      ZSTD_outBuffer to{room.data(), room.size(), 0};
      std::size_t const left =
          ZSTD_compressStream2(state_.get(), &to, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      out.commit(to.pos);
      if (ZSTD_isError(left) != 0) return ZSTD_getErrorName(left);
      if (last ? left == 0 : in.pos == in.size && to.pos != to.size) return nullptr;
    }
  }

  void reset() noexcept {
    if (state_) ZSTD_CCtx_reset(state_.get(), ZSTD_reset_session_only);
  }

 private:
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> state_;
};

}  // namespace detail

SLUICE_DECL result<std::unique_ptr<codec_stream>> open_codec(codec kind, int level) {
  levels const range = level_range(kind);
  if (!range.has(level)) {
    std::string text{name_of(kind)};
    text += " has no level " + std::to_string(level) + "; use " + std::to_string(range.lowest) +
            " to " + std::to_string(range.highest);
    return error{errc::invalid_configuration, std::move(text)};
  }
  using stream = std::unique_ptr<codec_stream>;
  if (kind == codec::none) return stream{std::make_unique<detail::pass_through>()};
  if (kind == codec::zstd)
    return stream{std::make_unique<detail::block_stream<detail::zstd_engine>>(level)};
#if SLUICE_HAS_ISAL
  if (detail::igzip_serves(level))
    return stream{std::make_unique<detail::block_stream<detail::igzip_engine>>(level)};
#endif
  return stream{std::make_unique<detail::block_stream<detail::zlib_engine>>(level)};
}

SLUICE_DECL std::size_t codec_memory(codec kind, int level) noexcept {
  switch (kind) {
    case codec::none:
      return 0;
    case codec::zstd: {
      // The window, two blocks of input, and tables; measured up to level 19 below these.
      constexpr std::size_t mebibyte = std::size_t{1} << 20;
      return level <= 2    ? 2 * mebibyte
             : level <= 6  ? 8 * mebibyte
             : level <= 12 ? 64 * mebibyte
                           : 96 * mebibyte;
    }
    case codec::gzip:
#if SLUICE_HAS_ISAL
      if (detail::igzip_serves(level))
        return sizeof(isal_zstream) + detail::igzip_engine::buffer_size(level);
#endif
      // zconf.h: (1 << (windowBits + 2)) + (1 << (memLevel + 9)), and a little for small objects.
      return (std::size_t{1} << 17) + (std::size_t{1} << 18) + (std::size_t{1} << 14);
  }
  return 0;
}

SLUICE_DECL char const* codec_backend(codec kind, int level) noexcept {
  switch (kind) {
    case codec::none:
      return "none";
    case codec::zstd:
      return "zstd";
    case codec::gzip:
      return detail::igzip_serves(level) ? "igzip" : "zlib";
  }
  return "none";
}

}  // namespace sluice::inline v0

#undef SLUICE_HAS_ISAL

#include <sluice/compress/impl/decompress.ipp>

#endif  // SLUICE_COMPRESS_IMPL_CODEC_STREAM_IPP
