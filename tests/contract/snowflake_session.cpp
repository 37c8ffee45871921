#include "catch.hpp"
#include "snowflake_fixture.hpp"

#include <sluice/auth/credential.hpp>
#include <sluice/snowflake/transaction.hpp>
#include <sluice/transport/group.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
using namespace std::chrono_literals;

std::string first_cell(sf::statement_reply const& r) {
  return r.table.rows.empty() ? "" : r.table.rows[0][0].value_or("NULL");
}

}  // namespace

TEST_CASE("every credential logs in", "[contract][snowflake]") {
  sluice::sandbox::options o;
  o.make_key_pair = true;
  account_fixture f{o};
  for (sluice::credential const& auth : std::vector<sluice::credential>{
           sluice::user_password{"", sluice::secret{"loader-password"}},
           sluice::key_pair::from_file(f.server.where().private_key_file.string()),
           sluice::oauth{sluice::secret{"loader-oauth-token"}, {}},
           sluice::oauth{{}, [] { return sluice::secret{"loader-oauth-token"}; }},
           sluice::programmatic_access_token{sluice::secret{"loader-access-token"}}}) {
    INFO("credential " << auth.index());
    auto c = f.connection();
    c.auth = auth;
    auto const s = f.session(c);
    auto const r = f.execute(s, "SELECT 1 + 1");
    if (!r) FAIL(r.error().describe());
    CHECK(first_cell(*r) == "2");
    CHECK(s->database() == "SANDBOX");
    CHECK(s->schema() == "PUBLIC");
    CHECK(s->warehouse() == "COMPUTE");
    CHECK(f.run(s->close()));
  }
  CHECK(f.server.open_sessions() == 0);
}

TEST_CASE("wrong credentials, accounts and names are told apart", "[contract][snowflake]") {
  account_fixture f;
  auto const error_of = [&](sf::connection c) {
    auto const r = f.run(f.session(std::move(c))->open());
    REQUIRE_FALSE(r);
    CHECK_FALSE(r.error().retryable());
    return r.error();
  };
  auto c = f.connection();
  c.auth = sluice::user_password{"", sluice::secret{"wrong-password"}};
  auto e = error_of(c);
  CHECK(e.code == sf::errc::login_refused);
  CHECK(e.service_code == "390100");
  CHECK(e.describe().find("wrong-password") == std::string::npos);

  c = f.connection();
  c.account = "nobody-here";
  e = error_of(c);
  CHECK(e.code == sluice::errc::http_status);
  CHECK(e.message.find("account") != std::string::npos);

  c = f.connection();
  c.auth = sluice::programmatic_access_token{sluice::secret{"no-such-token"}};
  CHECK(error_of(c).service_code == "394400");

  c = f.connection();
  c.auth = sluice::oauth{sluice::secret{"no-such-token"}, {}};
  CHECK(error_of(c).code == sf::errc::login_refused);

  c = f.connection();
  c.auth = {};
  CHECK(error_of(c).code == sluice::errc::invalid_configuration);

  c = f.connection();
  c.database = "NO_SUCH_DATABASE";
  CHECK_FALSE(error_of(c).message.empty());

  c = f.connection();
  c.port = 1;
  c.login_retry.max_attempts = 2;
  CHECK(error_of(c).code == sluice::errc::connect);
}

TEST_CASE("a refused OAuth token is refreshed once", "[contract][snowflake]") {
  account_fixture f;
  int refreshes = 0;
  auto c = f.connection();
  c.auth = sluice::oauth{sluice::secret{"stale-token"}, [&refreshes] {
                           ++refreshes;
                           return sluice::secret{"loader-oauth-token"};
                         }};
  CHECK(f.run(f.session(c)->open()));
  CHECK(refreshes == 1);
}

