#include "catch.hpp"
#include "unit/sandbox_sql/fixture.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

using namespace sandbox_sql_tests;
using namespace std::chrono_literals;

namespace {

constexpr auto day = 24h;

/// An account whose clock stands still until a test moves it, from 2026-01-01 00:00:00 on.
struct dated : sandbox {
  dated()
      : dated(std::make_shared<std::chrono::system_clock::time_point>(
            std::chrono::sys_days(std::chrono::year(2026) / 1 / 1))) {}

  void wait(std::chrono::system_clock::duration time) {
    *now += time;
    store.written = *now;
  }

  /// Stages a file of one row and loads it.
  std::string load(std::string const& name) {
    stage("@st/in/", name, "1\n");
    return run("copy into t from @st/in/ files=('" + name + "')");
  }

  std::string again(std::string const& name, std::string const& options = {}) {
    return run("copy into t from @st/in/ files=('" + name + "') " + options);
  }

  /// Names that COPY_HISTORY answers for these arguments behind TABLE_NAME, joined.
  std::string history(std::string const& arguments) {
    return run(
        "select listagg(file_name, ' ') from table(information_schema.copy_history("
        "table_name => 'T', " +
        arguments + "))");
  }

  std::shared_ptr<std::chrono::system_clock::time_point> now;

 private:
  explicit dated(std::shared_ptr<std::chrono::system_clock::time_point> clock)
      : sandbox(options_with(clock)), now(std::move(clock)) {
    run("create table t (a int)");
    run("create stage st file_format=(type=csv)");
    store.written = *now;
  }

  static sql::database_options options_with(
      std::shared_ptr<std::chrono::system_clock::time_point> clock) {
    sql::database_options out;
    out.now = [clock] { return *clock; };
    return out;
  }
};

bool loaded(std::string const& row) {
  return row.find("|LOADED|1|1|") != std::string::npos;
}

bool skipped(std::string const& row) {
  return row.find("|LOAD_SKIPPED|0|0|") != std::string::npos;
}

}  // namespace

TEST_CASE("START_TIME and END_TIME of COPY_HISTORY bound the times of loads") {
  dated s;
  REQUIRE(loaded(s.load("a")));
  s.wait(5 * day);
  REQUIRE(loaded(s.load("b")));
  s.wait(5 * day);
  REQUIRE(loaded(s.load("c")));
  CHECK(s.run("select current_timestamp() = '2026-01-11 00:00:00'::timestamp_ltz") == "1");
  CHECK(s.history("start_time => dateadd(day, -13, current_timestamp())") == "a b c");
  CHECK(s.history("start_time => dateadd(day, -6, current_timestamp())") == "b c");
  CHECK(s.history("start_time => dateadd(hour, -1, current_timestamp())") == "c");
  CHECK(s.history("start_time => current_timestamp") == "c");
  CHECK(s.history("start_time => dateadd(second, 1, current_timestamp())") == "");
  CHECK(s.history("start_time => dateadd(day, -13, current_timestamp()), "
                  "end_time => dateadd(hour, -1, current_timestamp())") == "a b");
  // Both ends belong to the range.
  CHECK(s.history("start_time => '2026-01-01 00:00:00', end_time => '2026-01-06 00:00:00'") ==
        "a b");
  CHECK(s.history("start_time => '2026-01-01 00:00:00.001', "
                  "end_time => '2026-01-05 23:59:59.999'") == "");
  CHECK(s.history("start_time => to_timestamp_ltz('2026-01-06T02:00:00+02:00')") == "b c");
  CHECK(s.history("start_time => '2026-01-06'::date") == "b c");
  auto bound = sandbox::request(
      "select listagg(file_name, ' ') from table(information_schema.copy_history(table_name => ?, "
      "start_time => ?))");
  bound.bindings["1"] = {"TEXT", {"T"}, false};
  bound.bindings["2"] = {"TEXT", {"2026-01-06 00:00:00"}, false};
  CHECK(s.run(bound) == "b c");
}

