#include "catch.hpp"
#include "support.hpp"

#include <sluice/source/csv.hpp>

#include <range/v3/range/concepts.hpp>
#include <range/v3/view/take.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct order {
  std::int32_t id = 0;
  std::string status;
  std::optional<std::string> note;
  std::string card;
};

struct viewed {
  std::string_view a;
  std::string_view b;
};

struct twice {
  std::string_view a;
  std::string_view b;
};

struct single {
  std::optional<int> value;
};

}  // namespace

template<>
struct sluice::schema<order>
    : sluice::columns<order,
                      sluice::column<"ORDER_ID", &order::id>,
                      sluice::column<"STATUS", &order::status, sluice::max_length<8>>,
                      sluice::column<"NOTE", &order::note, sluice::source::header<"Free text $">>,
                      sluice::column<"CARD", &order::card, sluice::pii>> {};

template<>
struct sluice::schema<viewed>
    : sluice::columns<viewed, sluice::column<"A", &viewed::a>, sluice::column<"B", &viewed::b>> {};

template<>
struct sluice::schema<twice>
    : sluice::columns<twice,
                      sluice::column<"A", &twice::a>,
                      sluice::column<"B", &twice::b, sluice::source::header<"a">>> {};

template<>
struct sluice::schema<single> : sluice::columns<single, sluice::column<"V", &single::value>> {};

static_assert(std::ranges::input_range<sluice::source::csv<order>>);
static_assert(ranges::input_range<sluice::source::csv<order>>);
static_assert(std::ranges::input_range<decltype(std::declval<sluice::source::csv<order>&>() |
                                                ranges::views::take(1))>);

