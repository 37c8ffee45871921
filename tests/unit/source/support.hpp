#ifndef SLUICE_TESTS_UNIT_SOURCE_SUPPORT_HPP
#define SLUICE_TESTS_UNIT_SOURCE_SUPPORT_HPP

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace support {

/// A file that is gone at the end of the test.
class temporary_file {
 public:
  explicit temporary_file(std::string_view content)
      : path_{(std::filesystem::temp_directory_path() / "sluice-csv-XXXXXX").string()} {
    int const made = ::mkstemp(path_.data());
    if (made < 0) throw std::runtime_error{"cannot make a temporary file"};
    ::close(made);
    write(content);
  }

  temporary_file(temporary_file const&) = delete;
  temporary_file& operator=(temporary_file const&) = delete;

  ~temporary_file() { std::remove(path_.c_str()); }

  void write(std::string_view content) const {
    std::ofstream out{path_, std::ios::binary};
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
  }

  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string gzip(std::string_view text) {
  z_stream stream{};
  if (::deflateInit2(&stream, 6, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error{"deflateInit2"};
  std::string out(::deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (::deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error{"deflate"};
  out.resize(out.size() - stream.avail_out);
  ::deflateEnd(&stream);
  return out;
}

/// One frame with a checksum, as the program zstd writes it.
inline std::string zstd(std::string_view text) {
  ZSTD_CCtx* const context = ::ZSTD_createCCtx();
  ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string out(::ZSTD_compressBound(text.size()), '\0');
  out.resize(::ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ::ZSTD_freeCCtx(context);
  return out;
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace support

#endif  // SLUICE_TESTS_UNIT_SOURCE_SUPPORT_HPP
