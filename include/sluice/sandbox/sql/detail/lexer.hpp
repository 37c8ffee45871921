#ifndef SLUICE_SANDBOX_SQL_DETAIL_LEXER_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_LEXER_HPP

/// \file
/// SQL text -> tokens.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

/// Bounds on one request's SQL. 1 MB: "Query size limits", SQL text.
struct lexer_limits {
  static constexpr std::size_t max_text_bytes = 1'048'576;
  static constexpr std::size_t max_identifier_characters = 255;
};

struct token {
  enum class is {
    identifier,   ///< unquoted; `text` is folded to upper case
    quoted,       ///< quoted identifier; `text` exact
    string,       ///< '...' or $$...$$; `text` unescaped
    number,       ///< digits, point, exponent; `text` as written
    symbol,       ///< punctuation or operator; `text` as written
    placeholder,  ///< `?` (text empty)
    position,     ///< `$n` (text: the digits)
    stage,        ///< `@...` unquoted; `text` as written, with the `@`
    end
  };
  is kind = is::end;
  std::string text;
  position at;
  std::size_t begin = 0;  ///< byte offset in the SQL text
  std::size_t end = 0;
};

/// Splits `sql` into tokens; the last one is `end`. Comments (`--`, `//`, `/* */`) vanish.
/// \throws sql_error 001003 for an unterminated string, comment or identifier, or a stray byte
std::vector<token> tokenize(std::string_view sql);

/// `name` as it must be written to mean itself: bare if it is an upper-case word, else quoted.
std::string quote_if_needed(std::string_view name);
/// `name` in double quotes, inner ones doubled; right for Snowflake and for SQLite.
std::string quoted(std::string_view name);

// For a std::string, argument-dependent lookup also finds std::quoted, which comes with <chrono> on
// GCC 14 and would win against a conversion to std::string_view.
inline std::string quoted(std::string const& name) {
  return quoted(std::string_view{name});
}

inline std::string quoted(std::string& name) {
  return quoted(std::string_view{name});
}

/// Text in single quotes for SQLite (no backslash escapes there).
std::string sqlite_string(std::string_view text);

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_LEXER_HPP
