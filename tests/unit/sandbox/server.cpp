#include "catch.hpp"
#include "driver.hpp"

#include <sluice/sandbox/detail/codec.hpp>
#include <sluice/sandbox/sandbox.hpp>

#include <filesystem>
#include <string>
#include <thread>

namespace sandbox = sluice::sandbox;
using plain_client::driver;
using plain_client::member;
using plain_client::reply;

TEST_CASE("a session begins, is renewed and ends") {
  sandbox::server box;
  driver d(box);
  REQUIRE_FALSE(d.token.empty());
  REQUIRE_FALSE(d.master.empty());
  CHECK(box.open_sessions() == 1);
  CHECK(d.query("select 1", "q1").contains("\"success\":true"));
  CHECK(d.post("/session/heartbeat", "", d.token).contains("\"success\":true"));
  CHECK(d.post("/session/heartbeat", "", "no such token").contains("390104"));
  CHECK(d.post("/session/heartbeat", "", d.master).contains("390104"));

  box.expire_sessions();
  CHECK(d.query("select 1", "q2").contains("390112"));
  CHECK(d.get("/queries/x/result").contains("390112"));
  CHECK(d.post("/session/heartbeat", "", d.token).contains("390112"));
  CHECK(box.log().executions("q2") == 0);

  reply const renewed = d.renew(d.master, d.token);
  std::string const new_token = member(renewed.body, "sessionToken");
  std::string const new_master = member(renewed.body, "masterToken");
  REQUIRE_FALSE(new_token.empty());
  CHECK(new_token != d.token);
  CHECK(new_master != d.master);
  CHECK(d.renew(d.master, d.token).contains("390114"));
  CHECK(d.query("select 1", "q3").contains("390112"));
  d.token = new_token;
  CHECK(d.query("select 1", "q4").contains("\"success\":true"));

  box.expire_master_tokens();
  CHECK(d.renew(new_master, new_token).contains("390114"));

  driver second(box);
  CHECK(second.post("/session?delete=true", "", second.token).contains("\"success\":true"));
  CHECK(second.query("select 1", "q5").contains("390111"));
  CHECK(second.post("/session?delete=true", "", second.token).contains("390111"));
}

TEST_CASE("an unknown account is HTTP 403, a wrong password is not") {
  sandbox::server box;
  auto const login = [&](std::string const& account, std::string const& password) {
    return plain_client::send(box.where().account_port,
                              "POST",
                              "/session/v1/login-request",
                              R"({"data":{"ACCOUNT_NAME":")" + account +
                                  R"(","LOGIN_NAME":"LOADER","PASSWORD":")" + password + "\"}}");
  };
  CHECK(login("elsewhere", "loader-password").status == 403);
  reply const wrong = login("SLUICE_SANDBOX", "x");
  CHECK(wrong.status == 200);
  CHECK(wrong.contains("390100"));
  CHECK(box.open_sessions() == 0);
}

TEST_CASE("a marked replay returns the stored reply, an unmarked one executes again") {
  sandbox::server box;
  driver const d(box);
  reply const first = d.query("select 1", "r1");
  reply const marked = d.query("select 1", "r1", "&clientStartTime=1&retryCount=1&retryReason=0");
  CHECK(marked.body == first.body);
  CHECK(d.query("select 1", "r1", "&retry=true").body == first.body);
  CHECK(box.log().executions("r1") == 1);
  // The id decides: what runs again is the original command.
  reply const unmarked = d.query("select nonsense from nowhere", "r1");
  CHECK(unmarked.contains("\"success\":true"));
  CHECK(unmarked.body != first.body);
  CHECK(box.log().executions("r1") == 2);
  CHECK(d.query("select 1", "r2", "&retryCount=1").contains("\"success\":true"));
  CHECK(box.log().executions("r2") == 1);
}

TEST_CASE("a failed statement's replay is the same failure") {
  sandbox::server box;
  driver const d(box);
  reply const first = d.query("this is bad sql", "f1");
  CHECK(first.contains("\"success\":false"));
  CHECK(d.query("this is bad sql", "f1", "&retryCount=1").body == first.body);
  CHECK(box.log().executions("f1") == 1);
}

TEST_CASE("bad requests are 4xx or an error code, never HTTP 500") {
  sandbox::server box;
  driver const d(box);
  auto const port = box.where().account_port;
  auto const post = [&](std::string const& body, plain_client::headers more) {
    more.emplace_back("Authorization", "Snowflake Token=\"" + d.token + '"');
    return plain_client::send(port, "POST", "/queries/v1/query-request", body, more).status;
  };
  CHECK(post("{", {}) == 400);
  CHECK(post("[1]", {}) == 400);
  CHECK(post("not gzip", {{"Content-Encoding", "gzip"}}) == 400);
  CHECK(post(R"({"sqlText":"select ?","bindings":{"1":{"type":"FIXED","value":7}}})", {}) == 400);
  CHECK(post(sandbox::detail::gzip(R"({"sqlText":"select 1"})"), {{"Content-Encoding", "gzip"}}) ==
        200);
  CHECK(plain_client::send(port, "GET", "/nothing").status == 404);
  CHECK(plain_client::send_text(port, "NONSENSE\r\n\r\n").status == 400);
  CHECK(plain_client::send(port, "POST", "/session/v1/login-request", "{}").status == 400);
  CHECK(plain_client::send(port, "POST", "/queries/v1/query-request", "{}").contains("390101"));

  sandbox::options small;
  small.max_request_bytes = 1000;
  sandbox::server bounded(small);
  CHECK(plain_client::send(bounded.where().account_port, "POST", "/x", std::string(1001, 'x'))
            .status == 413);
}