TEST_CASE("statements survive what happens on the way, and run once", "[contract][snowflake]") {
  for (char const* fault : {"insert.drop_reply",
                            "insert.drop_request",
                            "insert.status_after",
                            "insert.status=502",
                            "insert.garbage_reply",
                            "insert.html_reply",
                            "insert.truncate_reply",
                            "insert.throttle=0",
                            "insert.redirect",
                            "insert_reply_lost",
                            "query_in_progress:3",
                            "query_in_progress_async:3",
                            "session_expired:3",
                            "session_expired_401:3",
                            "session_gone:3",
                            "insert.hang_reply"}) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      auto const s = f.session();
      REQUIRE(f.execute(s, "CREATE TABLE t (n NUMBER)"));
      REQUIRE(f.execute(s, "INSERT INTO t VALUES (0)"));
      f.server.faults().arm(fault);
      for (int i = 1; i != 6; ++i) {
        auto const r = f.execute(s, "INSERT INTO t VALUES (" + std::to_string(i) + ")");
        if (!r) FAIL(r.error().describe());
      }
      std::string const name{
          std::string_view{fault}.substr(0, std::string_view{fault}.find_first_of("=:"))};
      CHECK(f.fired(name) > 0);
      CHECK(f.server.number("SELECT COUNT(*) FROM t") == 6);
      CHECK(f.server.number("SELECT COUNT(DISTINCT n) FROM t") == 6);
      for (auto const& e : f.server.log().executions()) CHECK(e.count == 1);
    }
  }
}

TEST_CASE("a replay without marks would run twice", "[contract][snowflake]") {
  account_fixture f;
  auto const s = f.session();
  REQUIRE(f.execute(s, "CREATE TABLE t (n NUMBER)"));
  // The rule switched off: the same request id again, as a first attempt.
  for (int i = 0; i != 2; ++i) {
    sf::statement again;
    again.sql = "INSERT INTO t VALUES (1)";
    again.request_id = "11111111-1111-4111-8111-111111111111";
    REQUIRE(f.run(s->execute(std::move(again))));
  }
  CHECK(f.server.number("SELECT COUNT(*) FROM t") == 2);
  sf::statement marked;
  marked.sql = "INSERT INTO t VALUES (1)";
  marked.request_id = "11111111-1111-4111-8111-111111111111";
  marked.replayed = true;
  REQUIRE(f.run(s->execute(std::move(marked))));
  CHECK(f.server.number("SELECT COUNT(*) FROM t") == 2);
}

TEST_CASE("a statement over its deadline is stopped at the service", "[contract][snowflake]") {
  // A cancel request that does not find its statement is sent again.
  for (char const* fault : {"", "abort_unknown:1:2"}) {
    DYNAMIC_SECTION("with fault " << fault) {
      account_fixture f;
      auto const s = f.session();
      REQUIRE(f.execute(s, "CREATE TABLE t (n NUMBER)"));
      f.server.faults().arm("statement_slow=5000");
      if (*fault != 0) f.server.faults().arm(fault);
      sf::statement slow;
      slow.sql = "INSERT INTO t VALUES (1)";
      slow.until = f.net.now() + 200ms;
      auto const start = f.net.now();
      auto const r = f.run(s->execute(std::move(slow)));
      REQUIRE_FALSE(r);
      CHECK(r.error().code == sluice::errc::deadline);
      CHECK(f.net.now() - start < 4s);
      CHECK(f.fired("statement_slow") == 1);
      if (*fault != 0) CHECK(f.fired("abort_unknown") == 2);
      CHECK(f.server.log().count("abort") >= 1);
      CHECK(f.server.number("SELECT COUNT(*) FROM t") == 0);
    }
  }
}

TEST_CASE("errors of statements carry the service's words", "[contract][snowflake]") {
  account_fixture f;
  auto const s = f.session();
  auto const missing = f.execute(s, "SELECT * FROM no_such_table");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == sf::errc::object_missing);
  CHECK(missing.error().service_code == "002003");
  CHECK_FALSE(missing.error().request_id.empty());
  auto const wrong = f.execute(s, "SELEKT 1");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == sf::errc::statement_failed);
}

TEST_CASE("large results come in chunks and whole", "[contract][snowflake]") {
  sluice::sandbox::options o;
  o.inline_rows = 10;
  account_fixture f{o};
  auto const s = f.session();
  REQUIRE(f.execute(s, "CREATE TABLE t (n NUMBER)"));
  std::string sql = "INSERT INTO t VALUES (0)";
  for (int i = 1; i != 500; ++i) sql += ",(" + std::to_string(i) + ")";
  REQUIRE(f.execute(s, sql));
  for (char const* fault : {"chunk.truncate_reply", "chunk.status=403", "chunk.drop_reply"}) {
    f.server.faults().arm(fault);
    auto const r = f.execute(s, "SELECT n FROM t ORDER BY n");
    if (!r) FAIL(r.error().describe());
    REQUIRE(r->table.rows.size() == 500);
    CHECK(r->table.rows[499][0] == "499");
  }
  CHECK(f.fired("chunk.truncate_reply") == 1);
  CHECK(f.fired("chunk.status") == 1);
  CHECK(f.fired("chunk.drop_reply") == 1);
}

