#include "catch.hpp"
#include "temporary_directory.hpp"
#include "unit/sandbox_sql/fixture.hpp"

#include <sluice/sandbox/sql/pipe_session.hpp>

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

using namespace sandbox_sql_tests;

TEST_CASE("literals and context functions answer without a table") {
  sandbox s;
  CHECK(s.run("select 1") == "1");
  CHECK(s.run("select 1, 'it''s', null, true, 1.50, -2") == "1|it's|~|1|1.50|-2");
  CHECK(s.run("SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_USER(), CURRENT_WAREHOUSE()") ==
        "SANDBOX|PUBLIC|LOADER|SANDBOX_WH");
  CHECK(s.run(R"(select 'a\tb\\', $$raw\n$$)") == "a\tb\\|raw\\n");
  CHECK(s.run("select 1 + 2 * 3, 7 / 2, 7 % 4, 2.5 * 2.5") == "7|3.500000|3|6.25");
  CHECK(s.run("select 99999999999999999999999999999999999998 + 1") ==
        "99999999999999999999999999999999999999");
  CHECK(s.run("select '2024-02-29'::date, '2024-02-29 01:02:03.5'::timestamp_ntz(3)") ==
        "19782|1709168523.500");
  CHECK(s.run("select '2024-01-01 00:00:00 +02:00'::timestamp_tz") == "1704060000.000000000 1560");
  CHECK(s.run("select parse_json('{\"b\":[1,2.50],\"a\":\"x\"}'):b[1]::number(5,2)") == "2.50");
}

TEST_CASE("what is not SQL, or not known, is refused with the service's codes") {
  sandbox s;
  CHECK(
      s.run("selec 1").starts_with("001003/42000: SQL compilation error:\nsyntax error line 1 at "
                                   "position 0 unexpected 'selec'"));
  CHECK(s.run("select 1 from nowhere")
            .starts_with("002003/42S02: SQL compilation error:\nObject 'SANDBOX.PUBLIC.NOWHERE' "
                         "does not exist"));
  CHECK(s.run("select foo").starts_with("000904/42000"));
  CHECK(s.run("merge into t using s on 1=1 when matched then delete")
            .find("Unsupported feature 'MERGE'") != std::string::npos);
  CHECK(s.run("select nosuch(1)").starts_with("002140/42601"));
  CHECK(s.run("").starts_with("000900"));
  CHECK(s.run("select 'abc").starts_with("001003"));
  CHECK(s.run("create table t (a geography)").find("data type GEOGRAPHY") != std::string::npos);
  CHECK(s.run("alter session set nosuch = 1").starts_with("001073"));
  CHECK(
      s.run("select 'x'::number").starts_with("100038/22018: Numeric value 'x' is not recognized"));
  CHECK(s.run("select 12345::number(3,0)").starts_with("100038/22003"));
}

TEST_CASE("types of a table are kept, shown and enforced") {
  sandbox s;
  CHECK(s.run("create table t (a number(10,2) not null, \"b c\" varchar(3), d date, e "
              "timestamp_tz, f boolean default true, g variant)") ==
        "Table T successfully created.");
  CHECK(s.run("create table t (a int)").starts_with("002002/42710"));
  CHECK(s.run("create table if not exists t (a int)") == "T already exists, statement succeeded.");
  CHECK(s.run("desc table t")
            .starts_with("A|NUMBER(10,2)|COLUMN|N|~|N|N|~|~|~|~|~|~\nb c|VARCHAR(3)|COLUMN|Y"));
  CHECK(s.run("insert into t (a, \"b c\", d) values (1.005, 'xyz', '2024-01-31'), (-1.005, null, "
              "null)") == "2");
  CHECK(s.run("select a, \"b c\", d, f from t order by a desc") == "1.01|xyz|19753|1\n-1.01|~|~|1");
  CHECK(s.run("insert into t (a) values (null)").starts_with("100072/22000"));
  CHECK(s.run("insert into t (a, \"b c\") values (1, 'long!')").starts_with("100078/22001"));
  CHECK(s.run("insert into t (a) values (123456789.00)").starts_with("100038/22003"));
  CHECK(s.run("insert into t (a, b) values (1, 2)").starts_with("000904"));
  CHECK(s.run("select count(*) from t") == "2");
  CHECK(s.sqlite("select count(*) from \"SANDBOX.PUBLIC.T\"") == "2");
  CHECK(s.sqlite("select sum(A) from \"SANDBOX.PUBLIC.T\"") == "0");
}

