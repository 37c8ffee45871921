#include "catch.hpp"
#include "unit/sandbox_sql/fixture.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <thread>

using namespace sandbox_sql_tests;

namespace {

std::string gzip(std::string const& text) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string zstd(std::string const& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

}  // namespace

TEST_CASE("COPY answers one row per file and loads a file once") {
  sandbox s;
  s.run("create table t (a int, b varchar)");
  s.run("create stage st file_format=(type=csv)");
  auto const key = s.stage("@st/load/1/", "x.csv", "1,one\n2,two\n");
  CHECK(s.run("copy into t from @st/load/1/ files=('x.csv')") ==
        "st/load/1/x.csv|LOADED|2|2|1|0|~|~|~|~");
  auto const columns =
      std::get<sql::result_set>(s.execute("copy into t from @st/load/1/ files=('x.csv')"));
  CHECK(columns.columns[0].name == "file");
  CHECK(columns.columns[9].name == "first_error_column_name");
  CHECK(columns.statement_type_id == sql::statement_type::copy);
  CHECK(s.run("copy into t from @st/load/1/ files=('x.csv')") ==
        "st/load/1/x.csv|LOAD_SKIPPED|0|0|1|1|File was loaded before.|~|~|~");
  CHECK(s.run("copy into t from @st/load/1/") == "Copy executed with 0 files processed.");
  CHECK(s.run("copy into t from @st/load/1/ force=true").find("|LOADED|2|2|") != std::string::npos);
  s.store.put(key, "3,three\n");  // another ETag
  CHECK(s.run("copy into t from @st/load/1/").find("|LOADED|1|1|") != std::string::npos);
  s.run("truncate table t");
  CHECK(s.run("copy into t from @st/load/1/ purge=true").find("|LOADED|1|1|") != std::string::npos);
  CHECK(s.run("list @st") == "");
  CHECK(s.run("select a, b from t") == "3|three");
}

TEST_CASE("a path is a prefix and FILES are joined to it exactly") {
  sandbox s;
  s.run("create table t (a int)");
  s.run("create stage st file_format=(type=csv)");
  s.stage("@st/load/4/", "x.csv", "4\n");
  s.stage("@st/load/42/", "x.csv", "42\n");
  s.stage("@st/load/42/", "x.csv.bak", "43\n");
  CHECK(
      s.run("copy into t from @st/load/42 files=('x.csv')").starts_with("st/load/42/x.csv|LOADED"));
  CHECK(s.run("copy into t from @st/load/4 files=('2/x.csv')").starts_with("091016"));
  CHECK(s.run("copy into t from @st/load/4").find("st/load/42/x.csv.bak|LOADED") !=
        std::string::npos);
  s.run("truncate table t");
  CHECK(s.run("copy into t from @st pattern='.*4[.]csv'") ==
        "Copy executed with 0 files processed.");
  CHECK(s.run("copy into t from @st pattern='load/4/.*[.]csv'")
            .starts_with("st/load/4/x.csv|LOADED"));
  std::string many = "copy into t from @st files=(";
  for (int i = 0; i < 1001; ++i) many += fmt::format("{}'{}'", i > 0 ? "," : "", i);
  CHECK(s.run(many + ")").starts_with("001012"));
}

TEST_CASE("ON_ERROR decides what a bad row does") {
  sandbox s;
  s.run("create table t (a int, b varchar(5))");
  s.run("create stage st file_format=(type=csv)");
  s.stage("@st/", "bad.csv", "1,a\nx,b\n3,toolong\n4,d\n");
  s.stage("@st/", "good.csv", "9,z\n");
  auto const count = [&] { return s.run("select count(*) from t"); };
  auto const abort = s.run("copy into t from @st");
  CHECK(
      abort.starts_with("100038/22018: Numeric value 'x' is not recognized\n  File 'st/bad.csv', "
                        "line 2, character 1\n  Row 2, column \"T\"[\"A\":1]\n"));
  CHECK(count() == "0");
  CHECK(s.run("copy into t from @st on_error=skip_file") ==
        "st/bad.csv|LOAD_FAILED|2|0|1|1|Numeric value 'x' is not "
        "recognized|2|1|\"T\"[\"A\":1]\nst/good.csv|LOADED|1|1|1|0|~|~|~|~");
  CHECK(count() == "1");
  CHECK(s.run("copy into t from @st on_error=skip_file_3 return_failed_only=true")
            .find("st/bad.csv|PARTIALLY_LOADED|4|2|3|2") == 0);
  s.run("truncate t");
  CHECK(s.run("copy into t from @st files=('bad.csv') on_error='SKIP_FILE_40%'")
            .find("|LOAD_FAILED|4|0|") != std::string::npos);
  CHECK(s.run("copy into t from @st files=('bad.csv') on_error='SKIP_FILE_50%'")
            .find("|PARTIALLY_LOADED|4|2|") != std::string::npos);
  s.run("truncate t");
  CHECK(s.run("copy into t from @st files=('bad.csv', 'gone.csv') on_error=continue")
            .find("st/gone.csv|LOAD_FAILED") != std::string::npos);
  CHECK(
      s.run("select error, line, character, code, column_name, row_number, rejected_record from "
            "table(validate(t, job_id => '_last')) order by line") ==
      "Numeric value 'x' is not recognized|2|1|100038|\"T\"[\"A\":1]|2|x,b\n"
      "String 'toolong' is too long and would be truncated|3|3|100078|\"T\"[\"B\":2]|3|3,toolong");
  s.run("truncate t");
  CHECK(s.run("copy into t from @st files=('bad.csv') on_error=continue truncatecolumns=true")
            .find("|PARTIALLY_LOADED|4|3|") != std::string::npos);
  CHECK(s.run("select b from t where a = 3") == "toolo");
  CHECK(s.run("copy into t from @st validation_mode=return_errors")
            .find("Numeric value 'x' is not recognized|st/bad.csv|2|1|") == 0);
  CHECK(s.run("copy into t from @st files=('good.csv') validation_mode=return_1_rows") == "9|z");
}

TEST_CASE("unknown options and unsupported formats are named") {
  sandbox s;
  s.run("create table t (a int)");
  s.run("create stage st");
  CHECK(s.run("copy into t from @st file_format=(type=csv field_delimitter=',')")
            .find("unexpected 'FIELD_DELIMITTER'") != std::string::npos);
  CHECK(s.run("copy into t from @st nosuch=1").starts_with("001003"));
  CHECK(
      s.run("copy into t from @st file_format=(type=parquet)").find("file format TYPE = PARQUET") !=
      std::string::npos);
  CHECK(s.run("copy into t from @st file_format=(type=json field_delimiter=',')")
            .starts_with("001003"));
  CHECK(s.run("copy into t from @st on_error=sometimes").starts_with("001006"));
  CHECK(s.run("copy into t from @st where a = 1").starts_with("001003"));
  CHECK(s.run("create stage bad file_format=(type=csv nosuch=1)").starts_with("001003"));
  CHECK(s.run("create file format f type=csv skip_header=-1").starts_with("001006"));
  s.run("use warehouse sandbox_wh");
  sql::session idle(s.db,
                    {.user = "B",
                     .role = "",
                     .database = "SANDBOX",
                     .schema = "PUBLIC",
                     .warehouse = "",
                     .session_id = 9,
                     .parameters = {}});
  CHECK(sandbox::shown(idle.execute(sandbox::request("copy into t from @st")))
            .starts_with("000606/57P03"));
}

TEST_CASE("compressed files are read whole, by name or by their first bytes") {
  sandbox s;
  s.run("create table t (a int)");
  s.run("create stage st file_format=(type=csv)");
  s.stage("@st/g/", "a", gzip("1\n2\n") + gzip("3\n"));
  s.stage("@st/z/", "b", zstd("4\n") + zstd("5\n6\n"));
  CHECK(s.run("copy into t from @st/g/").find("|LOADED|3|3|") != std::string::npos);
  CHECK(s.run("copy into t from @st/z/ file_format=(type=csv compression=zstd)")
            .find("|LOADED|3|3|") != std::string::npos);
  auto cut = gzip("7\n8\n");
  cut.resize(cut.size() - 5);
  s.stage("@st/c/", "c", cut);
  CHECK(s.run("copy into t from @st/c/").starts_with("100142"));
  CHECK(s.run("copy into t from @st/c/ on_error=continue").find("|LOAD_FAILED|") !=
        std::string::npos);
  s.stage("@st/p/", "plain", "9\n");
  CHECK(s.run("copy into t from @st/p/ file_format=(type=csv compression=gzip)")
            .starts_with("100142"));
  s.stage("@st/k/", "k", "BADKEY");
  CHECK(s.run("copy into t from @st/k/").find("wrapped key does not fit the master key") !=
        std::string::npos);
  CHECK(s.run("select sum(a) from t") == "21");
}

TEST_CASE("JSON: one VARIANT, columns by name, or a transformation") {
  sandbox s;
  s.run("create stage st file_format=(type=json)");
  s.stage("@st/",
          "a.json",
          "{\"ID\":1,\"Name\":\"x\",\"n\":12.50,\"o\":{\"z\":1,\"a\":null}}\n{\"ID\":\"2\",\"n\":"
          "null}\n");
  s.run("create table v (j variant)");
  CHECK(s.run("copy into v from @st").find("|LOADED|2|2|") != std::string::npos);
  CHECK(s.run("select j:ID::int, j:n::number(10,2), j:o.z from v order by 1") ==
        "1|12.50|1\n2|~|~");
  CHECK(s.run("select j from v where j:ID = 2") == "{\n  \"ID\": \"2\",\n  \"n\": null\n}");
  s.run("create table t (id int, name varchar default 'none', n number(10,2), o variant)");
  CHECK(s.run("copy into t from @st").starts_with("002019/0A000"));
  CHECK(s.run("copy into t from @st match_by_column_name=case_insensitive").find("|LOADED|2|2|") !=
        std::string::npos);
  CHECK(s.run("select id, name, n, o:z from t order by id") == "1|x|12.50|1\n2|none|~|~");
  s.run("truncate t");
  CHECK(s.run("copy into t (n, id) from (select $1:n, $1:ID::number from @st x) on_error=continue")
            .find("|LOADED|2|2|") != std::string::npos);
  CHECK(s.run("select id, n from t order by id") == "1|12.50\n2|~");
  s.stage("@st/arr/", "b.json", " [ {\"ID\":5}, \n {\"ID\":6} ] ");
  CHECK(s.run("copy into t from @st/arr/ match_by_column_name=case_insensitive "
              "file_format=(type=json strip_outer_array=true)")
            .find("|LOADED|2|2|") != std::string::npos);
  s.stage("@st/bad/", "c.json", "{\"ID\":7}\n{\"ID\":\n{\"ID\":8}\n");
  auto const bad =
      s.run("copy into t from @st/bad/ match_by_column_name=case_insensitive on_error=continue");
  CHECK(bad.find("|PARTIALLY_LOADED|3|2|") != std::string::npos);
  CHECK(bad.find("Error parsing JSON") != std::string::npos);
}

TEST_CASE("transformations of CSV pick, cast and compute") {
  sandbox s;
  s.run("create table t (a int, b varchar, f varchar, n int)");
  s.run("create stage st file_format=(type=csv skip_header=1)");
  s.stage("@st/", "a.csv", "h,h,h\n1,x,2024-01-01\n2,y,bad\n");
  CHECK(s.run("copy into t from (select t.$1 * 10, upper($2) || '!', metadata$filename, "
              "metadata$file_row_number from @st t)")
            .find("|LOADED|2|2|") != std::string::npos);
  CHECK(s.run("select * from t order by a") == "10|X!|st/a.csv|1\n20|Y!|st/a.csv|2");
  CHECK(s.run("copy into t (b) from (select $3::date from @st) force=true on_error=continue")
            .find("Date 'bad' is not recognized") != std::string::npos);
  CHECK(s.run("copy into t (a) from (select $1 from @st where $1 > 1)").starts_with("002070"));
  CHECK(s.run("copy into t from (select $1 from @st)").starts_with("002020"));
}

TEST_CASE("columns by header, in any order, with extra columns ignored") {
  sandbox s;
  s.run("create table t (a int, b varchar default 'd')");
  s.run("create stage st");
  s.stage("@st/", "a.csv", "extra,A\nq,1\n");
  CHECK(s.run("copy into t from @st file_format=(type=csv parse_header=true) "
              "match_by_column_name=case_sensitive")
            .find("|LOADED|1|1|") != std::string::npos);
  CHECK(s.run("select * from t") == "1|d");
  CHECK(s.run("copy into t from @st file_format=(type=csv) match_by_column_name=case_sensitive")
            .starts_with("001091"));
}

TEST_CASE("COPY takes part in a transaction, and its load metadata too") {
  sandbox s;
  s.run("create table t (a int)");
  s.run("create stage st file_format=(type=csv)");
  s.stage("@st/", "a.csv", "1\n");
  s.run("begin");
  CHECK(s.run("copy into t from @st").find("|LOADED|") != std::string::npos);
  s.run("rollback");
  CHECK(s.run("select count(*) from t") == "0");
  CHECK(s.run("copy into t from @st").find("|LOADED|") != std::string::npos);
  CHECK(s.run("select file_name, row_count, status from "
              "table(information_schema.copy_history(table_name => 'T', start_time => "
              "dateadd(hours, -1, current_timestamp())))") == "a.csv|1|Loaded");
  CHECK(
      s.run(
          "select file_name, status from information_schema.load_history where table_name = 'T'") ==
      "st/a.csv|LOADED");
}

TEST_CASE("two COPY statements at once load a file once") {
  sandbox s;
  s.run("create table t (a int)");
  s.run("create stage st file_format=(type=csv)");
  std::string rows;
  for (int i = 0; i < 20'000; ++i) rows += fmt::format("{}\n", i);
  for (int i = 0; i < 4; ++i) s.stage("@st/", fmt::format("f{}", i), rows);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&s] {
      sql::session own(s.db,
                       {.user = "T",
                        .role = "",
                        .database = "SANDBOX",
                        .schema = "PUBLIC",
                        .warehouse = "SANDBOX_WH",
                        .session_id = 1,
                        .parameters = {}});
      own.execute(sandbox::request("copy into t from @st"));
    });
  }
  for (auto& t : threads) t.join();
  CHECK(s.run("select count(*), count(distinct a) from t") == "80000|20000");
}

TEST_CASE("staged binds are read back as rows") {
  sandbox s;
  s.run("create table t (a int, b varchar, d date)");
  s.run(
      "create temporary stage SYSTEM$BIND file_format=(type=csv "
      "field_optionally_enclosed_by='\"')");
  s.stage("@SYSTEM$BIND/u-1", "1", "1,\"a,\"\"b\",2024-01-01\n2,\"\",\n3,,2024-01-02\n");
  auto r = sandbox::request("insert into t values (?, ?, ?)");
  r.bind_stage = "@SYSTEM$BIND/u-1";
  CHECK(s.run(r) == "3");
  CHECK(s.run("select * from t order by a") == "1|a,\"b|19723\n2||~\n3|~|19724");
}

TEST_CASE("SIZE_LIMIT stops before the next file") {
  sandbox s;
  s.run("create table t (a int)");
  s.run("create stage st file_format=(type=csv)");
  for (int i = 0; i < 4; ++i) s.stage("@st/", fmt::format("f{}", i), "1\n2\n");
  s.run("copy into t from @st size_limit=5");
  CHECK(s.run("select count(*) from t") == "4");
}
