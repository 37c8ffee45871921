#ifndef SLUICE_SANDBOX_SQL_IMPL_PARSER_DDL_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PARSER_DDL_IPP

#include <sluice/sandbox/sql/detail/parser.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

object_kind parser::kind_of_object() {
  if (take_word("TABLE")) return object_kind::table;
  if (take_word("STAGE")) return object_kind::stage;
  if (take_words({"FILE", "FORMAT"})) return object_kind::file_format;
  if (take_word("DATABASE")) return object_kind::database;
  if (take_word("SCHEMA")) return object_kind::schema;
  if (take_word("WAREHOUSE")) return object_kind::warehouse;
  if (take_word("PIPE")) return object_kind::pipe;
  if (take_word("ROLE")) return object_kind::role;
  if (now().kind != token::is::identifier) unexpected();
  return object_kind::other;
}

statement_body parser::create() {
  next();
  create_statement s;
  s.or_replace = take_words({"OR", "REPLACE"});
  if (!take_word("LOCAL")) take_word("GLOBAL");
  s.temporary = take_word("TEMPORARY") || take_word("TEMP") || take_word("VOLATILE");
  take_word("TRANSIENT");
  s.kind = kind_of_object();
  if (s.kind == object_kind::other || s.kind == object_kind::role) {
    static constexpr std::string_view known[] = {
        "VIEW",   "SEQUENCE",    "SHARE",    "STREAM",  "TASK",   "FUNCTION",     "PROCEDURE",
        "USER",   "ROLE",        "EXTERNAL", "DYNAMIC", "HYBRID", "ICEBERG",      "MATERIALIZED",
        "SECURE", "INTEGRATION", "STORAGE",  "NETWORK", "TAG",    "NOTIFICATION", "EVENT"};
    for (auto const k : known) {
      if (now().text == k || s.kind == object_kind::role) {
        fail_unsupported("CREATE " +
                         (s.kind == object_kind::role ? std::string("ROLE") : now().text));
      }
    }
    unexpected();
  }
  s.if_not_exists = take_words({"IF", "NOT", "EXISTS"});
  if (s.or_replace && s.if_not_exists) {
    fail_at(now().at,
            "001003",
            "42000",
            "SQL compilation error:\noptions OR REPLACE and IF NOT EXISTS are incompatible.");
  }
  s.name = name();
  if (s.kind == object_kind::table) return create_table(std::move(s));
  if (s.kind == object_kind::pipe) return create_pipe(std::move(s));
  if (take_word("CLONE") || take_word("LIKE"))
    fail_unsupported("CREATE ... CLONE of this kind of object");
  take_word("WITH");
  while (!at_statement_end()) {
    auto o = one_option();
    if (!o) unexpected();
    s.options.push_back(std::move(*o));
    take_symbol(",");
  }
  return s;
}

statement_body parser::create_table(create_statement s) {
  if (take_word("LIKE")) {
    s.like = name();
  } else if (take_word("CLONE")) {
    s.like = name();
    s.clone = true;
  } else if (at_symbol("(")) {
    next();
    do {
      if (!table_constraint(s)) s.columns.push_back(column());
    } while (take_symbol(","));
    expect_symbol(")");
  }
  while (!at_statement_end() && !at_word("AS")) {
    if (at_word("CLUSTER")) fail_unsupported("CLUSTER BY");
    auto o = one_option();
    if (!o) unexpected();
    s.options.push_back(std::move(*o));
    take_symbol(",");
  }
  if (take_word("AS")) s.body = query_expression();
  if (s.columns.empty() && !s.body && !s.like) unexpected();
  return s;
}

bool parser::table_constraint(create_statement& s) {
  bool const named = at_word("CONSTRAINT");
  if (!named && !(at_word("PRIMARY") && at_word("KEY", 1)) &&
      !(at_word("FOREIGN") && at_word("KEY", 1)) && !(at_word("UNIQUE") && at_symbol("(", 1))) {
    return false;
  }
  if (named) {
    next();
    identifier();
  }
  if (take_words({"PRIMARY", "KEY"})) {
    s.primary_key = column_list();
  } else if (take_word("UNIQUE")) {
    for (auto const& c : column_list()) {
      for (auto& d : s.columns) d.unique = d.unique || d.name == c;
    }
  } else if (take_words({"FOREIGN", "KEY"})) {
    column_list();
    expect_word("REFERENCES");
    name();
    if (at_symbol("(")) column_list();
  } else {
    unexpected();
  }
  while (take_word("NOT") || take_word("ENFORCED") || take_word("RELY") || take_word("NORELY") ||
         take_word("ENABLE") || take_word("DISABLE") || take_word("VALIDATE") ||
         take_word("NOVALIDATE")) {
  }
  return true;
}

column_definition parser::column() {
  column_definition c;
  c.name = identifier();
  c.type = type();
  column_constraints(c);
  return c;
}

