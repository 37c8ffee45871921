#ifndef SLUICE_SANDBOX_SQL_IMPL_PARSER_EXPR_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PARSER_EXPR_IPP

#include <sluice/sandbox/sql/detail/parser.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

expr parser::make(expr::op op, std::vector<expr> args, std::string text) const {
  expr e;
  e.is = op;
  e.at = args.empty() ? now().at : args.front().at;
  e.args = std::move(args);
  e.text = std::move(text);
  return e;
}

/// `{left, right}` without the copies of an initializer list.
inline std::vector<expr> operands(expr left, expr right) {
  std::vector<expr> out;
  out.reserve(2);
  out.push_back(std::move(left));
  out.push_back(std::move(right));
  return out;
}

inline std::vector<expr> operands(expr only) {
  std::vector<expr> out;
  out.push_back(std::move(only));
  return out;
}

expr parser::expression() {
  nesting const guard(*this);
  return or_expression();
}

expr parser::or_expression() {
  auto left = and_expression();
  while (take_word("OR"))
    left = make(expr::op::binary, operands(std::move(left), and_expression()), "or");
  return left;
}

expr parser::and_expression() {
  auto left = not_expression();
  while (take_word("AND"))
    left = make(expr::op::binary, operands(std::move(left), not_expression()), "and");
  return left;
}

expr parser::not_expression() {
  if (!at_word("NOT")) return comparison();
  nesting const guard(*this);
  next();
  return make(expr::op::logical_not, operands(not_expression()));
}

expr parser::comparison() {
  auto left = additive();
  while (true) {
    static constexpr std::array<std::string_view, 7> symbols = {
        "=", "<>", "!=", "<=", ">=", "<", ">"};
    std::string_view found;
    for (auto const s : symbols) {
      if (at_symbol(s)) found = s;
    }
    if (!found.empty()) {
      next();
      left = make(expr::op::binary,
                  operands(std::move(left), additive()),
                  std::string(found == "!=" ? "<>" : found));
      continue;
    }
    if (take_word("IS")) {
      bool const negated = take_word("NOT");
      if (take_word("NULL")) {
        left = make(expr::op::is_null, operands(std::move(left)));
      } else if (at_word("TRUE") || at_word("FALSE")) {
        bool const wanted = now().text == "TRUE";
        next();
        left = make(expr::op::is_true, operands(std::move(left)), wanted ? "1" : "0");
      } else if (take_words({"DISTINCT", "FROM"})) {
        left = make(expr::op::distinct_from, operands(std::move(left), additive()));
      } else {
        unexpected();
      }
      left.negated = negated;
      continue;
    }
    bool const negated =
        at_word("NOT") && (at_word("IN", 1) || at_word("LIKE", 1) || at_word("ILIKE", 1) ||
                           at_word("RLIKE", 1) || at_word("BETWEEN", 1));
    if (negated) next();
    if (take_word("IN")) {
      left = in_predicate(std::move(left), negated);
    } else if (take_word("BETWEEN")) {
      auto e = make(expr::op::between, operands(std::move(left), additive()));
      expect_word("AND");
      e.args.push_back(additive());
      e.negated = negated;
      left = std::move(e);
    } else if (at_word("LIKE") || at_word("ILIKE") || at_word("RLIKE") || at_word("REGEXP")) {
      auto word = to_lower(now().text);
      if (word == "regexp") word = "rlike";
      next();
      if (at_word("ANY") || at_word("ALL")) fail_unsupported("LIKE " + now().text);
      auto e = make(expr::op::like, operands(std::move(left), additive()), word);
      if (take_word("ESCAPE")) e.args.push_back(additive());
      e.negated = negated;
      left = std::move(e);
    } else {
      return left;
    }
  }
}

expr parser::in_predicate(expr left, bool negated) {
  expect_symbol("(");
  expr e;
  if (at_word("SELECT") || at_word("WITH")) {
    e = make(expr::op::in_query, operands(std::move(left)));
    e.sub = query_expression();
  } else {
    e = make(expr::op::in_list, operands(std::move(left)));
    do {
      e.args.push_back(expression());
    } while (take_symbol(","));
  }
  expect_symbol(")");
  e.negated = negated;
  return e;
}