namespace {

using sluice::source::csv;
using sluice::source::csv_options;
using support::has;

constexpr std::string_view head = "ORDER_ID,STATUS,Free text $,CARD\n";

struct read_record {
  std::uint64_t position = 0;
  std::optional<order> value = {};
  std::string error = {};
  std::string raw = {};
  bool fatal = false;
};

std::vector<read_record> read(csv<order>& source) {
  std::vector<read_record> all;
  for (auto const& item : source) {
    read_record& r = all.emplace_back(read_record{item.position()});
    if (item) {
      r.value = *item;
    } else {
      r.error = item.error().describe();
      r.raw = item.raw();
      r.fatal = item.fatal();
      CHECK(item.error().code == sluice::errc::invalid_input);
    }
  }
  return all;
}

/// Reads a file that has `body` behind the header; paths in messages become "FILE".
std::vector<read_record> read(std::string_view body, csv_options options = {}) {
  support::temporary_file const file{std::string{head} + std::string{body}};
  csv<order> source{file.path(), std::move(options)};
  std::vector<read_record> all = read(source);
  for (read_record& r : all)
    if (auto const at = r.error.find(file.path()); at != std::string::npos)
      r.error.replace(at, file.path().size(), "FILE");
  return all;
}

std::string error_of(std::string_view body, csv_options options = {}) {
  auto const all = read(body, std::move(options));
  REQUIRE(all.size() == 1);
  return all[0].error;
}

TEST_CASE("records come typed and in order, with their positions") {
  auto const all = read("1,open,,4111\n2,\"pa\"\"id\",\"x\ny\",\n3,,\"\",\"\"\n");
  REQUIRE(all.size() == 3);
  CHECK(all[0].value->id == 1);
  CHECK(all[0].value->note == std::nullopt);
  CHECK(all[1].value->status == "pa\"id");
  CHECK(all[1].value->note == "x\ny");
  CHECK(all[1].value->card.empty());
  CHECK(all[2].value->note == "");
  CHECK(all[2].position == 2);
}

TEST_CASE("columns are found by name: exact, without case, by letters and digits") {
  struct sample {
    char const* header;
    int expected;
  };

  for (sample const s : {sample{"CARD,x,status,order_id,free text $", 5},
                         sample{"card,ORDER_ID,Status,Order Id,Free Text", 2},
                         sample{"card,order_id,Status,ORDER_ID,Free-Text", 4}}) {
    support::temporary_file const file{std::string{s.header} + "\n1,2,3,4,5\n1,2,3,4,5\n"};
    csv<order> source{file.path()};
    auto const all = read(source);
    if (s.expected == 5) {
      REQUIRE(all.size() == 2);
      CHECK(all[0].value->id == 4);
      CHECK(all[0].value->note == "5");
    } else {
      REQUIRE(all.size() == 2);
      CHECK(all[0].value->id == s.expected);
    }
  }
}

TEST_CASE("a missing column names the nearest header") {
  support::temporary_file const file{"order_id,sttus,Free text $,card\n1,a,b,c\n"};
  csv<order> source{file.path()};
  REQUIRE(source.failure() != nullptr);
  CHECK(source.failure()->describe() ==
        file.path() +
            ":1: no column \"STATUS\", the nearest is \"sttus\"; correct the header or declare "
            "sluice::source::header<\"...\"> for the column. There are \"order_id\", \"sttus\", "
            "\"Free text $\", \"card\"");
  auto const all = read(source);
  REQUIRE(all.size() == 1);
  CHECK(all[0].fatal);
  CHECK(all[0].position == 0);
  CHECK(source.begin() == source.end());
  CHECK_FALSE(csv<order>::open(file.path()).has_value());
}

TEST_CASE("a header of one column suggests the delimiter") {
  support::temporary_file const file{"ORDER_ID;STATUS;Free text $;CARD\n1;a;b;c\n"};
  CHECK(has(csv<order>{file.path()}.failure()->describe(), "set csv_options::delimiter to ';'"));
  csv<order> source{file.path(), {.delimiter = ';'}};
  CHECK(read(source).at(0).value->status == "a");
}

TEST_CASE("headers that cannot be told apart are an error") {
  support::temporary_file const file{"Order_Id,order_id,status,free text $,card\n"};
  CHECK(has(csv<order>{file.path()}.failure()->describe(), "2 columns that match \"ORDER_ID\""));
}

TEST_CASE("an empty file, a missing file and nonsense options say so") {
  support::temporary_file const empty{""};
  CHECK(has(csv<order>{empty.path()}.failure()->describe(), "is empty, expected a header"));
  CHECK(csv<order>{"/no/such"}.failure()->code == sluice::errc::io);
  CHECK(csv<order>{empty.path(), {.delimiter = '"'}}.failure()->code ==
        sluice::errc::invalid_configuration);
  CHECK(csv<order>{empty.path(), {.max_record_bytes = 10}}.failure()->code ==
        sluice::errc::invalid_configuration);
}

TEST_CASE("without a header the columns stand in order") {
  support::temporary_file const file{"1,a,b,c\n2,d,e,f\n"};
  csv<order> source{file.path(), {.header = false}};
  auto const all = read(source);
  REQUIRE(all.size() == 2);
  CHECK(all[0].value->card == "c");
}

TEST_CASE("a bad cell names file, line, column, value, type and remedy") {
  CHECK(error_of("\"x\",a,b,c\n") ==
        "FILE:2: column \"ORDER_ID\" holds \"x\", expected an integer from -2147483648 to "
        "2147483647; correct the cell or make the member text");
  CHECK(error_of(",a,b,c\n") ==
        "FILE:2: column \"ORDER_ID\" holds \"\" (empty), expected an integer from -2147483648 to "
        "2147483647; fill the cell or make the member std::optional");
  CHECK(error_of("1,\"too\nlong text\",b,c\n") ==
        "FILE:2: column \"STATUS\" holds \"too\\x0along text\" (too long), expected text of at "
        "most 8 characters; shorten the cell or raise the limit");
  CHECK(has(error_of("1,a,\"x\"y,c\n"),
            "column \"Free text $\" holds \"x\"y\" (text behind the "
            "closing quote)"));
  CHECK(has(error_of("1,caf\xe9,b,c\n"), "holds \"caf?\" (not UTF-8)"));
  CHECK(has(error_of("1,a," + std::string(2000, 'n') + ",c\n", {.max_cell_bytes = 1000}),
            "holds \"" + std::string(40, 'n') + "\"... (2000 bytes) (over csv_options"));
}

TEST_CASE("the line of a bad cell counts line ends inside of quotes") {
  auto const all = read("1,a,\"x\ny\",c\r\n2,\"b\n\n\",\"\n\",\xff\n\nz,a,b,c");
  REQUIRE(all.size() == 3);
  CHECK(all[0].value.has_value());
  CHECK(has(all[1].error, "FILE:7: column \"CARD\""));
  CHECK(has(all[2].error, "FILE:9: column \"ORDER_ID\" holds \"z\""));
}

TEST_CASE("values of pii columns are not shown") {
  auto const all = read(
      "1,a,\"b\"\"\n\",\xff"
      "4111\nbad,a,,4111\n");
  REQUIRE(all.size() == 2);
  CHECK(has(all[0].error, "column \"CARD\" holds [redacted] (not UTF-8)"));
  CHECK(all[0].raw == R"({"ORDER_ID":"1","STATUS":"a","NOTE":"b\"\u000a","CARD":"[redacted]"})");
  CHECK(all[1].raw == R"({"ORDER_ID":"bad","STATUS":"a","NOTE":null,"CARD":"[redacted]"})");
}

