#include "catch.hpp"
#include "unit/sandbox_sql/fixture.hpp"

#include <random>

using namespace sandbox_sql_tests;

namespace {

/// Text made of pieces that mean something to the reader under test.
std::string random_text(std::mt19937& random,
                        std::vector<std::string> const& pieces,
                        std::size_t most) {
  std::string out;
  for (auto n = random() % most; n > 0; --n) out += pieces[random() % pieces.size()];
  return out;
}

}  // namespace

TEST_CASE("random SQL is answered, never crashed on") {
  sandbox s;
  s.run("create table t (a int, b varchar, c variant)");
  s.run("insert into t (a, b) values (1, 'x')");
  std::vector<std::string> const pieces = {"select ",
                                           "from ",
                                           "t ",
                                           "a",
                                           "b",
                                           "c",
                                           "'",
                                           "\"",
                                           "$$",
                                           "(",
                                           ")",
                                           ",",
                                           ".",
                                           ":",
                                           "::",
                                           "number",
                                           "(38,0)",
                                           "?",
                                           ":1",
                                           "$1",
                                           "@st",
                                           "/",
                                           "\\",
                                           "--",
                                           "/*",
                                           "*/",
                                           "\n",
                                           "*",
                                           "+",
                                           "-",
                                           "||",
                                           "=",
                                           "<",
                                           "1",
                                           "1e9",
                                           ".5",
                                           "case when ",
                                           "then ",
                                           "end ",
                                           "group by ",
                                           "order by ",
                                           "limit ",
                                           "join ",
                                           "on ",
                                           "in ",
                                           "not ",
                                           "null ",
                                           "count(*) ",
                                           "sum(a) ",
                                           "parse_json(",
                                           "copy into ",
                                           "file_format=",
                                           "put file://x ",
                                           "insert into ",
                                           "values ",
                                           "\xff",
                                           std::string("\0", 1),
                                           "union all ",
                                           "with q as ",
                                           "create table ",
                                           "[0]"};
  std::mt19937 random(20240229);
  int answered = 0;
  for (int i = 0; i < 3000; ++i) {
    auto text = random_text(random, pieces, 24);
    if (i % 2 == 0) text = "select " + text;
    auto const o = s.execute(text);
    if (auto const* f = std::get_if<sql::failure>(&o)) {
      INFO(text << "\n" << f->message);
      // 000603 would be an error that SQLite found in SQL of our making.
      CHECK(f->code != "000603");
      CHECK(f->code.size() == 6);
      CHECK(f->sql_state.size() == 5);
    }
    ++answered;
  }
  CHECK(answered == 3000);
  CHECK(s.run("select a, b from t where a = 1") == "1|x");
}

TEST_CASE("deeply nested SQL and JSON are refused, not recursed into") {
  sandbox s;
  CHECK(s.run("select " + std::string(100'000, '(') + "1").starts_with("001003"));
  CHECK(s.run("select " + std::string(100'000, '-') + "1").size() > 0);
  std::string nots;
  for (int i = 0; i < 10'000; ++i) nots += "not ";
  CHECK(s.run("select " + nots + "true").starts_with("001003"));
  CHECK(s.run("select parse_json('" + std::string(10'000, '[') + "')").starts_with("100069"));
}

TEST_CASE("random CSV gives the same answer however the bytes arrive") {
  std::vector<std::string> const pieces = {"a",
                                           "1",
                                           ",",
                                           "\"",
                                           "\"\"",
                                           "\n",
                                           "\r\n",
                                           "\r",
                                           "\\",
                                           "\\N",
                                           " ",
                                           "\t",
                                           "||",
                                           "|",
                                           "\xc3\xa9",
                                           "\xff",
                                           "'"};
  std::vector<std::string> const options = {
      "",
      "field_optionally_enclosed_by='\"'",
      "field_optionally_enclosed_by='\"' escape='\\\\' trim_space=true",
      "field_delimiter='||' escape_unenclosed_field=none",
      "record_delimiter='||' replace_invalid_characters=true",
      "multi_line=false field_optionally_enclosed_by='\"' skip_blank_lines=true",
      "record_delimiter=none",
      "field_delimiter=none skip_header=1"};
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    auto const text = random_text(random, pieces, 60);
    auto const& option = options[random() % options.size()];
    std::string first;
    for (std::size_t const size : {std::size_t{1} << 20, std::size_t{1}, std::size_t{3}}) {
      memory_store::read_size = size;
      sandbox s;
      s.run("create table t (a varchar, b varchar)");
      s.run("create stage st");
      s.stage("@st/", "f", text);
      auto const answer = s.run(
                              "copy into t from @st on_error=continue file_format=(type=csv "
                              "compression=none error_on_column_count_mismatch=false " +
                              option + ")") +
                          "\n" + s.run("select * from t");
      if (first.empty()) first = answer;
      INFO(option << "\n" << text);
      CHECK(answer == first);
    }
  }
  memory_store::read_size = std::size_t{1} << 20;
}
