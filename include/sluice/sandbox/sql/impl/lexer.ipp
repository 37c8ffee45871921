#ifndef SLUICE_SANDBOX_SQL_IMPL_LEXER_IPP
#define SLUICE_SANDBOX_SQL_IMPL_LEXER_IPP

#include <sluice/sandbox/sql/detail/lexer.hpp>
#include <sluice/sandbox/sql/detail/types.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::inline v0::sandbox::sql::detail {

class sql_scanner {
 public:
  explicit sql_scanner(std::string_view sql) : sql_(sql) {}

  std::vector<token> run() {
    std::vector<token> out;
    while (true) {
      skip_space_and_comments();
      token t;
      t.at = here();
      t.begin = i_;
      if (i_ == sql_.size()) {
        t.end = i_;
        out.push_back(std::move(t));
        return out;
      }
      scan(t);
      t.end = i_;
      out.push_back(std::move(t));
    }
  }

 private:
  static bool digit(char c) { return c >= '0' && c <= '9'; }

  static bool word_start(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  static bool word(char c) { return word_start(c) || digit(c) || c == '$'; }

  char peek(std::size_t ahead = 0) const {
    return i_ + ahead < sql_.size() ? sql_[i_ + ahead] : '\0';
  }

  position here() {
    for (; counted_ < i_; ++counted_) {
      if (sql_[counted_] == '\n') {
        ++line_;
        line_start_ = counted_ + 1;
      }
    }
    return {line_, static_cast<int>(i_ - line_start_)};
  }

  void skip_space_and_comments() {
    while (i_ < sql_.size()) {
      char const c = peek();
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        ++i_;
      } else if ((c == '-' && peek(1) == '-') || (c == '/' && peek(1) == '/')) {
        auto const end = sql_.find('\n', i_);
        i_ = end == std::string_view::npos ? sql_.size() : end;
      } else if (c == '/' && peek(1) == '*') {
        auto const end = sql_.find("*/", i_ + 2);
        if (end == std::string_view::npos) fail_syntax(here(), "/*");
        i_ = end + 2;
      } else {
        return;
      }
    }
  }

  void scan(token& t) {
    char const c = peek();
    if (word_start(c)) {
      auto const begin = i_;
      while (i_ < sql_.size() && word(sql_[i_])) ++i_;
      t.kind = token::is::identifier;
      t.text = to_upper(sql_.substr(begin, i_ - begin));
      check_length(t);
    } else if (digit(c) || (c == '.' && digit(peek(1)))) {
      scan_number(t);
    } else if (c == '"') {
      scan_quoted(t);
    } else if (c == '\'') {
      scan_string(t);
    } else if (c == '$' && peek(1) == '$') {
      auto const end = sql_.find("$$", i_ + 2);
      if (end == std::string_view::npos) fail_syntax(t.at, "$$");
      t.kind = token::is::string;
      t.text = sql_.substr(i_ + 2, end - i_ - 2);
      i_ = end + 2;
    } else if (c == '$' && digit(peek(1))) {
      auto const begin = ++i_;
      while (digit(peek())) ++i_;
      t.kind = token::is::position;
      t.text = sql_.substr(begin, i_ - begin);
    } else if (c == '?') {
      ++i_;
      t.kind = token::is::placeholder;
    } else if (c == '@') {
      scan_stage(t);
    } else {
      scan_symbol(t);
    }
  }

  void check_length(token const& t) const {
    if (count_characters(t.text) >
        static_cast<std::int64_t>(lexer_limits::max_identifier_characters)) {
      fail_at(t.at,
              "000904",
              "42000",
              fmt::format("SQL compilation error: error line {} at position {}\ninvalid "
                          "identifier: longer than {} "
                          "characters",
                          t.at.line,
                          t.at.pos,
                          lexer_limits::max_identifier_characters));
    }
  }

  void scan_number(token& t) {
    auto const begin = i_;
    while (digit(peek())) ++i_;
    if (peek() == '.') {
      ++i_;
      while (digit(peek())) ++i_;
    }
    if (peek() == 'e' || peek() == 'E') {
      std::size_t const sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (digit(peek(1 + sign))) {
        i_ += 1 + sign;
        while (digit(peek())) ++i_;
      }
    }
    if (word_start(peek())) fail_syntax(here(), sql_.substr(i_, 1));
    t.kind = token::is::number;
    t.text = sql_.substr(begin, i_ - begin);
  }