TEST_CASE("long statements are sent as gzip, and the service reads them", "[contract][snowflake]") {
  for (std::size_t const from : {4'096u, 0u}) {
    account_fixture f;
    auto c = f.connection();
    c.gzip_from = from;
    auto const s = f.session(c);
    std::string const text(20'000, 'x');
    auto const r = f.execute(s, "SELECT '" + text + "'");
    if (!r) FAIL(r.error().describe());
    CHECK(first_cell(*r) == text);
    REQUIRE(f.execute(s, "SELECT 1"));
    auto const sent = f.server.log().of("query");
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].header("content-encoding") == (from == 0 ? "" : "gzip"));
    CHECK((sent[0].body_bytes < 2'000) == (from != 0));
    CHECK(sent[0].sql.size() == text.size() + 9);
    CHECK(sent[1].header("content-encoding").empty());
  }
}

TEST_CASE("transactions commit and roll back", "[contract][snowflake]") {
  account_fixture f;
  auto const s = f.session();
  REQUIRE(f.execute(s, "CREATE TABLE t (n NUMBER)"));
  auto const insert = [](std::shared_ptr<sf::session> on, bool commit) -> sluice::task<void> {
    sluice::result<sf::transaction> t = co_await sf::transaction::begin(on);
    if (!t) co_return t.error();
    sf::statement one;
    one.sql = "INSERT INTO t VALUES (1)";
    sluice::result<sf::statement_reply> done = co_await t->execute(std::move(one));
    if (!done) co_return done.error();
    sluice::task<void> end = commit ? t->commit() : t->rollback();
    sluice::result<void> ended = co_await std::move(end);
    co_return ended;
  };
  REQUIRE(f.run(insert(s, false)));
  CHECK(f.server.number("SELECT COUNT(*) FROM t") == 0);
  REQUIRE(f.run(insert(s, true)));
  CHECK(f.server.number("SELECT COUNT(*) FROM t") == 1);
  f.server.faults().arm("commit_reply_lost");
  REQUIRE(f.run(insert(s, true)));
  CHECK(f.fired("commit_reply_lost") == 1);
  CHECK(f.server.number("SELECT COUNT(*) FROM t") == 2);
}

TEST_CASE("a logout that hangs does not", "[contract][snowflake]") {
  account_fixture f;
  auto const s = f.session();
  REQUIRE(f.run(s->open()));
  f.server.faults().arm("hang_on_logout");
  auto const start = f.net.now();
  CHECK(f.run(s->close()));
  CHECK(f.net.now() - start < 7s);
  CHECK(f.fired("hang_on_logout") == 1);
}

TEST_CASE("replies that are no replies are errors in time", "[contract][snowflake]") {
  struct row {
    char const* fault;
    sluice::errc code;
  };

  for (auto const& [fault, code] :
       {row{"insert.garbage_reply:1:*", sluice::errc::malformed_reply},
        row{"insert.html_reply:1:*", sluice::errc::malformed_reply},
        row{"insert.truncate_reply:1:*", sluice::errc::send_receive},
        row{"insert.huge_reply=90000000", sluice::errc::reply_too_large},
        row{"insert.hang:1:*", sluice::errc::timeout},
        row{"insert.status=500:1:*", sluice::errc::http_status},
        row{"insert.throttle=0:1:*", sluice::errc::http_status}}) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      auto c = f.connection();
      c.limits.idle = 200ms;
      c.retry.max_attempts = 3;
      auto const s = f.session(c);
      REQUIRE(f.execute(s, "CREATE TABLE t (n NUMBER)"));
      f.server.faults().arm(fault);
      auto const start = f.net.now();
      auto const r = f.execute(s, "INSERT INTO t VALUES (1)");
      REQUIRE_FALSE(r);
      INFO(r.error().describe());
      CHECK(r.error().code == code);
      CHECK_FALSE(r.error().message.empty());
      CHECK(f.net.now() - start < 10s);
    }
  }
}
