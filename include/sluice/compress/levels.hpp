#ifndef SLUICE_COMPRESS_LEVELS_HPP
#define SLUICE_COMPRESS_LEVELS_HPP

#include <sluice/codec.hpp>
#include <sluice/config.hpp>

#include <cstddef>

namespace sluice::inline v0 {

/// Bytes of one output block of a codec stream.
inline constexpr std::size_t codec_block_bytes = std::size_t{256} << 10;

/// The levels of a codec, both ends included.
struct levels {
  int lowest = 0;
  int highest = 0;

  [[nodiscard]] constexpr bool has(int level) const noexcept {
    return level >= lowest && level <= highest;
  }
};

/// Levels that `open_codec` takes. zstd could do 22, but from 20 on its frames need windows that
/// readers refuse by default ("zstd manual", ZSTD_WINDOWLOG_LIMIT_DEFAULT).
[[nodiscard]] constexpr levels level_range(codec kind) noexcept {
  switch (kind) {
    case codec::none:
      return {0, 0};
    case codec::gzip:
      return {1, 9};
    case codec::zstd:
      return {1, 19};
  }
  return {};
}

}  // namespace sluice::inline v0

#endif  // SLUICE_COMPRESS_LEVELS_HPP
