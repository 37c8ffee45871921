// For each rule of the Snowflake client one run without it: the harm that the rule prevents must
// come about, or the test of the rule proves nothing.

#include "catch.hpp"
#include "one_session.hpp"
#include "snowflake_orders.hpp"
#include "snowflake_people.hpp"

#include <sluice/snowflake/copy_result.hpp>
#include <sluice/store/s3.hpp>
#include <sluice/transport/group.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace orders;
using namespace std::chrono_literals;

namespace {

/// Stage files of a load that are still there, and the statement that loads them.
struct staged_load {
  account_fixture f;
  sf::copy_statement copy;

  explicit staged_load(std::int64_t rows) {
    auto c = config_of(f);
    c.purge = false;
    auto const o = load_rows(f, c, rows, make_order);
    REQUIRE(o.in_table == static_cast<std::uint64_t>(rows));
    REQUIRE(f.execute(session, "CREATE TABLE AGAIN LIKE ORDERS"));
    copy.table = {"SANDBOX", "PUBLIC", "AGAIN"};
    copy.columns = sluice::columns_of<order>();
    copy.location = "@~/sluice/" + o.report.run_id + "/";
    copy.compression = sluice::codec::gzip;
    for (std::uint64_t i = 0; i != o.report.files_uploaded; ++i)
      copy.files.push_back(sf::stage_file_name(i, sluice::format::csv, sluice::codec::gzip));
  }

  std::shared_ptr<sf::session> session = f.session();

  std::int64_t loaded() { return f.server.number("SELECT COUNT(*) FROM AGAIN"); }

  sluice::task<void> copy_one(std::size_t file, std::shared_ptr<sf::session> on) {
    sf::copy_statement one = copy;
    one.files = {copy.files[file]};
    sf::statement s;
    s.sql = sf::copy_text(one);
    sluice::result<sf::statement_reply> done = co_await on->execute(std::move(s));
    if (!done) co_return done.error();
    co_return sluice::success;
  }
};

using bulk_session = one_session<sf::bulk<>, order, sluice::csv<>>;

std::vector<order> make_orders(std::int64_t count) {
  std::vector<order> all;
  for (std::int64_t i = 0; i != count; ++i) all.push_back(make_order(i));
  return all;
}

}  // namespace

