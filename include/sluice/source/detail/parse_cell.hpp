#ifndef SLUICE_SOURCE_DETAIL_PARSE_CELL_HPP
#define SLUICE_SOURCE_DETAIL_PARSE_CELL_HPP

#include <sluice/config.hpp>
#include <sluice/schema/json.hpp>
#include <sluice/schema/value.hpp>
#include <sluice/source/detail/find_byte.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice::inline v0::source::detail {

/// What is wrong with a cell.
enum class fault : std::uint8_t {
  none,
  malformed,     ///< not a value of the type
  empty,         ///< nothing there, and the column is not optional
  out_of_range,  ///< a value, but not one that fits
  too_precise,   ///< more digits behind the point or second than the column keeps
  too_long,      ///< text or bytes over the limit of the column
  has_zone,      ///< a zone where the column is a wall clock
  nul,           ///< text with a NUL
  not_utf8,      ///< text in another encoding
  unnamed,       ///< no enumerator has this name
  cell_limit,    ///< larger than csv_options::max_cell_bytes
  misquoted      ///< text behind the closing quote
};

/// Text of a cell, quotes undone. `csv_scanner::slack` bytes behind it may be read.
struct cell_text {
  std::string_view text;
  bool null = false;         ///< nothing stands there, or the marker for null
  bool nul_is_text = false;  ///< text may contain NUL: the source keeps it whole
};

/// Without the spaces and tabs around it.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
  auto const blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Any of: `[YYYY-MM-DD][ |T][HH:MM[:SS[.f...]]][Z|±HH[:MM]]`.
struct clock_reading {
  std::int32_t days = 0;
  std::int32_t seconds = 0;  ///< since midnight
  std::int32_t nanos = 0;
  std::int32_t offset_minutes = 0;
  bool has_zone = false;
};

[[nodiscard]] fault parse_bool(std::string_view text, bool& out) noexcept;
[[nodiscard]] fault parse_date(std::string_view text, date& out) noexcept;
/// Time of day alone; no zone.
[[nodiscard]] fault parse_clock(std::string_view text, clock_reading& out) noexcept;
/// Date, or date and time, with or without zone.
[[nodiscard]] fault parse_instant(std::string_view text, clock_reading& out) noexcept;
[[nodiscard]] fault parse_uuid(std::string_view text, uuid& out) noexcept;
/// Pairs of hexadecimal digits; writes text.size() / 2 bytes. Precondition: an even size.
[[nodiscard]] bool parse_hex(std::string_view text, std::byte* out) noexcept;
/// NUL and UTF-8 of a text that is not plain ASCII, and its length in code points.
[[nodiscard]] fault check_text(std::string_view text,
                               std::size_t& characters,
                               bool nul_is_text = false) noexcept;

/// Text that is well formed and at most `limit` characters (0: any number).
/// Precondition: the slack behind `text` may be read.
[[nodiscard]] inline fault check_text_limit(std::string_view text,
                                            std::uint32_t limit,
                                            bool nul_is_text = false) noexcept {
  std::size_t characters = text.size();
  if (!plain_ascii(text.data(), text.size()))
    if (fault const f = check_text(text, characters, nul_is_text); f != fault::none) return f;
  return limit != 0 && characters > limit ? fault::too_long : fault::none;
}

/// `reading` in ticks of `unit`, exact.
[[nodiscard]] fault to_ticks(clock_reading const& reading,
                             time_unit unit,
                             std::int64_t& out) noexcept;

template<class Integer>
[[nodiscard]] fault parse_integer(std::string_view text, Integer& out) noexcept {
  char const* first = text.data();
  char const* const last = first + text.size();
  if (text.size() > 1 && *first == '+' && first[1] != '-') ++first;
  auto const [end, code] = std::from_chars(first, last, out);
  if (code == std::errc{} && end == last) return fault::none;
  if constexpr (std::is_unsigned_v<Integer>) {
    // "-1" is a number, only not one for this column.
    std::int64_t negative = 0;
    if (std::from_chars(first, last, negative).ptr == last && first != last)
      return fault::out_of_range;
  }
  return code == std::errc::result_out_of_range && end == last ? fault::out_of_range
                                                               : fault::malformed;
}

template<class Float>
[[nodiscard]] fault parse_float(std::string_view text, Float& out) noexcept {
  char const* first = text.data();
  char const* const last = first + text.size();
  if (text.size() > 1 && *first == '+' && first[1] != '-') ++first;
  auto const [end, code] = std::from_chars(first, last, out);
  if (end != last) return fault::malformed;
  if (code == std::errc::result_out_of_range) return fault::out_of_range;
  return code == std::errc{} ? fault::none : fault::malformed;
}

template<unsigned P, unsigned S>
[[nodiscard]] fault parse_scalar(std::string_view text, decimal<P, S>& out) noexcept {
  if (auto const value = decimal<P, S>::parse(text)) {
    out = *value;
    return fault::none;
  }
  // Only for the message: is it a number at all?
  std::size_t digits = 0;
  std::size_t points = 0;
  std::string_view rest = text;
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  std::size_t behind_point = 0;
  for (char const c : rest) {
    if (c == '.') {
      ++points;
    } else if (c >= '0' && c <= '9') {
      ++digits;
      behind_point += points;
    } else {
      return fault::malformed;
    }
  }
  if (digits == 0 || points > 1) return fault::malformed;
  return digits - behind_point <= P - S && behind_point > S ? fault::too_precise
                                                            : fault::out_of_range;
}

[[nodiscard]] inline fault parse_scalar(std::string_view text, date& out) noexcept {
  return parse_date(text, out);
}

[[nodiscard]] inline fault parse_scalar(std::string_view text, uuid& out) noexcept {
  return parse_uuid(text, out);
}

