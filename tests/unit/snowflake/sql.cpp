#include "catch.hpp"

#include <sluice/snowflake/sql.hpp>

#include <array>
#include <string>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
using sluice::codec;
using sluice::format;

constexpr std::array columns{sluice::column_info{.name = "ID"},
                             sluice::column_info{.name = "odd \" name"}};

sf::copy_statement two_files() {
  sf::copy_statement s;
  s.table = {"DB", "PUBLIC", "T"};
  s.columns = columns;
  s.location = "@~/sluice/run/";
  s.files = {"0.csv.gz", "1.csv.gz"};
  s.compression = codec::gzip;
  return s;
}

}  // namespace

TEST_CASE("identifiers are always quoted", "[snowflake][sql]") {
  CHECK(sf::quote_identifier("ID") == R"("ID")");
  CHECK(sf::quote_identifier(R"(a"b)") == R"("a""b")");
  CHECK(sf::quote_identifier("x; DROP TABLE t --") == R"("x; DROP TABLE t --")");
  CHECK(sf::object_name{"D", "S", "T"}.quoted() == R"("D"."S"."T")");
  CHECK(sf::object_name{"", "", "T"}.quoted() == R"("T")");
  CHECK(sf::object_name{"", "S", "T"}.quoted() == R"("S"."T")");
}

TEST_CASE("literals escape quotes and backslashes", "[snowflake][sql]") {
  CHECK(sf::quote_literal("plain") == "'plain'");
  CHECK(sf::quote_literal("it's") == "'it''s'");
  CHECK(sf::quote_literal(R"(c:\dir\')") == R"('c:\\dir\\''')");
  CHECK(sf::quote_literal("a\nb\tc\rd") == R"('a\nb\tc\rd')");
  CHECK(sf::quote_literal(std::string_view{"\0", 1}) == R"('\0')");
}

TEST_CASE("ON_ERROR has every form", "[snowflake][sql]") {
  CHECK(sf::on_error{}.text() == "ABORT_STATEMENT");
  CHECK(sf::on_error::abort().text() == "ABORT_STATEMENT");
  CHECK(sf::on_error::continue_().text() == "CONTINUE");
  CHECK(sf::on_error::skip_file().text() == "SKIP_FILE");
  CHECK(sf::on_error::skip_file_after(7).text() == "SKIP_FILE_7");
  CHECK(sf::on_error::skip_file_percent(5).text() == "'SKIP_FILE_5%'");
  STATIC_REQUIRE(sf::on_error::abort().aborts());
  STATIC_REQUIRE(sf::on_error::skip_file_after(7).skips_files());
  STATIC_REQUIRE_FALSE(sf::on_error::continue_().skips_files());
}

TEST_CASE("COPY names files, columns and the whole format", "[snowflake][sql]") {
  CHECK(sf::copy_text(two_files()) ==
        "COPY INTO \"DB\".\"PUBLIC\".\"T\" (\"ID\", \"odd \"\" name\") FROM '@~/sluice/run/' "
        "FILES = ('0.csv.gz', '1.csv.gz') FILE_FORMAT = (TYPE = CSV COMPRESSION = GZIP "
        "FIELD_DELIMITER = ',' RECORD_DELIMITER = '\\n' FIELD_OPTIONALLY_ENCLOSED_BY = '\"' "
        "ESCAPE = NONE ESCAPE_UNENCLOSED_FIELD = NONE NULL_IF = () EMPTY_FIELD_AS_NULL = TRUE "
        "TRIM_SPACE = FALSE BINARY_FORMAT = HEX ENCODING = UTF8 "
        "REPLACE_INVALID_CHARACTERS = FALSE) ON_ERROR = ABORT_STATEMENT PURGE = FALSE");
}

TEST_CASE("the file format follows encoder and codec", "[snowflake][sql]") {
  sluice::format_description piped{.kind = format::csv, .delimiter = '|', .null_marker = "\\N"};
  CHECK(sf::file_format(piped, codec::zstd, {}) ==
        "(TYPE = CSV COMPRESSION = ZSTD FIELD_DELIMITER = '|' RECORD_DELIMITER = '\\n' "
        "FIELD_OPTIONALLY_ENCLOSED_BY = '\"' ESCAPE = NONE ESCAPE_UNENCLOSED_FIELD = NONE "
        "NULL_IF = ('\\\\N') EMPTY_FIELD_AS_NULL = FALSE TRIM_SPACE = FALSE BINARY_FORMAT = HEX "
        "ENCODING = UTF8 REPLACE_INVALID_CHARACTERS = FALSE)");
  CHECK(sf::file_format({.kind = format::ndjson}, codec::none, {}) ==
        "(TYPE = JSON COMPRESSION = NONE NULL_IF = () STRIP_OUTER_ARRAY = FALSE "
        "STRIP_NULL_VALUES = FALSE TRIM_SPACE = FALSE BINARY_FORMAT = HEX "
        "REPLACE_INVALID_CHARACTERS = FALSE)");
}

TEST_CASE("a header is skipped, or read where columns are matched by name", "[snowflake][sql]") {
  sluice::format_description const headed{.kind = format::csv, .header = true};
  CHECK(sf::file_format(headed, codec::none, {}).find("SKIP_HEADER = 1") != std::string::npos);
  sf::copy_options named;
  named.match_by_column_name = sf::column_match::case_insensitive;
  std::string const text = sf::file_format(headed, codec::none, named);
  CHECK(text.find("PARSE_HEADER = TRUE") != std::string::npos);
  CHECK(text.find("SKIP_HEADER") == std::string::npos);
}

TEST_CASE("NDJSON is matched by name unless told otherwise", "[snowflake][sql]") {
  auto s = two_files();
  s.format.kind = format::ndjson;
  std::string const text = sf::copy_text(s);
  CHECK(text.starts_with("COPY INTO \"DB\".\"PUBLIC\".\"T\" FROM "));
  CHECK(text.find("MATCH_BY_COLUMN_NAME = CASE_SENSITIVE") != std::string::npos);
  s.options.match_by_column_name = sf::column_match::case_insensitive;
  CHECK(sf::copy_text(s).find("MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE") != std::string::npos);
}

TEST_CASE("copy options appear when they are set", "[snowflake][sql]") {
  auto s = two_files();
  s.options.force = true;
  s.options.truncate_columns = true;
  s.options.replace_invalid_characters = true;
  s.options.on_error = sf::on_error::continue_();
  std::string const text = sf::copy_text(s);
  CHECK(text.find(" ON_ERROR = CONTINUE TRUNCATECOLUMNS = TRUE FORCE = TRUE PURGE = FALSE") !=
        std::string::npos);
  CHECK(text.find("REPLACE_INVALID_CHARACTERS = TRUE") != std::string::npos);
  s.validate_only = true;
  CHECK(sf::copy_text(s).ends_with(" VALIDATION_MODE = RETURN_ALL_ERRORS"));
}

TEST_CASE("texts around a load", "[snowflake][sql]") {
  CHECK(sf::put_text("@~/sluice/run/", codec::gzip) ==
        "PUT 'file:///sluice/*' '@~/sluice/run/' PARALLEL = 4 AUTO_COMPRESS = FALSE "
        "SOURCE_COMPRESSION = GZIP OVERWRITE = TRUE");
  CHECK(sf::get_text("@\"it's\"/run/", "000000000042.csv.gz") ==
        "GET '@\"it''s\"/run/' 'file:///sluice/' PARALLEL = 1 PATTERN = "
        "'.*(000000000042[.]csv[.]gz)'");
  CHECK(sf::validate_text({"D", "S", "T"}, "01c2-x") ==
        "SELECT * FROM TABLE(VALIDATE(\"D\".\"S\".\"T\", JOB_ID => '01c2-x'))");
  CHECK(sf::copy_history_text({"D", "S", "T"}, "run", std::chrono::days{13}) ==
        "SELECT FILE_NAME, STAGE_LOCATION, STATUS, ROW_COUNT, ROW_PARSED, ERROR_COUNT, "
        "FIRST_ERROR_MESSAGE FROM TABLE(\"D\".INFORMATION_SCHEMA.COPY_HISTORY(TABLE_NAME => "
        "'\"D\".\"S\".\"T\"', START_TIME => DATEADD(day, -13, CURRENT_TIMESTAMP()))) "
        "WHERE FILE_NAME LIKE '%run%' OR STAGE_LOCATION LIKE '%run%'");
  std::vector<std::string> const files{"0.csv.gz", "12.csv.gz"};
  CHECK(sf::remove_text("@~/sluice/run/", files) ==
        "REMOVE '@~/sluice/run/' PATTERN = '.*(0[.]csv[.]gz|12[.]csv[.]gz)'");
  CHECK(sf::list_text("@~/sluice/") == "LIST '@~/sluice/'");
}

TEST_CASE("an INSERT names its columns and has a placeholder for each", "[snowflake][sql]") {
  CHECK(sf::insert_text({"DB", "PUBLIC", "T"}, columns) ==
        R"(INSERT INTO "DB"."PUBLIC"."T" ("ID", "odd "" name") VALUES (?, ?))");
}