TEST_CASE("a statement in progress is polled, monitored and cancelled") {
  sandbox::options o;
  o.synchronous_wait = std::chrono::milliseconds(1);
  sandbox::server box(o);
  driver const d(box);
  box.faults().arm("statement_slow=3600000");
  reply const started = d.query("select 1", "slow");
  CHECK(started.contains("333333"));
  std::string const id = member(started.body, "queryId");
  std::string const result = "/queries/" + id + "/result";
  CHECK(member(started.body, "getResultUrl") == result);
  CHECK(d.get(result).contains("333333"));
  CHECK(d.get("/monitoring/queries/" + id).contains("RUNNING"));
  CHECK(d.get("/monitoring/queries/unknown").contains("\"queries\":[]"));
  CHECK(d.get("/queries/unknown/result").contains("000612"));

  auto const abort = [&](std::string const& request) {
    return d.post("/queries/v1/abort-request", R"({"requestId":")" + request + "\"}", d.token);
  };
  CHECK(abort("unknown").contains("000605"));
  CHECK(abort("slow").contains("\"success\":true"));
  reply ended = d.get(result);
  while (ended.contains("333333")) ended = d.get(result);
  CHECK(ended.contains("000604"));
  CHECK(abort("slow").contains("000605"));
  CHECK(d.get("/monitoring/queries/" + id).contains("ABORTED"));
}

TEST_CASE("the query_in_progress fault costs as many polls as it says") {
  sandbox::server box;
  driver const d(box);
  box.faults().arm("query_in_progress=2");
  reply const started = d.query("select 1", "p1");
  CHECK(started.contains("333333"));
  std::string const result = member(started.body, "getResultUrl");
  CHECK(d.get(result).contains("333333"));
  CHECK(d.get(result).contains("\"rowset\""));
  CHECK(box.faults().fired("query_in_progress") == 1);
  CHECK(box.log().count("poll") == 2);
}

TEST_CASE("faults on a kind of request damage exactly that request") {
  sandbox::server box;
  driver const d(box);
  auto const once = [&](std::string const& fault) {
    box.faults().arm(fault);
    reply const hit = d.query("select 1", "x-" + fault);
    CHECK(box.faults().fired(sandbox::parse_fault(fault).name) == 1);
    CHECK(d.query("select 1", "y-" + fault).contains("\"success\":true"));
    return hit;
  };
  CHECK(once("query.drop_request").status == 0);
  CHECK(box.log().executions("x-query.drop_request") == 0);
  CHECK(once("select.drop_reply").status == 0);
  CHECK(box.log().executions("x-select.drop_reply") == 1);
  CHECK(once("query.status=502").status == 502);
  CHECK(once("query.status_after").status == 503);
  CHECK(box.log().executions("x-query.status_after") == 1);
  reply const throttled = once("query.throttle=7");
  CHECK(throttled.status == 429);
  CHECK(throttled.head.find("Retry-After: 7") != std::string::npos);
  reply const moved = once("query.redirect");
  CHECK(moved.head.find("Location: http://127.0.0.1:") != std::string::npos);
  CHECK(moved.head.find(std::to_string(box.where().account_port)) == std::string::npos);
  reply const cut = once("query.truncate_reply=10");
  CHECK(cut.status == 200);
  CHECK(cut.body.size() == 10);
  CHECK_FALSE(cut.complete);
  CHECK(once("query.garbage_reply").contains("garbage"));
  CHECK(once("query.html_reply").contains("<html>"));
  CHECK(once("query.huge_reply=3000000").body.size() == 3'000'000);
  CHECK(once("query.delay=1").contains("\"success\":true"));
  CHECK(once("query.reset_body=5").status == 0);
  CHECK(once("query.slow_reply=10000000").contains("\"success\":true"));
  once("query.duplicate");
  CHECK(box.log().executions("x-query.duplicate") == 2);
}

TEST_CASE("execute_twice executes a replay again, marked or not") {
  sandbox::server box;
  driver const d(box);
  box.faults().arm("execute_twice");
  CHECK(d.query("select 1", "t1").status == 0);
  CHECK(d.query("select 1", "t1", "&retryCount=1").contains("\"success\":true"));
  CHECK(box.log().executions("t1") == 2);
}