template<time_unit U>
[[nodiscard]] fault parse_scalar(std::string_view text, time_of_day<U>& out) noexcept {
  clock_reading reading;
  if (fault const f = parse_clock(text, reading); f != fault::none) return f;
  return to_ticks(reading, U, out.ticks);
}

template<time_unit U, zone_kind Z>
[[nodiscard]] fault parse_scalar(std::string_view text, timestamp<U, Z>& out) noexcept {
  clock_reading reading;
  if (fault const f = parse_instant(text, reading); f != fault::none) return f;
  if (Z == zone_kind::none && reading.has_zone) return fault::has_zone;
  if constexpr (Z == zone_kind::offset)
    out.offset_minutes = static_cast<std::int16_t>(reading.offset_minutes);
  return to_ticks(reading, U, out.ticks);
}

template<class Text>
[[nodiscard]] fault parse_scalar(std::string_view text, basic_json<Text>& out) {
  if (fault const f = check_text_limit(text, 0); f != fault::none) return f;
  out.text = text;
  return fault::none;
}

template<std::size_t Capacity>
[[nodiscard]] fault assign_text(std::string_view text, fixed_text<Capacity>& out) {
  if (text.size() > Capacity) return fault::too_long;
  out = fixed_text<Capacity>{text};
  return fault::none;
}

template<class Text>
[[nodiscard]] fault assign_text(std::string_view text, Text& out) {
  if constexpr (requires { out.assign(text.begin(), text.end()); }) {
    out.assign(text.begin(), text.end());
  } else if constexpr (requires { out = text; }) {
    out = text;
  } else {
    static_assert(std::is_constructible_v<Text, std::string_view>,
                  "sluice: a CSV cell cannot become this text type; give it a constructor from "
                  "std::string_view");
    out = Text(text);
  }
  return fault::none;
}

template<class Bytes>
[[nodiscard]] fault parse_bytes(std::string_view text, Bytes& out) {
  static_assert(!std::is_same_v<Bytes, bytes_view>,
                "sluice: a CSV cell cannot become a bytes_view, which owns nothing; use "
                "std::vector<std::byte>");
  if (text.starts_with("0x") || text.starts_with("\\x")) text.remove_prefix(2);
  if (text.size() % 2 != 0) return fault::malformed;
  if constexpr (requires { out.resize(text.size()); }) {
    out.resize(text.size() / 2);
  } else if (text.size() / 2 != out.size()) {
    return text.size() / 2 > out.size() ? fault::too_long : fault::malformed;
  }
  return parse_hex(text, out.data()) ? fault::none : fault::malformed;
}

/// Turns one cell into a value of `T`. `limit` is the column's max_length, 0 for none.
template<class T>
[[nodiscard]] fault parse_cell(cell_text const& cell, std::uint32_t limit, T& out) {
  constexpr value_kind kind = value_kind_of<T>;
  if constexpr (requires { value_traits<T>::from(value_traits<T>::view(out)); }) {
    std::remove_cvref_t<decltype(value_traits<T>::view(out))> meaning{};
    fault const f = parse_cell(cell, limit, meaning);
    if (f == fault::none) out = value_traits<T>::from(meaning);
    return f;
  } else if constexpr (kind == value_kind::nullable) {
    using inner = typename value_traits<T>::inner;
    if (cell.null) {
      out.reset();
      return fault::none;
    }
    // A value that is there already keeps its memory.
    if (!out.has_value()) out = inner{};
    return parse_cell<inner>(cell, limit, *out);
  } else if constexpr (kind == value_kind::text || kind == value_kind::char_range) {
    if (fault const f = check_text_limit(cell.text, limit, cell.nul_is_text); f != fault::none)
      return f;
    return assign_text(cell.text, out);
  } else if constexpr (kind == value_kind::char_array) {
    if (cell.text.size() > sizeof out) return fault::too_long;
    if (fault const f = check_text_limit(cell.text, limit, cell.nul_is_text); f != fault::none)
      return f;
    std::memset(&out[0], 0, sizeof out);
    std::memcpy(&out[0], cell.text.data(), cell.text.size());
    return fault::none;
  } else if constexpr (kind == value_kind::character) {
    if (cell.text.empty()) return fault::empty;
    if (cell.text.size() > 1) return fault::too_long;
    if (fault const f = check_text_limit(cell.text, 0, cell.nul_is_text); f != fault::none)
      return f;
    out = cell.text.front();
    return fault::none;
  } else {
    std::string_view const text = trim(cell.text);
    if (text.empty() || cell.null) return fault::empty;
    if constexpr (kind == value_kind::boolean) {
      return parse_bool(text, out);
    } else if constexpr (kind == value_kind::integer) {
      return parse_integer(text, out);
    } else if constexpr (kind == value_kind::floating) {
      return parse_float(text, out);
    } else if constexpr (kind == value_kind::enumeration) {
      auto const value = enumeration<T>::from_name(text);
      if (!value) return fault::unnamed;
      out = *value;
      return fault::none;
    } else if constexpr (kind == value_kind::bytes) {
      if (fault const f = parse_bytes(text, out); f != fault::none) return f;
      return limit != 0 && out.size() > limit ? fault::too_long : fault::none;
    } else {
      static_assert(kind == value_kind::scalar,
                    "sluice: a CSV cell cannot become a nested value, nor a char const*, which "
                    "owns nothing; make the member a sluice::json or a std::string");
      return parse_scalar(text, out);
    }
  }
}

}  // namespace sluice::inline v0::source::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/source/impl/parse_cell.ipp>
#endif

#endif  // SLUICE_SOURCE_DETAIL_PARSE_CELL_HPP