  void scan_quoted(token& t) {
    t.kind = token::is::quoted;
    ++i_;
    while (true) {
      if (i_ == sql_.size()) fail_syntax(t.at, "\"");
      if (peek() == '"') {
        if (peek(1) != '"') break;
        ++i_;
      }
      t.text += sql_[i_++];
    }
    ++i_;
    if (t.text.empty()) fail_syntax(t.at, "\"\"");
    check_length(t);
  }

  void scan_string(token& t) {
    t.kind = token::is::string;
    ++i_;
    while (true) {
      if (i_ == sql_.size()) fail_syntax(t.at, "'");
      char const c = sql_[i_++];
      if (c == '\'') {
        if (peek() != '\'') return;
        t.text += sql_[i_++];
      } else if (c == '\\' && i_ < sql_.size()) {
        scan_escape(t.text);
      } else {
        t.text += c;
      }
    }
  }

  /// String literal escapes ("String & binary data types", escape sequences).
  void scan_escape(std::string& out) {
    char const c = sql_[i_++];
    switch (c) {
      case 'n':
        out += '\n';
        return;
      case 'r':
        out += '\r';
        return;
      case 't':
        out += '\t';
        return;
      case 'b':
        out += '\b';
        return;
      case 'f':
        out += '\f';
        return;
      case 'x':
        append_code_point(out, digits_of(16, 2));
        return;
      case 'u':
        append_code_point(out, digits_of(16, 4));
        return;
      case '0': {
        // \0 alone is NUL, \ooo is octal.
        --i_;
        append_code_point(out, digits_of(8, 3));
        return;
      }
      default:
        out += c;
        return;
    }
  }

  unsigned digits_of(unsigned base, int at_most) {
    unsigned value = 0;
    for (int n = 0; n < at_most && i_ < sql_.size(); ++n) {
      char const c = sql_[i_];
      unsigned const d = digit(c)               ? static_cast<unsigned>(c - '0')
                         : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                : 99u;
      if (d >= base) break;
      value = value * base + d;
      ++i_;
    }
    return value;
  }

  static void append_code_point(std::string& out, unsigned code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xc0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      out += static_cast<char>(0xe0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (code & 0x3f));
    }
  }

  void scan_stage(token& t) {
    auto const begin = i_++;
    bool in_quotes = false;
    while (i_ < sql_.size()) {
      char const c = sql_[i_];
      if (c == '"') in_quotes = !in_quotes;
      bool const stops = c == ' ' || (c >= '\t' && c <= '\r') || c == ')' || c == '(' || c == ';' ||
                         c == ',' || c == '\'';
      if (stops && !in_quotes) break;
      ++i_;
    }
    if (in_quotes) fail_syntax(t.at, "\"");
    t.kind = token::is::stage;
    t.text = sql_.substr(begin, i_ - begin);
  }

  void scan_symbol(token& t) {
    static constexpr std::array<std::string_view, 8> two = {
        "::", "=>", "<>", "!=", "<=", ">=", "||", "->"};
    t.kind = token::is::symbol;
    for (auto const s : two) {
      if (sql_.substr(i_, 2) == s) {
        t.text = s;
        i_ += 2;
        return;
      }
    }
    constexpr std::string_view one = "()[]{},.;:+-*/%=<>!";
    if (one.find(peek()) == std::string_view::npos) fail_syntax(t.at, sql_.substr(i_, 1));
    t.text = sql_.substr(i_++, 1);
  }

  std::string_view sql_;
  std::size_t i_ = 0;
  std::size_t counted_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

std::vector<token> tokenize(std::string_view sql) {
  return sql_scanner(sql).run();
}

std::string quote_if_needed(std::string_view name) {
  bool const bare =
      !name.empty() && !(name.front() >= '0' && name.front() <= '9') && name.front() != '$' &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
      });
  return bare ? std::string(name) : quoted(name);
}

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (char const c : name) {
    if (c == '"') out += c;
    out += c;
  }
  return out += '"';
}

std::string sqlite_string(std::string_view text) {
  std::string out = "'";
  for (char const c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out += '\'';
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_LEXER_IPP
