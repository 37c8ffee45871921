#include "catch.hpp"
#include "streamer.hpp"

#include <map>
#include <string>
#include <vector>

using namespace streaming_test;

namespace {

/// Sends rows through one channel and commits them.
json::object load(fixture& f, std::string const& rows, std::string const& pipe = "T-STREAMING") {
  streamer const client(f.box, pipe);
  auto const token = client.open("CH").token();
  client.append("CH", token, rows, "1", "9");
  f.box.streaming().commit_now();
  return client.status("CH");
}

/// What a JSON value becomes in a column of this type; "error <code>" if the row is rejected.
std::string piped(std::string const& type, std::string const& value) {
  fixture f(quiet_options(), "create table T (V " + type + ", N number) error_logging = true");
  REQUIRE(succeeded(f.made));
  load(f, "{\"V\":" + value + ",\"N\":1}\n");
  auto const errors = f.box.rows("select error_code from error_table(T)");
  if (!errors.empty()) return "error " + *errors[0][0];
  auto const rows = f.box.rows("select to_varchar(V) from T");
  REQUIRE(rows.size() == 1);
  return rows[0][0].value_or("<null>");
}

}  // namespace

TEST_CASE("numbers and numeric strings become NUMBER, anything else is 100071") {
  CHECK(piped("number(38,0)", "12") == "12");
  CHECK(piped("number(38,0)", "\"12\"") == "12");
  CHECK(piped("number(38,0)", "99999999999999999999999999999999999999") ==
        "99999999999999999999999999999999999999");
  CHECK(piped("number(10,2)", "\"1.25\"") == "1.25");
  for (auto const* bad : {"\"x\"", "{}", "[1]", "true", "1e40"}) {
    CHECK(piped("number(38,0)", bad) == "error 100071");
  }
  CHECK(piped("number(3,0)", "1000") == "error 100071");
  CHECK(piped("number(38,0)", "null") == "<null>");
}

TEST_CASE("FLOAT takes the spellings of what JSON cannot say") {
  CHECK(piped("float", "1.5") == "1.5");
  CHECK(piped("float", "\"2.5\"") == "2.5");
  CHECK(piped("float", "\"NaN\"") == "NaN");
  CHECK(piped("float", "\"Infinity\"") == "inf");
  CHECK(piped("float", "\"-Infinity\"") == "-inf");
  CHECK(piped("float", "false") == "error 100071");
  CHECK(piped("float", "NaN") == "error 100069");
}

TEST_CASE("VARCHAR takes anything as text and never cuts") {
  CHECK(piped("varchar(5)", "\"abc\"") == "abc");
  CHECK(piped("varchar(5)", "12") == "12");
  CHECK(piped("varchar(5)", "true") == "true");
  CHECK(piped("varchar(20)", "{\"b\":1,\"a\":2}") == "{\"a\":2,\"b\":1}");
  CHECK(piped("varchar(5)", "\"abcdef\"").starts_with("error "));
}

TEST_CASE("BINARY is base64 in a default pipe and hex in another one") {
  fixture f(quiet_options(), "create table T (V binary) error_logging = true");
  auto const status = load(f, "{\"V\":\"AQID\"}\n{\"V\":\"010\"}\n{\"V\":5}\n");
  CHECK(f.box.rows("select to_varchar(V) from T where V is not null")[0][0] == "010203");
  CHECK(status.at("rows_error_count") == 2);
  REQUIRE(succeeded(sql(f.box,
                        "create pipe P as copy into T from table(data_source(type => 'STREAMING')) "
                        "match_by_column_name = case_insensitive")));
  auto const other = load(f, "{\"V\":\"0a0b\"}\n{\"V\":\"AQI=\"}\n", "P");
  CHECK(other.at("rows_inserted") == 1);
  CHECK(f.box.number("select count(*) from T where to_varchar(V) = '0A0B'") == 1);
}

TEST_CASE("BOOLEAN rejects numbers") {
  CHECK(piped("boolean", "true") == "true");
  CHECK(piped("boolean", "\"off\"") == "false");
  CHECK(piped("boolean", "\"yes\"") == "true");
  CHECK(piped("boolean", "1") == "error 100071");
  CHECK(piped("boolean", "0") == "error 100071");
}

TEST_CASE("dates, times and timestamps are ISO strings") {
  CHECK(piped("date", "\"2026-04-13\"") == "2026-04-13");
  CHECK(piped("date", "\"2026-04-13T10:11:12\"") == "2026-04-13");
  CHECK(piped("date", "20260413") == "error 100071");
  CHECK(piped("time(3)", "\"10:11:12.5\"") == "10:11:12");
  CHECK(piped("time(3)", "\"10:11:12Z\"") == "error 100108");
  CHECK(piped("time(3)", "\"10:11:12+05:00\"") == "error 100108");
  CHECK(piped("timestamp_ntz(3)", "\"2026-04-13T10:11:12.5\"") == "2026-04-13 10:11:12.500");
  // A bare epoch is read in Los Angeles: eight hours behind UTC in winter.
  CHECK(piped("timestamp_ntz(0)", "1768435200") == "2026-01-14 16:00:00.000");
  fixture f(quiet_options(), "create table T (V timestamp_tz(3), W timestamp_ltz(3))");
  load(f, "{\"V\":\"2026-04-13T10:11:12.5+02:00\",\"W\":\"2026-04-13T10:11:12.5+02:00\"}\n");
  CHECK(f.box.number("select count(*) from T where V = '2026-04-13 08:11:12.500 +00:00' and W = "
                     "'2026-04-13 08:11:12.500 +00:00'") == 1);
}

