#ifndef SLUICE_SOURCE_DETAIL_FIND_BYTE_HPP
#define SLUICE_SOURCE_DETAIL_FIND_BYTE_HPP

#include <sluice/config.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::inline v0::source::detail {

/// The first byte from `p` on that is `special`, LF or CR.
/// Precondition: there is one, and 16 bytes behind it may be read.
[[nodiscard]] inline char const* find_byte_or_line_end(char const* p, char special) noexcept {
#if defined(__SSE2__)
  __m128i const a = _mm_set1_epi8(special);
  __m128i const b = _mm_set1_epi8('\n');
  __m128i const c = _mm_set1_epi8('\r');
  for (;; p += 16) {
    __m128i const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(p));
    __m128i const hits = _mm_or_si128(
        _mm_cmpeq_epi8(bytes, a), _mm_or_si128(_mm_cmpeq_epi8(bytes, b), _mm_cmpeq_epi8(bytes, c)));
    auto const mask = static_cast<std::uint32_t>(_mm_movemask_epi8(hits));
    if (mask != 0) return p + std::countr_zero(mask);
  }
#else
  constexpr std::uint64_t ones = 0x0101010101010101u;
  constexpr std::uint64_t highs = 0x8080808080808080u;
  auto const any = [](std::uint64_t word, char byte) {
    std::uint64_t const x = word ^ (ones * static_cast<unsigned char>(byte));
    return (x - ones) & ~x & highs;
  };
  for (;; p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    if ((any(word, special) | any(word, '\n') | any(word, '\r')) == 0) continue;
    while (*p != special && *p != '\n' && *p != '\r') ++p;
    return p;
  }
#endif
}

/// Finds one delimiter or line end after the other, looking at each byte once: it keeps what it saw
/// of the current 64 bytes.
class special_bytes {
 public:
  /// Bytes behind the last one that is asked for that must be readable.
  static constexpr std::size_t reach = 64;

  explicit special_bytes(char delimiter) noexcept : delimiter_{delimiter} {}

  /// Forgets everything: the bytes have changed or moved.
  void reset() noexcept { block_ = nullptr; }

  /// Begins at `p`.
  void start(char const* p) noexcept {
#if defined(__SSE2__)
    if (block_ != nullptr && p >= block_ && p < block_ + reach)
      mask_ &= ~std::uint64_t{0} << (p - block_);
    else
      look(p);
#else
    block_ = p;
#endif
  }

  /// The next one. Precondition: `start` was called, there is one.
  [[nodiscard]] char const* next() noexcept {
#if defined(__SSE2__)
    while (mask_ == 0) look(block_ + reach);
    char const* const found = block_ + std::countr_zero(mask_);
    mask_ &= mask_ - 1;
    return found;
#else
    char const* const found = find_byte_or_line_end(block_, delimiter_);
    block_ = found + 1;
    return found;
#endif
  }

 private:
#if defined(__SSE2__)
  void look(char const* p) noexcept {
    __m128i const a = _mm_set1_epi8(delimiter_);
    __m128i const b = _mm_set1_epi8('\n');
    __m128i const c = _mm_set1_epi8('\r');
    std::uint64_t mask = 0;
    for (unsigned i = 0; i < reach; i += 16) {
      __m128i const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(p + i));
      __m128i const hits =
          _mm_or_si128(_mm_cmpeq_epi8(bytes, a),
                       _mm_or_si128(_mm_cmpeq_epi8(bytes, b), _mm_cmpeq_epi8(bytes, c)));
      mask |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(hits))) << i;
    }
    block_ = p;
    mask_ = mask;
  }

  std::uint64_t mask_ = 0;
#endif
  char const* block_ = nullptr;
  char delimiter_;
};

/// Whether all `size` bytes are ASCII without NUL.
/// Precondition: 16 bytes behind the text may be read.
[[nodiscard]] inline bool plain_ascii(char const* p, std::size_t size) noexcept {
#if defined(__SSE2__)
  __m128i const zero = _mm_setzero_si128();
  for (char const* const end = p + size; p < end; p += 16) {
    __m128i const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(p));
    // Signed: NUL and everything from 0x80 on is not above 0.
    auto good = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpgt_epi8(bytes, zero)));
    if (end - p < 16) good |= ~0u << (end - p);
    if ((good & 0xffffu) != 0xffffu) return false;
  }
  return true;
#else
  for (std::size_t i = 0; i < size; ++i)
    if (static_cast<signed char>(p[i]) <= 0) return false;
  return true;
#endif
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_DETAIL_FIND_BYTE_HPP