TEST_CASE("a record with too few or too many cells is bad, and shows no cell") {
  auto const all = read("1,a,b\n2,a,b,c,d\n3,\"a\nb,c\",d\n4,ok,,c\n");
  REQUIRE(all.size() == 4);
  CHECK(all[0].error ==
        "FILE:2: the record has 3 cells, expected 4; quote cells that contain the "
        "delimiter");
  CHECK(has(all[1].error, "FILE:3: the record has 5 cells"));
  CHECK(has(all[2].error,
            "FILE:4: the record has 3 cells, expected 4; it reaches to line 5, is a "
            "quote missing?"));
  CHECK(all[1].raw.empty());
  CHECK(all[3].value->id == 4);
  CHECK(all[3].position == 3);
}

TEST_CASE("a record over the limit is bad, those around it are read") {
  auto const all =
      read("1,a,b,c\n2,a," + std::string(3000, 'x') + ",c\n3,a,b,c\n", {.max_record_bytes = 1024});
  REQUIRE(all.size() == 3);
  CHECK(has(all[1].error, "FILE:3: the record, up to line 3, is longer than 1024 bytes"));
  CHECK(all[2].value->id == 3);
}

TEST_CASE("a quote that is never closed ends the source with a fatal item") {
  auto const all = read("1,a,b,c\n2,\"a,b,c\n3,a,b,c\n4,a,b,c\n");
  REQUIRE(all.size() == 2);
  CHECK(all[1].fatal);
  CHECK(all[1].position == 1);
  CHECK(
      has(all[1].error, "FILE:3: a quote of the record is never closed, the file ends in line 6"));
}

TEST_CASE("a null marker stands for null where it is not quoted") {
  auto const all = read("1,NA,NA,c\n2,a,\"NA\",c\nNA,a,b,c\n", {.null_marker = "NA"});
  REQUIRE(all.size() == 3);
  CHECK(all[0].value->status == "NA");
  CHECK(all[0].value->note == std::nullopt);
  CHECK(all[1].value->note == "NA");
  CHECK(has(all[2].error, "(empty)"));
}

TEST_CASE("views point into the record, also where quotes were doubled") {
  support::temporary_file const file{"A,B\n\"a\"\"1\",\"b\"\"\"\"2\"\nc,\"d\"\n"};
  csv<viewed> source{file.path()};
  auto at = source.begin();
  CHECK((*at)->a == "a\"1");
  CHECK((*at)->b == "b\"\"2");
  ++at;
  CHECK((*at)->a == "c");
  CHECK((*at)->b == "d");
  CHECK(++at == source.end());
}

TEST_CASE("two columns may read one and the same cell") {
  std::string const cell(500, 'x');
  support::temporary_file const file{"A\n\"" + cell + "\"\"\"\n"};
  csv<twice> source{file.path()};
  auto const at = source.begin();
  CHECK((*at)->a == cell + '"');
  CHECK((*at)->b == cell + '"');
}

TEST_CASE("a bad record with doubled quotes is rendered whole") {
  std::string const cell(500, 'n');
  auto const all = read("1,a,\"" + cell + "\"\"\",\"\xff\"\"\"\n");
  REQUIRE(all.size() == 1);
  CHECK(has(all[0].raw, cell + "\\\"\""));
}