TEST_CASE("numbers of 38 digits stay exact") {
  sandbox s;
  s.run("create table n (v number(38,0), w number(38,10))");
  CHECK(s.run("insert into n values (99999999999999999999999999999999999999, "
              "1234567890123456789012345678.0123456789), (-99999999999999999999999999999999999999, "
              "0), (5, -1)") == "3");
  CHECK(s.run("select sum(v), min(v), max(v), sum(w) from n") ==
        "5|-99999999999999999999999999999999999999|99999999999999999999999999999999999999|"
        "1234567890123456789012345677.0123456789");
  CHECK(s.run("select v from n order by v") ==
        "-99999999999999999999999999999999999999\n5\n99999999999999999999999999999999999999");
  CHECK(s.run("select count(*) from n where v < 0") == "1");
  CHECK(s.run("select avg(v) from n where v = 5") == "5.000000");
  CHECK(s.run("insert into n values (100000000000000000000000000000000000000, 0)").substr(0, 6) ==
        "100038");
}

TEST_CASE("queries group, join, sort and limit") {
  sandbox s;
  s.run("create table a (k int, v varchar)");
  s.run("create table b (k int, w float)");
  s.run("insert into a values (1,'x'),(2,'y'),(3,null),(1,'z')");
  s.run("insert into b values (1,0.5),(2,1.5)");
  CHECK(s.run("select k, count(*) as n, count(distinct v) from a group by k order by n desc, 1 "
              "limit 2") == "1|2|2\n2|1|1");
  CHECK(s.run("select a.v, b.w from a join b on a.k = b.k where b.w > 1") == "y|1.5");
  CHECK(s.run("select v from a order by v") == "x\ny\nz\n~");
  CHECK(s.run("select v from a order by v desc limit 1") == "~");
  CHECK(s.run("select k, v from a group by k").starts_with("000979/42601"));
  CHECK(s.run("with q as (select k, max(v) m from a group by k) select m from q where k in (select "
              "k from b) order by m") == "y\nz");
  CHECK(s.run("select k from a union select k from b order by 1") == "1\n2\n3");
  CHECK(s.run("select case when k = 1 then 'one' else to_varchar(k) end x, count(*) from a group "
              "by x order by x") == "2|1\n3|1\none|2");
  CHECK(s.run("select count(*) from a left join b using (k) where w is null") == "1");
  CHECK(s.run("select seq8() from table(generator(rowcount => 3))") == "0\n1\n2");
  CHECK(s.run("select k from a, b").find("ambiguous column name 'K'") != std::string::npos);
}

TEST_CASE("identifiers fold unless quoted, and names may be bound") {
  sandbox s;
  CHECK(s.run("create table \"lower\" (\"a\" int, \"A\" int)") ==
        "Table lower successfully created.");
  CHECK(s.run("create table lower (x int)") == "Table LOWER successfully created.");
  s.run("insert into \"lower\" values (1, 2)");
  CHECK(s.run("select \"a\", A from \"lower\"") == "1|2");
  CHECK(s.run("select * from lower") == "");
  CHECK(s.run("select * from sandbox.public.\"lower\"") == "1|2");
  sql::statement_request r;
  r.text = "select count(*) from identifier(?)";
  r.bindings["1"] = {.type = "TEXT", .values = {"\"lower\""}, .array = false};
  CHECK(s.run(r) == "1");
  CHECK(s.run("create table \"q\"\"uote\" (a int)") == "Table q\"uote successfully created.");
  CHECK(s.run("show tables like 'q%'").find("q\"uote") != std::string::npos);
}