TEST_CASE("COPY_HISTORY has no load of more than 14 days ago") {
  dated s;
  REQUIRE(loaded(s.load("a")));
  s.wait(1ms);
  REQUIRE(loaded(s.load("b")));
  s.wait(14 * day - 1ms);
  CHECK(s.history("start_time => dateadd(day, -14, current_timestamp())") == "a b");
  s.wait(1ms);
  CHECK(s.history("start_time => dateadd(day, -14, current_timestamp())") == "b");
  // An earlier START_TIME does not bring it back.
  CHECK(s.history("start_time => dateadd(day, -30, current_timestamp())") == "b");
  s.wait(1ms);
  CHECK(s.history("start_time => '2020-01-01'") == "");
  // The load metadata outlive the history.
  CHECK(skipped(s.again("a")));
}

TEST_CASE("COPY_HISTORY refuses arguments that are missing or no constants") {
  dated s;
  auto const call = [&](std::string const& arguments) {
    return s.run("select * from table(information_schema.copy_history(" + arguments + "))");
  };
  CHECK(call("table_name => 'T'").starts_with("000938"));
  CHECK(call("start_time => current_timestamp()").starts_with("000938"));
  CHECK(call("table_name => 'T', start_time => null").starts_with("002018/22023"));
  CHECK(call("table_name => t, start_time => current_timestamp()").starts_with("002018/22023"));
  CHECK(call("table_name => 'T', start_time => (select current_timestamp())")
            .starts_with("002018/22023"));
  CHECK(call("table_name => 'T', start_time => dateadd(day, (select 1), current_timestamp())")
            .starts_with("002018/22023"));
  CHECK(call("table_name => 'T', start_time => 'yesterday'").starts_with("100035"));
  CHECK(call("table_name => 'T', start_time => current_timestamp(), end_time => null")
            .starts_with("002018/22023"));
  CHECK(call("table_name => 'T', start_time => current_timestamp(), since => 1")
            .starts_with("001003"));
  CHECK(call("table_name => 'NONE', start_time => current_timestamp()").starts_with("002003"));
}

