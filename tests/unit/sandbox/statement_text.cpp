#include "catch.hpp"

#include <sluice/sandbox/detail/snowflake_service.hpp>

namespace box = sluice::sandbox::detail;

TEST_CASE("statements are classified by their first word") {
  auto const kind = [](char const* sql) { return box::classify_statement(sql).name; };
  CHECK(kind("PUT file:///x @~") == "put");
  CHECK(kind("  -- note\n /* more */ copy into t from @~") == "copy");
  CHECK(kind("Insert into t values (1)") == "insert");
  CHECK(kind("with a as (select 1) select * from a") == "select");
  CHECK(kind("CREATE TABLE t (a int)") == "ddl");
  CHECK(kind("COMMIT") == "transaction");
  CHECK(kind("alter session set timezone='UTC'") == "ddl");
  CHECK(kind("show tables") == "statement");
  CHECK(kind("") == "statement");
  CHECK(kind("/* open") == "statement");

  CHECK(box::classify_statement("copy into t from @~").touches_table);
  CHECK(box::classify_statement("select 1 from t").touches_table);
  CHECK_FALSE(box::classify_statement("select 'from' || 1").touches_table);
  CHECK_FALSE(box::classify_statement("create table t (a int)").touches_table);
  CHECK(box::classify_statement("alter table t add column b int").touches_table);
  CHECK(box::classify_statement("commit").commits);
  CHECK_FALSE(box::classify_statement("rollback").commits);
}

TEST_CASE("the last file is taken out of a COPY's list") {
  CHECK(box::without_last_file("COPY INTO t FROM @s FILES = ('a', 'b,(''c')  FORCE=TRUE") ==
        "COPY INTO t FROM @s FILES = ('a')  FORCE=TRUE");
  CHECK(box::without_last_file("copy into t from @s files=('a','b','c')") ==
        "copy into t from @s files=('a','b')");
  CHECK_FALSE(box::without_last_file("copy into t from @s files=('a')"));
  CHECK_FALSE(box::without_last_file("copy into t from '@s/files=(''a'',''b'')'"));
  CHECK_FALSE(box::without_last_file("copy into t from @s files"));
}

TEST_CASE("a COPY's stage path is found") {
  CHECK(box::copied_stage_path("copy into t from @~/a/b/ files=('x')") == "@~/a/b/");
  CHECK(box::copied_stage_path("copy into t from '@\"my db\".\"s\".\"st\"/p'") ==
        "@\"my db\".\"s\".\"st\"/p");
  CHECK(box::copied_stage_path("copy into t from (select $1 from @s/x)") == "@s/x");
  CHECK(box::copied_stage_path("copy into t from @\"a b\"/c;") == "@\"a b\"/c");
  CHECK(box::copied_stage_path("copy into t").empty());
}

TEST_CASE("bound text takes the place of a PUT's placeholders") {
  std::map<std::string, sluice::sandbox::sql::binding> bound;
  bound["1"].values = {"@S/it's"};
  CHECK(box::with_bound_text("PUT 'file://a?' ? OVERWRITE=TRUE", bound) ==
        "PUT 'file://a?' '@S/it\\'s' OVERWRITE=TRUE");
  CHECK(box::with_bound_text("PUT file://a ? ?", bound) == "PUT file://a '@S/it\\'s' ?");
}
