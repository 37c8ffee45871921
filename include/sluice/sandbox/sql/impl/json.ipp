#ifndef SLUICE_SANDBOX_SQL_IMPL_JSON_IPP
#define SLUICE_SANDBOX_SQL_IMPL_JSON_IPP

#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/json.hpp>
#include <sluice/sandbox/sql/detail/types.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

inline bool json_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Recursive descent over one value, writing normalised text.
class json_normalizer {
 public:
  json_normalizer(std::string_view text, json_options const& options)
      : text_(text), options_(options) {}

  std::string run() {
    std::string out;
    out.reserve(text_.size());
    space();
    value(out, 0);
    space();
    if (i_ != text_.size()) wrong("unexpected text after the value");
    return out;
  }

 private:
  [[noreturn]] void wrong(std::string_view what) const {
    fail_json(fmt::format("{}, pos {}", what, i_));
  }

  char peek() const { return i_ < text_.size() ? text_[i_] : '\0'; }

  void space() {
    while (i_ < text_.size() && json_space(text_[i_])) ++i_;
  }

  void value(std::string& out, int depth) {
    if (depth > json_limits::max_depth) wrong("nested too deeply");
    if (i_ == text_.size()) wrong("unfinished value");
    switch (peek()) {
      case '{':
        return object(out, depth);
      case '[':
        return array(out, depth);
      case '"':
        return string(out);
      default:
        break;
    }
    for (std::string_view const word : {"null", "true", "false"}) {
      if (text_.substr(i_, word.size()) == word) {
        i_ += word.size();
        out += word;
        return;
      }
    }
    number(out);
  }

  void number(std::string& out) {
    auto const begin = i_;
    auto const digits = [&] {
      auto const first = i_;
      while (peek() >= '0' && peek() <= '9') ++i_;
      return i_ - first;
    };
    if (peek() == '-') ++i_;
    bool const zero = peek() == '0';
    auto const whole = digits();
    if (whole == 0) wrong(fmt::format("unknown keyword or character '{}'", text_.substr(begin, 1)));
    if (zero && whole > 1) wrong("number with a leading zero");
    if (peek() == '.') {
      ++i_;
      if (digits() == 0) wrong("number without digits after the point");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++i_;
      if (peek() == '+' || peek() == '-') ++i_;
      if (digits() == 0) wrong("number without exponent digits");
    }
    out += text_.substr(begin, i_ - begin);
  }

  void string(std::string& out) {
    out += '"';
    ++i_;
    while (true) {
      if (i_ == text_.size()) wrong("unfinished string");
      char const c = text_[i_];
      if (static_cast<unsigned char>(c) < 0x20) wrong("control character in a string");
      if (c == '"') break;
      if (c == '\\') {
        escape(out);
      } else {
        out += c;
        ++i_;
      }
    }
    ++i_;
    out += '"';
  }

  unsigned four_hex_digits() {
    unsigned v = 0;
    for (int n = 0; n < 4; ++n, ++i_) {
      char const c = peek();
      unsigned const d = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                         : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                : 99u;
      if (d == 99u) wrong("wrong \\u escape");
      v = v * 16 + d;
    }
    return v;
  }

