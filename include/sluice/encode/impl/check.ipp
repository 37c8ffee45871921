#ifndef SLUICE_ENCODE_IMPL_CHECK_IPP
#define SLUICE_ENCODE_IMPL_CHECK_IPP

#include <sluice/encode/detail/block.hpp>
#include <sluice/encode/detail/check.hpp>

#include <bitset>

namespace sluice::inline v0::detail {

SLUICE_DECL bool is_utf8(std::string_view text) noexcept {
  auto const* at = reinterpret_cast<unsigned char const*>(text.data());
  auto const* const end = at + text.size();
  auto const continues = [&](std::size_t count) {
    if (static_cast<std::size_t>(end - at) < count) return false;
    for (std::size_t i = 0; i != count; ++i)
      if ((at[i] & 0xC0) != 0x80) return false;
    at += count;
    return true;
  };
  while (at != end) {
    while (end - at >= 8 && word::load(reinterpret_cast<char const*>(at)).not_ascii() == 0) at += 8;
    if (at == end) break;
    unsigned const lead = *at++;
    if (lead < 0x80) continue;
    if (lead < 0xC2 || lead > 0xF4) return false;
    unsigned const second = at != end ? *at : 0u;
    if (lead < 0xE0) {
      if (!continues(1)) return false;
    } else if (lead < 0xF0) {
      if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return false;
      if (!continues(2)) return false;
    } else {
      if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return false;
      if (!continues(3)) return false;
    }
  }
  return true;
}

SLUICE_DECL std::size_t count_characters(std::string_view text) noexcept {
  std::size_t count = 0;
  for (char const c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

// A pushdown automaton without recursion: one bit per level says object or array.
class json_checker {
 public:
  explicit json_checker(std::string_view text) noexcept
      : at_{text.data()}, end_{text.data() + text.size()} {}

  bool run() noexcept {
    skip_space();
    if (!value()) return false;
    while (depth_ != 0) {
      skip_space();
      if (at_ == end_) return false;
      bool const in_object = objects_[depth_ - 1];
      if (*at_ == (in_object ? '}' : ']')) {
        ++at_;
        --depth_;
        continue;
      }
      if (*at_ != ',') return false;
      ++at_;
      skip_space();
      if (in_object && !key()) return false;
      if (!value()) return false;
    }
    skip_space();
    return at_ == end_;
  }

 private:
  void skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  bool literal(std::string_view word) noexcept {
    if (!std::string_view{at_, end_}.starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  // A scalar, or the opening of an object or array up to its first value.
  bool value() noexcept {
    for (;;) {
      if (at_ == end_) return false;
      switch (*at_) {
        case '"':
          return string();
        case 't':
          return literal("true");
        case 'f':
          return literal("false");
        case 'n':
          return literal("null");
        case '{':
        case '[':
          break;
        default:
          return number();
      }
      bool const in_object = *at_ == '{';
      if (depth_ == max_json_depth) return false;
      objects_[depth_++] = in_object;
      ++at_;
      skip_space();
      if (at_ != end_ && *at_ == (in_object ? '}' : ']')) {
        ++at_;
        --depth_;
        return true;
      }
      if (in_object && !key()) return false;
    }
  }

  bool key() noexcept {
    if (at_ == end_ || *at_ != '"' || !string()) return false;
    skip_space();
    if (at_ == end_ || *at_ != ':') return false;
    ++at_;
    skip_space();
    return true;
  }

  bool string() noexcept {
    for (++at_; at_ != end_; ++at_) {
      auto const c = static_cast<unsigned char>(*at_);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c < 0x20) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  // Leaves at_ on the last byte of the escape.
  bool escape() noexcept {
    if (++at_ == end_) return false;
    if (*at_ != 'u') return std::string_view{"\"\\/bfnrt"}.find(*at_) != std::string_view::npos;
    for (int i = 0; i != 4; ++i) {
      if (++at_ == end_) return false;
      char const c = *at_;
      bool const hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!hex) return false;
    }
    return true;
  }

  bool digits() noexcept {
    char const* const first = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != first;
  }

  bool number() noexcept {
    if (*at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0')
      ++at_;
    else if (!digits())
      return false;
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return false;
    }
    return true;
  }

  char const* at_;
  char const* end_;
  std::size_t depth_ = 0;
  std::bitset<max_json_depth> objects_;
};

SLUICE_DECL bool is_json(std::string_view text) noexcept {
  return is_utf8(text) && json_checker{text}.run();
}

SLUICE_DECL problem check_text(std::string_view text, std::uint32_t max_length) noexcept {
  if (!is_utf8(text)) return not_utf8;
  return max_length != 0 && is_longer(text, max_length) ? too_long : nullptr;
}

SLUICE_DECL column_problem find_problem(erased_column const* columns,
                                        void const* const* values,
                                        std::size_t count) noexcept {
  for (std::size_t i = 0; i != count; ++i)
    if (problem const what = columns[i].check(values[i])) return {what, columns[i].name};
  return {};
}

SLUICE_DECL std::size_t sum_bounds(erased_column const* columns,
                                   void const* const* values,
                                   std::size_t count) noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i != count; ++i) sum += columns[i].bound(values[i]);
  return sum;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_IMPL_CHECK_IPP
