#include "catch.hpp"
#include "clock_ahead.hpp"
#include "snowflake_orders.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace orders;

TEMPLATE_TEST_CASE("typed rows arrive as they were, whatever is in them",
                   "[contract][snowflake]",
                   (bulk_loader<sluice::csv<>, sluice::none>),
                   (bulk_loader<sluice::csv<>, sluice::gzip<1>>),
                   (bulk_loader<sluice::csv<>, sluice::zstd<1>>),
                   (bulk_loader<sluice::ndjson, sluice::gzip<1>>)) {
  account_fixture f;
  std::vector<sluice::dead_letter> letters;
  constexpr std::int64_t rows = 3'000;
  {
    TestType load{f.net, config_of(f), quiet(letters)};
    for (std::int64_t i = 0; i != rows; ++i) REQUIRE(load.push(make_order(i)));
    auto const r = load.finish();
    if (r.failure) FAIL(r.failure->describe());
    CHECK(r.confirmed == rows);
    CHECK(r.dead_lettered == 0);
    CHECK(r.copy_operations >= 1);
  }
  for (auto const& l : letters) UNSCOPED_INFO(l.why.message);
  CHECK(letters.empty());
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == rows);
  CHECK(f.server.number("SELECT COUNT(DISTINCT ID) FROM ORDERS") == rows);
  auto const back = f.server.rows("SELECT ID, STATUS, NOTE, PAID FROM ORDERS ORDER BY ID");
  REQUIRE(back.size() == rows);
  for (std::int64_t i = 0; i != rows; ++i) {
    auto const& row = back[static_cast<std::size_t>(i)];
    order const sent = make_order(i);
    REQUIRE(row[1] == sent.status);
    REQUIRE(row[2] == sent.note);
  }
  CHECK(f.server.open_sessions() == 0);
  CHECK(f.server.stored_objects().empty());
}

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t end = 0; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
    end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
  }
  return words;
}

}  // namespace