expr parser::additive() {
  auto left = multiplicative();
  while (at_symbol("+") || at_symbol("-") || at_symbol("||")) {
    auto text = now().text;
    next();
    left = make(expr::op::binary, operands(std::move(left), multiplicative()), std::move(text));
  }
  return left;
}

expr parser::multiplicative() {
  auto left = unary();
  while (at_symbol("*") || at_symbol("/") || at_symbol("%")) {
    auto text = now().text;
    next();
    left = make(expr::op::binary, operands(std::move(left), unary()), std::move(text));
  }
  return left;
}

expr parser::unary() {
  if (at_symbol("-") || at_symbol("+")) {
    nesting const guard(*this);
    bool const minus = now().text == "-";
    next();
    auto inner = unary();
    if (!minus) return inner;
    if (inner.is == expr::op::number && !inner.text.starts_with('-')) {
      inner.text.insert(0, "-");
      return inner;
    }
    return make(expr::op::negate, operands(std::move(inner)));
  }
  return postfix();
}

expr parser::postfix() {
  auto e = primary();
  while (true) {
    if (take_symbol("::")) {
      auto c = make(expr::op::cast, operands(std::move(e)));
      c.type = type();
      e = std::move(c);
    } else if (at_symbol(":") &&
               (ahead(1).kind == token::is::identifier || ahead(1).kind == token::is::quoted)) {
      next();
      // Path elements keep their case: the source text, not the folded token.
      auto text = now().kind == token::is::quoted ? now().text : source(now());
      next();
      e = make(expr::op::path, operands(std::move(e)), std::move(text));
    } else if (at_symbol(".") && e.is == expr::op::path) {
      next();
      if (now().kind != token::is::identifier && now().kind != token::is::quoted) unexpected();
      auto text = now().kind == token::is::quoted ? now().text : source(now());
      next();
      e = make(expr::op::path, operands(std::move(e)), std::move(text));
    } else if (take_symbol("[")) {
      if (now().kind == token::is::string) {
        auto key = string_literal();
        e = make(expr::op::path, operands(std::move(e)), std::move(key));
      } else {
        e = make(expr::op::element, operands(std::move(e), expression()));
      }
      expect_symbol("]");
    } else {
      return e;
    }
  }
}

expr parser::primary() {
  nesting const guard(*this);
  auto const at = now().at;
  switch (now().kind) {
    case token::is::number: {
      auto e = make(expr::op::number, {}, now().text);
      next();
      return e;
    }
    case token::is::string: {
      auto e = make(expr::op::string, {}, now().text);
      next();
      return e;
    }
    case token::is::position: {
      auto e = make(expr::op::position, {}, now().text);
      next();
      return e;
    }
    case token::is::placeholder: {
      auto e = make(expr::op::placeholder, {});
      e.text = std::to_string(placeholder_number());
      return e;
    }
    case token::is::identifier:
    case token::is::quoted:
      return word_primary();
    default:
      break;
  }
  if (at_symbol(":")) {
    auto e = make(expr::op::placeholder, {});
    if (ahead(1).kind == token::is::identifier || ahead(1).kind == token::is::quoted) {
      next();
      e.text = source(now());
      next();
    } else {
      e.text = std::to_string(placeholder_number());
    }
    return e;
  }
  if (take_symbol("*")) {
    auto e = make(expr::op::star, {});
    e.at = at;
    return e;
  }
  if (!take_symbol("(")) unexpected();
  if (at_word("SELECT") || at_word("WITH")) {
    auto e = make(expr::op::subquery, {});
    e.at = at;
    e.sub = query_expression();
    expect_symbol(")");
    return e;
  }
  auto inner = expression();
  if (at_symbol(",")) fail_unsupported("row expression");
  expect_symbol(")");
  return inner;
}

