#ifndef SLUICE_ENCODE_DETAIL_BLOCK_HPP
#define SLUICE_ENCODE_DETAIL_BLOCK_HPP

/// \file
/// Text in steps of 32, 16 or 8 bytes: loads, comparisons of every byte at once, stores.
/// A comparison yields a mask in which `first` finds the lowest byte that matched.

#include <sluice/config.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::inline v0::detail {

inline constexpr std::uint64_t every_byte = 0x0101010101010101;
inline constexpr std::uint64_t high_bits = 0x8080808080808080;

// 8 bytes in an integer. A mask has the high bit of each byte that matched; bytes behind the first
// match may be marked wrongly, which no caller looks at.
struct word {
  static constexpr std::size_t width = 8;
  using mask = std::uint64_t;

  std::uint64_t bytes;

  static word load(char const* from) noexcept {
    word w;
    std::memcpy(&w.bytes, from, 8);
    // The first byte of the text must be the lowest for `first`.
    if constexpr (std::endian::native != std::endian::little) {
      std::uint64_t swapped = 0;
      for (int i = 0; i != 8; ++i) swapped = (swapped << 8) | ((w.bytes >> (8 * i)) & 0xFF);
      w.bytes = swapped;
    }
    return w;
  }

  [[nodiscard]] mask equals(char c) const noexcept {
    std::uint64_t const x = bytes ^ (every_byte * static_cast<unsigned char>(c));
    return (x - every_byte) & ~x & high_bits;
  }

  // Bytes below `limit` <= 128, as unsigned.
  [[nodiscard]] mask below(char limit) const noexcept {
    return (bytes - every_byte * static_cast<unsigned char>(limit)) & ~bytes & high_bits;
  }

  [[nodiscard]] mask not_ascii() const noexcept { return bytes & high_bits; }

  static std::size_t first(mask m) noexcept {
    return static_cast<std::size_t>(std::countr_zero(m)) / 8;
  }
};

#if defined(__AVX2__)

struct block {
  static constexpr std::size_t width = 32;
  using mask = std::uint32_t;

  __m256i bytes;

  static block load(char const* from) noexcept {
    return {_mm256_loadu_si256(reinterpret_cast<__m256i const*>(from))};
  }

  void store(char* to) const noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes);
  }

  [[nodiscard]] mask equals(char c) const noexcept {
    return bits(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)));
  }

  [[nodiscard]] mask below(char limit) const noexcept {
    __m256i const highest = _mm256_set1_epi8(static_cast<char>(limit - 1));
    return bits(_mm256_cmpeq_epi8(_mm256_min_epu8(bytes, highest), bytes));
  }

  [[nodiscard]] mask not_ascii() const noexcept { return bits(bytes); }

  static std::size_t first(mask m) noexcept {
    return static_cast<std::size_t>(std::countr_zero(m));
  }

 private:
  static mask bits(__m256i v) noexcept { return static_cast<mask>(_mm256_movemask_epi8(v)); }
};

#elif defined(__SSE2__)

struct block {
  static constexpr std::size_t width = 16;
  using mask = std::uint32_t;

  __m128i bytes;

  static block load(char const* from) noexcept {
    return {_mm_loadu_si128(reinterpret_cast<__m128i const*>(from))};
  }

  void store(char* to) const noexcept { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes); }

  [[nodiscard]] mask equals(char c) const noexcept {
    return bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
  }

  [[nodiscard]] mask below(char limit) const noexcept {
    __m128i const highest = _mm_set1_epi8(static_cast<char>(limit - 1));
    return bits(_mm_cmpeq_epi8(_mm_min_epu8(bytes, highest), bytes));
  }

  [[nodiscard]] mask not_ascii() const noexcept { return bits(bytes); }

  static std::size_t first(mask m) noexcept {
    return static_cast<std::size_t>(std::countr_zero(m));
  }

 private:
  static mask bits(__m128i v) noexcept { return static_cast<mask>(_mm_movemask_epi8(v)); }
};

#else

struct block : word {
  static block load(char const* from) noexcept { return {word::load(from)}; }

  void store(char* to) const noexcept {
    for (int i = 0; i != 8; ++i) to[i] = static_cast<char>(bytes >> (8 * i));
  }
};

#endif

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_DETAIL_BLOCK_HPP