TEST_CASE("every fault of the field leaves each row in the table once", "[contract][snowflake]") {
  for (char const* fault : {
           "copy_reply_lost",
           "execute_twice:4",
           "copy_files_remain",
           "copy_lock_timeout:1:2",
           "copy_zero_files",
           "stage_path_shared",
           "copy_burst_serialised=20:1:*",
           "stage_credentials_expired:2",
           "slow_down:1:3",
           "broken_pipe=100",
           "upload_lost",
           "stage_redirect",
           "table_not_ready",
           "table_not_ready:3",
           "table_not_ready_500",
           "session_expired:4",
           "session_expired_401:4",
           "session_gone:4",
           "session_gone:5",
           "query_in_progress:3:5",
           "query_in_progress_async:3:5",
           "hang_on_logout",
           "upload.drop_reply",
           "upload.drop_request",
           "upload.status=500",
           "upload.truncate_reply",
           "upload.hang_reply",
           "put.drop_reply",
           "put.status_after=502",
           "copy.drop_reply",
           "copy.drop_request",
           "copy.status_after=504",
           "copy.garbage_reply",
           "copy.html_reply",
           "copy.truncate_reply",
           "copy.throttle=0",
           "copy.redirect",
           "copy.hang_reply",
           "poll.drop_reply",
           "poll.status=503",
           "head_object.status=503",
           "copy.duplicate",
           "copy.delay=200",
           "query.reset_body=10:4",
           "copy.slow_reply=200",
           "upload.duplicate",
           "upload.slow_body=100000",
           "upload.reset_body=100",
           "upload.throttle=0",
           "put.slow_reply=2000",
           "put.throttle=0",
           "login.drop_reply",
           "login.status=503",
           "clock_skew=5000:8",
           "session_expired:4 master_expired",
       }) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      auto c = config_of(f);
      c.files_per_copy = 3;
      c.connection.limits.idle = c.upload_limits.idle = std::chrono::milliseconds{700};
      // Another login keeps the creation of the table out of the way.
      REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
      auto const faults = words_of(fault);
      for (std::string const& one : faults) f.server.faults().arm(one);
      auto const o = load_rows(f, c, 3'000, make_order);
      for (std::string const& one : faults) CHECK(f.fired(name_of_fault(one)) > 0);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.report.confirmed == 3'000);
      CHECK(o.in_table == 3'000);
      CHECK(o.distinct == 3'000);
    }
  }
}

TEST_CASE("a lock that never comes free leaves the rows for another load",
          "[contract][snowflake]") {
  account_fixture f;
  auto c = config_of(f);
  c.connection.retry.max_attempts = 6;
  f.server.faults().arm("copy_lock_timeout:1:*");
  auto const first = load_rows(f, c, 1'000, make_order);
  std::uint64_t const fired = f.fired("copy_lock_timeout");
  // One COPY at a time, and each is tried as often as the connection says.
  CHECK(fired >= 6);
  CHECK(fired % 6 == 0);
  CHECK(first.in_table == 0);
  CHECK(first.report.confirmed == 0);
  REQUIRE(first.report.failure);
  CHECK(first.report.failure->service_code == "000625");
  CHECK(first.words.find("another transaction holds the table") != std::string::npos);
  REQUIRE(first.letters.size() == 1'000);
  for (auto const& l : first.letters) {
    CHECK(l.why.reason == sluice::dead_reason::undelivered);
    CHECK(l.why.code == "000625");
  }
  f.server.faults().clear();
  auto const second = load_rows(f, c, 1'000, make_order);
  INFO(second.words);
  CHECK(second.report.ok());
  CHECK(second.in_table == 1'000);
  CHECK(second.distinct == 1'000);
}

TEST_CASE("who waits for a lock ends in time, and knows that nothing was loaded",
          "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  auto c = config_of(f);
  c.connection.retry.throttle_base = c.connection.retry.cap = std::chrono::minutes{4};
  f.server.faults().arm("copy_lock_timeout:1:*");
  std::vector<sluice::dead_letter> letters;
  faulty_loader load{f.net, c, quiet(letters)};
  for (std::int64_t i = 0; i != 1'000; ++i) load.push(make_order(i));
  auto const r = load.finish(sluice::deadline::in(std::chrono::seconds{4}));
  CHECK(f.fired("copy_lock_timeout") > 0);
  CHECK_FALSE(r.ok());
  CHECK(r.confirmed == 0);
  REQUIRE(letters.size() == 1'000);
  for (auto const& l : letters) CHECK(l.why.reason == sluice::dead_reason::undelivered);
}

TEST_CASE("a token that expires in a long run is fetched afresh", "[contract][snowflake]") {
  account_fixture f;
  auto c = config_of(f);
  int fetched = 0;
  c.connection.auth = sluice::oauth{sluice::secret{"loader-oauth-token"}, [&fetched] {
                                      ++fetched;
                                      return sluice::secret{"loader-oauth-token"};
                                    }};
  // The session is lost in the middle of the load, and the token that opened it has expired.
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  f.server.faults().arm("session_gone:4");
  f.server.faults().arm("login_token_expired:2");
  c.pool_size = 1;
  auto const o = load_rows(f, c, 3'000, make_order);
  INFO(o.words);
  CHECK(f.fired("session_gone") == 1);
  CHECK(f.fired("login_token_expired") == 1);
  CHECK(fetched == 1);
  CHECK(o.report.ok());
  CHECK(o.in_table == 3'000);
  CHECK(o.distinct == 3'000);
}

TEST_CASE("bad rows become dead letters, good rows are loaded once", "[contract][snowflake]") {
  auto const bad = [](std::int64_t i) { return i % 400 == 7; };
  auto const record = [&](std::int64_t i) {
    order o = make_order(i);
    o.status = bad(i) ? "far too long for its column" : "ok";
    return o;
  };

  struct row {
    char const* name;
    sf::on_error policy;
    bool skips;
  };

  for (auto const& [name, policy, skips] :
       {row{"abort", sf::on_error::abort(), false},
        row{"continue", sf::on_error::continue_(), false},
        row{"skip file", sf::on_error::skip_file(), true},
        row{"skip file after 2", sf::on_error::skip_file_after(2), true},
        row{"skip file over 50 %", sf::on_error::skip_file_percent(50), false}}) {
    DYNAMIC_SECTION(name) {
      account_fixture f;
      REQUIRE(f.execute(f.session(),
                        "CREATE TABLE ORDERS (ID NUMBER(38,0), STATUS VARCHAR(4), NOTE VARCHAR, "
                        "AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO FLOAT)"));
      auto c = config_of(f);
      c.copy.on_error = policy;
      auto const o = load_rows(f, c, 3'000, record);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.in_table == o.report.confirmed);
      CHECK(o.distinct == o.in_table);
      std::uint64_t named = 0;
      for (auto const& l : o.letters) {
        CHECK(l.why.reason == sluice::dead_reason::rejected);
        CHECK_FALSE(l.record_is_text);
        std::string const id = "{\"ID\":" + std::to_string(l.at) + ',';
        CHECK(l.record.starts_with(id));
        bool const at_fault = bad(static_cast<std::int64_t>(l.at));
        CHECK((l.record.find("far too long") != std::string::npos) == at_fault);
        if (!at_fault) continue;
        // A file that is skipped is read up to the row that condemns it.
        if (skips && l.why.code.empty()) continue;
        ++named;
        CHECK(l.why.code == "100078");
        CHECK(l.why.column == "STATUS");
      }
      CHECK(named >= (skips ? 2u : 8u));
      if (!skips) CHECK(o.letters.size() == 8);
    }
  }
}

TEST_CASE("every kind of stage is written as it wants to be", "[contract][snowflake]") {
  using sluice::sandbox::stage_encryption;
  using sluice::sandbox::stage_kind;
  sluice::sandbox::options wide;
  wide.encryption = stage_encryption::client_side_256;
  sluice::sandbox::options text_id;
  text_id.smk_id_as_string = true;
  sluice::sandbox::options server_side;
  server_side.encryption = stage_encryption::server_side;
  sluice::sandbox::options local;
  local.stage = stage_kind::local_fs;
  sluice::sandbox::options parts;
  parts.multipart_threshold = 1;
  for (auto const& [name, options] :
       std::vector<std::pair<char const*, sluice::sandbox::options>>{{"AES-256", wide},
                                                                     {"key id as text", text_id},
                                                                     {"server side", server_side},
                                                                     {"directory", local},
                                                                     {"in parts", parts}}) {
    DYNAMIC_SECTION(name) {
      account_fixture f{options};
      auto const o = load_rows(f, config_of(f), 1'500, make_order);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.in_table == 1'500);
      CHECK(f.server.open_multipart_uploads() == 0);
    }
  }
}

TEST_CASE("a large file goes in parts, through faults in its middle", "[contract][snowflake]") {
  using big_loader = sluice::loader<order,
                                    sluice::batch<sluice::max_rows<4'000>>,
                                    sluice::encode<sluice::csv<>>,
                                    sluice::compress<sluice::none>,
                                    sluice::upload<sf::bulk<>>>;
  std::string const note(5'000, 'x');
  auto const record = [&](std::int64_t i) {
    order o = make_order(i);
    o.note = note;
    return o;
  };
  for (char const* fault : {"stage_credentials_expired:2",
                            "upload_part.drop_reply",
                            "upload_part.status=503",
                            "complete_error_in_200",
                            "complete_reply_lost",
                            "broken_pipe=1000000"}) {
    DYNAMIC_SECTION(fault) {
      sluice::sandbox::options options;
      options.multipart_threshold = 1 << 20;
      account_fixture f{options};
      f.server.faults().arm(fault);
      auto const o = load_rows<big_loader>(f, config_of(f), 4'000, record);
      INFO(o.words);
      CHECK(f.fired(name_of_fault(fault)) > 0);
      CHECK(f.server.log().count("upload_part") >= 3);
      CHECK(o.report.ok());
      CHECK(o.in_table == 4'000);
      CHECK(o.distinct == 4'000);
      CHECK(f.server.open_multipart_uploads() == 0);
    }
  }
}

TEST_CASE("a named stage and a prefix", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), "CREATE STAGE \"odd stage\""));
  auto c = config_of(f);
  c.stage = {"", "", "odd stage", "incoming/orders"};
  c.purge = false;
  auto const o = load_rows(f, c, 1'000, make_order);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.in_table == 1'000);
  auto const stored = f.server.stored_objects();
  REQUIRE(stored.size() == 2);
  for (std::string const& name : stored)
    CHECK(name.find("incoming/orders/" + o.report.run_id + "/00000000000") != std::string::npos);
}

TEST_CASE("a damaged file is reported, not counted", "[contract][snowflake]") {
  account_fixture f;
  f.server.faults().arm("upload_corrupted");
  auto const o = load_rows(f, config_of(f), 1'500, make_order);
  CHECK(f.fired("upload_corrupted") == 1);
  CHECK(o.in_table == o.report.confirmed);
  CHECK(o.report.confirmed == 1'000);
  CHECK(o.report.dead_lettered == 500);
  CHECK_FALSE(o.words.empty());
}

TEST_CASE("a deadline is kept, and the account still adds up", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  auto c = config_of(f);
  c.create_table = false;
  std::vector<sluice::dead_letter> letters;
  f.server.faults().arm("copy.hang:1:*");
  auto options = quiet(letters);
  faulty_loader load{f.net, c, options};
  REQUIRE(load.resume_position());  // the deadline is not about the login
  for (std::int64_t i = 0; i != 1'000; ++i) load.push(make_order(i));
  auto const start = std::chrono::steady_clock::now();
  auto const r = load.finish(sluice::deadline::in(std::chrono::seconds{3}));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{9});
  CHECK(f.fired("copy.hang") > 0);
  CHECK_FALSE(r.ok());
  CHECK(r.pushed == r.confirmed + r.dead_lettered);
  CHECK(r.dead_lettered == 1'000);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 0);
}

TEST_CASE("mistakes are told before a row is sent", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(),
                    "CREATE TABLE ORDERS (ID NUMBER, STATUS VARCHAR, NOTES VARCHAR, "
                    "AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO FLOAT)"));
  auto const message = [&](sf::bulk_config c) {
    c.create_table = false;
    c.table_wait = std::chrono::milliseconds{0};
    auto const o = load_rows(f, c, 10, make_order);
    CHECK_FALSE(o.report.ok());
    CHECK(o.report.confirmed == 0);
    return o.report.failure ? o.report.failure->describe() : std::string{};
  };
  auto c = config_of(f);
  CHECK(message(c).find("has no column \"NOTE\", the nearest is \"NOTES\"") != std::string::npos);
  c.table = "NO_SUCH_TABLE";
  CHECK(message(c).find("002003") != std::string::npos);
  c = config_of(f);
  c.files_per_copy = 1'001;
  CHECK(message(c).find("files_per_copy") != std::string::npos);
  c = config_of(f);
  c.table.clear();
  CHECK(message(c).find("config.table") != std::string::npos);
  c = config_of(f);
  c.stage.name = "NO_SUCH_STAGE";
  c.table = "ORDERS2";
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS2">}));
  CHECK(message(c).find("NO_SUCH_STAGE") != std::string::npos);
}

TEST_CASE("the encrypted copies of files count as memory", "[contract][snowflake]") {
  account_fixture f;
  auto c = config_of(f);
  std::vector<sluice::dead_letter> letters;
  auto options = quiet(letters);
  options.memory_limit = 16u << 20;
  std::string const note(5'000, 'x');
  bulk_loader<sluice::csv<>, sluice::none> load{f.net, c, options};
  for (std::int64_t i = 0; i != 8'000; ++i) {
    order o = make_order(i);
    o.note = note;
    load.push(o);
  }
  auto const r = load.finish();
  CHECK(r.ok());
  CHECK(r.confirmed == 8'000);
  CHECK(r.peak_memory_bytes <= options.memory_limit);
}

TEST_CASE("files of runs that are long over are removed, young ones stay",
          "[contract][snowflake]") {
  account_fixture f;
  auto c = config_of(f);
  c.purge = false;
  CHECK(load_rows(f, c, 1'000, make_order).in_table == 1'000);
  CHECK(load_rows(f, c, 500, make_order).in_table == 1'500);
  CHECK(f.server.stored_objects().size() == 3);
  sluice::transport later{later_by(std::chrono::hours{240})};
  std::vector<sluice::dead_letter> letters;
  c.stage_retention = std::chrono::hours{0};
  for (std::size_t const left : {4u, 1u}) {
    faulty_loader load{later, c, quiet(letters)};
    for (std::int64_t i = 0; i != 500; ++i) load.push(make_order(i));
    CHECK(load.finish().ok());
    CHECK(f.server.stored_objects().size() == left);
    c.stage_retention = std::chrono::hours{24 * 7};
  }
}

TEST_CASE("everything over TLS, checked against the given authority", "[contract][snowflake]") {
  sluice::sandbox::options o;
  o.tls = true;
  account_fixture f{o};
  auto const r = load_rows(f, config_of(f), 1'500, make_order);
  INFO(r.words);
  CHECK(r.report.ok());
  CHECK(r.in_table == 1'500);
}
