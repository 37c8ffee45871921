#ifndef SLUICE_SANDBOX_IMPL_STATEMENT_TEXT_IPP
#define SLUICE_SANDBOX_IMPL_STATEMENT_TEXT_IPP

#include <sluice/sandbox/detail/snowflake_service.hpp>
#include <sluice/sandbox/detail/text.hpp>

namespace sluice::inline v0::sandbox::detail {

namespace statement_impl {

/// Skips white space and comments.
inline std::string_view skip_blank(std::string_view sql) {
  for (;;) {
    auto const rest = trimmed(sql);
    std::size_t const before = rest.size();
    sql = rest;
    if (sql.starts_with("--")) {
      auto const end = sql.find('\n');
      sql = end == std::string_view::npos ? std::string_view{} : sql.substr(end + 1);
    } else if (sql.starts_with("/*")) {
      auto const end = sql.find("*/");
      sql = end == std::string_view::npos ? std::string_view{} : sql.substr(end + 2);
    }
    if (sql.size() == before) return sql;
  }
}

inline bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$';
}

inline std::string_view first_word(std::string_view sql) {
  std::size_t size = 0;
  while (size < sql.size() && word_char(sql[size])) ++size;
  return sql.substr(0, size);
}

/// End of the quoted text that starts at `at`, one behind its closing quote.
inline std::size_t quoted_end(std::string_view sql, std::size_t at) {
  char const quote = sql[at];
  for (std::size_t i = at + 1; i < sql.size(); ++i) {
    if (quote == '\'' && sql[i] == '\\') {
      ++i;
    } else if (sql[i] == quote) {
      if (i + 1 >= sql.size() || sql[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return sql.size();
}

/// Where this word stands outside quotes, from `from` on.
inline std::size_t find_word(std::string_view sql, std::string_view word, std::size_t from = 0) {
  for (std::size_t i = from; i < sql.size();) {
    if (sql[i] == '\'' || sql[i] == '"') {
      i = quoted_end(sql, i);
    } else if (word_char(sql[i])) {
      auto const found = first_word(sql.substr(i));
      if (same_text(found, word)) return i;
      i += found.size();
    } else {
      ++i;
    }
  }
  return std::string_view::npos;
}

}  // namespace statement_impl

statement_kind classify_statement(std::string_view sql) {
  using namespace statement_impl;
  std::string const word = lower(first_word(skip_blank(sql)));
  auto const any_of = [&](auto... names) { return ((word == names) || ...); };
  if (any_of("put", "get")) return {word, false, false};
  if (word == "copy") return {"copy", true, false};
  if (word == "insert") return {"insert", true, false};
  if (any_of("select", "with")) {
    // SELECT without FROM asks no table, e.g. SELECT CURRENT_VERSION().
    return {"select", find_word(sql, "from") != std::string_view::npos, false};
  }
  if (any_of("create", "alter", "drop", "truncate", "undrop")) {
    bool const on_table = word != "create" && find_word(sql, "table") != std::string_view::npos;
    return {"ddl", on_table, false};
  }
  if (any_of("begin", "start", "commit", "rollback")) {
    return {"transaction", false, word == "commit"};
  }
  if (any_of("desc", "describe")) return {"statement", true, false};
  if (any_of("update", "delete", "merge")) return {"statement", true, false};
  return {"statement", false, false};
}

std::optional<std::string> without_last_file(std::string_view copy_sql) {
  using namespace statement_impl;
  std::size_t const word = find_word(copy_sql, "files");
  if (word == std::string_view::npos) return std::nullopt;
  std::size_t at = copy_sql.find('(', word);
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t previous_end = 0;  // behind the last file but one
  std::size_t last_end = 0;
  for (++at; at < copy_sql.size() && copy_sql[at] != ')';) {
    if (copy_sql[at] == '\'') {
      at = quoted_end(copy_sql, at);
      previous_end = last_end;
      last_end = at;
    } else {
      ++at;
    }
  }
  if (previous_end == 0) return std::nullopt;
  return std::string(copy_sql.substr(0, previous_end)) + std::string(copy_sql.substr(last_end));
}

std::string copied_stage_path(std::string_view copy_sql) {
  using namespace statement_impl;
  std::size_t const from = find_word(copy_sql, "from");
  if (from == std::string_view::npos) return {};
  std::size_t const at = copy_sql.find('@', from);
  if (at == std::string_view::npos) return {};
  if (at > 0 && copy_sql[at - 1] == '\'') {
    std::size_t const end = quoted_end(copy_sql, at - 1);
    return std::string(copy_sql.substr(at, end - at - 1));
  }
  std::size_t end = at;
  while (end < copy_sql.size() &&
         std::string_view(" \t\r\n();,").find(copy_sql[end]) == std::string_view::npos) {
    end = copy_sql[end] == '"' ? quoted_end(copy_sql, end) : end + 1;
  }
  return std::string(copy_sql.substr(at, end - at));
}

std::string with_bound_text(std::string_view sql,
                            std::map<std::string, sql::binding> const& bound) {
  using namespace statement_impl;
  std::string out;
  int number = 0;
  for (std::size_t i = 0; i < sql.size();) {
    std::size_t end = i + 1;
    if (sql[i] == '\'' || sql[i] == '"') {
      end = quoted_end(sql, i);
    } else if (sql[i] == '?') {
      auto const found = bound.find(std::to_string(++number));
      if (found != bound.end() && found->second.values.size() == 1 && found->second.values[0]) {
        out.push_back('\'');
        for (char const c : *found->second.values[0]) {
          if (c == '\'' || c == '\\') out.push_back('\\');
          out.push_back(c);
        }
        out.push_back('\'');
        i = end;
        continue;
      }
    }
    out += sql.substr(i, end - i);
    i = end;
  }
  return out;
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_STATEMENT_TEXT_IPP
