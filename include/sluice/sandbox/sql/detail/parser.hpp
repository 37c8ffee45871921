#ifndef SLUICE_SANDBOX_SQL_DETAIL_PARSER_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_PARSER_HPP

/// \file
/// Tokens -> statements. Recursive descent; what is not listed here is refused by name.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/ast.hpp>
#include <sluice/sandbox/sql/detail/lexer.hpp>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

/// The bound text of a placeholder that names an object: IDENTIFIER(?). No value: not bound.
using name_lookup = std::function<std::optional<std::string>(std::string const& placeholder)>;

/// Parses `sql`, which may hold several statements separated by `;`.
/// \throws sql_error 001003 (syntax), 000002 (unsupported, by name), 000904
std::vector<statement> parse_statements(std::string_view sql, name_lookup const& lookup);

/// Parses `db.schema.name` as it stands in text, e.g. of IDENTIFIER('...') or FORMAT_NAME.
object_name parse_name_text(std::string_view text);

/// Parses the COPY of a pipe.
copy_statement parse_pipe_copy(std::string_view text);

/// Parses one scalar expression, e.g. a stored column default.
expr parse_expression_text(std::string_view text);

class parser {
 public:
  parser(std::string_view sql, name_lookup const& lookup);

  std::vector<statement> statements();
  object_name name();
  expr expression();
  copy_statement pipe_copy();
  void expect_end();

 private:
  /// Nesting of expressions and subqueries; guards the stack.
  static constexpr int max_depth = 150;

  // parser_core.ipp: tokens, names, types, options
  token const& now() const { return tokens_[i_]; }

  token const& ahead(std::size_t n) const { return tokens_[std::min(i_ + n, tokens_.size() - 1)]; }

  void next() {
    if (now().kind != token::is::end) ++i_;
  }

  bool at_word(std::string_view word, std::size_t n = 0) const;
  bool at_symbol(std::string_view symbol, std::size_t n = 0) const;
  bool take_word(std::string_view word);
  bool take_words(std::initializer_list<std::string_view> words);
  bool take_symbol(std::string_view symbol);
  void expect_word(std::string_view word);
  void expect_symbol(std::string_view symbol);
  [[noreturn]] void unexpected() const;
  bool at_statement_end() const;
  std::string source(token const& t) const;
  std::string source(std::size_t begin, std::size_t end) const;
  std::string identifier();
  std::string string_literal();
  std::vector<std::string> column_list();
  sql_type type();
  std::string stage_reference();
  option_value option_text();
  std::vector<option> options_in_parentheses();
  std::optional<option> one_option();
  int placeholder_number();

  // parser_expr.ipp
  expr or_expression();
  expr and_expression();
  expr not_expression();
  expr comparison();
  expr additive();
  expr multiplicative();
  expr unary();
  expr postfix();
  expr primary();
  expr word_primary();
  expr function_call(std::string name, position at);
  expr case_expression();
  expr in_predicate(expr left, bool negated);
  expr make(expr::op op, std::vector<expr> args, std::string text = {}) const;

  // parser_query.ipp
  std::shared_ptr<query> query_expression();
  void query_term(query& q);
  select_core select();
  select_item item();
  std::vector<join> from_clause();
  bool at_alias() const;
  from_item source_item();
  std::vector<std::vector<expr>> value_rows();
  stage_source staged_source();

  // parser_dml.ipp and parser_ddl.ipp
  statement_body body();
  statement_body insert();
  statement_body update();
  statement_body remove_rows();
  statement_body copy();
  bool streaming_source();
  copy_transform transformation();
  statement_body files(bool remove);
  statement_body transaction(transaction_statement::is kind);
  statement_body transfer(bool upload);
  statement_body create();
  statement_body create_table(create_statement s);
  statement_body create_pipe(create_statement s);
  column_definition column();
  void column_constraints(column_definition& c);
  void identity(column_definition& c);
  bool table_constraint(create_statement& s);
  statement_body drop();
  statement_body alter();
  statement_body alter_table();
  statement_body alter_pipe();
  statement_body alter_session();
  statement_body use();
  statement_body show();
  statement_body describe();
  object_kind kind_of_object();

  struct nesting {
    explicit nesting(parser& p);

    ~nesting() { --p_.depth_; }

    nesting(nesting const&) = delete;
    nesting& operator=(nesting const&) = delete;
    parser& p_;
  };

  std::string_view sql_;
  name_lookup const& lookup_;
  std::vector<token> tokens_;
  std::size_t i_ = 0;
  int depth_ = 0;
  int placeholders_ = 0;
  bool in_pipe_ = false;
};

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_PARSER_HPP
