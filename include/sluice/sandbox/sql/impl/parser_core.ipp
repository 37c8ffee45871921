#ifndef SLUICE_SANDBOX_SQL_IMPL_PARSER_CORE_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PARSER_CORE_IPP

#include <sluice/sandbox/sql/detail/parser.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::inline v0::sandbox::sql::detail {

/// `sql` up to the end of its first word, comments before it skipped.
inline std::string_view first_word(std::string_view sql) {
  std::size_t i = 0;
  while (i < sql.size()) {
    if (sql[i] == ' ' || (sql[i] >= '\t' && sql[i] <= '\r')) {
      ++i;
    } else if (sql.substr(i, 2) == "--" || sql.substr(i, 2) == "//") {
      i = std::min(sql.size(), sql.find('\n', i));
    } else if (sql.substr(i, 2) == "/*") {
      auto const end = sql.find("*/", i);
      i = end == std::string_view::npos ? sql.size() : end + 2;
    } else {
      break;
    }
  }
  auto const letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  auto end = i;
  while (end < sql.size() && letter(sql[end])) ++end;
  return sql.substr(0, end);
}

/// PUT and GET hold paths that are no SQL tokens; see `parser::transfer`.
inline bool is_transfer(std::string_view sql) {
  auto const word = first_word(sql);
  auto const last = word.size() < 3 ? std::string_view() : word.substr(word.size() - 3);
  bool const whole =
      word.size() == 3 ||
      (word.size() > 3 && (word[word.size() - 4] < 'A' || word[word.size() - 4] == '_'));
  return whole && (equals_ignoring_case(last, "put") || equals_ignoring_case(last, "get"));
}

parser::parser(std::string_view sql, name_lookup const& lookup)
    : sql_(sql), lookup_(lookup), tokens_(tokenize(is_transfer(sql) ? first_word(sql) : sql)) {}

parser::nesting::nesting(parser& p) : p_(p) {
  if (++p_.depth_ > max_depth) {
    --p_.depth_;
    fail_at(
        p_.now().at,
        "001003",
        "42000",
        fmt::format("SQL compilation error:\nexpression nested deeper than {} levels", max_depth));
  }
}

std::vector<statement> parse_statements(std::string_view sql, name_lookup const& lookup) {
  if (sql.size() > lexer_limits::max_text_bytes) {
    fail("000397",
         "54000",
         fmt::format("SQL compilation error:\nstatement text of {} bytes exceeds the maximum of {}",
                     sql.size(),
                     lexer_limits::max_text_bytes));
  }
  if (!is_valid_utf8(sql)) fail_utf8("SQL text");
  return parser(sql, lookup).statements();
}

object_name parse_name_text(std::string_view text) {
  name_lookup const none;
  parser p(text, none);
  auto name = p.name();
  p.expect_end();
  return name;
}

expr parse_expression_text(std::string_view text) {
  name_lookup const none;
  parser p(text, none);
  auto e = p.expression();
  p.expect_end();
  return e;
}

std::vector<statement> parser::statements() {
  std::vector<statement> out;
  while (true) {
    while (take_symbol(";")) {
    }
    if (now().kind == token::is::end) break;
    placeholders_ = 0;
    statement s;
    s.body = body();
    s.placeholders = placeholders_;
    if (!at_statement_end()) unexpected();
    out.push_back(std::move(s));
  }
  if (out.empty()) {
    fail("000900", "42601", "SQL compilation error:\nEmpty SQL statement.");
  }
  return out;
}

void parser::expect_end() {
  if (now().kind != token::is::end) unexpected();
}

bool parser::at_word(std::string_view word, std::size_t n) const {
  auto const& t = ahead(n);
  return t.kind == token::is::identifier && t.text == word;
}

bool parser::at_symbol(std::string_view symbol, std::size_t n) const {
  auto const& t = ahead(n);
  return t.kind == token::is::symbol && t.text == symbol;
}

bool parser::take_word(std::string_view word) {
  if (!at_word(word)) return false;
  next();
  return true;
}