void parser::identity(column_definition& c) {
  auto const number = [&] {
    auto const text = option_text();
    std::int64_t n = 0;
    auto const [end, error] =
        std::from_chars(text.text.data(), text.text.data() + text.text.size(), n);
    if (text.kind != option_value::is::number || error != std::errc{}) unexpected();
    return n;
  };
  c.identity_step = 1;
  if (take_symbol("(")) {
    c.identity_start = number();
    expect_symbol(",");
    c.identity_step = number();
    expect_symbol(")");
  } else if (take_word("START")) {
    c.identity_start = number();
    expect_word("INCREMENT");
    c.identity_step = number();
  }
  if (c.identity_step == 0) unexpected();
  if (!take_word("ORDER")) take_word("NOORDER");
}

void parser::column_constraints(column_definition& c) {
  while (true) {
    if (take_words({"NOT", "NULL"})) {
      c.nullable = false;
    } else if (take_word("NULL")) {
      c.nullable = true;
    } else if (take_word("DEFAULT")) {
      auto const begin = now().begin;
      c.default_value = expression();
      c.default_text = source(begin, tokens_[i_ - 1].end);
    } else if (take_word("AUTOINCREMENT") || take_word("IDENTITY")) {
      identity(c);
    } else if (take_words({"PRIMARY", "KEY"})) {
      c.primary_key = true;
      c.nullable = false;
    } else if (take_word("UNIQUE")) {
      c.unique = true;
    } else if (take_word("COMMENT")) {
      c.comment = string_literal();
    } else if (at_word("COLLATE") || at_word("REFERENCES") || at_word("MASKING") ||
               at_word("CHECK") || (at_word("WITH") && !at_symbol("(", 1)) || at_word("TAG") ||
               at_word("CONSTRAINT")) {
      fail_unsupported("column property " + now().text);
    } else {
      return;
    }
  }
}

statement_body parser::drop() {
  next();
  drop_statement s;
  if (at_word("VIEW")) {
    next();
    s.kind = object_kind::view;
  } else {
    s.kind = kind_of_object();
  }
  if (s.kind == object_kind::other || s.kind == object_kind::role) {
    fail_unsupported("DROP " + (s.kind == object_kind::role ? std::string("ROLE") : now().text));
  }
  s.if_exists = take_words({"IF", "EXISTS"});
  s.name = name();
  if (!take_word("CASCADE")) take_word("RESTRICT");
  return s;
}

statement_body parser::alter() {
  next();
  if (take_word("SESSION")) return alter_session();
  if (take_word("TABLE")) return alter_table();
  if (take_word("PIPE")) return alter_pipe();
  if (at_word("WAREHOUSE")) fail_unsupported("ALTER WAREHOUSE");
  if (now().kind != token::is::identifier) unexpected();
  fail_unsupported("ALTER " + now().text);
}

statement_body parser::alter_session() {
  alter_session_statement s;
  if (take_word("SET")) {
    while (!at_statement_end()) {
      auto o = one_option();
      if (!o) unexpected();
      s.set.push_back(std::move(*o));
      take_symbol(",");
    }
    if (s.set.empty()) unexpected();
    return s;
  }
  expect_word("UNSET");
  do {
    s.unset.push_back(identifier());
  } while (take_symbol(","));
  return s;
}

statement_body parser::alter_table() {
  alter_table_statement s;
  s.if_exists = take_words({"IF", "EXISTS"});
  s.table = name();
  if (take_words({"RENAME", "TO"})) {
    s.actions.emplace_back(alter_table_statement::rename{name()});
    return s;
  }
  if (take_words({"RENAME", "COLUMN"})) {
    auto from = identifier();
    expect_word("TO");
    s.actions.emplace_back(alter_table_statement::rename_column{std::move(from), identifier()});
    return s;
  }
  if (take_word("SET")) {
    alter_table_statement::set_options set;
    while (auto o = one_option()) {
      set.options.push_back(std::move(*o));
      take_symbol(",");
    }
    if (set.options.empty()) fail_unsupported("ALTER TABLE SET " + now().text);
    s.actions.emplace_back(std::move(set));
    return s;
  }
  if (at_word("ADD") && !at_word("CONSTRAINT", 1) && !at_word("PRIMARY", 1) &&
      !at_word("SEARCH", 1)) {
    next();
    take_word("COLUMN");
    bool const together = take_words({"IF", "NOT", "EXISTS"});
    bool this_one = together;
    do {
      take_word("COLUMN");
      this_one = take_words({"IF", "NOT", "EXISTS"}) || this_one;
      s.actions.emplace_back(alter_table_statement::add_column{column(), this_one});
      this_one = false;
    } while (take_symbol(","));
    return s;
  }
  if (take_word("DROP")) {
    take_word("COLUMN");
    bool const if_exists = take_words({"IF", "EXISTS"});
    do {
      s.actions.emplace_back(alter_table_statement::drop_column{identifier(), if_exists});
    } while (take_symbol(","));
    return s;
  }
  if (take_word("ALTER") || take_word("MODIFY")) {
    bool const parenthesised = take_symbol("(");
    do {
      take_word("COLUMN");
      auto column = identifier();
      if (take_words({"SET", "NOT", "NULL"}) || take_words({"NOT", "NULL"})) {
        s.actions.emplace_back(alter_table_statement::set_nullable{std::move(column), false});
      } else if (take_words({"DROP", "NOT", "NULL"})) {
        s.actions.emplace_back(alter_table_statement::set_nullable{std::move(column), true});
      } else if (at_word("SET") && !at_word("DATA", 1)) {
        next();
        fail_unsupported("ALTER COLUMN SET " + now().text);
      } else if (at_word("DROP") || at_word("COMMENT") || at_word("UNSET")) {
        fail_unsupported("ALTER COLUMN " + now().text);
      } else {
        take_words({"SET", "DATA"});
        take_word("TYPE");
        auto t = type();
        s.actions.emplace_back(alter_table_statement::set_type{std::move(column), t});
      }
    } while (take_symbol(","));
    if (parenthesised) expect_symbol(")");
    return s;
  }
  if (now().kind != token::is::identifier) unexpected();
  fail_unsupported("ALTER TABLE " + now().text);
}