TEST_CASE("off: a COPY that reports no error is taken for done", "[contract][rule_off]") {
  for (char const* fault : {"copy_zero_files", "copy_files_remain"}) {
    DYNAMIC_SECTION(fault) {
      staged_load s{1'500};
      s.f.server.faults().arm(fault);
      CHECK(s.f.execute(s.session, sf::copy_text(s.copy)));
      CHECK(s.f.fired(fault) == 1);
      CHECK(s.loaded() < 1'500);
    }
  }
}

TEST_CASE("off: COPY takes whatever lies under the path", "[contract][rule_off]") {
  staged_load s{1'500};
  s.f.server.faults().arm("stage_path_shared");
  std::string sql = sf::copy_text(s.copy);
  auto const from = sql.find(" FILES = (");
  sql.erase(from, sql.find(')', from) + 1 - from);
  auto const r = s.f.execute(s.session, sql);
  CHECK(s.f.fired("stage_path_shared") == 1);
  CHECK((!r || s.loaded() != 1'500));
}

TEST_CASE("off: FORCE ignores what is loaded already", "[contract][rule_off]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  auto c = config_of(f);
  c.copy.force = true;
  f.server.faults().arm("execute_twice:4");
  auto const o = load_rows(f, c, 1'500, make_order);
  CHECK(f.fired("execute_twice") > 0);
  CHECK(o.in_table > 1'500);
}

TEST_CASE("off: an upload is believed", "[contract][rule_off]") {
  account_fixture f;
  auto c = config_of(f);
  c.verify_uploads = false;
  f.server.faults().arm("upload_lost");
  auto const o = load_rows(f, c, 1'500, make_order);
  CHECK(f.fired("upload_lost") == 1);
  CHECK(o.in_table < 1'500);
  CHECK(o.in_table == o.report.confirmed);
}

TEST_CASE("off: a table must be there at once", "[contract][rule_off]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  auto c = config_of(f);
  c.create_table = false;
  c.table_wait = std::chrono::milliseconds{0};
  f.server.faults().arm("table_not_ready");
  auto const o = load_rows(f, c, 1'500, make_order);
  CHECK(f.fired("table_not_ready") == 1);
  CHECK(o.report.confirmed < 1'500);
}

TEST_CASE("off: nothing is tried twice", "[contract][rule_off]") {
  for (char const* fault : {"slow_down", "broken_pipe=100", "upload.drop_reply"}) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      auto c = config_of(f);
      c.connection.retry.max_attempts = 1;
      f.server.faults().arm(fault);
      auto const o = load_rows(f, c, 1'500, make_order);
      CHECK(f.fired(name_of_fault(fault)) > 0);
      CHECK(o.report.confirmed < 1'500);
    }
  }
}

TEST_CASE("off: credentials of the stage are for ever", "[contract][rule_off]") {
  account_fixture f;
  auto const session = f.session();
  auto const put = f.execute(session, sf::put_text("@~/x/", sluice::codec::none));
  REQUIRE(put);
  REQUIRE(put->put);
  sf::stage_target const& t = put->put->target;
  sluice::s3_options o;
  o.bucket = t.bucket;
  o.region = t.region;
  o.endpoint = t.endpoint;
  o.retry.base = std::chrono::milliseconds{1};
  auto const keys = std::make_shared<sluice::aws_credential_source>(
      sluice::aws_credential{t.access_key_id, t.secret_access_key, t.session_token});
  sluice::s3_store store{f.net, o, keys};
  CHECK(f.run(store.put(t.prefix + "1.csv", sluice::chunk_list{"1"})));
  f.server.expire_stage_credentials();
  auto const refused = f.run(store.put(t.prefix + "2.csv", sluice::chunk_list{"2"}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().service_code == "ExpiredToken");
}

namespace {

/// Twelve rows in one file, which goes up in parts while its credentials expire.
struct file_under_way {
  static sluice::sandbox::options stage_that_encrypts() {
    sluice::sandbox::options o;
    o.encryption = sluice::sandbox::stage_encryption::server_side;
    return o;
  }

  account_fixture f{stage_that_encrypts()};
  std::shared_ptr<sf::session> session = f.session();

  sluice::task<sf::put_reply> ask() {
    sf::statement put;
    put.sql = sf::put_text("@~/x/", sluice::codec::none);
    sluice::result<sf::statement_reply> reply = co_await session->execute(std::move(put));
    if (!reply) co_return reply.error();
    co_return *reply->put;
  }

  sluice::task<sluice::aws_credential> ask_for_keys() {
    sluice::result<sf::put_reply> reply = co_await ask();
    if (!reply) co_return reply.error();
    co_return sluice::aws_credential{
        reply->target.access_key_id, reply->target.secret_access_key, reply->target.session_token};
  }

  /// What the upload says, and how many rows are in the table in the end.
  std::pair<std::string, std::int64_t> load(bool renewing) {
    REQUIRE(f.execute(session, "CREATE TABLE T (ID NUMBER, NOTE VARCHAR)"));
    auto const put = f.run(ask());
    REQUIRE(put);
    auto const keys = f.run(ask_for_keys());
    REQUIRE(keys);
    sluice::aws_credential_source::renew_function renew;
    if (renewing) renew = [this] { return ask_for_keys(); };
    sluice::s3_options o;
    o.bucket = put->target.bucket;
    o.region = put->target.region;
    o.endpoint = put->target.endpoint;
    o.multipart_threshold = sluice::s3_limits::part_bytes_min;
    o.part_bytes = sluice::s3_limits::part_bytes_min;
    o.parallel = 1;
    o.retry.base = std::chrono::milliseconds{1};
    sluice::s3_store store{
        f.net, o, std::make_shared<sluice::aws_credential_source>(*keys, std::move(renew))};
    std::string body;
    for (int id = 0; id != 12; ++id)
      body += std::to_string(id) + ',' + std::string(1'000'000, 'x') + '\n';
    // The upload is begun, and one part of three is there.
    f.server.faults().arm("stage_credentials_expired:3");
    auto const sent = f.run(store.put(put->target.prefix + "1.csv", sluice::chunk_list{body}));
    CHECK(f.fired("stage_credentials_expired") == 1);
    static_cast<void>(f.execute(session, "COPY INTO T FROM '@~/x/' FILES = ('1.csv')"));
    return {sent ? std::string{} : sent.error().service_code,
            f.server.number("SELECT COUNT(*) FROM T")};
  }
};

}  // namespace

TEST_CASE("off: credentials that expire in the middle of a file are not renewed",
          "[contract][rule_off]") {
  for (bool const renewing : {true, false}) {
    DYNAMIC_SECTION((renewing ? "on" : "off")) {
      file_under_way one;
      auto const [refused_with, rows] = one.load(renewing);
      CHECK(refused_with == (renewing ? "" : "ExpiredToken"));
      CHECK(rows == (renewing ? 12 : 0));
    }
  }
}

TEST_CASE("off: a token that has expired in a long load is not fetched afresh",
          "[contract][rule_off]") {
  for (bool const renewing : {true, false}) {
    DYNAMIC_SECTION((renewing ? "on" : "off")) {
      account_fixture f;
      REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
      auto c = config_of(f);
      c.pool_size = 1;
      sluice::oauth token{sluice::secret{"loader-oauth-token"}, {}};
      if (renewing) token.refresh = [] { return sluice::secret{"loader-oauth-token"}; };
      c.connection.auth = std::move(token);
      // The session is lost in the middle of the load, and the token that opened it has expired.
      f.server.faults().arm("session_gone:4");
      f.server.faults().arm(renewing ? "login_token_expired:2" : "login_token_expired:2:*");
      auto const o = load_rows(f, c, 3'000, make_order);
      INFO(o.words);
      CHECK(f.fired("session_gone") == 1);
      CHECK(f.fired("login_token_expired") > 0);
      CHECK(o.report.ok() == renewing);
      CHECK(o.distinct == o.in_table);
      CHECK((o.in_table == 3'000) == renewing);
      CHECK((o.report.confirmed == 3'000) == renewing);
    }
  }
}

TEST_CASE("off: a session is for ever", "[contract][rule_off]") {
  account_fixture f;
  sluice::request login;
  login.method = sluice::http_method::post;
  login.url =
      f.server.where().account_url + "/session/v1/login-request?requestId=" + sluice::make_uuid();
  sf::login_request body;
  body.account = "SLUICE-SANDBOX";
  body.user = "LOADER";
  body.password = sluice::secret{"loader-password"};
  login.body = sluice::chunk_list{sf::login_body(body)};
  login.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  auto const in = f.run(f.net.perform(login));
  REQUIRE(in);
  auto const tokens = sf::parse_token_reply(in->body);
  REQUIRE(tokens);
  f.server.expire_sessions();
  sluice::request query = login;
  query.url =
      f.server.where().account_url + "/queries/v1/query-request?requestId=" + sluice::make_uuid();
  query.body = sluice::chunk_list{sf::statement_body("SELECT 1", 1, false, {}, {})};
  std::string token = "Snowflake Token=\"";
  token += tokens->tokens.session.expose();
  query.headers.push_back({"Authorization", token + '"'});
  auto const got = f.run(f.net.perform(query));
  REQUIRE(got);
  auto const refused = sf::parse_statement_reply(got->body);
  REQUIRE(refused);
  CHECK_FALSE(refused->success);
  CHECK(refused->head.code == "390112");
}

TEST_CASE("off: one bad row fails the whole statement", "[contract][rule_off]") {
  account_fixture f;
  staged_load s{1'500};
  REQUIRE(s.f.execute(s.session,
                      "CREATE TABLE NARROW (ID NUMBER, STATUS VARCHAR(4), NOTE VARCHAR, "
                      "AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO FLOAT)"));
  s.copy.table.name = "NARROW";
  auto const r = s.f.execute(s.session, sf::copy_text(s.copy));
  REQUIRE_FALSE(r);
  CHECK(r.error().code == sf::errc::bad_rows);
  CHECK(s.f.server.number("SELECT COUNT(*) FROM NARROW") == 0);
}

TEST_CASE("off: a COPY that loads a part of its files counts as all of their rows",
          "[contract][rule_off]") {
  constexpr char const* narrow =
      " (ID NUMBER, STATUS VARCHAR(4), NOTE VARCHAR, AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO "
      "FLOAT)";
  // On: the rows of the result are read, and what they count and what they name add up.
  std::uint64_t good = 0;
  {
    account_fixture f;
    REQUIRE(f.execute(f.session(), std::string{"CREATE TABLE ORDERS"} + narrow));
    auto c = config_of(f);
    c.copy.on_error = sf::on_error::continue_();
    auto const o = load_rows(f, c, 1'500, make_order);
    good = o.in_table;
    CHECK(good > 0);
    CHECK(good < 1'500);
    CHECK(o.report.confirmed == good);
    CHECK(o.letters.size() == 1'500 - good);
  }
  // Off: the statement has succeeded.
  staged_load s{1'500};
  REQUIRE(s.f.execute(s.session, std::string{"CREATE TABLE NARROW"} + narrow));
  s.copy.table.name = "NARROW";
  s.copy.options.on_error = sf::on_error::continue_();
  auto const r = s.f.execute(s.session, sf::copy_text(s.copy));
  REQUIRE(r);
  std::uint64_t const believed = 1'500;
  auto const there = static_cast<std::uint64_t>(s.f.server.number("SELECT COUNT(*) FROM NARROW"));
  CHECK(there == good);
  CHECK(there < believed);
  // What there was to read.
  std::uint64_t loaded = 0;
  for (auto const& file : sf::read_copy_result(r->table, s.copy.files)) {
    CHECK(file.status == sf::load_status::partially_loaded);
    loaded += file.rows_loaded;
  }
  CHECK(loaded == there);
}

TEST_CASE("off: a COPY whose reply is lost is sent again without a look at the history",
          "[contract][rule_off]") {
  staged_load s{1'500};
  auto c = s.f.connection();
  c.retry.max_attempts = 1;
  auto const once = s.f.session(c);
  s.f.server.faults().arm("copy_reply_lost");
  CHECK_FALSE(s.f.execute(once, sf::copy_text(s.copy)));
  CHECK(s.f.fired("copy_reply_lost") == 1);
  CHECK(s.loaded() == 1'500);
  s.copy.options.force = true;
  REQUIRE(s.f.execute(once, sf::copy_text(s.copy)));
  CHECK(s.loaded() == 3'000);
}

TEST_CASE("off: every file is a COPY of its own, and all start at once", "[contract][rule_off]") {
  staged_load s{4'000};
  REQUIRE(s.copy.files.size() == 8);  // as many as the transport has connections
  std::vector<std::shared_ptr<sf::session>> sessions;
  for (std::size_t i = 0; i != s.copy.files.size(); ++i) {
    sessions.push_back(s.f.session());
    REQUIRE(s.f.run(sessions.back()->open()));
  }
  auto const burst = [&]() -> sluice::task<void> {
    sluice::task_group all{s.f.net};
    for (std::size_t i = 0; i != sessions.size(); ++i) all.spawn(s.copy_one(i, sessions[i]));
    sluice::result<void> done = co_await all.wait();
    co_return done;
  };
  s.f.server.log().clear();
  s.f.server.faults().arm("copy_burst_serialised=500:1:*");
  REQUIRE(s.f.run(burst()));
  CHECK(s.f.fired("copy_burst_serialised") == 8);
  CHECK(s.loaded() == 4'000);
  auto const copies = s.f.server.log().of("copy");
  CHECK(most_at_once(copies) >= 7);
  // The last in line, which may be another job's, waits for all of them.
  auto const took = [](auto const& a, auto const& b) { return a.took < b.took; };
  CHECK(std::max_element(copies.begin(), copies.end(), took)->took >= 6 * 500ms);
}

TEST_CASE("off: files are removed when COPY reports no error", "[contract][rule_off]") {
  staged_load s{1'500};
  s.f.server.faults().arm("copy_files_remain");
  REQUIRE(s.f.execute(s.session, sf::copy_text(s.copy)));
  CHECK(s.f.fired("copy_files_remain") == 1);
  REQUIRE(s.f.execute(s.session, sf::remove_text(s.copy.location, s.copy.files)));
  CHECK(s.f.server.stored_objects().empty());
  REQUIRE(s.loaded() < 1'500);
  // The rows that are not in the table are nowhere: no COPY brings them back.
  CHECK_FALSE(s.f.execute(s.session, sf::copy_text(s.copy)));
  CHECK(s.loaded() < 1'500);
}

TEST_CASE("off: a close waits for the service as long as it takes", "[contract][rule_off]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  bulk_session s{f.net, config_of(f)};
  REQUIRE(s.open());
  f.server.faults().arm("copy.hang:1:*");
  REQUIRE(s.send(make_orders(10)));
  // Without a deadline: only the end of the test ends the wait, and no row has a verdict.
  auto const waited = s.run(s.session->flush(sluice::deadline{sluice::steady_time::max()}), 2s);
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == sluice::errc::deadline);
  CHECK(s.verdicts.counts().open == 10);
  CHECK(f.fired("copy.hang") >= 1);
  // With one: an answer in time. The loader above it counts the rows as unknown.
  auto const start = f.net.now();
  auto const ended = s.run(s.session->finish(sluice::deadline{start + 1s}), 30s);
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == sluice::errc::deadline);
  CHECK(f.net.now() - start < 8s);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 0);
}

TEST_CASE("off: a session that is dropped leaves its last rows out", "[contract][rule_off]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  f.server.faults().arm("upload_lost");
  f.server.faults().arm("copy.drop_request:1:*");
  sluice::test::recording_ack::tally left;
  {
    bulk_session s{f.net, config_of(f)};
    REQUIRE(s.open());
    REQUIRE(s.send(make_orders(10)));
    left = s.verdicts.counts();
  }
  CHECK(f.fired("upload_lost") == 1);
  CHECK(left.open == 10);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 0);
}

TEST_CASE("off: retries without a budget go on", "[contract][rule_off]") {
  account_fixture f;
  auto c = config_of(f);
  c.connection.retry.max_attempts = 1'000'000;
  c.connection.retry.budget = std::chrono::hours{1};
  bulk_session s{f.net, c};
  REQUIRE(s.open());
  f.server.faults().arm("broken_pipe=100:1:*");
  auto const sent = s.send(make_orders(100), 2s);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == sluice::errc::deadline);
  // The policy that a connection comes with would have ended before.
  CHECK(f.fired("broken_pipe") > sluice::retry_policy{}.max_attempts);
}

TEST_CASE("off: personal data is written where it goes wrong", "[contract][rule_off]") {
  account_fixture f;
  f.server.faults().arm("copy.status_after=504");
  people::load const l{f, true};
  CHECK(f.fired("copy.status_after") == 1);
  CHECK(l.in_table == 9);
  CHECK(l.tells(people::planted));
}
