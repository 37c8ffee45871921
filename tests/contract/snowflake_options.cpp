// Options of `snowflake::bulk`, each by what it does at the service.

#include "catch.hpp"
#include "snowflake_orders.hpp"

#include <sluice/snowflake/copy_result.hpp>
#include <sluice/snowflake/transaction.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace orders;
using namespace std::chrono_literals;

TEST_CASE("as many files as allowed go up at once", "[contract][snowflake]") {
  for (std::size_t const parallel : {1u, 3u}) {
    account_fixture f;
    auto c = config_of(f);
    c.parallel_uploads = parallel;
    f.server.faults().arm("upload.delay=120:1:*");
    auto const o = load_rows(f, c, 4'000, make_order);
    INFO(o.words);
    CHECK(f.fired("upload.delay") == 8);
    CHECK(o.in_table == 4'000);
    std::size_t const at_once = most_at_once(f.server.log().of("upload"));
    CHECK(at_once <= parallel);
    CHECK((at_once > 1) == (parallel > 1));
  }
}

TEST_CASE("how many files go up at once is learned", "[contract][snowflake]") {
  account_fixture f;
  auto c = config_of(f);
  c.parallel_uploads = 0;
  // Files that are large enough to tell something.
  std::uint64_t state = 1;
  auto const hardly_compressible = [&state] {
    std::string text(3'500, ' ');
    for (char& letter : text) {
      state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
      letter = static_cast<char>('!' + (state >> 33) % 90);
    }
    return text;
  };
  // Each takes as long as if it were alone: the more at once, the better.
  f.server.faults().arm("upload.delay=1000:1:*");
  auto const o = load_rows(f, c, 12'000, [&](std::int64_t i) {
    auto made = make_order(i);
    made.note = hardly_compressible();
    return made;
  });
  INFO(o.words);
  CHECK(o.in_table == 12'000);
  CHECK(f.fired("upload.delay") > 20);
  std::size_t const at_once = most_at_once(f.server.log().of("upload"));
  CHECK(at_once > 4);
  CHECK(at_once <= sluice::snowflake::bulk_limits::learned_uploads);
}

TEST_CASE("statements spread over as many sessions as allowed, and all log out",
          "[contract][snowflake]") {
  for (std::size_t const size : {1u, 3u}) {
    account_fixture f;
    auto c = config_of(f);
    c.pool_size = size;
    c.async_copy = false;
    c.files_per_copy = 1;
    f.server.faults().arm("copy.delay=120:1:*");
    auto const o = load_rows(f, c, 6'000, make_order);
    INFO(o.words);
    CHECK(f.fired("copy.delay") == 12);
    CHECK(o.in_table == 6'000);
    CHECK(f.server.log().count("login") <= size);
    CHECK((f.server.log().count("login") > 1) == (size > 1));
    CHECK(f.server.log().count("logout") == f.server.log().count("login"));
    CHECK(f.server.open_sessions() == 0);
  }
}

TEST_CASE("a COPY takes as many rows as allowed, but at least one file", "[contract][snowflake]") {
  for (auto const& [rows, most_files] :
       std::vector<std::pair<std::uint64_t, std::size_t>>{{1'000, 2}, {10, 1}, {0, 10}}) {
    account_fixture f;
    auto c = config_of(f);
    c.rows_per_copy = rows;
    c.max_concurrent_copy = 1;
    f.server.faults().arm("copy.delay=30:1:*");
    auto const o = load_rows(f, c, 6'000, make_order);
    INFO(o.words);
    CHECK(o.in_table == 6'000);
    std::size_t most = 0;
    for (auto const& copy : f.server.log().of("copy"))
      most = std::max(most, files_named_in(copy.sql));
    CHECK(most <= most_files);
    CHECK((most > 1) == (most_files > 1));
    CHECK(f.fired("copy.delay") >= 12 / most_files);
  }
}

TEST_CASE("a private endpoint takes the place of the stage's own", "[contract][snowflake]") {
  sluice::sandbox::options o;
  o.stage_host = unresolvable;
  for (bool const named : {true, false}) {
    account_fixture f{o};
    auto c = config_of(f);
    if (named) c.stage_endpoint = f.server.where().stage_url;
    c.connection.retry.max_attempts = 2;
    auto const done = load_rows(f, c, 500, make_order);
    INFO(done.words);
    CHECK(done.in_table == (named ? 500 : 0));
    CHECK(f.server.log().count("upload") == (named ? 1 : 0));
    if (!named) CHECK(done.words.find(unresolvable) != std::string::npos);
  }
}

TEST_CASE("columns are found by name, in any case and order", "[contract][snowflake]") {
  using loader = bulk_loader<sluice::csv<sluice::with_header>,
                             sluice::gzip<1>,
                             sf::match_by<sf::column_match::case_insensitive>>;
  account_fixture f;
  REQUIRE(f.execute(f.session(),
                    "CREATE TABLE ORDERS (RATIO FLOAT, \"status\" VARCHAR, \"Note\" VARCHAR, "
                    "PAID BOOLEAN, AMOUNT NUMBER(12,2), ID NUMBER(38,0))"));
  auto c = config_of(f);
  c.create_table = false;
  auto const o = load_rows<loader>(f, c, 1'000, make_order);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.in_table == 1'000);
  auto const back = f.server.rows("SELECT ID, \"status\", \"Note\" FROM ORDERS ORDER BY ID");
  REQUIRE(back.size() == 1'000);
  for (std::size_t i = 0; i != back.size(); ++i) {
    order const sent = make_order(static_cast<std::int64_t>(i));
    REQUIRE(back[i][1] == sent.status);
    REQUIRE(back[i][2] == sent.note);
  }
}

TEST_CASE("delimiter, quote and null marker may be others", "[contract][snowflake]") {
  using loader = bulk_loader<
      sluice::csv<sluice::delimiter<'|'>, sluice::quote<'\''>, sluice::null_marker<"~null~">>,
      sluice::zstd<1>>;
  account_fixture f;
  auto const o = load_rows<loader>(f, config_of(f), 1'000, make_order);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.in_table == 1'000);
  auto const back = f.server.rows("SELECT STATUS, NOTE FROM ORDERS ORDER BY ID");
  for (std::size_t i = 0; i != back.size(); ++i) {
    order const sent = make_order(static_cast<std::int64_t>(i));
    REQUIRE(back[i][0] == sent.status);
    REQUIRE(back[i][1] == sent.note);
  }
}

TEST_CASE("text that is too long may be cut instead of refused", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(),
                    "CREATE TABLE ORDERS (ID NUMBER(38,0), STATUS VARCHAR(4), NOTE VARCHAR, "
                    "AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO FLOAT)"));
  auto c = config_of(f);
  c.copy.truncate_columns = true;
  auto const o = load_rows(f, c, 500, [](std::int64_t i) {
    order one = make_order(i);
    one.status = "longer than four";
    return one;
  });
  INFO(o.words);
  CHECK(o.report.confirmed == 500);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS WHERE STATUS = 'long'") == 500);
}

TEST_CASE("files have the size that was aimed at, compressed", "[contract][snowflake]") {
  using loader = sluice::loader<order,
                                sluice::batch<sluice::target_file_bytes<1'000'000>>,
                                sluice::encode<sluice::csv<>>,
                                sluice::compress<sluice::gzip<1>>,
                                sluice::upload<sf::bulk<>>>;
  account_fixture f;
  std::vector<sluice::dead_letter> letters;
  auto options = quiet(letters);
  options.workers = 1;
  loader load{f.net, config_of(f), options};
  // Text that compresses to about three quarters.
  std::uint64_t seed = 1;
  std::string note(2'000, ' ');
  for (std::int64_t i = 0; i != 4'000; ++i) {
    for (char& c : note)
      c = static_cast<char>('0' + ((seed = seed * 6364136223846793005u + 1) >> 58));
    order o = make_order(i);
    o.note = note;
    load.push(o);
  }
  auto const r = load.finish();
  CHECK(r.confirmed == 4'000);
  REQUIRE(r.payloads.size() >= 4);
  std::size_t near = 0;
  for (auto const& p : r.payloads) {
    INFO(p.sent_bytes);
    CHECK(p.sent_bytes < 2'500'000);
    near += p.sent_bytes > 900'000;
  }
  CHECK(near >= r.payloads.size() - 1);
  CHECK(load.stats().file_bytes.count == r.payloads.size());
}

TEST_CASE("a lost COPY is sent again without sending a file again", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  f.server.faults().arm("copy.drop_request:1:2");
  auto const o = load_rows(f, config_of(f), 2'000, make_order);
  INFO(o.words);
  CHECK(f.fired("copy.drop_request") == 2);
  CHECK(o.in_table == 2'000);
  CHECK(f.server.log().count("upload") == 4);
}

TEST_CASE("the figures of a load are those of the service", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  f.server.log().clear();
  f.server.faults().arm("slow_down:2");
  std::vector<sluice::dead_letter> letters;
  faulty_loader load{f.net, config_of(f), quiet(letters)};
  for (std::int64_t i = 0; i != 3'000; ++i) load.push(make_order(i));
  auto const r = load.finish();
  CHECK(r.ok());
  CHECK(f.fired("slow_down") == 1);
  auto const s = load.stats();
  CHECK(s.records_pushed == 3'000);
  CHECK(s.records_written == 3'000);
  CHECK(s.records_pending == 0);
  CHECK(s.files_uploaded == 6);
  CHECK(s.copy_operations == f.server.log().count("copy"));
  CHECK(s.upload_workers == 0);
  CHECK(s.upload_workers_max >= 1);
  CHECK(s.latency_us.count == s.requests);
  CHECK(s.requests >= f.server.log().count("account"));
  CHECK(s.requests_in_flight == 0);
  CHECK(s.last_success_unixtime > 0);
  CHECK(load.health().status == sluice::health_status::healthy);
  // The bodies that the store took, as it counted them.
  std::uint64_t stored = 0;
  for (auto const& put : f.server.log().of("upload"))
    stored += put.status == 200 ? put.body_bytes : 0;
  CHECK(s.bytes_uploaded == stored);
  CHECK(r.records_written == s.records_written);
  CHECK(r.bytes_uploaded == s.bytes_uploaded);
  CHECK(r.files_uploaded == s.files_uploaded);
  CHECK(r.copy_operations == s.copy_operations);
  REQUIRE(r.payloads.size() == 6);
  std::uint64_t rows = 0, sent = 0;
  for (auto const& p : r.payloads) {
    CHECK(p.confirmed == p.rows);
    CHECK(p.failure.empty());
    rows += p.rows;
    sent += p.sent_bytes;
  }
  CHECK(rows == 3'000);
  CHECK(sent == stored);
}

TEST_CASE("COPY is part of a transaction", "[contract][snowflake]") {
  account_fixture f;
  auto c = config_of(f);
  c.purge = false;
  auto const staged = load_rows(f, c, 500, make_order);
  auto const s = f.session();
  REQUIRE(f.execute(s, "CREATE TABLE AGAIN LIKE ORDERS"));
  sf::copy_statement copy;
  copy.table = {"SANDBOX", "PUBLIC", "AGAIN"};
  copy.columns = sluice::columns_of<order>();
  copy.location = "@~/sluice/" + staged.report.run_id + "/";
  copy.compression = sluice::codec::gzip;
  copy.files = {sf::stage_file_name(0, sluice::format::csv, sluice::codec::gzip)};
  auto const in_transaction =
      [](std::shared_ptr<sf::session> on, std::string sql, bool commit) -> sluice::task<void> {
    sluice::result<sf::transaction> t = co_await sf::transaction::begin(on);
    if (!t) co_return t.error();
    sf::statement one;
    one.sql = std::move(sql);
    sluice::result<sf::statement_reply> done = co_await t->execute(std::move(one));
    if (!done) co_return done.error();
    sluice::task<void> end = commit ? t->commit() : t->rollback();
    sluice::result<void> ended = co_await std::move(end);
    co_return ended;
  };
  for (bool const commit : {false, true}) {
    auto const done = f.run(in_transaction(s, sf::copy_text(copy), commit));
    if (!done) FAIL(done.error().describe());
    CHECK(f.server.number("SELECT COUNT(*) FROM AGAIN") == (commit ? 500 : 0));
  }
}

TEST_CASE("health names the part that the others wait for", "[contract][snowflake]") {
  account_fixture f;
  std::vector<sluice::dead_letter> letters;
  auto options = quiet(letters);
  options.memory_limit = 16u << 20;
  bulk_loader<sluice::csv<>, sluice::none> load{f.net, config_of(f), options};
  load.push(make_order(0));
  REQUIRE(load.flush());
  CHECK(load.health().bottleneck == sluice::pipeline_stage::source);
  CHECK(load.health().message.find("limited by source") != std::string::npos);
  // Uploads that take a while hold up whoever pushes.
  f.server.faults().arm("upload.delay=1000:1:*");
  std::string const note(5'000, 'x');
  for (std::int64_t i = 1; i != 6'000; ++i) {
    order o = make_order(i);
    o.note = note;
    load.push(o);
  }
  auto const now = load.health();
  INFO(now.message);
  CHECK(f.fired("upload.delay") > 0);
  CHECK(now.status == sluice::health_status::healthy);
  CHECK(now.bottleneck == sluice::pipeline_stage::upload);
  CHECK(now.message.find("limited by upload") != std::string::npos);
  CHECK(load.finish().confirmed == 6'000);
}
