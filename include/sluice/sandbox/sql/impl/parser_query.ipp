#ifndef SLUICE_SANDBOX_SQL_IMPL_PARSER_QUERY_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PARSER_QUERY_IPP

#include <sluice/sandbox/sql/detail/parser.hpp>

#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

std::shared_ptr<query> parser::query_expression() {
  nesting const guard(*this);
  auto out = std::make_shared<query>();
  if (take_word("WITH")) {
    if (at_word("RECURSIVE")) fail_unsupported("WITH RECURSIVE");
    do {
      common_table c;
      c.name = identifier();
      if (at_symbol("(")) c.columns = column_list();
      expect_word("AS");
      expect_symbol("(");
      c.body = query_expression();
      expect_symbol(")");
      out->with.push_back(std::move(c));
    } while (take_symbol(","));
  }
  query_term(*out);
  while (at_word("UNION") || at_word("EXCEPT") || at_word("MINUS") || at_word("INTERSECT")) {
    auto word = now().text == "MINUS" ? std::string("EXCEPT") : now().text;
    next();
    if (take_word("ALL")) {
      if (word != "UNION") fail_unsupported(word + " ALL");
      word += " ALL";
    } else {
      take_word("DISTINCT");
    }
    out->set_operations.push_back(word);
    query_term(*out);
  }
  if (take_words({"ORDER", "BY"})) {
    do {
      order_item o;
      o.value = expression();
      if (take_word("DESC")) {
        o.descending = true;
      } else {
        take_word("ASC");
      }
      if (take_word("NULLS")) {
        if (!at_word("FIRST") && !at_word("LAST")) unexpected();
        o.nulls_first = now().text == "FIRST";
        next();
      }
      out->order_by.push_back(std::move(o));
    } while (take_symbol(","));
  }
  if (take_word("LIMIT")) out->limit = expression();
  if (take_word("OFFSET")) {
    out->offset = expression();
    if (!take_word("ROWS")) take_word("ROW");
  }
  if (take_word("FETCH")) {
    if (!take_word("FIRST")) take_word("NEXT");
    out->limit = expression();
    if (!take_word("ROWS")) take_word("ROW");
    take_word("ONLY");
  }
  return out;
}

void parser::query_term(query& q) {
  if (at_symbol("(")) {
    // ( query ) as a term: a derived table keeps its own ORDER BY and LIMIT.
    next();
    select_core core;
    select_item all;
    all.value.is = expr::op::star;
    core.items.push_back(std::move(all));
    join j;
    j.item.source = query_expression();
    core.from.push_back(std::move(j));
    expect_symbol(")");
    q.cores.push_back(std::move(core));
    return;
  }
  if (at_word("VALUES")) {
    select_core core;
    select_item all;
    all.value.is = expr::op::star;
    core.items.push_back(std::move(all));
    join j;
    next();
    j.item.source = value_rows();
    core.from.push_back(std::move(j));
    q.cores.push_back(std::move(core));
    return;
  }
  q.cores.push_back(select());
}

select_core parser::select() {
  expect_word("SELECT");
  select_core out;
  if (take_word("DISTINCT")) {
    out.distinct = true;
  } else {
    take_word("ALL");
  }
  if (at_word("TOP") && ahead(1).kind == token::is::number) fail_unsupported("TOP");
  do {
    out.items.push_back(item());
  } while (take_symbol(","));
  if (take_word("FROM")) out.from = from_clause();
  if (take_word("WHERE")) out.where = expression();
  if (take_words({"GROUP", "BY"})) {
    if (at_word("ALL") || at_word("ROLLUP") || at_word("CUBE") || at_word("GROUPING")) {
      fail_unsupported("GROUP BY " + now().text);
    }
    do {
      out.group_by.push_back(expression());
    } while (take_symbol(","));
  }
  if (take_word("HAVING")) out.having = expression();
  if (at_word("QUALIFY")) fail_unsupported("QUALIFY");
  return out;
}

bool parser::at_alias() const {
  if (now().kind == token::is::quoted) return true;
  static constexpr std::string_view not_aliases[] = {
      "FROM",        "WHERE",   "GROUP",   "HAVING",
      "ORDER",       "LIMIT",   "OFFSET",  "FETCH",
      "UNION",       "EXCEPT",  "MINUS",   "INTERSECT",
      "JOIN",        "INNER",   "LEFT",    "RIGHT",
      "FULL",        "CROSS",   "NATURAL", "ON",
      "USING",       "QUALIFY", "AT",      "BEFORE",
      "SET",         "ASOF",    "LATERAL", "SAMPLE",
      "TABLESAMPLE", "PIVOT",   "UNPIVOT", "MATCH_RECOGNIZE",
      "CHANGES"};
  if (now().kind != token::is::identifier || is_reserved(now().text)) return false;
  for (auto const w : not_aliases) {
    if (now().text == w) return false;
  }
  return true;
}