  /// Escapes are unified: \/ and \uXXXX become the character itself where JSON allows that.
  void escape(std::string& out) {
    ++i_;
    char const c = peek();
    switch (c) {
      case '"':
      case '\\':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        out += '\\';
        out += c;
        ++i_;
        return;
      case '/':
        out += '/';
        ++i_;
        return;
      case 'u':
        break;
      default:
        wrong("unknown escape");
    }
    ++i_;
    unsigned code = four_hex_digits();
    if (code >= 0xd800 && code < 0xdc00 && text_.substr(i_, 2) == "\\u") {
      i_ += 2;
      unsigned const low = four_hex_digits();
      if (low < 0xdc00 || low > 0xdfff) wrong("wrong surrogate pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xd800 && code < 0xe000) {
      wrong("lone surrogate");
    }
    std::string utf8;
    if (code < 0x80) {
      utf8 += static_cast<char>(code);
    } else if (code < 0x800) {
      utf8 += static_cast<char>(0xc0 | code >> 6);
      utf8 += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      utf8 += static_cast<char>(0xe0 | code >> 12);
      utf8 += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      utf8 += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      utf8 += static_cast<char>(0xf0 | code >> 18);
      utf8 += static_cast<char>(0x80 | (code >> 12 & 0x3f));
      utf8 += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      utf8 += static_cast<char>(0x80 | (code & 0x3f));
    }
    std::string escaped;
    append_json_string(escaped, utf8);
    out.append(escaped, 1, escaped.size() - 2);
  }

  void array(std::string& out, int depth) {
    out += '[';
    ++i_;
    space();
    bool first = true;
    while (peek() != ']' || i_ == text_.size()) {
      auto const mark = out.size();
      if (!first) out += ',';
      auto const before = out.size();
      value(out, depth + 1);
      bool const dropped =
          options_.strip_null_values && std::string_view(out).substr(before) == "null";
      if (dropped) out.resize(mark);
      first = first && dropped;
      space();
      if (peek() == ']') break;
      if (peek() != ',') wrong("expected ',' or ']'");
      ++i_;
      space();
      if (peek() == ']') wrong("',' before ']'");
    }
    ++i_;
    out += ']';
  }

  void object(std::string& out, int depth) {
    ++i_;
    space();
    std::vector<std::pair<std::string, std::string>> members;  // keys as quoted text
    while (peek() != '}' || i_ == text_.size()) {
      if (peek() != '"') wrong("expected a key");
      std::string key, member;
      string(key);
      space();
      if (peek() != ':') wrong("expected ':'");
      ++i_;
      space();
      value(member, depth + 1);
      if (!options_.strip_null_values || member != "null")
        members.emplace_back(std::move(key), std::move(member));
      space();
      if (peek() == '}') break;
      if (peek() != ',') wrong("expected ',' or '}'");
      ++i_;
      space();
      if (peek() == '}') wrong("',' before '}'");
    }
    ++i_;
    std::stable_sort(members.begin(), members.end(), [](auto const& a, auto const& b) {
      return a.first < b.first;
    });
    out += '{';
    bool first = true;
    for (std::size_t n = 0; n < members.size(); ++n) {
      if (n + 1 < members.size() && members[n].first == members[n + 1].first) {
        if (!options_.allow_duplicate)
          wrong(fmt::format("duplicate object attribute {}", members[n].first));
        continue;
      }
      if (!first) out += ',';
      first = false;
      out += members[n].first;
      out += ':';
      out += members[n].second;
    }
    out += '}';
  }

  std::string_view text_;
  json_options const& options_;
  std::size_t i_ = 0;
};

std::string json_normalized(std::string_view text, json_options const& options) {
  return json_normalizer(text, options).run();
}

std::optional<std::size_t> json_value_end(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && json_space(text[i])) ++i;
  if (i == text.size()) return std::nullopt;
  std::size_t depth = 0;
  while (i < text.size()) {
    char const c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
      if (i >= text.size()) return std::nullopt;
      ++i;
      if (depth == 0) return i;
    } else if (c == '{' || c == '[') {
      ++depth;
      ++i;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return i == 0 ? 1 : i;  // a stray bracket ends a scalar; the parser names it
      ++i;
      if (--depth == 0) return i;
    } else if (depth == 0) {
      // A scalar: up to a separator. At the end of the text it may continue in the next block.
      if (json_space(c) || c == ',') return i == 0 ? 1 : i;
      ++i;
    } else {
      ++i;
    }
  }
  return std::nullopt;
}

/// End of the normalised value that starts at `i`.
inline std::size_t json_skip(std::string_view text, std::size_t i) {
  if (text[i] != '"' && text[i] != '{' && text[i] != '[') {
    while (i < text.size() && text[i] != ',' && text[i] != '}' && text[i] != ']') ++i;
    return i;
  }
  auto const end = json_value_end(text.substr(i));
  return end ? i + *end : text.size();
}

std::optional<std::string_view> json_member(std::string_view object,
                                            std::string_view key,
                                            bool ignore_case) {
  if (!object.starts_with('{')) return std::nullopt;
  std::size_t i = 1;
  while (i < object.size() && object[i] == '"') {
    auto const key_end = json_skip(object, i);
    auto const raw = object.substr(i, key_end - i);
    auto const begin = key_end + 1;
    auto const end = json_skip(object, begin);
    bool const plain = raw.find('\\') == std::string_view::npos;
    auto const name = plain ? std::string(raw.substr(1, raw.size() - 2)) : json_unquoted(raw);
    if (name == key || (ignore_case && equals_ignoring_case(name, key)))
      return object.substr(begin, end - begin);
    i = end + 1;
  }
  return std::nullopt;
}

std::optional<std::string_view> json_element(std::string_view array, std::size_t n) {
  if (!array.starts_with('[') || array == "[]") return std::nullopt;
  std::size_t i = 1;
  while (i < array.size()) {
    auto const end = json_skip(array, i);
    if (n-- == 0) return array.substr(i, end - i);
    if (end >= array.size() || array[end] == ']') return std::nullopt;
    i = end + 1;
  }
  return std::nullopt;
}

std::string json_unquoted(std::string_view string) {
  std::string out;
  for (std::size_t i = 1; i + 1 < string.size(); ++i) {
    if (string[i] != '\\') {
      out += string[i];
      continue;
    }
    switch (string[++i]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        unsigned v = 0;  // normalised text escapes only control characters this way
        for (int n = 0; n < 4 && i + 1 < string.size(); ++n) {
          char const c = string[++i];
          v = v * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        out += static_cast<char>(v);
        break;
      }
      default:
        out += string[i];
    }
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (char const c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string json_pretty(std::string_view value) {
  std::string out;
  std::size_t depth = 0;
  auto const line = [&] {
    out += '\n';
    out.append(depth * 2, ' ');
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    char const c = value[i];
    switch (c) {
      case '"': {
        auto const end = json_skip(value, i);
        out += value.substr(i, end - i);
        i = end - 1;
        break;
      }
      case '{':
      case '[':
        out += c;
        if (i + 1 < value.size() && (value[i + 1] == '}' || value[i + 1] == ']')) {
          out += value[++i];
        } else {
          ++depth;
          line();
        }
        break;
      case '}':
      case ']':
        --depth;
        line();
        out += c;
        break;
      case ',':
        out += c;
        line();
        break;
      case ':':
        out += ": ";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_JSON_IPP