bool parser::take_words(std::initializer_list<std::string_view> words) {
  std::size_t n = 0;
  for (auto const w : words) {
    if (!at_word(w, n++)) return false;
  }
  i_ += words.size();
  return true;
}

bool parser::take_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  next();
  return true;
}

void parser::expect_word(std::string_view word) {
  if (!take_word(word)) unexpected();
}

void parser::expect_symbol(std::string_view symbol) {
  if (!take_symbol(symbol)) unexpected();
}

void parser::unexpected() const {
  fail_syntax(now().at, source(now()));
}

bool parser::at_statement_end() const {
  return now().kind == token::is::end || at_symbol(";");
}

std::string parser::source(token const& t) const {
  return source(t.begin, t.end);
}

std::string parser::source(std::size_t begin, std::size_t end) const {
  return std::string(sql_.substr(begin, end - begin));
}

/// Words that cannot be an unquoted name ("Reserved & limited keywords").
inline bool is_reserved(std::string_view word) {
  static constexpr std::array<std::string_view, 62> words = {
      "ALL",    "ALTER",     "AND",         "ANY",       "AS",     "BETWEEN",  "BY",      "CHECK",
      "COLUMN", "CONNECT",   "CREATE",      "CURRENT",   "DELETE", "DISTINCT", "DROP",    "ELSE",
      "EXISTS", "FOLLOWING", "FOR",         "FROM",      "GRANT",  "GROUP",    "HAVING",  "ILIKE",
      "IN",     "INCREMENT", "INSERT",      "INTERSECT", "INTO",   "IS",       "LIKE",    "MINUS",
      "NOT",    "NULL",      "OF",          "ON",        "OR",     "ORDER",    "QUALIFY", "REGEXP",
      "REVOKE", "RLIKE",     "ROW",         "ROWS",      "SAMPLE", "SELECT",   "SET",     "SOME",
      "START",  "TABLE",     "TABLESAMPLE", "THEN",      "TO",     "TRIGGER",  "UNION",   "UNIQUE",
      "UPDATE", "VALUES",    "WHENEVER",    "WHERE",     "WITH",   "LATERAL"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string parser::identifier() {
  auto const& t = now();
  if (t.kind != token::is::quoted && (t.kind != token::is::identifier || is_reserved(t.text)))
    unexpected();
  auto out = t.text;
  next();
  return out;
}

std::string parser::string_literal() {
  if (now().kind != token::is::string) unexpected();
  auto out = now().text;
  next();
  return out;
}

object_name parser::name() {
  object_name out;
  out.at = now().at;
  if (at_word("IDENTIFIER") && at_symbol("(", 1)) {
    next();
    next();
    std::string text;
    if (now().kind == token::is::string) {
      text = string_literal();
    } else {
      auto const at = now().at;
      auto const bound = lookup_ ? lookup_(std::to_string(placeholder_number())) : std::nullopt;
      if (!bound) {
        fail_at(at,
                "002049",
                "42601",
                "SQL compilation error:\nBind variable for IDENTIFIER() is not set.");
      }
      text = *bound;
    }
    expect_symbol(")");
    auto inner = parse_name_text(text);
    inner.at = out.at;
    return inner;
  }
  out.parts.push_back(identifier());
  while (at_symbol(".")) {
    next();
    if (at_symbol(".")) {  // db..table: the PUBLIC schema
      next();
      out.parts.emplace_back("PUBLIC");
    }
    out.parts.push_back(identifier());
  }
  if (out.parts.size() > 3) fail_syntax(out.at, out.parts.back());
  return out;
}

std::vector<std::string> parser::column_list() {
  std::vector<std::string> out;
  expect_symbol("(");
  do {
    out.push_back(identifier());
  } while (take_symbol(","));
  expect_symbol(")");
  return out;
}

int parser::placeholder_number() {
  if (now().kind == token::is::placeholder) {
    next();
    return ++placeholders_;
  }
  expect_symbol(":");
  auto const& t = now();
  int n = 0;
  auto const [end, error] = std::from_chars(t.text.data(), t.text.data() + t.text.size(), n);
  if (t.kind != token::is::number || error != std::errc{} || end != t.text.data() + t.text.size() ||
      n < 1) {
    unexpected();
  }
  next();
  placeholders_ = std::max(placeholders_, n);
  return n;
}

sql_type parser::type() {
  if (now().kind != token::is::identifier) unexpected();
  auto const at = now().at;
  auto word = now().text;
  next();
  std::vector<std::int64_t> numbers;
  auto const arguments = [&] {
    if (!take_symbol("(")) return;
    do {
      std::int64_t n = 0;
      auto const& t = now();
      auto const [end, error] = std::from_chars(t.text.data(), t.text.data() + t.text.size(), n);
      if (t.kind != token::is::number || error != std::errc{} ||
          end != t.text.data() + t.text.size())
        unexpected();
      numbers.push_back(n);
      next();
    } while (take_symbol(","));
    expect_symbol(")");
  };
  auto const one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), word) != names.end();
  };
  auto const bounded = [&](std::int64_t fallback, std::int64_t low, std::int64_t high) {
    if (numbers.size() > 1) unexpected();
    auto const n = numbers.empty() ? fallback : numbers[0];
    if (n < low || n > high) {
      fail_at(
          at,
          "001065",
          "42611",
          fmt::format(
              "SQL compilation error:\nInvalid argument {} of type {}: must be between {} and {}",
              n,
              word,
              low,
              high));
    }
    return n;
  };
  auto const with_fraction = [&](kind k) {
    auto t = sql_type::of(k);
    t.scale = static_cast<int>(
        bounded(type_limits::max_fraction_digits, 0, type_limits::max_fraction_digits));
    return t;
  };
  if (one_of({"NUMBER", "DECIMAL", "NUMERIC", "DEC"})) {
    arguments();
    if (numbers.size() > 2) unexpected();
    auto const p = numbers.empty() ? type_limits::max_precision : numbers[0];
    auto const s = numbers.size() < 2 ? 0 : numbers[1];
    if (p < 1 || p > type_limits::max_precision) {
      fail_at(at,
              "001065",
              "42611",
              fmt::format(
                  "SQL compilation error:\nInvalid number precision: {}. Must be between 0 and 38.",
                  p));
    }
    if (s < 0 || s > p || s > 37) {
      fail_at(at,
              "001065",
              "42611",
              fmt::format("SQL compilation error:\nInvalid number scale: {}. Must be between 0 and "
                          "37, and not more "
                          "than the precision.",
                          s));
    }
    return sql_type::number(static_cast<int>(p), static_cast<int>(s));
  }
  if (one_of({"INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"}))
    return sql_type::number(38, 0);
  if (word == "DOUBLE") {
    take_word("PRECISION");
    return sql_type::of(kind::real);
  }
  if (one_of({"FLOAT", "FLOAT4", "FLOAT8", "REAL"})) return sql_type::of(kind::real);
  if (one_of({"VARCHAR",
              "STRING",
              "TEXT",
              "NVARCHAR",
              "NVARCHAR2",
              "VARCHAR2",
              "CHAR",
              "CHARACTER",
              "NCHAR"})) {
    bool const single = one_of({"CHAR", "CHARACTER", "NCHAR"});
    bool const varying = single && take_word("VARYING");
    arguments();
    auto const fallback = single && !varying ? std::int64_t{1} : type_limits::default_text_length;
    auto const t = sql_type::text(bounded(fallback, 1, type_limits::max_text_length));
    if (at_word("COLLATE")) fail_unsupported("COLLATE");
    return t;
  }
  if (one_of({"BINARY", "VARBINARY"})) {
    arguments();
    return sql_type::binary(
        bounded(type_limits::default_binary_length, 1, type_limits::max_binary_length));
  }
  if (one_of({"BOOLEAN", "BOOL"})) return sql_type::of(kind::boolean);
  if (word == "DATE") return sql_type::of(kind::date);
  if (word == "TIME") {
    arguments();
    return with_fraction(kind::time);
  }
  if (one_of({"DATETIME",
              "TIMESTAMP",
              "TIMESTAMP_NTZ",
              "TIMESTAMPNTZ",
              "TIMESTAMP_LTZ",
              "TIMESTAMPLTZ",
              "TIMESTAMP_TZ",
              "TIMESTAMPTZ"})) {
    arguments();
    if (word == "TIMESTAMP" && (at_word("WITH") || at_word("WITHOUT"))) {
      if (take_words({"WITH", "LOCAL", "TIME", "ZONE"})) return with_fraction(kind::timestamp_ltz);
      if (take_words({"WITH", "TIME", "ZONE"})) return with_fraction(kind::timestamp_tz);
      if (take_words({"WITHOUT", "TIME", "ZONE"})) return with_fraction(kind::timestamp_ntz);
      unexpected();
    }
    if (one_of({"TIMESTAMP_LTZ", "TIMESTAMPLTZ"})) return with_fraction(kind::timestamp_ltz);
    if (one_of({"TIMESTAMP_TZ", "TIMESTAMPTZ"})) return with_fraction(kind::timestamp_tz);
    return with_fraction(kind::timestamp_ntz);
  }
  if (word == "VARIANT") return sql_type::of(kind::variant);
  if (one_of({"OBJECT", "ARRAY"})) {
    if (at_symbol("(")) fail_unsupported(fmt::format("structured type {}", word));
    return sql_type::of(word == "OBJECT" ? kind::object : kind::array);
  }
  if (one_of({"GEOGRAPHY", "GEOMETRY", "VECTOR", "DECFLOAT", "MAP", "FILE", "UUID"})) {
    fail_unsupported(fmt::format("data type {}", word));
  }
  fail_at(at,
          "002040",
          "42601",
          fmt::format("SQL compilation error:\nUnsupported data type '{}'.", word));
}

