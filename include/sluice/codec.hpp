#ifndef SLUICE_CODEC_HPP
#define SLUICE_CODEC_HPP

#include <sluice/config.hpp>

#include <cstdint>
#include <string_view>

namespace sluice::inline v0 {

/// How a payload's bytes are compressed as a whole.
enum class codec : std::uint8_t { none, gzip, zstd };

/// "none", "gzip", "zstd".
[[nodiscard]] constexpr std::string_view name_of(codec c) noexcept {
  switch (c) {
    case codec::none:
      return "none";
    case codec::gzip:
      return "gzip";
    case codec::zstd:
      return "zstd";
  }
  return "unknown";
}

}  // namespace sluice::inline v0

#endif  // SLUICE_CODEC_HPP
