#ifndef SLUICE_COMPRESS_DETAIL_DECODER_HPP
#define SLUICE_COMPRESS_DETAIL_DECODER_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <cstddef>
#include <memory>

namespace sluice::inline v0::detail {

/// Undoes a compression, step by step. Memory: its window, at most 128 MiB for zstd.
/// One owner at a time.
class decoder {
 public:
  struct step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };

  virtual ~decoder() = default;

  /// Takes from `in`, writes to `out`. Takes or writes something unless `in` is used up.
  /// Errors: errc::invalid_input, without the name of the file.
  virtual result<step> decode(char const* in,
                              std::size_t in_size,
                              char* out,
                              std::size_t out_size) = 0;

  /// Whether the input may end here: between two members or frames.
  [[nodiscard]] virtual bool complete() const noexcept = 0;
};

[[nodiscard]] std::unique_ptr<decoder> make_gzip_decoder();
[[nodiscard]] std::unique_ptr<decoder> make_zstd_decoder();

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/compress/impl/decoder.ipp>
#endif

#endif  // SLUICE_COMPRESS_DETAIL_DECODER_HPP