TEST_CASE("bindings: one row, many rows, and types of the wire") {
  sandbox s;
  s.run(
      "create table t (i int, v varchar, d date, t time, ts timestamp_ntz, tz timestamp_tz, b "
      "boolean, x binary)");
  sql::statement_request r;
  r.text = "insert into t values (?,?,?,?,?,?,?,?)";
  r.bindings = {{"1", {"FIXED", {"7"}, false}},
                {"2", {"TEXT", {"x"}, false}},
                {"3", {"DATE", {"1709164800000"}, false}},
                {"4", {"TIME", {"3723000000005"}, false}},
                {"5", {"TIMESTAMP_NTZ", {"1709168523500000001"}, false}},
                {"6", {"TIMESTAMP_TZ", {"1704060000000000000 1560"}, false}},
                {"7", {"BOOLEAN", {"true"}, false}},
                {"8", {"BINARY", {"00ff"}, false}}};
  CHECK(s.run(r) == "1");
  CHECK(s.run("select * from t") ==
        "7|x|19782|3723.000000005|1709168523.500000001|1704060000.000000000 1560|1|00FF");
  sql::statement_request many;
  many.text = "insert into t (i, v) values (?, ?)";
  many.bindings = {{"1", {"FIXED", {"1", "2", "3"}, true}},
                   {"2", {"TEXT", {"a,b", std::nullopt, ""}, true}}};
  auto const o = s.session.execute(many);
  REQUIRE(std::holds_alternative<sql::result_set>(o));
  CHECK(std::get<sql::result_set>(o).stats->inserted == 3);
  CHECK(s.run("select i, v from t where i < 4 order by i") == "1|a,b\n2|~\n3|");
  many.bindings["2"].values.pop_back();
  CHECK(s.run(many).starts_with("100132"));
  sql::statement_request describe;
  describe.text = "insert into t (i, v) values (?, ?)";
  describe.describe_only = true;
  auto const d = std::get<sql::result_set>(s.session.execute(describe));
  CHECK(d.number_of_binds == 2);
  CHECK(d.array_bind_supported);
  describe.text = "select * from t";
  auto const columns = std::get<sql::result_set>(s.session.execute(describe)).columns;
  REQUIRE(columns.size() == 8);
  CHECK(columns[0].type == "fixed");
  CHECK(columns[0].precision == 38);
  CHECK(columns[5].type == "timestamp_tz");
}

TEST_CASE(
    "transactions: DDL commits, a failed statement leaves them open, others see committed rows") {
  sandbox s;
  sql::session other(s.db,
                     {.user = "B",
                      .role = "",
                      .database = "SANDBOX",
                      .schema = "PUBLIC",
                      .warehouse = "",
                      .session_id = 8,
                      .parameters = {}});
  s.run("create table t (a int)");
  auto const seen = [&] {
    return sandbox::shown(other.execute(sandbox::request("select count(*) from t")));
  };
  s.run("begin");
  s.run("insert into t values (1)");
  CHECK(seen() == "0");
  CHECK(s.run("select count(*) from t") == "1");
  CHECK(s.run("insert into t values ('x')").starts_with("100038"));
  CHECK(s.run("select count(*) from t") == "1");
  s.run("rollback");
  CHECK(s.run("select count(*) from t") == "0");
  s.run("begin");
  s.run("insert into t values (1)");
  s.run("create table u (a int)");
  s.run("rollback");
  CHECK(seen() == "1");
  s.run("alter session set autocommit = false");
  s.run("insert into t values (2)");
  CHECK(seen() == "1");
  s.run("commit");
  CHECK(seen() == "2");
}

TEST_CASE("a writer waits for another session's transaction, with a bound") {
  sql::database_options options;
  options.lock_timeout = std::chrono::milliseconds(20);
  sandbox s(std::move(options));
  sql::session other(s.db,
                     {.user = "B",
                      .role = "",
                      .database = "SANDBOX",
                      .schema = "PUBLIC",
                      .warehouse = "",
                      .session_id = 8,
                      .parameters = {}});
  s.run("create table t (a int)");
  s.run("begin");
  s.run("insert into t values (1)");
  CHECK(sandbox::shown(other.execute(sandbox::request("insert into t values (2)")))
            .starts_with("000625/57014"));
  s.run("commit");
  CHECK(sandbox::shown(other.execute(sandbox::request("insert into t values (2)"))) == "1");
}

TEST_CASE("temporary objects are private to their session") {
  sandbox s;
  s.run("create table t (a int)");
  s.run("create temporary table t (b varchar)");
  s.run("create temporary stage st");
  CHECK(s.run("insert into t values ('own')") == "1");
  {
    sql::session other(s.db,
                       {.user = "B",
                        .role = "",
                        .database = "SANDBOX",
                        .schema = "PUBLIC",
                        .warehouse = "",
                        .session_id = 8,
                        .parameters = {}});
    CHECK(sandbox::shown(other.execute(sandbox::request("select * from t"))) == "");
    CHECK(sandbox::shown(other.execute(sandbox::request("list @st"))).starts_with("002003/02000"));
    CHECK(sandbox::shown(other.execute(sandbox::request("create temporary table t (c int)"))) ==
          "Table T successfully created.");
  }
  CHECK(s.run("select b from t") == "own");
  s.run("drop table t");
  CHECK(s.run("select a from t") == "");
}