std::string parser::stage_reference() {
  if (now().kind == token::is::stage) {
    auto out = now().text;
    next();
    return out;
  }
  if (now().kind == token::is::string) {
    if (now().text.starts_with("@")) return string_literal();
    if (now().text.find("://") != std::string::npos) {
      fail_unsupported(fmt::format("external location {}", now().text));
    }
  }
  unexpected();
}

option_value parser::option_text() {
  nesting const guard(*this);
  option_value out;
  auto const& t = now();
  switch (t.kind) {
    case token::is::identifier:
      out.text = t.text;
      next();
      // Words such as SKIP_FILE_3 are one token; dotted names are several.
      while (at_symbol(".")) {
        next();
        out.text += '.' + identifier();
      }
      return out;
    case token::is::quoted:
      out.text = quoted(t.text);
      next();
      while (at_symbol(".")) {
        next();
        out.text += '.' + quoted(identifier());
      }
      return out;
    case token::is::string:
      out.kind = option_value::is::string;
      out.text = t.text;
      next();
      return out;
    case token::is::number:
      out.kind = option_value::is::number;
      out.text = t.text;
      next();
      return out;
    default:
      break;
  }
  if (at_symbol("-") && ahead(1).kind == token::is::number) {
    next();
    out.kind = option_value::is::number;
    out.text = '-' + now().text;
    next();
    return out;
  }
  if (!at_symbol("(")) unexpected();
  if (ahead(1).kind == token::is::identifier && at_symbol("=", 2)) {
    out.kind = option_value::is::nested;
    out.nested = options_in_parentheses();
    return out;
  }
  next();
  out.kind = option_value::is::list;
  while (!at_symbol(")")) {
    out.items.push_back(option_text());
    if (!take_symbol(",")) break;
  }
  expect_symbol(")");
  return out;
}

std::vector<option> parser::options_in_parentheses() {
  std::vector<option> out;
  expect_symbol("(");
  while (!take_symbol(")")) {
    auto o = one_option();
    if (!o) unexpected();
    out.push_back(std::move(*o));
    take_symbol(",");
  }
  return out;
}

std::optional<option> parser::one_option() {
  if (now().kind != token::is::identifier || !at_symbol("=", 1)) return std::nullopt;
  option o;
  o.name = now().text;
  o.at = now().at;
  next();
  next();
  o.value = option_text();
  return o;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PARSER_CORE_IPP
