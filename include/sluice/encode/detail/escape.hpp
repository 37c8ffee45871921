#ifndef SLUICE_ENCODE_DETAIL_ESCAPE_HPP
#define SLUICE_ENCODE_DETAIL_ESCAPE_HPP

/// \file
/// Copying text while looking for the bytes that need an escape, in one step per block.

#include <sluice/config.hpp>
#include <sluice/encode/detail/block.hpp>
#include <sluice/encode/detail/check.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::inline v0::detail {

// CSV: only the quote is special; it is doubled.
template<char Quote>
struct csv_escape {
  static constexpr std::size_t longest = 2;

  template<class Block>
  static auto special(Block b) noexcept {
    return b.equals(Quote);
  }

  static constexpr bool is_special(char c) noexcept { return c == Quote; }

  static char* put(char* out, char c) noexcept {
    out[0] = c;
    out[1] = c;
    return out + 2;
  }
};

// JSON: quote, backslash and what is below the space.
struct json_escape {
  static constexpr std::size_t longest = 6;

  template<class Block>
  static auto special(Block b) noexcept {
    return b.equals('"') | b.equals('\\') | b.below(' ');
  }

  static constexpr bool is_special(char c) noexcept {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  }

  static char* put(char* out, char c) noexcept {
    *out++ = '\\';
    switch (c) {
      case '"':
      case '\\':
        *out++ = c;
        return out;
      case '\n':
        *out++ = 'n';
        return out;
      case '\r':
        *out++ = 'r';
        return out;
      case '\t':
        *out++ = 't';
        return out;
      default:
        std::memcpy(out, "u00", 3);
        out[3] = static_cast<char>('0' + (static_cast<unsigned char>(c) >> 4));
        out[4] = "0123456789abcdef"[c & 15];
        return out + 5;
    }
  }
};

// What one pass over a text has found out.
struct escaped {
  char* end;
  bool ascii;
};

template<class Escape>
[[gnu::noinline]] escaped put_each(char* out,
                                   char const* from,
                                   std::size_t count,
                                   bool ascii) noexcept {
  for (std::size_t i = 0; i != count; ++i) {
    char const c = from[i];
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    if (Escape::is_special(c))
      out = Escape::put(out, c);
    else
      *out++ = c;
  }
  return {out, ascii};
}

// Fewer bytes than a block: overlapping words, so that nothing is read beyond the text. Part of its
// callers: as a call of its own it costs a row of short texts 4 % (bench/micro/encode.cpp).
template<class Escape>
[[gnu::always_inline]] inline escaped put_tail(char* out,
                                               char const* from,
                                               std::size_t count,
                                               bool ascii) noexcept {
  if (count >= 8) {
    for (; count > 8 + 8; from += 8, out += 8, count -= 8) {
      word const w = word::load(from);
      if (Escape::special(w) != 0) return put_each<Escape>(out, from, count, ascii);
      ascii = ascii && w.not_ascii() == 0;
      std::memcpy(out, from, 8);
    }
    word const head = word::load(from);
    word const tail = word::load(from + count - 8);
    if ((Escape::special(head) | Escape::special(tail)) != 0)
      return put_each<Escape>(out, from, count, ascii);
    std::memcpy(out, from, 8);
    std::memcpy(out + count - 8, from + count - 8, 8);
    return {out + count, ascii && ((head.bytes | tail.bytes) & high_bits) == 0};
  }
  if (count >= 4) {
    std::uint32_t head;
    std::uint32_t tail;
    std::memcpy(&head, from, 4);
    std::memcpy(&tail, from + count - 4, 4);
    word const both{head | (std::uint64_t{tail} << 32)};
    if (Escape::special(both) != 0) return put_each<Escape>(out, from, count, ascii);
    std::memcpy(out, &head, 4);
    std::memcpy(out + count - 4, &tail, 4);
    return {out + count, ascii && both.not_ascii() == 0};
  }
  if (count == 0) return {out, ascii};
  // 1 to 3: the first, the middle and the last byte are all there are.
  std::size_t const middle = count / 2;
  auto const at = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(from[i])}; };
  word const all{at(0) * (every_byte & ~std::uint64_t{0xFFFF00}) | at(middle) << 8 |
                 at(count - 1) << 16};
  if (Escape::special(all) != 0) return put_each<Escape>(out, from, count, ascii);
  out[0] = from[0];
  out[middle] = from[middle];
  out[count - 1] = from[count - 1];
  return {out + count, ascii && all.not_ascii() == 0};
}

/// A text that was written.
struct written_text {
  char* end;
  bool utf8;
};

inline written_text judged(escaped done, std::string_view text) noexcept {
  if (done.ascii) [[likely]]
    return {done.end, true};
  return {done.end, is_utf8(text)};
}

// At least a block. Apart from put_text, so that short texts save no registers.
template<class Escape>
[[gnu::noinline]] written_text put_long_text(char* out, std::string_view text) noexcept {
  char const* from = text.data();
  std::size_t count = text.size();
  bool ascii = true;
  while (count >= block::width) {
    block const b = block::load(from);
    // Every byte is stored, those from the first special one on are written again.
    b.store(out);
    auto const special = Escape::special(b);
    ascii = ascii && b.not_ascii() == 0;
    if (special == 0) {
      from += block::width;
      out += block::width;
      count -= block::width;
      continue;
    }
    std::size_t const plain = block::first(special);
    out = Escape::put(out + plain, from[plain]);
    from += plain + 1;
    count -= plain + 1;
  }
  return judged(put_tail<Escape>(out, from, count, ascii), text);
}

/// Writes `text` escaped, and says whether it is UTF-8. The room at `out` must hold
/// `Escape::longest` bytes per byte of text. Out of line: the loops would be repeated for each
/// column of each record.
template<class Escape>
[[gnu::noinline]] written_text put_text(char* out, std::string_view text) noexcept {
  if (text.size() >= block::width) return put_long_text<Escape>(out, text);
  return judged(put_tail<Escape>(out, text.data(), text.size(), true), text);
}

/// What an upper bound looks at.
enum class bound_by : std::uint8_t {
  size,    ///< every byte of text may need the longest escape
  content  ///< long text is counted, so that a row reserves what it needs and not the worst case
};

// Counting shorter texts gains nothing.
inline constexpr std::size_t counted_text = 1'024;

template<class Escape>
[[gnu::noinline]] std::size_t count_special(std::string_view text) noexcept {
  std::size_t count = 0;
  for (char const c : text) count += Escape::is_special(c) ? 1 : 0;
  return count;
}

/// Upper bound of what `put_text` writes for `text`, stores of whole blocks included.
template<class Escape, bound_by By>
inline std::size_t text_bound(std::string_view text) noexcept {
  if constexpr (By == bound_by::content)
    if (text.size() > counted_text)
      return text.size() + (Escape::longest - 1) * count_special<Escape>(text);
  return Escape::longest * text.size();
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_DETAIL_ESCAPE_HPP