TEST_CASE("empty lines are null where there is one column") {
  support::temporary_file const file{"V\n1\n\n3\n"};
  csv<single> source{file.path()};
  std::vector<std::optional<int>> values;
  for (auto const& item : source) values.push_back(item->value);
  CHECK(values == std::vector<std::optional<int>>{1, std::nullopt, 3});
}

std::string numbered(int records) {
  std::string text{head};
  for (int i = 0; i < records; ++i)
    text += i % 7 == 3 ? "bad,a,b,c\n" : std::to_string(i) + ",\"a\nb\",,c\r\n";
  return text;
}

TEST_CASE("every position can be sought, forwards and backwards, in plain and compressed files") {
  constexpr int records = 60;
  std::string const text = numbered(records);
  for (std::string const& content : {text, support::gzip(text), support::zstd(text)}) {
    support::temporary_file const file{content};
    csv<order> source{file.path()};
    for (std::uint64_t const target : {0, 5, 59, 60, 7, 3, 0}) {
      REQUIRE(source.seek(target).has_value());
      CHECK(source.mark().next == target);
      auto const rest = read(source);
      REQUIRE(rest.size() == records - target);
      for (read_record const& r : rest) {
        if (r.position % 7 == 3)
          CHECK(has(r.error, "holds \"bad\""));
        else
          CHECK(r.value->id == static_cast<int>(r.position));
      }
    }
    CHECK(has(source.seek(61).error().describe(), "has 60 records, fewer than 61"));
  }
}

TEST_CASE("a mark comes back to its record, with the right line in messages") {
  std::string const text = numbered(60);
  for (std::string const& content : {text, support::zstd(text)}) {
    support::temporary_file const file{content};
    csv<order> source{file.path()};
    std::vector<sluice::source::csv_mark> marks{source.mark()};
    std::vector<std::string> errors;
    for (auto const& item : source) {
      marks.push_back(source.mark());
      errors.push_back(item ? "" : item.error().describe());
    }
    REQUIRE(marks.size() == 61);
    for (std::size_t i = 0; i < 60; ++i) {
      csv<order> again{file.path()};
      REQUIRE(again.seek(marks[i]).has_value());
      auto const item = *again.begin();
      CHECK(item.position() == i);
      CHECK((item ? "" : item.error().describe()) == errors[i]);
    }
    csv<order> again{file.path()};
    REQUIRE(again.seek(marks[60]).has_value());
    CHECK(again.begin() == again.end());
  }
}

TEST_CASE("a mark of another file is refused") {
  support::temporary_file const file{numbered(10)};
  csv<order> source{file.path()};
  CHECK(has(source.seek({.next = 3, .byte_offset = 40}).error().describe(), "no record begins"));
  CHECK(source.seek({.next = 3, .byte_offset = 99'999}).error().code ==
        sluice::errc::invalid_input);
}

TEST_CASE("a truncated compressed file ends with a fatal item") {
  std::string const packed = support::gzip(numbered(2000));
  support::temporary_file const file{packed.substr(0, packed.size() / 2)};
  csv<order> source{file.path()};
  auto const all = read(source);
  CHECK(all.back().fatal);
  CHECK(has(all.back().error, "ends too early"));
  CHECK(source.failure() != nullptr);
}

TEST_CASE("progress is told in stored bytes") {
  std::string const packed = support::zstd(numbered(1000));
  support::temporary_file const file{packed};
  csv<order> source{file.path()};
  auto const progress = source.progress();
  CHECK(progress->bytes_total.value() == packed.size());
  CHECK(read(source).size() == 1000);
  CHECK(progress->bytes_read.value() == packed.size());
  CHECK(progress->records_read.value() == 1000);
}

TEST_CASE("a source can be moved while it is read") {
  support::temporary_file const file{std::string{head} + "1,NA,NA,c\n2,b,\"c\"\"\",d\n"};
  csv<order> first{file.path(), {.null_marker = "NA"}};
  csv<order> second{std::move(first)};
  auto const all = read(second);
  REQUIRE(all.size() == 2);
  CHECK(all[0].value->note == std::nullopt);
  CHECK(all[1].value->note == "c\"");
}

}  // namespace
