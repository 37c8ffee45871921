#ifndef SLUICE_SANDBOX_SQL_IMPL_PARSER_DML_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PARSER_DML_IPP

#include <sluice/sandbox/sql/detail/parser.hpp>

#include <array>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

statement_body parser::body() {
  if (at_word("SELECT") || at_word("WITH") || at_symbol("(") || at_word("VALUES")) {
    return select_statement{query_expression()};
  }
  if (now().kind != token::is::identifier) unexpected();
  auto const word = now().text;
  if (word == "INSERT") return insert();
  if (word == "UPDATE") return update();
  if (word == "DELETE") return remove_rows();
  if (word == "COPY") return copy();
  if (word == "CREATE") return create();
  if (word == "DROP") return drop();
  if (word == "ALTER") return alter();
  if (word == "USE") return use();
  if (word == "SHOW") return show();
  if (word == "DESC" || word == "DESCRIBE") return describe();
  if (word == "LIST" || word == "LS") return files(false);
  if (word == "REMOVE" || word == "RM") return files(true);
  if (word == "PUT") return transfer(true);
  if (word == "GET") return transfer(false);
  if (word == "TRUNCATE") {
    next();
    take_word("TABLE");
    truncate_statement t;
    t.if_exists = take_words({"IF", "EXISTS"});
    t.table = name();
    return t;
  }
  if (word == "BEGIN" || word == "START") return transaction(transaction_statement::is::begin);
  if (word == "COMMIT") return transaction(transaction_statement::is::commit);
  if (word == "ROLLBACK") return transaction(transaction_statement::is::rollback);
  static constexpr std::array<std::string_view, 13> known = {"MERGE",
                                                             "CALL",
                                                             "GRANT",
                                                             "REVOKE",
                                                             "EXPLAIN",
                                                             "SET",
                                                             "UNSET",
                                                             "COMMENT",
                                                             "EXECUTE",
                                                             "UNDROP",
                                                             "DECLARE",
                                                             "RETURN",
                                                             "UNLOAD"};
  for (auto const k : known) {
    if (word == k) fail_unsupported(word);
  }
  unexpected();
}

statement_body parser::transaction(transaction_statement::is kind) {
  bool const start = now().text == "START";
  next();
  if (start) {
    expect_word("TRANSACTION");
  } else if (!take_word("TRANSACTION")) {
    take_word("WORK");
  }
  if (kind == transaction_statement::is::begin && take_word("NAME")) identifier();
  // BEGIN followed by statements is a scripting block.
  if (kind == transaction_statement::is::begin && !at_statement_end())
    fail_unsupported("BEGIN ... END block");
  return transaction_statement{kind};
}

statement_body parser::insert() {
  next();
  insert_statement s;
  s.overwrite = take_word("OVERWRITE");
  if (at_word("ALL") || at_word("FIRST")) fail_unsupported("multi-table INSERT");
  expect_word("INTO");
  s.table = name();
  if (at_symbol("(") && !at_word("SELECT", 1) && !at_word("WITH", 1)) s.columns = column_list();
  if (at_word("VALUES")) {
    next();
    s.rows = value_rows();
    return s;
  }
  if (!at_word("SELECT") && !at_word("WITH") && !at_symbol("(")) unexpected();
  s.body = query_expression();
  return s;
}

statement_body parser::update() {
  next();
  update_statement s;
  s.table = name();
  if (take_word("AS") || at_alias()) s.alias = identifier();
  expect_word("SET");
  do {
    auto column = identifier();
    if (take_symbol(".")) column = identifier();
    expect_symbol("=");
    s.set.emplace_back(std::move(column), expression());
  } while (take_symbol(","));
  if (at_word("FROM")) fail_unsupported("UPDATE ... FROM");
  if (take_word("WHERE")) s.where = expression();
  return s;
}

statement_body parser::remove_rows() {
  next();
  expect_word("FROM");
  delete_statement s;
  s.table = name();
  if (take_word("AS") || at_alias()) s.alias = identifier();
  if (at_word("USING")) fail_unsupported("DELETE ... USING");
  if (take_word("WHERE")) s.where = expression();
  return s;
}

