#include "catch.hpp"
#include "support.hpp"

#include <sluice/source/detail/csv_scanner.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sluice::source::detail::byte_input;
using sluice::source::detail::csv_scanner;

struct scanned_record {
  std::vector<std::string> cells;  ///< bytes between the outer quotes, doubled quotes as they are
  std::string quoted;              ///< one character per cell: 'q', 'u'; 'm' if malformed
  std::uint64_t line = 0;
  bool too_large = false;

  friend bool operator==(scanned_record const&, scanned_record const&) = default;
};

struct scanned_file {
  std::vector<scanned_record> records;
  bool unclosed = false;

  friend bool operator==(scanned_file const&, scanned_file const&) = default;
};

std::ostream& operator<<(std::ostream& out, scanned_file const& file) {
  for (scanned_record const& r : file.records) {
    out << r.line << (r.too_large ? " too large" : "");
    for (std::size_t i = 0; i < r.cells.size(); ++i)
      out << ' ' << r.quoted[i] << '<' << r.cells[i] << '>';
    out << '\n';
  }
  return out << (file.unclosed ? "unclosed\n" : "end\n");
}

constexpr std::size_t roomy = 1 << 20;

csv_scanner open_scanner(support::temporary_file const& file, std::size_t max_record = roomy) {
  auto input = byte_input::open(file.path());
  REQUIRE(input.has_value());
  return csv_scanner{*std::move(input), {.max_record_bytes = max_record}};
}

scanned_file read_all(csv_scanner& scanner) {
  scanned_file all;
  for (;;) {
    auto const found = scanner.next();
    if (found == csv_scanner::outcome::end) return all;
    if (found == csv_scanner::outcome::unclosed) {
      all.unclosed = true;
      REQUIRE(scanner.next() == csv_scanner::outcome::end);
      return all;
    }
    REQUIRE(found != csv_scanner::outcome::failed);
    scanned_record r;
    r.line = scanner.first_line();
    r.too_large = found == csv_scanner::outcome::too_large;
    for (std::size_t i = 0; i < scanner.count() && !r.too_large; ++i) {
      r.cells.emplace_back(scanner.raw(i));
      r.quoted += scanner.at(i).malformed ? 'm' : scanner.at(i).quoted ? 'q' : 'u';
    }
    all.records.push_back(std::move(r));
  }
}

scanned_file scan(std::string_view text, std::size_t max_record = roomy) {
  static support::temporary_file const file{""};
  file.write(text);
  csv_scanner scanner = open_scanner(file, max_record);
  return read_all(scanner);
}

std::vector<std::vector<std::string>> cells_of(scanned_file const& file) {
  std::vector<std::vector<std::string>> all;
  for (scanned_record const& r : file.records) all.push_back(r.cells);
  return all;
}

/// The same by looking at one byte after the other, all of it in memory.
scanned_file reference(std::string_view text) {
  scanned_file all;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::uint64_t line = 1;
  std::size_t i = 0;
  while (i < text.size()) {
    scanned_record r;
    r.line = line;
    for (bool more = true; more;) {
      std::string cell;
      char kind = 'u';
      if (i < text.size() && text[i] == '"') {
        kind = 'q';
        for (++i;; ++i) {
          if (i == text.size()) return all.unclosed = true, all;
          if (text[i] == '\n' || (text[i] == '\r' && !(i + 1 < text.size() && text[i + 1] == '\n')))
            ++line;
          if (text[i] != '"') {
            cell += text[i];
          } else if (i + 1 < text.size() && text[i + 1] == '"') {
            cell += "\"\"";
            ++i;
          } else {
            ++i;
            break;
          }
        }
        if (i < text.size() && text[i] != ',' && text[i] != '\n' && text[i] != '\r') {
          kind = 'm';
          cell += '"';
        }
      }
      while (i < text.size() && text[i] != ',' && text[i] != '\n' && text[i] != '\r')
        cell += text[i++];
      r.cells.push_back(cell);
      r.quoted += kind;
      more = i < text.size() && text[i] == ',';
      if (more) ++i;
    }
    if (i < text.size()) {
      i += text.substr(i).starts_with("\r\n") ? 2 : 1;
      ++line;
    }
    if (r.cells.size() == 1 && r.cells[0].empty() && r.quoted == "u") continue;
    all.records.push_back(std::move(r));
  }
  return all;
}

using table = std::vector<std::vector<std::string>>;

TEST_CASE("records end with LF, CRLF or CR, the last one with nothing") {
  table const expected{{"a", "b"}, {"c", "d"}};
  CHECK(cells_of(scan("a,b\nc,d\n")) == expected);
  CHECK(cells_of(scan("a,b\nc,d")) == expected);
  CHECK(cells_of(scan("a,b\r\nc,d\r\n")) == expected);
  CHECK(cells_of(scan("a,b\rc,d\r")) == expected);
  CHECK(cells_of(scan("a,b\rc,d\r\n")) == expected);
}

TEST_CASE("empty lines are no records, empty cells are cells") {
  CHECK(cells_of(scan("\n\r\n\ra,\n\n,\n")) == table{{"a", ""}, {"", ""}});
  CHECK(cells_of(scan("")).empty());
  CHECK(cells_of(scan("\n")).empty());
  CHECK(cells_of(scan("a,")) == table{{"a", ""}});
  CHECK(cells_of(scan("\"\"\n")) == table{{""}});
}