expr parser::word_primary() {
  auto const at = now().at;
  if (now().kind == token::is::identifier) {
    auto const word = now().text;
    if (word == "NULL") {
      auto e = make(expr::op::null, {});
      next();
      return e;
    }
    if (word == "TRUE" || word == "FALSE") {
      auto e = make(expr::op::boolean, {}, word == "TRUE" ? "1" : "0");
      next();
      return e;
    }
    if (word == "CASE") return case_expression();
    if ((word == "CAST" || word == "TRY_CAST") && at_symbol("(", 1)) {
      next();
      next();
      auto c = make(expr::op::cast, operands(expression()));
      expect_word("AS");
      c.type = type();
      c.flag = word == "TRY_CAST";
      expect_symbol(")");
      return c;
    }
    if (word == "EXISTS" && at_symbol("(", 1)) {
      auto e = make(expr::op::exists, {});
      next();
      next();
      e.sub = query_expression();
      expect_symbol(")");
      return e;
    }
    if (word == "INTERVAL" && ahead(1).kind == token::is::string) fail_unsupported("INTERVAL");
    if ((word == "DATE" || word == "TIME" || word == "TIMESTAMP") &&
        ahead(1).kind == token::is::string) {
      auto c = make(expr::op::cast, {});
      c.type = type();
      c.args.push_back(make(expr::op::string, {}, now().text));
      next();
      return c;
    }
    if ((word == "CURRENT_TIMESTAMP" || word == "CURRENT_DATE" || word == "CURRENT_TIME" ||
         word == "LOCALTIMESTAMP" || word == "LOCALTIME") &&
        !at_symbol("(", 1)) {
      auto e = make(expr::op::function, {}, word);
      next();
      return e;
    }
    if (at_symbol("(", 1) && (!is_reserved(word) || word == "INSERT")) {
      next();
      return function_call(word, at);
    }
  }
  expr e;
  e.is = expr::op::column;
  e.at = at;
  e.names.push_back(identifier());
  while (at_symbol(".")) {
    next();
    if (take_symbol("*")) {
      e.is = expr::op::star;
      return e;
    }
    if (now().kind == token::is::position) {
      e.is = expr::op::position;
      e.text = now().text;
      next();
      return e;
    }
    e.names.push_back(identifier());
    if (at_symbol("(")) fail_unsupported(fmt::format("function {}", fmt::join(e.names, ".")));
  }
  if (e.names.size() > 4) fail_invalid_identifier(at, e.names.back());
  return e;
}

expr parser::function_call(std::string name, position at) {
  expr e;
  e.is = expr::op::function;
  e.at = at;
  e.text = std::move(name);
  expect_symbol("(");
  if (e.text == "IDENTIFIER") {
    i_ -= 2;
    auto n = this->name();
    e.is = expr::op::column;
    e.names = std::move(n.parts);
    return e;
  }
  if (take_word("DISTINCT")) e.flag = true;
  if (e.text == "TRIM" || e.text == "EXTRACT") {
    if (e.text == "EXTRACT" && now().kind == token::is::identifier && at_word("FROM", 1)) {
      e.args.push_back(make(expr::op::string, {}, now().text));
      next();
      next();
      e.text = "DATE_PART";
    }
  }
  bool const unit_first = e.text == "DATEADD" || e.text == "TIMESTAMPADD" || e.text == "DATEDIFF" ||
                          e.text == "TIMESTAMPDIFF" || e.text == "DATE_PART";
  if (unit_first && now().kind == token::is::identifier && at_symbol(",", 1)) {
    e.args.push_back(make(expr::op::string, {}, now().text));
    next();
    next();
  }
  while (!at_symbol(")")) {
    if (now().kind == token::is::identifier && at_symbol("=>", 1)) {
      fail_unsupported(fmt::format("named argument of function {}", e.text));
    }
    e.args.push_back(expression());
    if (!take_symbol(",")) break;
    if (at_symbol(")")) unexpected();
  }
  expect_symbol(")");
  if (at_word("OVER")) fail_unsupported(fmt::format("window function {}", e.text));
  if (at_word("WITHIN")) fail_unsupported(fmt::format("{} WITHIN GROUP", e.text));
  return e;
}

expr parser::case_expression() {
  auto e = make(expr::op::choice, {});
  expect_word("CASE");
  if (!at_word("WHEN")) {
    e.flag = true;
    e.args.push_back(expression());
  }
  if (!at_word("WHEN")) unexpected();
  while (take_word("WHEN")) {
    e.args.push_back(expression());
    expect_word("THEN");
    e.args.push_back(expression());
  }
  if (take_word("ELSE")) e.args.push_back(expression());
  expect_word("END");
  return e;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PARSER_EXPR_IPP
