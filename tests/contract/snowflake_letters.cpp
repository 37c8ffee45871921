// The dead letters of bulk: every refused row with its record, read back from the stage where the
// service does not give it.

#include "catch.hpp"
#include "snowflake_letters.hpp"
#include "snowflake_people.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace orders;
using sluice::sandbox::stage_encryption;
using sluice::sandbox::stage_kind;

TEMPLATE_TEST_CASE(
    "rows of a COPY that is refused are in the letters, and can be loaded again",
    "[contract][snowflake][letters]",
    (bulk_loader<sluice::csv<>, sluice::none>),
    (bulk_loader<sluice::csv<>, sluice::gzip<1>>),
    (bulk_loader<sluice::csv<>, sluice::zstd<1>>),
    (bulk_loader<sluice::csv<sluice::with_header>, sluice::gzip<1>>),
    (bulk_loader<sluice::csv<sluice::quote<'\''>, sluice::delimiter<'|'>>, sluice::gzip<1>>),
    (bulk_loader<sluice::ndjson, sluice::gzip<1>>),
    (bulk_loader<sluice::ndjson, sluice::zstd<1>>)) {
  account_fixture f;
  refused_load done;
  load_into_nothing<TestType>(done, f, config_for(f), 1'800, make_order);
  INFO(done.said);
  CHECK(f.server.log().count("download") >= 1);
  CHECK(done.said.find("cannot be read back") == std::string::npos);
  check_letters(done.path, numbers(0, 1'800), make_order);
  replay<TestType>(f, config_for(f), done.path, 1'800);
}

TEST_CASE("records come back from every kind of stage", "[contract][snowflake][letters]") {
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
  sluice::sandbox::options secure;
  secure.tls = true;
  for (auto const& [name, options] :
       std::vector<std::pair<char const*, sluice::sandbox::options>>{{"AES-256", wide},
                                                                     {"key id as text", text_id},
                                                                     {"server side", server_side},
                                                                     {"directory", local},
                                                                     {"in parts", parts},
                                                                     {"over TLS", secure}}) {
    DYNAMIC_SECTION(name) {
      account_fixture f{options};
      refused_load done;
      load_into_nothing<faulty_loader>(done, f, config_for(f), 1'200, make_order);
      INFO(done.said);
      CHECK(f.server.log().count("get") >= 1);
      CHECK(done.said.find("cannot be read back") == std::string::npos);
      check_letters(done.path, numbers(0, 1'200), make_order);
    }
  }
}

TEST_CASE("records come back from a named stage", "[contract][snowflake][letters]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), "CREATE STAGE \"odd 'stage'\""));
  auto c = config_for(f);
  c.stage = {"", "", "odd 'stage'", "incoming/orders"};
  refused_load done;
  load_into_nothing<faulty_loader>(done, f, c, 400, make_order);
  INFO(done.said);
  CHECK(f.server.log().count("download") >= 1);
  check_letters(done.path, numbers(0, 400), make_order);
}

TEST_CASE("files that are skipped for one row are in the letters as a whole",
          "[contract][snowflake][letters]") {
  auto const record = [](std::int64_t i) { return with_long_status(i, i == 700 || i == 1'700); };
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{narrow_table}));
  auto c = config_for(f);
  c.copy.on_error = sf::on_error::skip_file();
  refused_load done;
  {
    faulty_loader load{f.net, c, done.options()};
    for (std::int64_t i = 0; i != 2'000; ++i) REQUIRE(load.push(record(i)));
    done.report = load.finish();
  }
  INFO(done.said);
  CHECK(done.report.confirmed == 1'000);
  CHECK(done.report.dead_lettered == 1'000);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 1'000);
  CHECK(f.server.log().count("download") == 2);
  std::set<std::int64_t> skipped = numbers(500, 1'000);
  skipped.merge(numbers(1'500, 2'000));
  check_letters(done.path, skipped, record);
  // Corrected, they go in.
  REQUIRE(f.execute(f.session(), "DROP TABLE ORDERS"));
  replay<faulty_loader>(f, config_for(f), done.path, 1'000);
}

TEST_CASE("a file that is larger than what is kept of it comes back",
          "[contract][snowflake][letters]") {
  using big_loader = sluice::loader<order,
                                    sluice::batch<sluice::max_rows<4'000>>,
                                    sluice::encode<sluice::csv<>>,
                                    sluice::compress<sluice::none>,
                                    sluice::upload<sf::bulk<>>>;
  std::string const note(5'000, '"');
  auto const record = [&](std::int64_t i) {
    order o = make_order(i);
    o.note = note;
    return o;
  };
  account_fixture f;
  refused_load done;
  auto c = config_for(f);
  c.connection.limits.idle = c.upload_limits.idle = 0ms;
  load_into_nothing<big_loader>(done, f, c, 4'000, record);
  INFO(done.said);
  // 40 MB in parts of 4 MiB, twice but for the first.
  CHECK(f.server.log().count("download") >= 19);
  check_letters(done.path, numbers(0, 4'000), record);
}

TEST_CASE("reading back gets through what uploads get through", "[contract][snowflake][letters]") {
  for (char const* fault : {"stage_credentials_expired:3",
                            "slow_down:3:2",
                            "stage_redirect:3",
                            "download.drop_reply",
                            "download.status=503",
                            "download.truncate_reply",
                            "download.hang_reply",
                            "download.throttle=0",
                            "get.drop_reply",
                            "get.status=503",
                            "get.garbage_reply"}) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      f.server.faults().arm(fault);
      refused_load done;
      load_into_nothing<faulty_loader>(done, f, config_for(f), 400, make_order);
      INFO(done.said);
      CHECK(f.fired(name_of_fault(fault)) > 0);
      check_letters(done.path, numbers(0, 400), make_order);
    }
  }
}

TEST_CASE("what cannot be read back is named, and said in the log",
          "[contract][snowflake][letters]") {
  struct row {
    char const* fault;
    char const* code;  ///< of the letters
    char const* said;
  };

  for (row const& r : {row{"get.status=403:1:*", "002003", "403"},
                       row{"download.status=404:1:*", "002003", "does not hold it any more"},
                       row{"download.status=403:1:*", "002003", "403"},
                       row{"upload_corrupted", "002003", "the stage file"}}) {
    DYNAMIC_SECTION(r.fault) {
      account_fixture f;
      f.server.faults().arm(r.fault);
      refused_load done;
      load_into_nothing<faulty_loader>(done, f, config_for(f), 400, make_order);
      CHECK(f.fired(name_of_fault(r.fault)) > 0);
      INFO(done.said);
      CHECK(done.said.find("cannot be read back") != std::string::npos);
      CHECK(done.said.find(r.said) != std::string::npos);
      check_without_records(done.path, 400, r.code);
    }
  }
}

TEST_CASE("a record that has changed in the stage is in no letter",
          "[contract][snowflake][letters]") {
  sluice::sandbox::options options;
  options.encryption = stage_encryption::server_side;
  account_fixture f{options};
  f.server.faults().arm("upload_corrupted");
  refused_load done;
  using plain_loader = bulk_loader<sluice::csv<>, sluice::none>;
  // The byte that changes stands for itself: still as many rows, and all of them readable.
  std::string const note(200, 'x');
  auto const record = [&](std::int64_t i) {
    order o = with_long_status(i, false);
    o.note = note;
    return o;
  };
  load_into_nothing<plain_loader>(done, f, config_for(f), 400, record);
  CHECK(f.fired("upload_corrupted") == 1);
  INFO(done.said);
  CHECK(done.said.find("its digest is another") != std::string::npos);
  check_without_records(done.path, 400, "002003");
}

TEST_CASE("a file that is gone from the stage is named", "[contract][snowflake][letters]") {
  account_fixture f;
  make_table(f);
  auto c = config_for(f);
  c.verify_uploads = false;
  f.server.faults().arm("upload_lost");
  refused_load done;
  {
    faulty_loader load{f.net, c, done.options()};
    for (std::int64_t i = 0; i != 400; ++i) REQUIRE(load.push(make_order(i)));
    done.report = load.finish();
  }
  CHECK(f.fired("upload_lost") == 1);
  CHECK(done.report.dead_lettered == 400);
  CHECK(f.server.log().count("get") >= 1);
  CHECK(f.server.log().count("download") == 0);
  CHECK(done.said.find("does not hold it any more") != std::string::npos);
  check_without_records(done.path, 400, "091016");
}

TEST_CASE("what is read back is redacted as ever", "[contract][snowflake][letters]") {
  using person_loader = sluice::loader<people::person,
                                       sluice::encode<sluice::csv<sluice::with_header>>,
                                       sluice::upload<sf::bulk<>>>;
  for (bool const reveal : {false, true}) {
    account_fixture f;
    REQUIRE(f.execute(f.session(), "CREATE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR, CITY VARCHAR)"));
    auto c = config_for(f);
    c.table = "PEOPLE";
    std::vector<sluice::dead_letter> letters;
    auto options = quiet(letters);
    options.reveal_pii = reveal;
    person_loader load{f.net, c, std::move(options)};
    REQUIRE(load.resume_position());
    REQUIRE(f.execute(f.session(), "DROP TABLE PEOPLE"));
    for (std::int64_t i = 0; i != 10; ++i) load.push({i, std::string{people::planted}, "London"});
    auto const r = load.finish();
    CHECK(r.dead_lettered == 10);
    CHECK(f.server.log().count("download") >= 1);
    REQUIRE(letters.size() == 10);
    for (auto const& letter : letters) {
      CHECK(letter.record.find("\"CITY\":\"London\"") != std::string::npos);
      CHECK((letter.record.find(people::planted) != std::string::npos) == reveal);
      CHECK((letter.record.find("[redacted]") != std::string::npos) != reveal);
    }
  }
}