statement_body parser::copy() {
  next();
  expect_word("INTO");
  if (now().kind == token::is::stage || now().kind == token::is::string)
    fail_unsupported("COPY INTO <location>");
  copy_statement s;
  s.table = name();
  if (at_symbol("(")) s.columns = column_list();
  expect_word("FROM");
  if (at_symbol("(") && at_word("SELECT", 1)) {
    next();
    s.transform = transformation();
    s.streaming = s.transform->source.stage.empty();
    s.location = s.transform->source.stage;
    expect_symbol(")");
  } else if (streaming_source()) {
    s.streaming = true;
  } else {
    s.location = stage_reference();
  }
  while (!at_statement_end()) {
    // FILES takes no `=` in some clients' SQL; the service wants it.
    auto o = one_option();
    if (!o) unexpected();
    s.options.push_back(std::move(*o));
    take_symbol(",");
  }
  return s;
}

copy_transform parser::transformation() {
  copy_transform t;
  expect_word("SELECT");
  if (at_word("DISTINCT")) fail_unsupported("COPY transformation with DISTINCT");
  do {
    t.items.push_back(expression());
    if (take_word("AS") || at_alias()) identifier();
  } while (take_symbol(","));
  expect_word("FROM");
  if (!streaming_source()) t.source = staged_source();
  if (take_word("AS") || at_alias()) t.alias = identifier();
  static constexpr std::array<std::string_view, 8> refused = {
      "WHERE", "ORDER", "LIMIT", "JOIN", "GROUP", "HAVING", "QUALIFY", "LATERAL"};
  for (auto const r : refused) {
    if (at_word(r)) {
      fail("002070",
           "42601",
           "SQL compilation error: COPY statement only supports simple SELECT from stage "
           "statements for import; "
           "found " +
               std::string(r));
    }
  }
  return t;
}

statement_body parser::files(bool remove) {
  next();
  list_statement s;
  s.remove = remove;
  s.location = stage_reference();
  if (take_word("PATTERN")) {
    expect_symbol("=");
    s.pattern = string_literal();
  }
  return s;
}

statement_body parser::transfer(bool upload) {
  // Paths are no tokens (`file:///a//b` would lose `//b` as a comment), so the two arguments are
  // read from the text; the options that follow are ordinary. A quote ends a bare argument, because
  // one driver writes `file://1'@SYSTEM$BIND/...'`.
  auto const word_end = now().end;
  auto rest = sql_.substr(word_end);
  auto const raw_argument = [&]() -> std::string {
    while (!rest.empty() &&
           (rest.front() == ' ' || (rest.front() >= '\t' && rest.front() <= '\r'))) {
      rest.remove_prefix(1);
    }
    if (rest.empty()) fail_syntax(now().at, "");
    std::string out;
    if (rest.front() == '\'') {
      std::size_t i = 1;
      while (true) {
        if (i >= rest.size()) fail_syntax(now().at, "'");
        if (rest[i] == '\\' && i + 1 < rest.size()) {
          out += rest[i + 1];
          i += 2;
        } else if (rest[i] == '\'' && i + 1 < rest.size() && rest[i + 1] == '\'') {
          out += '\'';
          i += 2;
        } else if (rest[i] == '\'') {
          break;
        } else {
          out += rest[i++];
        }
      }
      rest.remove_prefix(i + 1);
      return out;
    }
    std::size_t i = 0;
    bool in_quotes = false;
    while (i < rest.size()) {
      char const c = rest[i];
      if (c == '"') in_quotes = !in_quotes;
      if (!in_quotes && (c == ' ' || (c >= '\t' && c <= '\r') || c == '\'' || c == ';')) break;
      ++i;
    }
    out = rest.substr(0, i);
    rest.remove_prefix(i);
    return out;
  };
  transfer_statement s;
  s.upload = upload;
  auto first = raw_argument();
  auto second = raw_argument();
  auto& local = upload ? first : second;
  auto& remote = upload ? second : first;
  if (!local.starts_with("file://")) {
    fail_syntax(now().at, local.empty() ? std::string_view("<EOF>") : std::string_view(local));
  }
  if (!remote.starts_with('@'))
    fail_syntax(now().at, remote.empty() ? std::string_view("<EOF>") : std::string_view(remote));
  s.local = local.substr(7);
  s.location = std::move(remote);
  // The options that follow, with the rest of the token stream replaced by theirs.
  sql_ = rest;
  tokens_ = tokenize(rest);
  i_ = 0;
  while (!at_statement_end()) {
    auto o = one_option();
    if (!o) unexpected();
    s.options.push_back(std::move(*o));
    take_symbol(",");
  }
  return s;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PARSER_DML_IPP