TEST_CASE("an empty line is a record where there is one column") {
  support::temporary_file const file{"a\n\nb\n"};
  csv_scanner scanner = open_scanner(file);
  scanner.set_columns(1);
  CHECK(cells_of(read_all(scanner)) == table{{"a"}, {""}, {"b"}});
}

TEST_CASE("quotes hold delimiters, line ends and doubled quotes") {
  scanned_file const all = scan("\"a,b\",\"c\nd\r\ne\rf\",\"g\"\"h\"\nlast");
  CHECK(cells_of(all) == table{{"a,b", "c\nd\r\ne\rf", "g\"\"h"}, {"last"}});
  CHECK(all.records[0].line == 1);
  CHECK(all.records[1].line == 5);
}

TEST_CASE("a quote inside an unquoted cell is text") {
  scanned_file const all = scan("5\" disc,a\"\"b\n");
  CHECK(cells_of(all) == table{{"5\" disc", "a\"\"b"}});
  CHECK(all.records[0].quoted == "uu");
}

TEST_CASE("text behind a closing quote marks the cell") {
  scanned_file const all = scan("\"a\"b,\"c\" ,d\n");
  CHECK(all.records[0].quoted == "mmu");
}

TEST_CASE("a byte order mark is skipped, only at the start") {
  CHECK(cells_of(scan("\xef\xbb\xbf"
                      "a\n\xef\xbb\xbf"
                      "b\n")) == table{{"a"},
                                       {"\xef\xbb\xbf"
                                        "b"}});
  CHECK(cells_of(scan("\xef\xbb")) == table{{"\xef\xbb"}});
}

TEST_CASE("a quote that is never closed is told") {
  CHECK(scan("a\n\"b\nc").unclosed);
  CHECK(scan("\"").unclosed);
  CHECK(scan("\"a\"\"").unclosed);
  CHECK_FALSE(scan("\"a\"").unclosed);
}

TEST_CASE("a record over the limit is skipped, those around it are not") {
  std::string const longer(5'000, 'x');
  for (std::string const& big : {longer, '"' + longer + "\n\"", '"' + longer + "\"\"\",\"y\""}) {
    scanned_file const all = scan("a\n" + big + "\r\nb\n", 1024);
    REQUIRE(all.records.size() == 3);
    CHECK(all.records[0].cells == std::vector<std::string>{"a"});
    CHECK(all.records[1].too_large);
    CHECK(all.records[2].cells == std::vector<std::string>{"b"});
    CHECK(all.records[2].line == (big.find('\n') == std::string::npos ? 3 : 4));
  }
  CHECK(scan("a\n\"" + longer, 1024).unclosed);
}

TEST_CASE("cells beyond the columns are counted, not kept") {
  support::temporary_file const file{"1,2,3,4,5\n6,7\n"};
  csv_scanner scanner = open_scanner(file);
  scanner.set_columns(2);
  REQUIRE(scanner.next() == csv_scanner::outcome::record);
  CHECK(scanner.count() == 5);
  CHECK(scanner.raw(1) == "2");
  REQUIRE(scanner.next() == csv_scanner::outcome::record);
  CHECK(scanner.count() == 2);
  CHECK(scanner.raw(0) == "6");
}

TEST_CASE("reading continues at any record's offset") {
  std::string const text = "\xef\xbb\xbfh\r\n\"a\nb\"\r\n\r\nc\rd\n\ne";
  support::temporary_file const file{text};
  csv_scanner straight = open_scanner(file);
  while (straight.next() == csv_scanner::outcome::record) {
    std::uint64_t const offset = straight.next_offset();
    std::uint64_t const line = straight.next_line();
    support::temporary_file const copy{text};
    csv_scanner again = open_scanner(copy);
    REQUIRE(again.seek(offset, line).has_value());
    csv_scanner whole = open_scanner(file);
    scanned_file const all = read_all(whole);
    scanned_file const rest = read_all(again);
    REQUIRE(rest.records.size() < all.records.size());
    CHECK(std::equal(rest.records.rbegin(), rest.records.rend(), all.records.rbegin()));
  }
}

TEST_CASE("an offset that is no record's start is refused") {
  support::temporary_file const file{"abc\ndef\n"};
  csv_scanner scanner = open_scanner(file);
  CHECK_FALSE(scanner.seek(2, 1).has_value());
  CHECK_FALSE(scanner.seek(999, 1).has_value());
  CHECK(scanner.seek(4, 2).has_value());
  CHECK(scanner.next() == csv_scanner::outcome::record);
  CHECK(scanner.raw(0) == "def");
}

TEST_CASE("random bytes are cut as the reference cuts them") {
  std::mt19937 random{20'010'101};
  constexpr std::string_view alphabet = "ab,,\"\"\n\r\n,x";
  for (int round = 0; round < 2'000; ++round) {
    // Some texts are padded over the first buffer's end, so that records are split there.
    std::string text;
    if (round % 100 == 0) text = std::string(256 * 1024 - 20 - random() % 20, 'p') + "\n";
    for (std::size_t n = random() % 60; n != 0; --n) text += alphabet[random() % alphabet.size()];
    scanned_file const expected = reference(text);
    scanned_file const found = scan(text);
    INFO(text.substr(text.size() > 200 ? text.size() - 200 : 0));
    REQUIRE(found == expected);
  }
}

}  // namespace