TEST_CASE("sessions expire and vanish when told to") {
  sandbox::server box;
  driver const d(box);
  box.faults().arm("session_expired_401");
  reply const expired = d.query("select 1", "s1");
  CHECK(expired.status == 401);
  CHECK(expired.contains("390112"));
  driver const other(box);
  box.faults().arm("session_gone");
  CHECK(other.query("select 1", "s2").contains("390111"));
  CHECK(other.query("select 1", "s3").contains("390111"));
  driver const third(box);
  box.faults().arm("master_expired");
  CHECK(third.renew(third.master, third.token).contains("390114"));
}

TEST_CASE("stop ends requests that hang") {
  auto box = std::make_unique<sandbox::server>();
  driver const d(*box);
  box->faults().arm("hang_on_logout");
  reply answer;
  std::thread waiting([&] { answer = d.post("/session?delete=true", "", d.token); });
  while (box->faults().fired("hang_on_logout") == 0) std::this_thread::yield();
  box->stop();
  waiting.join();
  CHECK(answer.status == 0);
  box->stop();
}

TEST_CASE("the S3 double refuses what is not signed or has no length") {
  sandbox::server box;
  auto const port = box.where().stage_port;
  reply const anonymous = plain_client::send(port, "PUT", "/sluice-stage/x", "abc");
  CHECK(anonymous.status == 403);
  CHECK(anonymous.contains("<Code>AccessDenied</Code>"));
  reply const unbounded = plain_client::send_text(
      port, "PUT /sluice-stage/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(unbounded.status == 411);
  CHECK(plain_client::send(port, "HEAD", "/sluice-stage/x").status == 403);
  CHECK(plain_client::send(port, "GET", "/results/x/0").status == 403);
  CHECK(box.log().count("upload") == 2);
  CHECK(box.stored_objects().empty());
}

TEST_CASE("bodies of several megabytes arrive whole") {
  sandbox::server box;
  driver const d(box);
  std::string const sql = "select 1 -- " + std::string(5'000'000, 'x');
  CHECK(d.query(sql, "big").status == 200);
  auto const queries = box.log().of("query");
  REQUIRE(queries.size() == 1);
  CHECK(queries[0].sql == sql);
  CHECK(queries[0].request_id == "big");
}

TEST_CASE("scripts steer the sandbox through its control endpoint") {
  sandbox::server box;
  auto const colon = box.where().control_url.rfind(':');
  auto const port =
      static_cast<std::uint16_t>(std::stoi(box.where().control_url.substr(colon + 1)));
  CHECK(plain_client::send(port, "POST", "/faults", "slow_down:2\nlogin.status=500\n").status ==
        200);
  reply const unknown = plain_client::send(port, "POST", "/faults", "slow_dwon");
  CHECK(unknown.status == 400);
  CHECK(unknown.contains("slow_down"));
  driver const refused(box);
  CHECK(refused.token.empty());
  reply const faults = plain_client::send(port, "GET", "/faults");
  CHECK(faults.contains(R"("login.status":1)"));
  CHECK(faults.contains(R"("armed":[{"fault":"slow_down:2","remaining":1}])"));
  CHECK(plain_client::send(port, "DELETE", "/faults").body == "{\"armed\":[]}\n");
  driver const d(box);
  CHECK_FALSE(d.token.empty());
  reply const log = plain_client::send(port, "GET", "/requests");
  CHECK(log.contains("/session/v1/login-request"));
  d.query("select 1", "c1");
  CHECK(plain_client::send(port, "GET", "/requests").body.find(d.token) == std::string::npos);
  CHECK(plain_client::send(port, "GET", "/executions").contains(R"("requestId":"c1")"));
  CHECK(plain_client::send(port, "POST", "/clock", "60").status == 200);
  CHECK(plain_client::send(port, "POST", "/clock", "soon").status == 400);
  CHECK(plain_client::send(port, "GET", "/catalogue").contains("copy_reply_lost"));
  CHECK(plain_client::send(port, "GET", "/nothing").status == 404);
}

TEST_CASE("options that cannot work are refused") {
  sandbox::options o;
  o.accounts.clear();
  CHECK_THROWS_AS(sandbox::server(o), std::invalid_argument);
  sandbox::options key;
  key.users = {{.name = "A", .public_keys = {"no key"}}};
  CHECK_THROWS_AS(sandbox::server(key), std::invalid_argument);
  sandbox::options fault;
  fault.faults = {"no_such_fault"};
  CHECK_THROWS_AS(sandbox::server(fault), std::invalid_argument);
}

TEST_CASE("what a sandbox needs on disk goes away with it") {
  std::filesystem::path ca;
  std::filesystem::path key;
  {
    sandbox::options o;
    o.make_key_pair = true;
    sandbox::server const box(o);
    ca = box.where().ca_file;
    key = box.where().private_key_file;
    CHECK(std::filesystem::exists(ca));
    CHECK((std::filesystem::status(key).permissions() & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  }
  CHECK_FALSE(std::filesystem::exists(ca));
  CHECK_FALSE(std::filesystem::exists(key));
}