TEST_CASE("LOAD_HISTORY goes 14 days back, has one database and at most 10,000 rows") {
  dated s;
  auto const names = [&](std::string const& view) {
    return s.run("select listagg(file_name, ' ') from " + view);
  };
  REQUIRE(loaded(s.load("a")));
  s.wait(1ms);
  REQUIRE(loaded(s.load("b")));
  CHECK(names("information_schema.load_history") == "st/in/a st/in/b");
  s.run("create database other");
  CHECK(names("other.information_schema.load_history") == "");
  CHECK(names("sandbox.information_schema.load_history") == "st/in/a st/in/b");
  s.run("use schema sandbox.public");
  s.wait(14 * day - 1ms);
  CHECK(names("information_schema.load_history") == "st/in/a st/in/b");
  s.wait(1ms);
  CHECK(names("information_schema.load_history") == "st/in/b");
  s.wait(1ms);
  CHECK(names("information_schema.load_history") == "");

  auto const key = s.stage("@st/many/", "x", "1\n");
  for (int i = 1; i <= 10'001; ++i) s.store.put(fmt::format("{}{:05}", key, i), "1\n");
  s.store.remove(key);
  s.run("copy into t from @st/many/");
  CHECK(s.run("select count(*) from t") == "10003");
  // The latest ones.
  CHECK(s.run("select count(*), min(file_name), max(file_name) from "
              "information_schema.load_history") == "10000|st/many/x00002|st/many/x10001");
  CHECK(s.run("select count(*) from table(information_schema.copy_history(table_name => 'T', "
              "start_time => current_timestamp()))") == "10001");
}

TEST_CASE("load metadata know a file for 64 days") {
  dated s;
  REQUIRE(loaded(s.load("a")));
  s.wait(64 * day);
  CHECK(skipped(s.again("a")));
  CHECK(s.again("a").find("File was loaded before.") != std::string::npos);
  CHECK(skipped(s.again("a", "load_uncertain_files=true")));
  s.wait(1ms);
  // It may have been loaded, or not: nobody knows, and it is left alone.
  CHECK(skipped(s.again("a")));
  CHECK(s.again("a").find("File was loaded before.") == std::string::npos);
  CHECK(s.run("copy into t from @st/in/") == "Copy executed with 0 files processed.");
  CHECK(s.run("select count(*) from t") == "1");
  CHECK(loaded(s.again("a", "load_uncertain_files=true")));
  CHECK(s.run("select count(*) from t") == "2");
  // That load is known.
  CHECK(s.again("a").find("File was loaded before.") != std::string::npos);
  CHECK(skipped(s.again("a", "load_uncertain_files=true")));
  CHECK(loaded(s.again("a", "force=true")));
}

TEST_CASE("a file is uncertain only if it, the table's first load and its own are old") {
  dated s;
  s.stage("@st/in/", "never loaded", "1\n");
  s.wait(1ms);
  REQUIRE(loaded(s.load("first")));
  SECTION("a table that was filled within 64 days knows all its files") {
    s.wait(64 * day);
    CHECK(loaded(s.again("never loaded")));
  }
  SECTION("an old file that was never loaded is as uncertain as one that was") {
    s.wait(64 * day + 1ms);
    CHECK(skipped(s.again("never loaded")));
    CHECK(loaded(s.again("never loaded", "load_uncertain_files=true")));
  }
  SECTION("a file that is no older than 64 days was not loaded") {
    s.wait(1ms);
    s.stage("@st/in/", "later", "1\n");
    s.wait(64 * day);
    CHECK(skipped(s.again("never loaded")));
    CHECK(loaded(s.again("later")));
  }
  SECTION("a late load of an old file is known for 64 days of its own") {
    s.wait(40 * day);
    REQUIRE(loaded(s.again("never loaded")));
    s.wait(40 * day);
    CHECK(s.again("never loaded").find("File was loaded before.") != std::string::npos);
    CHECK(s.again("first").find("File was loaded before.") == std::string::npos);
    CHECK(loaded(s.again("first", "load_uncertain_files=true")));
  }
  SECTION("TRUNCATE makes a table that was never filled") {
    s.wait(100 * day);
    s.run("truncate table t");
    CHECK(loaded(s.again("never loaded")));
    CHECK(loaded(s.again("first")));
  }
  SECTION("a table that took no row of any file was never filled") {
    s.run("create table u (a int)");
    s.stage("@st/in/", "bad", "x\n");
    s.run("copy into u from @st/in/ files=('bad') on_error=skip_file");
    s.wait(100 * day);
    CHECK(s.run("copy into u from @st/in/ files=('never loaded')").find("|LOADED|1|1|") !=
          std::string::npos);
  }
}

TEST_CASE("VALIDATE knows the errors of a load for 64 days") {
  dated s;
  s.stage("@st/in/", "bad", "x\n");
  auto const done = s.execute("copy into t from @st/in/ files=('bad') on_error=continue");
  auto const id = std::get<sql::result_set>(done).query_id;
  auto const errors = "select count(*) from table(validate(t, job_id => '" + id + "'))";
  s.wait(64 * day);
  CHECK(s.run(errors) == "1");
  s.wait(1ms);
  CHECK(s.run(errors).starts_with("002018"));
  CHECK(s.run("select count(*) from table(validate(t, job_id => '_last'))").starts_with("002018"));
}

TEST_CASE("RESULT_SCAN has the results of 24 hours") {
  dated s;
  auto const done = s.execute("select 7");
  auto const id = std::get<sql::result_set>(done).query_id;
  s.wait(24h);
  CHECK(s.run("select * from table(result_scan('" + id + "'))") == "7");
  s.wait(1ms);
  CHECK(s.run("select * from table(result_scan('" + id + "'))").starts_with("002003"));
}