select_item parser::item() {
  select_item out;
  auto const begin = now().begin;
  out.value = expression();
  out.source_text = source(begin, tokens_[i_ - 1].end);
  if (out.value.is == expr::op::star &&
      (at_word("EXCLUDE") || at_word("RENAME") || at_word("ILIKE"))) {
    fail_unsupported("SELECT * " + now().text);
  }
  if (take_word("AS")) {
    out.alias = identifier();
  } else if (at_alias()) {
    out.alias = identifier();
  }
  return out;
}

std::vector<join> parser::from_clause() {
  std::vector<join> out;
  join first;
  first.item = source_item();
  out.push_back(std::move(first));
  while (true) {
    join j;
    if (take_symbol(",")) {
      j.kind = join::is::cross;
    } else if (take_words({"CROSS", "JOIN"})) {
      j.kind = join::is::cross;
    } else if (take_word("JOIN") || take_words({"INNER", "JOIN"})) {
      j.kind = join::is::inner;
    } else if (at_word("LEFT") || at_word("RIGHT") || at_word("FULL")) {
      j.kind = now().text == "LEFT"    ? join::is::left
               : now().text == "RIGHT" ? join::is::right
                                       : join::is::full;
      next();
      take_word("OUTER");
      expect_word("JOIN");
    } else if (at_word("NATURAL") || at_word("ASOF") || at_word("LATERAL") || at_word("SAMPLE") ||
               at_word("TABLESAMPLE") || at_word("PIVOT") || at_word("UNPIVOT") ||
               at_word("MATCH_RECOGNIZE") || at_word("AT") || at_word("BEFORE") ||
               at_word("CHANGES")) {
      fail_unsupported(now().text);
    } else {
      return out;
    }
    j.item = source_item();
    if (j.kind != join::is::cross) {
      if (take_word("ON")) {
        j.on = expression();
      } else if (take_word("USING")) {
        j.using_columns = column_list();
      } else if (j.kind == join::is::inner) {
        j.kind = join::is::cross;
      } else {
        unexpected();
      }
    }
    out.push_back(std::move(j));
  }
}

from_item parser::source_item() {
  nesting const guard(*this);
  from_item out;
  if (at_word("LATERAL")) fail_unsupported("LATERAL");
  if (now().kind == token::is::stage ||
      (now().kind == token::is::string && now().text.starts_with('@'))) {
    out.source = staged_source();
  } else if (at_word("TABLE") && at_symbol("(", 1)) {
    next();
    next();
    table_function f;
    f.name = name();
    expect_symbol("(");
    while (!at_symbol(")")) {
      std::string argument;
      if (now().kind == token::is::identifier && at_symbol("=>", 1)) {
        argument = now().text;
        next();
        next();
      }
      f.arguments.emplace_back(std::move(argument), expression());
      if (!take_symbol(",")) break;
    }
    expect_symbol(")");
    expect_symbol(")");
    out.source = std::move(f);
  } else if (at_word("ERROR_TABLE") && at_symbol("(", 1)) {
    table_function f;
    f.name = name();
    expect_symbol("(");
    expr table;
    table.is = expr::op::column;
    table.names = name().parts;
    f.arguments.emplace_back(std::string(), std::move(table));
    expect_symbol(")");
    out.source = std::move(f);
  } else if (take_word("VALUES")) {
    out.source = value_rows();
  } else if (take_symbol("(")) {
    if (at_word("VALUES")) {
      next();
      out.source = value_rows();
    } else {
      out.source = query_expression();
    }
    expect_symbol(")");
  } else {
    out.source = name();
  }
  if (at_word("AT") || at_word("BEFORE")) fail_unsupported("time travel");
  if (take_word("AS") || at_alias()) out.alias = identifier();
  if (!out.alias.empty() && at_symbol("(")) out.column_aliases = column_list();
  return out;
}

std::vector<std::vector<expr>> parser::value_rows() {
  std::vector<std::vector<expr>> out;
  do {
    expect_symbol("(");
    std::vector<expr> row;
    do {
      if (at_word("DEFAULT")) {
        row.push_back(make(expr::op::function, {}, "DEFAULT"));
        next();
      } else {
        row.push_back(expression());
      }
    } while (take_symbol(","));
    expect_symbol(")");
    out.push_back(std::move(row));
  } while (take_symbol(","));
  return out;
}

stage_source parser::staged_source() {
  stage_source out;
  out.stage = stage_reference();
  if (!take_symbol("(")) return out;
  do {
    auto const word = now().kind == token::is::identifier ? now().text : std::string();
    if (word != "FILE_FORMAT" && word != "PATTERN") unexpected();
    next();
    expect_symbol("=>");
    auto& target = word == "PATTERN" ? out.pattern : out.file_format;
    if (word == "FILE_FORMAT" && now().kind != token::is::string) {
      auto const n = name();
      for (auto const& p : n.parts) target += (target.empty() ? "" : ".") + quoted(p);
    } else {
      target = string_literal();
    }
  } while (take_symbol(","));
  expect_symbol(")");
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PARSER_QUERY_IPP
