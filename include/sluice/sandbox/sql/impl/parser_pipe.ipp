#ifndef SLUICE_SANDBOX_SQL_IMPL_PARSER_PIPE_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PARSER_PIPE_IPP

#include <sluice/sandbox/sql/detail/parser.hpp>

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

/// Takes `TABLE(DATA_SOURCE(TYPE => 'STREAMING'))`, which only the COPY of a pipe may read from.
bool parser::streaming_source() {
  if (!in_pipe_ || !at_word("TABLE") || !at_symbol("(", 1) || !at_word("DATA_SOURCE", 2)) {
    return false;
  }
  next();
  next();
  next();
  expect_symbol("(");
  expect_word("TYPE");
  expect_symbol("=>");
  auto const at = now().at;
  auto const type = string_literal();
  if (!equals_ignoring_case(type, "STREAMING")) {
    fail_at(at,
            "001006",
            "22023",
            fmt::format("SQL compilation error:\ninvalid value '{}' for DATA_SOURCE TYPE, "
                        "expecting 'STREAMING'",
                        type));
  }
  expect_symbol(")");
  expect_symbol(")");
  return true;
}

copy_statement parser::pipe_copy() {
  if (!at_word("COPY")) unexpected();
  in_pipe_ = true;
  auto out = std::get<copy_statement>(copy());
  in_pipe_ = false;
  return out;
}

copy_statement parse_pipe_copy(std::string_view text) {
  name_lookup const none;
  parser p(text, none);
  auto out = p.pipe_copy();
  p.expect_end();
  return out;
}

statement_body parser::create_pipe(create_statement s) {
  while (!at_word("AS")) {
    auto o = one_option();
    if (!o) unexpected();
    s.options.push_back(std::move(*o));
  }
  next();
  auto const begin = now().begin;
  s.copy = std::make_shared<copy_statement>(pipe_copy());
  s.copy_text = source(begin, tokens_[i_ - 1].end);
  return s;
}

statement_body parser::alter_pipe() {
  alter_pipe_statement s;
  s.if_exists = take_words({"IF", "EXISTS"});
  s.name = name();
  if (now().kind != token::is::identifier) unexpected();
  if (!at_word("SET")) fail_unsupported("ALTER PIPE " + now().text);
  next();
  while (!at_statement_end()) {
    auto o = one_option();
    if (!o) unexpected();
    s.set.push_back(std::move(*o));
    take_symbol(",");
  }
  if (s.set.empty()) unexpected();
  return s;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PARSER_PIPE_IPP
