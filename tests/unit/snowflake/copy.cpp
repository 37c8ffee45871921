#include "catch.hpp"

#include <sluice/snowflake/copy_result.hpp>

#include <array>
#include <string>
#include <vector>

namespace {

namespace sf = sluice::snowflake;

std::vector<std::string> const files{"000000000000.csv.gz", "000000000001.csv.gz"};

sf::result_table copy_table() {
  sf::result_table t;
  t.columns = {
      "file", "status", "rows_parsed", "rows_loaded", "error_limit", "errors_seen", "first_error"};
  return t;
}

sf::result_table error_table() {
  sf::result_table t;
  t.columns = {"ERROR", "FILE", "CODE", "COLUMN_NAME", "ROW_NUMBER", "REJECTED_RECORD"};
  return t;
}

}  // namespace

TEST_CASE("stage files are named after their sequence", "[snowflake][copy]") {
  using sluice::codec;
  using sluice::format;
  CHECK(sf::stage_file_name(0, format::csv, codec::gzip) == "000000000000.csv.gz");
  CHECK(sf::stage_file_name(42, format::ndjson, codec::zstd) == "000000000042.json.zst");
  CHECK(sf::stage_file_name(7, format::csv, codec::none) == "000000000007.csv");
  CHECK(sf::base_name("stage/run/7.csv") == "7.csv");
  CHECK(sf::base_name("7.csv") == "7.csv");
}

TEST_CASE("COPY's rows are matched to our files in any order and spelling", "[snowflake][copy]") {
  auto t = copy_table();
  t.rows = {{"stage/run/000000000001.csv.gz", "PARTIALLY_LOADED", "10", "8", "10", "2", "bad"},
            {"000000000000.csv.gz", "LOADED", "5", "5", "1", "0", sf::cell{}},
            {"other.csv.gz", "LOADED", "1", "1", "1", "0", sf::cell{}}};
  auto const r = sf::read_copy_result(t, files);
  REQUIRE(r.size() == 2);
  CHECK(r[0].status == sf::load_status::loaded);
  CHECK(r[0].rows_loaded == 5);
  CHECK(r[1].status == sf::load_status::partially_loaded);
  CHECK(r[1].rows_parsed == 10);
  CHECK(r[1].rows_loaded == 8);
  CHECK(r[1].errors_seen == 2);
  CHECK(r[1].first_error == "bad");
}

TEST_CASE("zero files processed is not success", "[snowflake][copy]") {
  sf::result_table t;
  t.columns = {"status"};
  t.rows = {{"Copy executed with 0 files processed."}};
  for (auto const& f : sf::read_copy_result(t, files)) CHECK(f.status == sf::load_status::missing);
  for (auto const& f : sf::read_copy_result(sf::result_table{}, files))
    CHECK(f.status == sf::load_status::missing);
}

TEST_CASE("a file loaded before, failed or of unknown status", "[snowflake][copy]") {
  auto t = copy_table();
  t.rows = {{"000000000000.csv.gz", "LOAD_SKIPPED", "0", "0", "1", "1", "File was loaded before."},
            {"000000000001.csv.gz", "LOAD_FAILED", "3", "0", "1", "1", "x"}};
  auto r = sf::read_copy_result(t, files);
  CHECK(r[0].status == sf::load_status::skipped);
  CHECK(r[1].status == sf::load_status::failed);
  t.rows = {{"000000000000.csv.gz", "SOMETHING_ELSE", "0", "0", "1", "1", sf::cell{}}};
  CHECK(sf::read_copy_result(t, files)[0].status == sf::load_status::missing);
}

TEST_CASE("in COPY_HISTORY a later skip does not undo a load", "[snowflake][copy]") {
  sf::result_table t;
  t.columns = {"FILE_NAME", "STAGE_LOCATION", "STATUS", "ROW_COUNT", "ROW_PARSED"};
  t.rows = {{"sluice/run/000000000000.csv.gz", "stages/x", "Load skipped", "0", "0"},
            {"sluice/run/000000000000.csv.gz", "stages/x", "Loaded", "9", "9"},
            {"sluice/run/000000000000.csv.gz", "stages/x", "Load skipped", "0", "0"},
            {"000000000001.csv.gz", "stages/sluice/run/", "Load in progress", "0", "0"}};
  auto const r = sf::read_copy_history(t, "run", files);
  CHECK(r[0].status == sf::load_status::loaded);
  CHECK(r[0].rows_loaded == 9);
  CHECK(r[1].status == sf::load_status::running);
}

TEST_CASE("in COPY_HISTORY only files of this run count", "[snowflake][copy]") {
  sf::result_table t;
  t.columns = {"FILE_NAME", "STAGE_LOCATION", "STATUS", "ROW_COUNT", "ROW_PARSED"};
  t.rows = {{"sluice/run2/000000000000.csv.gz", "stages/x", "Loaded", "9", "9"},
            {"000000000001.csv.gz", "stages/sluice/rerun", "Loaded", "9", "9"}};
  for (auto const& f : sf::read_copy_history(t, "run", files))
    CHECK(f.status == sf::load_status::missing);
}

TEST_CASE("refused rows come by file, each once, with code and column", "[snowflake][copy]") {
  auto t = error_table();
  t.rows = {
      {"Numeric value 'x' is not recognized",
       "@~/s/run/000000000001.csv.gz",
       "100038",
       "\"T\"[\"ID\":1]",
       "4",
       "x,b"},
      {"Numeric value 'y' is not recognized",
       "run/000000000001.csv.gz",
       "100038",
       "\"T\"[\"MAIL\":2]",
       "2",
       "1,y"},
      {"second error of one row", "run/000000000001.csv.gz", "100040", "\"T\"[\"ID\":1]", "4", ""},
      {"no row number", "run/000000000001.csv.gz", "1", sf::cell{}, sf::cell{}, sf::cell{}},
      {"structure", "000000000000.csv.gz", "100016", sf::cell{}, "1", sf::cell{}}};
  std::array const columns{sluice::column_info{.name = "ID"},
                           sluice::column_info{.name = "MAIL", .pii = true}};
  auto const all = sf::read_row_errors(t, columns);
  REQUIRE(all.size() == 2);
  auto const& second = all.at("000000000001.csv.gz");
  REQUIRE(second.size() == 2);
  CHECK(second[0].row == 1);
  CHECK(second[0].why.column == "MAIL");
  CHECK(second[0].why.message == "Numeric value '...' is not recognized");
  CHECK(second[1].row == 3);
  CHECK(second[1].why.column == "ID");
  CHECK(second[1].why.code == "100038");
  CHECK(second[1].why.message == "Numeric value 'x' is not recognized");
  CHECK(second[1].record == "x,b");
  CHECK(all.at("000000000000.csv.gz")[0].row == 0);
}

TEST_CASE("the file at fault is taken from the words only if they name one", "[snowflake][copy]") {
  CHECK(sf::file_named_in("File 'run/000000000001.csv.gz', line 3", files) == 1u);
  CHECK(sf::file_named_in("nothing named", files) == std::nullopt);
  CHECK(sf::file_named_in("000000000001.csv.gz 000000000000.csv.gz", files) == std::nullopt);
}
