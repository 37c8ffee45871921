#include "catch.hpp"
#include "driver.hpp"
#include "temporary_directory.hpp"

#include <sluice/sandbox/sandbox.hpp>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

namespace sandbox = sluice::sandbox;
using plain_client::driver;
using plain_client::member;
using plain_client::reply;

namespace {

/// A sandbox with LOCAL_FS stages, a session, a table T and three files of two rows each in
/// `@~/run/`.
struct loaded_stage {
  static sandbox::options local() {
    sandbox::options o;
    o.stage = sandbox::stage_kind::local_fs;
    return o;
  }

  loaded_stage() {
    must("create table t (id number(38,0), name varchar)");
    std::string const directory = member(must("put 'file:///x' '@~/run/'").body, "location");
    for (int file = 0; file < 3; ++file) {
      std::ofstream(directory + "/part-" + std::to_string(file) + ".csv") << file * 2 << ",a\n"
                                                                          << file * 2 + 1 << ",b\n";
    }
  }

  reply must(std::string const& sql) {
    reply const r = d.query(sql, "m" + std::to_string(++ids));
    INFO(sql << '\n' << r.body);
    REQUIRE(r.contains("\"success\":true"));
    return r;
  }

  std::int64_t rows() { return box.number("select count(*) from t"); }

  sandbox::server box{local()};
  driver d{box};
  int ids = 0;
};

constexpr auto copy_list =
    "copy into t from '@~/run/' files=('part-0.csv','part-1.csv','part-2.csv') "
    "file_format=(type=csv)";
constexpr auto copy_prefix = "copy into t from '@~/run/' file_format=(type=csv)";

}  // namespace

TEST_CASE("without a fault COPY loads every file once") {
  loaded_stage s;
  reply const r = s.must(copy_list);
  CHECK(r.contains("part-2.csv"));
  CHECK(s.rows() == 6);
  s.must(copy_list);
  CHECK(s.rows() == 6);
}

TEST_CASE("copy_reply_lost: a marked replay gets the reply, a new COPY loads nothing more") {
  loaded_stage s;
  s.box.faults().arm("copy_reply_lost");
  CHECK(s.d.query(copy_list, "lost").status == 0);
  CHECK(s.box.faults().fired("copy_reply_lost") == 1);
  CHECK(s.rows() == 6);
  reply const replay = s.d.query(copy_list, "lost", "&retryCount=1&clientStartTime=1");
  CHECK(replay.contains("LOADED"));
  CHECK(s.box.log().executions("lost") == 1);
  CHECK(s.must(copy_list).contains("LOAD_SKIPPED"));
  CHECK(s.rows() == 6);
}

TEST_CASE("execute_twice: only load metadata keeps the files from loading twice") {
  loaded_stage s;
  s.box.faults().arm("execute_twice");
  CHECK(s.d.query(copy_list, "twice").status == 0);
  CHECK(s.d.query(copy_list, "twice", "&retryCount=1").contains("LOAD_SKIPPED"));
  CHECK(s.box.log().executions("twice") == 2);
  CHECK(s.rows() == 6);
  s.box.faults().arm("execute_twice");
  CHECK(s.d.query("insert into t values (1, 'x')", "row").status == 0);
  CHECK(s.d.query("insert into t values (1, 'x')", "row", "&retryCount=1").status == 200);
  CHECK(s.rows() == 8);
}

TEST_CASE("insert_reply_lost and commit_reply_lost lose the reply alone") {
  loaded_stage s;
  s.box.faults().arm("insert_reply_lost");
  CHECK(s.d.query("insert into t values (1, 'x')", "i").status == 0);
  CHECK(s.rows() == 1);
  s.must("begin");
  s.must("insert into t values (2, 'y')");
  s.box.faults().arm("commit_reply_lost");
  CHECK(s.d.query("commit", "c").status == 0);
  CHECK(s.rows() == 2);
}

TEST_CASE("copy_zero_files succeeds and loads nothing") {
  loaded_stage s;
  s.box.faults().arm("copy_zero_files");
  CHECK(s.must(copy_list).contains("Copy executed with 0 files processed."));
  CHECK(s.rows() == 0);
  s.must(copy_list);
  CHECK(s.rows() == 6);
}

TEST_CASE("copy_files_remain leaves the last file and says so in its rows only") {
  loaded_stage s;
  s.box.faults().arm("copy_files_remain");
  reply const r = s.must(copy_list);
  CHECK(r.contains("part-1.csv"));
  CHECK_FALSE(r.contains("part-2.csv"));
  CHECK(s.rows() == 4);
}

TEST_CASE("stage_path_shared puts another job's file under the path") {
  loaded_stage s;
  s.box.faults().arm("stage_path_shared");
  CHECK(s.must(copy_prefix).contains("other-job-part-0.csv"));
  CHECK(s.rows() == 8);
  loaded_stage listed;
  listed.box.faults().arm("stage_path_shared");
  listed.must(copy_list);
  CHECK(listed.box.faults().fired("stage_path_shared") == 1);
  CHECK(listed.rows() == 6);
}