TEST_CASE("semi-structured columns follow the service's odd rules") {
  CHECK(piped("variant", "\"{\\\"a\\\":1}\"") == "{\"a\":1}");
  fixture f(quiet_options(), "create table T (V variant, O object, A array) error_logging = true");
  auto const status = load(f,
                           "{\"V\":\"{}\",\"O\":\"{\\\"a\\\":1}\",\"A\":\"junk\"}\n"
                           "{\"V\":null,\"O\":{\"b\":2},\"A\":[1,2]}\n"
                           "{\"V\":1,\"O\":\"[1]\"}\n"
                           "{\"V\":2,\"A\":7}\n");
  CHECK(status.at("rows_inserted") == 2);
  CHECK(status.at("rows_error_count") == 2);
  auto const rows = f.box.rows("select V, O, A from T order by O::varchar");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0][0] == "\"{}\"");  // a string stays a string
  CHECK(rows[0][2]->find("junk") != std::string::npos);
  CHECK(rows[1][0] == "null");  // JSON null, not SQL NULL
  CHECK(f.box.number("select count(*) from T where V is null") == 0);
}

TEST_CASE("missing keys take defaults and numbers of their own, null does not") {
  fixture f(quiet_options(),
            "create table T (ID number autoincrement start 10 increment 5, A varchar default 'd', "
            "B varchar, C varchar not null)");
  REQUIRE(succeeded(f.made));
  auto const status = load(f,
                           "{\"C\":\"x\",\"UNKNOWN\":1}\n"
                           "{\"A\":null,\"B\":\"b\",\"C\":\"y\"}\n"
                           "{\"A\":\"a\"}\n"
                           "{\"C\":null}\n");
  CHECK(status.at("rows_inserted") == 2);
  CHECK(status.at("rows_error_count") == 2);
  auto const rows = f.box.rows("select ID, A, B, C from T order by ID");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0][0] == "10");
  CHECK(rows[0][1] == "d");
  CHECK_FALSE(rows[0][2]);
  CHECK(rows[1][0] == "15");
  CHECK_FALSE(rows[1][1]);
  REQUIRE(succeeded(sql(f.box, "insert into T (C) values ('z')")));
  CHECK(f.box.number("select max(ID) from T") == 20);
}

TEST_CASE("a default pipe matches names exactly first, then without regard to case") {
  fixture f(quiet_options(), "create table T (ID number, \"id\" number, NAME varchar)");
  load(f, "{\"id\":1,\"ID\":2,\"name\":\"n\"}\n{\"Id\":3}\n");
  auto const rows = f.box.rows("select ID, \"id\", NAME from T order by ID");
  CHECK(rows[0][0] == "2");
  CHECK(rows[0][1] == "1");
  CHECK(rows[0][2] == "n");
}

TEST_CASE("lines that are wrong are row errors, told apart by their content type") {
  fixture f(quiet_options(),
            "create table T (ID number(38,0), NAME varchar(3)) error_logging = true");
  auto const status = load(f,
                           "{\"ID\":1}\r\n"
                           "{broken\n"
                           "\n"
                           "\"text\"\n"
                           "{\"NAME\":\"\xff\"}\n"
                           "{\"ID\":\"x\"}\n"
                           "\xEF\xBB\xBF{\"ID\":2}\n"
                           "{\"ID\":3}");
  CHECK(status.at("rows_parsed") == 7);  // a blank line is no row
  CHECK(status.at("rows_inserted") == 2);
  CHECK(status.at("rows_error_count") == 5);
  CHECK(status.at("last_committed_offset_token") == "9");  // it advances past bad rows
  CHECK(status.at("last_error_offset_upper_bound") == "9");
  CHECK_FALSE(status.at("last_error_message").is_null());
  CHECK(status.at("last_error_timestamp").is_int64());
  auto const errors = f.box.rows(
      "select error_metadata:details.error_data_content_type::varchar, error_data['$1']::varchar, "
      "error_metadata:error_source::varchar, error_metadata:details.channel_name::varchar, "
      "error_metadata:details.offset_token_lower_bound::varchar, error_metadata:service::varchar "
      "from error_table(T)");
  REQUIRE(errors.size() == 5);
  CHECK(errors[0][0] == "json-invalid");
  CHECK(errors[0][1] == "{broken");
  CHECK(errors[1][0] == "json");
  CHECK(errors[2][0] == "binary-base64");
  CHECK(errors[2][1] == "eyJOQU1FIjoi/yJ9");
  CHECK(errors[3][0] == "json");
  CHECK(errors[3][1] == "{\"ID\":\"x\"}");
  CHECK(errors[3][2] == "ID");
  CHECK(errors[3][3] == "CH");
  CHECK(errors[3][4] == "1");
  CHECK(errors[3][5] == "snowpipe_streaming");
  CHECK(errors[4][0] == "json-invalid");
}

TEST_CASE("without error logging the payload of bad rows is gone") {
  fixture f;
  load(f, "{\"ID\":\"x\"}\n");
  CHECK_THROWS(f.box.rows("select * from error_table(T)"));
  REQUIRE(succeeded(sql(f.box, "alter table T set error_logging = true")));
  CHECK(f.box.rows("select * from error_table(T)").empty());
}
