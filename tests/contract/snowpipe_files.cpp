#include "snowpipe_fixture.hpp"

#include <sluice/snowpipe/files.hpp>

#include <string>

using namespace events;

namespace {

using file_loader = sluice::loader<event,
                                   sluice::batch<sluice::max_rows<100>>,
                                   sluice::encode<sluice::csv<>>,
                                   sluice::compress<sluice::gzip<1>>,
                                   sluice::upload<sp::files>>;

struct files_fixture : pipe_fixture {
  static sluice::sandbox::options keyed() {
    auto o = fast();
    o.make_key_pair = true;
    o.snowpipe.file_lag = 30ms;
    return o;
  }

  files_fixture() : pipe_fixture{keyed()} {
    auto const login = session();
    for (char const* const sql :
         {"CREATE STAGE EVENTS_STAGE",
          "CREATE PIPE EVENTS_PIPE AUTO_INGEST = FALSE AS COPY INTO EVENTS FROM @EVENTS_STAGE "
          "FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"}) {
      auto const made = execute(login, sql);
      if (!made) FAIL(made.error().describe());
    }
  }

  sp::files_config files() {
    sp::files_config c;
    c.connection = connection();
    c.connection.auth = sluice::key_pair::from_file(server.where().private_key_file.string());
    c.connection.database = database;
    c.connection.schema = schema;
    c.pipe = "EVENTS_PIPE";
    c.stage = {{}, {}, "EVENTS_STAGE", "incoming"};
    c.retry.base = c.retry.throttle_base = 5ms;
    c.retry.cap = 50ms;
    c.poll_interval = 20ms;
    return c;
  }

  outcome load_files(std::uint64_t count) {
    outcome o;
    sluice::run_options run;
    run.finish_within = 60'000ms;
    run.dead_letters = sluice::dead_letter_callback(
        [&o](sluice::dead_letter const& one) { o.letters.push_back(one); });
    file_loader loader{net, files(), run};
    for (std::uint64_t id = 0; id != count; ++id) loader.push(make_event(id));
    o.report = loader.finish();
    if (o.report.failure) o.words = o.report.failure->describe();
    for (auto const& one : o.letters)
      if (o.words.size() < 1'000) o.words += "\n" + one.why.message;
    return o;
  }
};

}  // namespace

TEST_CASE("files go through a stage and a pipe, and are confirmed by the load report",
          "[contract][snowpipe][files]") {
  files_fixture f;
  auto const o = f.load_files(1'000);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.report.confirmed == 1'000);
  CHECK(o.report.files_uploaded == 10);
  CHECK(f.in_table() == pipe_fixture::of(1'000));
}

TEST_CASE("faults on the way of files leave each row in the table once",
          "[contract][snowpipe][files]") {
  for (char const* const text : {"insert_files.drop_reply:2",
                                 "insert_files.status=503:2",
                                 "insert_files.throttle=0:2",
                                 "insert_report.drop_reply",
                                 "insert_report.status=500",
                                 "insert_report.garbage_reply",
                                 "upload.drop_reply:2"}) {
    DYNAMIC_SECTION(text) {
      files_fixture f;
      std::string const fault = text;
      f.server.faults().arm(fault);
      auto const o = f.load_files(1'000);
      CHECK(f.fired(fault.substr(0, fault.find_first_of(":="))) > 0);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.report.confirmed == 1'000);
      CHECK(f.in_table() == pipe_fixture::of(1'000));
    }
  }
}

TEST_CASE("a file with a bad row is not confirmed", "[contract][snowpipe][files]") {
  files_fixture f;
  REQUIRE(f.execute(f.session(), "DROP TABLE EVENTS"));
  REQUIRE(f.execute(f.session(),
                    "CREATE TABLE EVENTS (ID NUMBER, NAME VARCHAR, NOTE VARCHAR(8), AMOUNT "
                    "NUMBER(12, 2), PAID BOOLEAN, AT TIMESTAMP_NTZ)"));
  auto const o = f.load_files(1'100);
  INFO(o.words);
  CHECK(o.report.adds_up());
  CHECK(o.report.confirmed == 1'000);
  CHECK(o.report.dead_lettered == 100);
}
