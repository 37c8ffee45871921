#include "catch.hpp"
#include "scripted_pipe.hpp"

#include <sluice/snowpipe/files.hpp>
#include <sluice/snowpipe/files_protocol.hpp>

#include <chrono>
#include <string>

namespace sp = sluice::snowpipe;

TEST_CASE("paths and bodies of file Snowpipe", "[snowpipe][files]") {
  CHECK(sp::files_path("DB", "SC", "P", "insertFiles") == "/v1/data/pipes/DB.SC.P/insertFiles");
  CHECK(sp::files_path("DB", "SC", "my pipe", "insertReport") ==
        "/v1/data/pipes/DB.SC.%22my%20pipe%22/insertReport");
  CHECK(sp::insert_files_body("a/b.csv.gz", 12) ==
        R"({"files":[{"path":"a/b.csv.gz","size":12}]})");
  using namespace std::chrono;
  CHECK(sp::iso_time(sys_days{January / 2 / 2026} + 3h + 4min + 5s + 67ms) ==
        "2026-01-02T03:04:05.067Z");
}

TEST_CASE("a load report is read with and without optional fields", "[snowpipe][files]") {
  auto const report = sp::parse_load_report(R"({"pipe":"P","completeResult":false,
    "nextBeginMark":"1_16","files":[
    {"path":"a.csv","stageLocation":"s/","status":"LOADED","rowsInserted":3,"rowsParsed":3,
     "errorsSeen":0,"complete":true},
    {"path":"b.csv","status":"PARTIALLY_LOADED","rowsInserted":2,"rowsParsed":3,"errorsSeen":1,
     "firstError":"Numeric value 'x' is not recognized","firstErrorColumnName":"ID"},
    {"path":"c.csv","status":"LOAD_FAILED","systemError":"no such file"},
    {"path":"d.csv","status":"LOAD_IN_PROGRESS"},{"path":"e.csv","status":"NEW_ONE"},{},7]})");
  REQUIRE(report);
  CHECK_FALSE(report->complete);
  CHECK(report->next_mark == "1_16");
  REQUIRE(report->files.size() == 5);
  CHECK(report->files[0].state == sp::load_state::loaded);
  CHECK(report->files[0].rows_inserted == 3);
  CHECK(report->files[1].state == sp::load_state::partially_loaded);
  CHECK(report->files[1].first_error == "Numeric value '...' is not recognized");
  CHECK(report->files[1].first_error_column == "ID");
  CHECK(report->files[2].state == sp::load_state::failed);
  CHECK(report->files[2].first_error == "no such file");
  CHECK(report->files[3].state == sp::load_state::in_progress);
  CHECK(report->files[4].state == sp::load_state::unknown);
  CHECK_FALSE(report->files[2].rows_inserted);
  // The history says the same with text.
  CHECK_FALSE(sp::parse_load_report(R"({"files":[],"completeResult":"false"})")->complete);
  CHECK(sp::parse_load_report(R"({"files":[],"completeResult":"true"})")->complete);
  for (char const* const broken : {"", "{}", "[]", R"({"files":{}})", "<html>"})
    CHECK_FALSE(sp::parse_load_report(broken));
  CHECK(sp::parse_insert_reply(R"({"responseCode":"SUCCESS","requestId":"r"})"));
  for (char const* const broken : {"", "{}", R"({"responseCode":"NO"})"})
    CHECK_FALSE(sp::parse_insert_reply(broken));
}

TEST_CASE("a file counts as loaded only where the report has the number of its rows",
          "[snowpipe][files]") {
  using fate = sp::file_fate;
  auto const of_three = [](std::string const& fields) {
    auto const report =
        sp::parse_load_report(R"({"files":[{"path":"a.csv","status":)" + fields + "}]}");
    return sp::fate_of(report.value().files.at(0), 3);
  };
  CHECK(of_three(R"("LOADED","rowsInserted":3,"rowsParsed":3,"errorsSeen":0)") == fate::loaded);
  CHECK(of_three(R"("LOADED","rowsInserted":"3")") == fate::loaded);
  CHECK(of_three(R"("LOADED")") == fate::uncertain);
  CHECK(of_three(R"("LOADED","rowsInserted":null,"rowsParsed":0)") == fate::uncertain);
  CHECK(of_three(R"("LOADED","rowsInserted":"three")") == fate::uncertain);
  CHECK(of_three(R"("LOADED","rowsInserted":2,"rowsParsed":3)") == fate::uncertain);
  CHECK(of_three(R"("LOADED","rowsInserted":3,"errorsSeen":1)") == fate::uncertain);
  CHECK(of_three(R"("LOADED","rowsInserted":0,"rowsParsed":0)") == fate::refused);
  CHECK(of_three(R"("PARTIALLY_LOADED","rowsInserted":2,"errorsSeen":1)") == fate::uncertain);
  CHECK(of_three(R"("PARTIALLY_LOADED")") == fate::uncertain);
  CHECK(of_three(R"("LOAD_FAILED")") == fate::refused);
  CHECK(of_three(R"("LOAD_IN_PROGRESS")") == fate::pending);
  CHECK(of_three(R"("NEW_ONE")") == fate::pending);
}

TEST_CASE("a password is refused before a file is uploaded", "[snowpipe][files]") {
  scripted::world w;
  sluice::environment const environment{*w.net,
                                        "run-1",
                                        scripted::world::rows().columns(),
                                        scripted::world::rows().describe(),
                                        sluice::codec::none,
                                        w.log,
                                        &w.metrics};
  sp::files_config c;
  c.connection.account = "acme-main";
  c.connection.database = "DB";
  c.connection.schema = "SC";
  c.connection.auth = sluice::user_password{"u", sluice::secret{"p"}};
  c.pipe = "P";
  c.stage.name = "STAGE";
  sp::files_session session{environment, c};
  auto const opened = w.run(session.open());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == sluice::errc::invalid_configuration);
  CHECK(scripted::has(opened.error().message, "password"));
  CHECK(w.wire->count() == 0);
}
