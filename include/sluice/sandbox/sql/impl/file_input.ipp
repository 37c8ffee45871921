#ifndef SLUICE_SANDBOX_SQL_IMPL_FILE_INPUT_IPP
#define SLUICE_SANDBOX_SQL_IMPL_FILE_INPUT_IPP

#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/file_input.hpp>

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

[[noreturn]] inline void fail_damaged(std::string const& what) {
  fail("100142", "22000", "Error during decompression: " + what);
}

class file_input::decoder {
 public:
  explicit decoder(file_reader& reader) : reader_(reader), buffer_(std::size_t{1} << 18) {}

  virtual ~decoder() = default;
  virtual std::size_t read(std::span<char> out) = 0;

  /// Bytes not yet consumed; reads more if there are none. Empty at the end of the file.
  std::span<char> pending() {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = reader_.read(buffer_);
    }
    return std::span(buffer_).subspan(begin_, end_ - begin_);
  }

  void consume(std::size_t n) { begin_ += n; }

  /// The first bytes of the file, for detection.
  std::span<char> head() {
    while (end_ < 4) {
      auto const n = reader_.read(std::span(buffer_).subspan(end_));
      if (n == 0) break;
      end_ += n;
    }
    return std::span(buffer_).subspan(0, end_);
  }

  void take_over(decoder& other) {
    buffer_.swap(other.buffer_);
    begin_ = other.begin_;
    end_ = other.end_;
  }

 private:
  file_reader& reader_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

class file_input::plain_decoder final : public decoder {
 public:
  using decoder::decoder;

  std::size_t read(std::span<char> out) override {
    auto const in = pending();
    auto const n = std::min(in.size(), out.size());
    if (n > 0) std::memcpy(out.data(), in.data(), n);
    consume(n);
    return n;
  }
};

class file_input::zlib_decoder final : public decoder {
 public:
  zlib_decoder(file_reader& reader, int window_bits) : decoder(reader), window_bits_(window_bits) {
    if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
  }

  ~zlib_decoder() override { inflateEnd(&stream_); }

  std::size_t read(std::span<char> out) override {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), 1u << 30));
    auto const wanted = stream_.avail_out;
    while (stream_.avail_out == wanted) {
      auto in = pending();
      if (in.empty()) {
        if (inside_) fail_damaged("unexpected end of the compressed file");
        return 0;
      }
      if (!inside_ && started_) {
        // Another gzip member may follow; zero padding after the last one is allowed.
        if (in.front() == '\0') {
          consume(1);
          continue;
        }
        inflateReset2(&stream_, window_bits_);
      }
      inside_ = started_ = true;
      stream_.next_in = reinterpret_cast<Bytef*>(in.data());
      stream_.avail_in = static_cast<uInt>(in.size());
      int const code = inflate(&stream_, Z_NO_FLUSH);
      consume(in.size() - stream_.avail_in);
      if (code == Z_STREAM_END) {
        inside_ = false;
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        fail_damaged(stream_.msg != nullptr ? stream_.msg : "damaged data");
      }
    }
    return wanted - stream_.avail_out;
  }

 private:
  z_stream stream_{};
  int window_bits_;
  bool started_ = false;
  bool inside_ = false;
};

class file_input::zstd_decoder final : public decoder {
 public:
  explicit zstd_decoder(file_reader& reader) : decoder(reader), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }

  ~zstd_decoder() override { ZSTD_freeDStream(stream_); }

  std::size_t read(std::span<char> out) override {
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos == 0) {
      auto in = pending();
      ZSTD_inBuffer from{in.data(), in.size(), 0};
      if (in.empty() && left_ == 0) return 0;
      auto const before = to.pos;
      left_ = ZSTD_decompressStream(stream_, &to, &from);
      if (ZSTD_isError(left_) != 0) fail_damaged(ZSTD_getErrorName(left_));
      consume(from.pos);
      if (in.empty() && to.pos == before && left_ != 0)
        fail_damaged("unexpected end of the compressed file");
    }
    return to.pos;
  }

 private:
  ZSTD_DStream* stream_;
  std::size_t left_ = 0;
};

file_input::file_input(std::unique_ptr<file_reader> reader, compression packed)
    : reader_(std::move(reader)) {
  auto plain = std::make_unique<plain_decoder>(*reader_);
  auto const head = plain->head();
  auto const byte = [&](std::size_t i) {
    return i < head.size() ? static_cast<unsigned char>(head[i]) : 0u;
  };
  if (packed == compression::automatic) {
    bool const gzip = byte(0) == 0x1f && byte(1) == 0x8b;
    bool const zstd = byte(0) == 0x28 && byte(1) == 0xb5 && byte(2) == 0x2f && byte(3) == 0xfd;
    bool const zlib = byte(0) == 0x78 &&
                      (byte(1) == 0x01 || byte(1) == 0x5e || byte(1) == 0x9c || byte(1) == 0xda);
    packed = gzip   ? compression::gzip
             : zstd ? compression::zstd
             : zlib ? compression::deflate
                    : compression::none;
  }
  switch (packed) {
    case compression::gzip:
      decoder_ = std::make_unique<zlib_decoder>(*reader_, 15 + 16);
      break;
    case compression::deflate:
      decoder_ = std::make_unique<zlib_decoder>(*reader_, 15);
      break;
    case compression::raw_deflate:
      decoder_ = std::make_unique<zlib_decoder>(*reader_, -15);
      break;
    case compression::zstd:
      decoder_ = std::make_unique<zstd_decoder>(*reader_);
      break;
    default:
      decoder_ = std::move(plain);
      return;
  }
  decoder_->take_over(*plain);
}

file_input::~file_input() = default;

std::size_t file_input::read(std::span<char> out) {
  return decoder_->read(out);
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_FILE_INPUT_IPP
