#include "catch.hpp"
#include "unit/sandbox_sql/fixture.hpp"

using namespace sandbox_sql_tests;

namespace {

/// Loads `bytes` into three VARCHAR columns with the given format options; the rows, or the error.
std::string load(std::string const& bytes,
                 std::string const& options,
                 std::string const& more = "") {
  sandbox s;
  s.run("create table t (a varchar, b varchar, c varchar)");
  s.run("create stage st");
  s.stage("@st/", "f", bytes);
  auto const answer = s.run("copy into t from @st file_format=(type=csv " + options + ") " + more);
  if (answer.find("|LOADED|") == std::string::npos) return answer;
  return s.run("select * from t");
}

}  // namespace

TEST_CASE("CSV record and field delimiters") {
  CHECK(load("1,2,3\r\n4,5,6\r7,8,9", "") == "1|2|3\n4|5|6\n7|8|9");
  CHECK(load("1||2||3;\n;4||5||6;\n;", "field_delimiter='||' record_delimiter=';\\n;'") ==
        "1|2|3\n4|5|6");
  CHECK(load("1\x01"
             "2\x01"
             "3\n",
             "field_delimiter='\\\\001'") == "1|2|3");
  CHECK(load("1\t2\t3\n", "field_delimiter='\\t'") == "1|2|3");
  CHECK(load("1,2,3\r\n", "record_delimiter='\\r\\n'") == "1|2|3");
  CHECK(load("\xEF\xBB\xBF"
             "1,2,3\n",
             "") == "1|2|3");
}

TEST_CASE("CSV enclosure, escapes and NULL") {
  CHECK(load("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n", "field_optionally_enclosed_by='\"'") ==
        "a,b|say \"hi\"|two\nlines");
  CHECK(load("a,\"\",\n", "field_optionally_enclosed_by='\"'") == "a||~");
  CHECK(load("a,,\n", "empty_field_as_null=false") == "a||");
  CHECK(load("\\N,x,\\N\n", "") == "~|x|~");
  CHECK(load("NULL,\"NULL\",n/a\n", "field_optionally_enclosed_by='\"' null_if=('NULL','n/a')") ==
        "~|~|~");
  // The default escape swallows the delimiter behind a backslash.
  CHECK(load("a\\,b,c,d\n", "") == "a,b|c|d");
  CHECK(load("a\\,b,c\n", "escape_unenclosed_field=none") == "a\\|b|c");
  CHECK(load("\"a\\\"b\",c,d\n", "field_optionally_enclosed_by='\"' escape='\\\\'") == "a\"b|c|d");
  CHECK(load("  a , b\t,c \n", "trim_space=true") == "a|b|c");
  CHECK(load(" \"a \" ,\"b\",c\n", "trim_space=true field_optionally_enclosed_by='\"'") ==
        "a |b|c");
}

TEST_CASE("CSV lines to skip and lines that are wrong") {
  CHECK(load("h1,h2\n\"x\n1,2,3\n", "skip_header=2") == "1|2|3");
  CHECK(load("1,2,3\n\n4,5,6\n", "skip_blank_lines=true") == "1|2|3\n4|5|6");
  CHECK(load("1,2,3\n\n4,5,6\n", "")
            .starts_with("100080/22000: Number of columns in file (1) does not match that of the "
                         "corresponding table (3)"));
  CHECK(load("1,2,3,4\n", "").find("Number of columns in file (4)") != std::string::npos);
  CHECK(load("1,2,3,4\n5\n", "error_on_column_count_mismatch=false") == "1|2|3\n5|~|~");
  CHECK(load("\"a\"x,b,c\n", "field_optionally_enclosed_by='\"'")
            .starts_with("100016/22000: Found character 'x' instead of field delimiter ','"));
  CHECK(load("a,\"b\nc,d,e\n", "field_optionally_enclosed_by='\"'")
            .starts_with("100068/22000: End of record reached while expected to parse column "
                         "'\"T\"[\"B\":2]'"));
  CHECK(
      load("a\xff,b,c\n", "").starts_with("100144/22000: Invalid UTF8 detected in string 'a0xFF'"));
  CHECK(load("a\xff,b,c\n", "replace_invalid_characters=true") == "a\xEF\xBF\xBD|b|c");
}

TEST_CASE("every cut of the input gives the same rows") {
  std::string const text =
      "\xEF\xBB\xBF\"a,\"\"b\"\"\",x\\,y,\"multi\r\nline\"\r\n1,2,3\r\n\\N,\"\",z\r\n";
  auto const whole = load(text, "field_optionally_enclosed_by='\"'");
  CHECK(whole == "a,\"b\"|x,y|multi\r\nline\n1|2|3\n~||z");
  for (std::size_t n = 1; n < 9; ++n) {
    memory_store::read_size = n;
    CHECK(load(text, "field_optionally_enclosed_by='\"'") == whole);
  }
  memory_store::read_size = std::size_t{1} << 20;
}

TEST_CASE("typed cells of CSV") {
  sandbox s;
  s.run(
      "create table t (n number(10,2), f float, b boolean, d date, tm time(3), ts "
      "timestamp_ntz(6), l timestamp_ltz(0), z timestamp_tz(3), x binary)");
  s.run("create stage st file_format=(type=csv)");
  auto const one = [&](std::string const& row, std::string const& options = "") {
    s.run("truncate t");
    s.stage("@st/", "f", row + "\n");
    auto const answer = s.run("copy into t from @st" + options);
    return answer.find("|LOADED|") != std::string::npos ? s.run("select * from t")
                                                        : answer.substr(0, answer.find('\n'));
  };
  CHECK(one("1.005,1e3,Yes,2024-02-29,01:02:03.4567,2024-01-01T00:00:00.123456789,2024-01-01 "
            "00:00:00 +01:00,2024-01-01 00:00:00 -0530,00ff") ==
        "1.01|1000|1|19782|3723.456|1704067200.123456|1704063600|1704087000.000 1110|00FF");
  CHECK(one("-1.005,NaN,off,31-DEC-1999,23:59,1969-12-31 23:59:59.5,,,") ==
        "-1.01|NaN|0|10956|86340.000|-0.500000|~|~|~");
  CHECK(one("1e2,-inf,t,12/31/1999,,,,,") == "100.00|-inf|1|10956|~|~|~|~|~");
  CHECK(one("1e9,,,,,,,,") == "100038/22003: Number out of representable range: '1e9'");
  CHECK(one("1.2.3,,,,,,,,") == "100038/22018: Numeric value '1.2.3' is not recognized");
  CHECK(one(",x,,,,,,,").starts_with("100038"));
  CHECK(one(",,maybe,,,,,,").starts_with("100037"));
  CHECK(one(",,,2023-02-29,,,,,") == "100040/22007: Date '2023-02-29' is not recognized");
  CHECK(one(",,,,25:00,,,,").starts_with("100108"));
  CHECK(one(",,,,,yesterday,,,") == "100035/22007: Timestamp 'yesterday' is not recognized");
  CHECK(one(",,,,,,,,0f0").starts_with("100115"));
  CHECK(one(",,,29.02.2024,,,,,AP8=",
            " file_format=(type=csv date_format='DD.MM.YYYY' binary_format=base64)") ==
        "~|~|~|19782|~|~|~|~|00FF");
  s.run("alter session set timezone='America/Los_Angeles'");
  CHECK(one(",,,,,,2024-07-01 00:00:00,2024-01-01 00:00:00,") ==
        "~|~|~|~|~|~|1719817200|1704096000.000 960|~");
}