TEST_CASE("ALTER TABLE adds, widens and refuses the rest") {
  sandbox s;
  s.run("create table t (a number(5,0), v varchar(3))");
  s.run("insert into t values (1, 'abc')");
  CHECK(s.run("alter table t add column c number(10,2) default 1.5, d varchar") ==
        "Statement executed successfully.");
  CHECK(s.run("select * from t") == "1|abc|1.50|~");
  CHECK(s.run("alter table t add column e int not null").starts_with("002261"));
  CHECK(s.run("alter table t add column if not exists c int") ==
        "Statement executed successfully.");
  CHECK(s.run("alter table t add column c int").starts_with("001430"));
  CHECK(s.run("alter table t alter column a set data type number(38,0)") ==
        "Statement executed successfully.");
  CHECK(s.run("alter table t alter column v type varchar(10)") ==
        "Statement executed successfully.");
  CHECK(s.run("alter table t alter column a type number(38,2)").starts_with("002108"));
  CHECK(s.run("alter table t alter column v type varchar(2)").starts_with("002108"));
  CHECK(s.run("alter table t alter column d set not null").starts_with("002270"));
  CHECK(s.run("alter table t drop column d") == "Statement executed successfully.");
  CHECK(s.run("update t set a = a + 1 where v = 'abc'") == "1|0");
  CHECK(s.run("delete from t where a = 2") == "1");
}

TEST_CASE("several statements in one request need their count") {
  sandbox s;
  auto r = sandbox::request("create table t (a int); insert into t values (1); select * from t");
  CHECK(s.run(r).starts_with("000008"));
  r.parameters["MULTI_STATEMENT_COUNT"] = std::int64_t{3};
  auto const o = s.session.execute(r);
  REQUIRE(std::holds_alternative<sql::multi_result>(o));
  CHECK(std::get<sql::multi_result>(o).children.size() == 3);
}

TEST_CASE("PUT and GET are parsed, not run") {
  sandbox s;
  s.run("create stage \"my st\"");
  s.run("create stage st");
  auto const put = [&](std::string const& text) {
    auto const o = s.execute(text);
    INFO(sandbox::shown(o));
    REQUIRE(std::holds_alternative<sql::transfer>(o));
    return std::get<sql::transfer>(o);
  };
  auto t =
      put("PUT 'file:///dir/part 1.csv.gz' '@\"SANDBOX\".PUBLIC.\"my st\"/load/42' PARALLEL = 8 "
          "AUTO_COMPRESS=FALSE SOURCE_COMPRESSION=GZIP OVERWRITE = TRUE");
  CHECK(t.local == "/dir/part 1.csv.gz");
  CHECK(t.stage.path == "load/42/");
  CHECK(t.stage.display == "my st/");
  CHECK(t.parallel == 8);
  CHECK(!t.auto_compress);
  CHECK(t.overwrite);
  CHECK(t.source_compression == "gzip");
  s.run(
      "create temporary stage SYSTEM$BIND file_format=(type=csv "
      "field_optionally_enclosed_by='\"')");
  t =
      put("PUT file://1'@SYSTEM$BIND/abc-def' overwrite=true auto_compress=false "
          "source_compression=gzip");
  CHECK(t.local == "1");
  CHECK(t.stage.path == "abc-def/");
  t = put("put file:///tmp/a//b*.csv @~/x");
  CHECK(t.local == "/tmp/a//b*.csv");
  CHECK(t.stage.prefix == "users/LOADER/");
  CHECK(s.run("put file:///x @st nosuch=1").starts_with("001003"));
  CHECK(s.run("put file:///x @nosuch")
            .starts_with("002003/02000: SQL compilation error:\nStage 'SANDBOX.PUBLIC.NOSUCH' does "
                         "not exist"));
  CHECK(s.run("put /x @st").starts_with("001003"));
  s.stage("@st", "a.csv", "1\n");
  auto const g = put("get @st 'file:///out/'");
  REQUIRE(g.files.size() == 1);
  CHECK(g.files[0].name == "a.csv");
  CHECK(s.run("ls @st").starts_with("st/a.csv|2|"));
  CHECK(s.run("rm @st/a") == "st/a.csv|removed");
}

