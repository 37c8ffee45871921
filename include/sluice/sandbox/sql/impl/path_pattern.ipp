#ifndef SLUICE_SANDBOX_SQL_IMPL_PATH_PATTERN_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PATH_PATTERN_IPP

#include <sluice/sandbox/sql/detail/error.hpp>

#include <fmt/format.h>
#include <regex.h>

#include <array>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::sql::detail {

/// Java's regular expressions as POSIX knows them: the classes \d, \w and \s are spelt out, and a
/// backslash inside brackets is an escape. What POSIX lacks (look-around, flags) is an error there.
inline std::string posix_pattern(std::string_view java) {
  std::string out;
  bool in_brackets = false;
  for (std::size_t i = 0; i < java.size(); ++i) {
    char const c = java[i];
    if (c == '\\' && i + 1 < java.size()) {
      char const next = java[++i];
      std::string_view const set = next == 'd'   ? "0-9"
                                   : next == 'w' ? "A-Za-z0-9_"
                                   : next == 's' ? " \t\n\r\f\v"
                                                 : "";
      if (set.empty()) {
        if (!in_brackets) out += '\\';
        out += next;
      } else {
        out += in_brackets ? std::string(set) : fmt::format("[{}]", set);
      }
      continue;
    }
    if (c == '[') in_brackets = true;
    if (c == ']') in_brackets = false;
    // A lazy quantifier matches the same whole paths as a greedy one.
    bool const lazy =
        c == '?' && i > 0 && (java[i - 1] == '*' || java[i - 1] == '+') && !in_brackets;
    if (!lazy) out += c;
  }
  return out;
}

/// PATTERN as the service means it: a regular expression over the whole path.
class path_pattern {
 public:
  explicit path_pattern(std::string const& text) {
    constexpr std::size_t longest = 2000;
    if (text.size() > longest) fail_invalid_value(text.substr(0, 100), "PATTERN");
    int const code = ::regcomp(
        &compiled_, ("^(" + posix_pattern(text) + ")$").c_str(), REG_EXTENDED | REG_NOSUB);
    if (code != 0) {
      std::array<char, 200> reason{};
      ::regerror(code, &compiled_, reason.data(), reason.size());
      fail("001006",
           "22023",
           fmt::format("SQL compilation error:\ninvalid value [{}] for parameter 'PATTERN': {}",
                       text,
                       reason.data()));
    }
  }

  ~path_pattern() { ::regfree(&compiled_); }

  path_pattern(path_pattern const&) = delete;
  path_pattern& operator=(path_pattern const&) = delete;

  bool matches(std::string const& path) const {
    return ::regexec(&compiled_, path.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_;
};

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PATH_PATTERN_IPP