statement_body parser::use() {
  next();
  use_statement s;
  if (take_words({"SECONDARY", "ROLES"})) {
    s.kind = object_kind::role;
    s.secondary = at_word("ALL") ? "ALL" : "NONE";
    if (!take_word("ALL")) expect_word("NONE");
    return s;
  }
  if (at_word("DATABASE") || at_word("SCHEMA") || at_word("WAREHOUSE") || at_word("ROLE")) {
    s.kind = kind_of_object();
  } else {
    s.kind = object_kind::database;  // USE db, or USE db.schema
    s.name = name();
    if (s.name.parts.size() == 2) s.kind = object_kind::schema;
    return s;
  }
  s.name = name();
  return s;
}

statement_body parser::show() {
  next();
  show_statement s;
  s.terse = take_word("TERSE");
  if (now().kind != token::is::identifier) unexpected();
  s.what = now().text;
  next();
  if (s.what == "FILE" || s.what == "PRIMARY") {
    if (now().kind != token::is::identifier) unexpected();
    s.what += ' ' + now().text;
    next();
  }
  static constexpr std::string_view supported[] = {"TABLES",
                                                   "COLUMNS",
                                                   "STAGES",
                                                   "SCHEMAS",
                                                   "DATABASES",
                                                   "OBJECTS",
                                                   "WAREHOUSES",
                                                   "FILE FORMATS",
                                                   "PARAMETERS",
                                                   "PRIMARY KEYS",
                                                   "PIPES",
                                                   "CHANNELS"};
  if (std::find(std::begin(supported), std::end(supported), s.what) == std::end(supported)) {
    fail_unsupported("SHOW " + s.what);
  }
  if (take_word("HISTORY")) fail_unsupported("SHOW ... HISTORY");
  if (take_word("LIKE")) s.like = string_literal();
  if (take_word("IN")) {
    if (at_word("ACCOUNT") || at_word("SESSION")) {
      s.scope = now().text;
      next();
    } else {
      if (at_word("DATABASE") || at_word("SCHEMA") || at_word("TABLE") || at_word("PIPE")) {
        s.scope = now().text;
        next();
      }
      if (!at_statement_end() && !at_word("STARTS") && !at_word("LIMIT")) s.in = name();
    }
  }
  if (take_words({"STARTS", "WITH"})) s.starts_with = string_literal();
  if (take_word("LIMIT")) {
    if (now().kind != token::is::number) unexpected();
    std::int64_t n = 0;
    std::from_chars(now().text.data(), now().text.data() + now().text.size(), n);
    s.limit = n;
    next();
    if (at_word("FROM")) fail_unsupported("SHOW ... LIMIT ... FROM");
  }
  return s;
}

statement_body parser::describe() {
  next();
  describe_statement s;
  if (at_word("RESULT") || at_word("USER") || at_word("VIEW"))
    fail_unsupported("DESCRIBE " + now().text);
  s.kind = kind_of_object();
  if (s.kind == object_kind::other) unexpected();
  if (s.kind != object_kind::table && s.kind != object_kind::stage &&
      s.kind != object_kind::file_format && s.kind != object_kind::pipe) {
    fail_unsupported("DESCRIBE of this kind of object");
  }
  s.name = name();
  if (take_word("TYPE")) {
    expect_symbol("=");
    if (!take_word("COLUMNS")) fail_unsupported("DESCRIBE TABLE TYPE = " + now().text);
  }
  return s;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PARSER_DDL_IPP