TEST_CASE("table_not_ready refuses as just after CREATE TABLE, in both forms") {
  loaded_stage s;
  s.box.faults().arm("table_not_ready:1:2");
  CHECK(s.d.query(copy_list, "n1").contains("002003"));
  CHECK(s.d.query("select * from t", "n2").contains("002003"));
  s.must("select 1");
  s.must(copy_list);
  CHECK(s.rows() == 6);
  s.box.faults().arm("table_not_ready_500");
  CHECK(s.d.query("desc table t", "n3").status == 500);
  s.must("desc table t");
}

TEST_CASE("copy_burst_serialised holds COPY statements one after another") {
  loaded_stage s;
  s.must("create table u (id number(38,0), name varchar)");
  driver const other(s.box);
  s.box.faults().arm("copy_burst_serialised=40:1:2");
  auto const start = std::chrono::steady_clock::now();
  std::thread beside(
      [&] { other.query("copy into u from '@~/run/' file_format=(type=csv)", "b1"); });
  s.must(copy_list);
  beside.join();
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(80));
  CHECK(s.box.faults().fired("copy_burst_serialised") == 2);
  for (auto const& copy : s.box.log().of("copy")) CHECK(copy.took >= std::chrono::milliseconds(40));
  CHECK(s.box.number("select count(*) from u") == 6);
}

TEST_CASE("a lost session rolls back and drops its temporary objects") {
  loaded_stage s;
  s.must("create temporary table only_here (id number(38,0))");
  s.must("begin");
  s.must("insert into t values (1, 'x')");
  s.box.faults().arm("session_gone");
  CHECK(s.d.query("select 1", "g1").contains("390111"));
  CHECK(s.rows() == 0);
  driver const next(s.box);
  CHECK(next.query("select * from only_here", "g2").contains("002003"));
}

TEST_CASE("a cancelled statement takes no effect") {
  loaded_stage s;
  s.box.faults().arm("statement_slow=3600000");
  reply answer;
  std::thread waiting([&] { answer = s.d.query(copy_list, "cancelled"); });
  auto const abort = [&] {
    return s.d.post("/queries/v1/abort-request", R"({"requestId":"cancelled"})", s.d.token);
  };
  while (abort().contains("000605")) std::this_thread::yield();
  waiting.join();
  CHECK(answer.contains("000604"));
  CHECK(s.rows() == 0);
}

TEST_CASE("rows beyond the inline limit come in chunks that want their headers") {
  sandbox::options o;
  o.inline_rows = 2;
  sandbox::server box(o);
  driver const d(box);
  d.query("create table t (id number(38,0))", "k1");
  d.query("insert into t values (1), (2), (3), (4), (5)", "k2");
  reply const r = d.query("select id from t order by id", "k3");
  CHECK(r.contains(R"("rowset":[["1"],["2"]],"total":5)"));
  std::string const url = member(r.body, "url");
  std::string const path = url.substr(url.find("/results/"));
  CHECK(plain_client::send(box.where().stage_port, "GET", path).status == 403);
  constexpr auto name = "x-amz-server-side-encryption-customer-key";
  plain_client::headers const wanted{{name, member(r.body, name)},
                                     {"x-amz-server-side-encryption-customer-algorithm", "AES256"}};
  reply const chunk = plain_client::send(box.where().stage_port, "GET", path, {}, wanted);
  CHECK(chunk.status == 200);
  CHECK(chunk.body.substr(0, 2) == "\x1f\x8b");
  auto with_token = wanted;
  with_token.emplace_back("Authorization", "Snowflake Token=\"x\"");
  CHECK(plain_client::send(box.where().stage_port, "GET", path, {}, with_token).status == 400);
}

TEST_CASE("several statements in one request have a result each") {
  sandbox::server box;
  driver const d(box);
  reply const r =
      d.post("/queries/v1/query-request?requestId=several",
             R"({"sqlText":"select 1; select 2","parameters":{"MULTI_STATEMENT_COUNT":2}})",
             d.token);
  INFO(r.body);
  std::string const ids = member(r.body, "resultIds");
  auto const comma = ids.find(',');
  REQUIRE(comma != std::string::npos);
  CHECK(r.contains("\"statementTypeId\":40960"));
  CHECK(d.get("/queries/" + ids.substr(0, comma) + "/result").contains(R"("rowset":[["1"]])"));
  CHECK(d.get("/queries/" + ids.substr(comma + 1) + "/result").contains(R"("rowset":[["2"]])"));
}

TEST_CASE("rows and stage files survive in a data directory") {
  sluice_test::temporary_directory const directory;
  sandbox::options o;
  o.data = directory.path();
  {
    sandbox::server box(o);
    driver const d(box);
    d.query("create table t (id number(38,0))", "d1");
    d.query("insert into t values (7)", "d2");
    CHECK_FALSE(box.where().sqlite_uri.empty());
  }
  {
    sandbox::server box(o);
    CHECK(box.number("select id from t") == 7);
  }
}

TEST_CASE("the log has no status for a request that got no reply") {
  sandbox::server box;
  for (std::string const action : {"drop_reply", "close_reply", "half_status_line"}) {
    INFO(action);
    for (auto const port : {box.where().account_port, box.where().stage_port}) {
      box.faults().arm("any." + action);
      CHECK_FALSE(plain_client::send(port, "GET", "/nothing").complete);
      CHECK(box.log().all().back().status == 0);
    }
  }
}