TEST_CASE("a database in a file is found again with its tables, stages and load metadata") {
  auto const path = std::string("sandbox_sql_reopen.sqlite");
  for (auto const* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  {
    sql::database_options options;
    options.file = path;
    sandbox s(std::move(options));
    s.run("create table t (a number(12,2) default 3.5, \"b\" varchar)");
    s.run("insert into t (\"b\") values ('x')");
    s.run("create stage st file_format=(type=csv field_delimiter='|' null_if=('\\\\N','NULL'))");
  }
  {
    sql::database_options options;
    options.file = path;
    sandbox s(std::move(options));
    CHECK(s.run("select * from t") == "3.50|x");
    CHECK(s.run("desc stage st").find("FIELD_DELIMITER|String||") != std::string::npos);
  }
  for (auto const* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
}

TEST_CASE("sessions that create, alter and fill one table at once do not trip over each other") {
  sandbox s;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&s, &wrong, i] {
      sql::session own(s.db,
                       {.user = "T",
                        .role = "",
                        .database = "SANDBOX",
                        .schema = "PUBLIC",
                        .warehouse = "SANDBOX_WH",
                        .session_id = i,
                        .parameters = {}});
      auto const run = [&](std::string const& text) {
        if (std::holds_alternative<sql::failure>(own.execute(sandbox::request(text)))) ++wrong;
      };
      run("create table if not exists t (a int)");
      for (int n = 0; n < 25; ++n) {
        run("insert into t (a) values (1)");
        run(fmt::format("alter table t add column c{}_{} int", i, n));
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
  CHECK(s.run("select count(*) from t") == "100");
  CHECK(s.run("select count(*) from information_schema.columns where table_name = 'T'") == "101");
}

TEST_CASE("the harness reads SQLite, it does not write") {
  sandbox s;
  s.run("create table t (a int)");
  CHECK(s.sqlite("select count(*) from \"SANDBOX.PUBLIC.T\"") == "0");
  CHECK_THROWS_WITH(s.db.query("insert into \"SANDBOX.PUBLIC.T\" values (1)"),
                    "sandbox database: query() only reads");
  CHECK_THROWS_AS(s.db.query("select nosuch"), std::runtime_error);
}

TEST_CASE("a pipe's statement and the record of it are kept together, or neither is") {
  sql::database_options options;
  options.lock_timeout = std::chrono::milliseconds(20);
  sandbox s(std::move(options));
  s.run("create table t (a int)");
  sql::pipe_session pipes(s.db,
                          {.user = "PIPES",
                           .role = "",
                           .database = "SANDBOX",
                           .schema = "PUBLIC",
                           .warehouse = "",
                           .session_id = 9,
                           .parameters = {}});
  sql::pipe_description pipe;
  pipe.database = "SANDBOX";
  pipe.schema = "PUBLIC";
  auto const insert = [&](std::string const& sqlite) {
    return pipes.execute(
        pipe, "insert into t values (1)", [&](sql::pipe_transaction& to, sql::outcome const&) {
          to.run("CREATE TABLE IF NOT EXISTS _record (n INTEGER)", {});
          to.run(sqlite, {});
        });
  };
  CHECK_THROWS_AS(insert("INSERT INTO _nowhere VALUES (1)"), std::runtime_error);
  CHECK(s.run("select count(*) from t") == "0");
  CHECK(sandbox::shown(insert("INSERT INTO _record VALUES (1)")) == "1");
  CHECK(s.run("select count(*) from t") == "1");
  // What waited too long is not recorded, so that it can be tried again.
  s.run("begin");
  s.run("insert into t values (2)");
  CHECK(sandbox::shown(insert("INSERT INTO _record VALUES (2)")).starts_with("000625/57014"));
  s.run("rollback");
  CHECK(s.run("select count(*) from t") == "1");
  CHECK(s.db.query("SELECT COUNT(*) FROM _record").at(0).at(0) == "1");
}

TEST_CASE("durable commits wait for the disk") {
  sluice_test::temporary_directory const directory;
  auto const synchronous = [&](bool durable) {
    sql::database_options o;
    o.file = directory.path() + "/rows.sqlite";
    o.durable = durable;
    sandbox s(o);
    std::string out;
    sql::pipe_session(s.db, {}).write([&](sql::pipe_transaction& to) {
      out = std::to_string(std::get<std::int64_t>(to.run("PRAGMA synchronous", {}).at(0).at(0)));
    });
    return out;
  };
  CHECK(synchronous(false) == "0");  // OFF
  CHECK(synchronous(true) == "2");   // FULL
}
