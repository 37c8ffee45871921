#include "catch.hpp"
#include "support.hpp"

#include <sluice/encode/csv.hpp>
#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/ledger/dead_letter.hpp>
#include <sluice/source/dead_letter_options.hpp>
#include <sluice/source/dead_letters.hpp>

#include <range/v3/range/concepts.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace {

using flight_time = sluice::timestamp<sluice::seconds>;

enum class cabin : std::uint8_t { economy, business };

struct booking {
  std::int64_t id = 0;
  flight_time date{};
  std::string note;
  std::optional<std::string> remark;
  sluice::decimal<30, 4> price;
  double weight = 0;
  bool paid = false;
  std::optional<cabin> seat;
  sluice::json extra;
  std::vector<std::byte> ticket;
  sluice::timestamp<sluice::micros, sluice::with_offset> bought{};

  friend bool operator==(booking const&, booking const&) = default;
};

struct person {
  std::int32_t id = 0;
  std::string card;
  std::string key;
};

struct narrow {
  std::int8_t id = 0;
  std::string text;
};

}  // namespace

template<>
struct sluice::enumeration<cabin>
    : sluice::enumerators<sluice::enumerator<cabin::economy, "economy">,
                          sluice::enumerator<cabin::business, "business">> {};

template<>
struct sluice::schema<booking> : sluice::columns<booking,
                                                 sluice::column<"ID", &booking::id>,
                                                 sluice::column<"DATE", &booking::date>,
                                                 sluice::column<"NO\"TE", &booking::note>,
                                                 sluice::column<"REMARK", &booking::remark>,
                                                 sluice::column<"PRICE", &booking::price>,
                                                 sluice::column<"WEIGHT", &booking::weight>,
                                                 sluice::column<"PAID", &booking::paid>,
                                                 sluice::column<"SEAT", &booking::seat>,
                                                 sluice::column<"EXTRA", &booking::extra>,
                                                 sluice::column<"TICKET", &booking::ticket>,
                                                 sluice::column<"BOUGHT", &booking::bought>> {};

template<>
struct sluice::schema<person>
    : sluice::columns<person,
                      sluice::column<"ID", &person::id>,
                      sluice::column<"CARD", &person::card, sluice::pii>,
                      sluice::column<"KEY", &person::key, sluice::secret>> {};

template<>
struct sluice::schema<narrow>
    : sluice::columns<narrow,
                      sluice::column<"ID", &narrow::id>,
                      sluice::column<"TEXT", &narrow::text, sluice::max_length<5>>> {};

static_assert(std::ranges::input_range<sluice::source::dead_letters<narrow>>);
static_assert(ranges::input_range<sluice::source::dead_letters<narrow>>);

namespace {

using sluice::dead_reason;
using sluice::source::dead_letter_options;
using sluice::source::dead_letters;
using support::has;

/// One item, taken out of its source.
template<class Record>
struct read_item {
  std::optional<Record> value = {};
  std::string error = {};
  std::string raw = {};
  bool fatal = false;
  std::uint64_t position = 0;
  std::optional<sluice::source::read_letter> letter = {};
};

template<class Record>
std::vector<read_item<Record>> read(dead_letters<Record>& source) {
  std::vector<read_item<Record>> all;
  for (auto const& item : source) {
    read_item<Record>& r = all.emplace_back();
    r.position = item.position();
    if (source.letter() != nullptr) r.letter = *source.letter();
    if (item) {
      r.value = *item;
    } else {
      r.error = item.error().describe();
      r.raw = item.raw();
      r.fatal = item.fatal();
    }
  }
  return all;
}

/// Reads a file with these lines; its path in messages becomes "FILE".
template<class Record = narrow>
std::vector<read_item<Record>> read_text(std::string_view text, dead_letter_options options = {}) {
  support::temporary_file const file{text};
  dead_letters<Record> source{{file.path()}, std::move(options)};
  auto all = read(source);
  for (auto& r : all)
    if (auto const at = r.error.find(file.path()); at != std::string::npos)
      r.error.replace(at, file.path().size(), "FILE");
  return all;
}

std::string line_of(std::string record,
                    dead_reason reason = dead_reason::rejected,
                    sluice::position at = 7) {
  sluice::dead_letter letter;
  letter.at = at;
  letter.why.reason = reason;
  letter.record = std::move(record);
  return to_json(letter, "r1") + '\n';
}

std::string error_of(std::string_view line, dead_letter_options options = {}) {
  auto const all = read_text(line, std::move(options));
  REQUIRE(all.size() == 1);
  CHECK_FALSE(all[0].value.has_value());
  CHECK_FALSE(all[0].fatal);
  return all[0].error;
}

std::vector<booking> strange_bookings() {
  std::vector<std::byte> const ticket{std::byte{0}, std::byte{255}, std::byte{16}};
  sluice::timestamp<sluice::micros, sluice::with_offset> const bought{1'009'843'199'123'456, -330};
  flight_time const date{{2001, 1, 31}, {6, 5, 4}};
  std::vector<booking> all;
  std::int64_t id = std::numeric_limits<std::int64_t>::max();
  for (std::string const& text : {std::string{},
                                  std::string{"plain"},
                                  std::string{"quote \" comma , line\r\nbreak"},
                                  std::string{"back\\slash \\u0041 \t\b"},
                                  std::string{"nul\0inside", 10},
                                  std::string{"null"},
                                  std::string{"[redacted]"},
                                  std::string{"[not UTF-8]"},
                                  std::string{"gr\xc3\xbc\xc3\x9f \xf0\x9f\x9b\xab"},
                                  std::string{"{\"a\":1}"},
                                  std::string(70'000, 'x')}) {
    booking b;
    b.id = id--;
    b.date = date;
    b.note = text;
    if (text.size() % 2 == 0) b.remark = text;
    b.price = sluice::decimal<30, 4>::parse("12345678901234567890123456.7891").value();
    b.weight = 0.1 * static_cast<double>(all.size());
    b.paid = text.empty();
    if (text.size() > 4) b.seat = cabin::business;
    b.extra.text = R"({"n":12345678901234567890123,"s":"a\"b\u00fc","l":[1,{"x":null}]})";
    b.ticket = ticket;
    b.bought = bought;
    all.push_back(std::move(b));
  }
  all[1].weight = std::numeric_limits<double>::infinity();
  all[2].extra.text = "null";
  all[3].extra.text = "\"a text\"";
  all[4].extra.text = "17";
  return all;
}

template<class Format>
std::string encoded(booking const& b) {
  sluice::encoder_for<Format, booking> const encode;
  sluice::segment rows{encode.max_size(b)};
  REQUIRE(encode.append(b, rows));
  return {rows.data(), rows.committed().bytes};
}

TEMPLATE_TEST_CASE("a letter gives the record back that was encoded",
                   "",
                   sluice::csv<>,
                   sluice::ndjson) {
  auto const bookings = strange_bookings();
  using encoder = sluice::encoder_for<TestType, booking>;
  std::string lines;
  for (booking const& b : bookings) {
    auto record = encoder::rows().render(encoded<TestType>(b), 0, false);
    REQUIRE(record.has_value());
    lines += line_of(*std::move(record));
  }
  auto const all = read_text<booking>(lines);
  REQUIRE(all.size() == bookings.size());
  for (std::size_t i = 0; i != all.size(); ++i) {
    INFO(i << ' ' << all[i].error);
    REQUIRE(all[i].value.has_value());
    CHECK(*all[i].value == bookings[i]);
    CHECK(all[i].position == i);
  }
}

TEST_CASE("an encoded row gives the record back") {
  std::string lines;
  auto const bookings = strange_bookings();
  for (booking const& b : bookings) {
    sluice::dead_letter letter;
    letter.record = encoded<sluice::csv<>>(b);
    letter.record_is_text = true;
    lines += to_json(letter, "r1") + '\n';
  }
  auto const all = read_text<booking>(lines);
  REQUIRE(all.size() == bookings.size());
  for (std::size_t i = 0; i != all.size(); ++i) CHECK(all[i].value == bookings[i]);
}

TEST_CASE("encoded rows are cut as they were written") {
  auto const row = [](std::string_view text) {
    sluice::dead_letter letter;
    letter.record = text;
    letter.record_is_text = true;
    return to_json(letter, "r1") + '\n';
  };
  auto const all = read_text(row("1;'a;''b'"), {.delimiter = ';', .quote = '\''});
  REQUIRE(all.size() == 1);
  CHECK(all[0].value->text == "a;'b");
  CHECK(has(error_of(row("1,a,b")), "FILE:1: the encoded row has 3 readable fields, expected 2"));
  CHECK(has(error_of(row("1,\"a")), "has 1 readable fields"));
  CHECK(has(error_of(row("x,a")), "FILE:1: column \"ID\" holds \"x\", expected an integer"));
}

TEST_CASE("the file of a dead-letter sink is read with all it says of a letter") {
  support::temporary_file const file{""};
  std::vector<sluice::dead_letter> written(2);
  written[0].at = 41;
  written[0].why = {dead_reason::unknown, "100038", "no \"verdict\"\n", "ID"};
  written[0].payload = 3;
  written[0].was_sent = true;
  written[0].record = R"({"ID":1,"TEXT":"a"})";
  written[1].why.reason = dead_reason::too_large;
  REQUIRE(sluice::dead_letter_file(file.path())->write(written, "run-a").has_value());

  dead_letters<narrow> source{{file.path()}};
  auto const all = read(source);
  REQUIRE(all.size() == 2);
  sluice::source::read_letter const& l = all[0].letter.value();
  CHECK(l.run == "run-a");
  CHECK(l.letter.at == 41);
  CHECK(l.letter.why.reason == dead_reason::unknown);
  CHECK(l.letter.why.code == "100038");
  CHECK(l.letter.why.message == "no \"verdict\"\n");
  CHECK(l.letter.why.column == "ID");
  CHECK(l.letter.payload == 3);
  CHECK(l.letter.was_sent);
  CHECK(all[0].value->text == "a");
  CHECK_FALSE(all[1].letter->letter.was_sent);
  CHECK(has(all[1].error,
            "the letter has no record; read the source of run \"run-a\" again from position 0"));
}

TEST_CASE("what a letter withholds is not loaded") {
  std::string const shown = R"({"ID":1,"CARD":"4111","KEY":"k"})";
  std::string const hidden = R"({"ID":1,"CARD":"[redacted]","KEY":"[redacted]"})";
  auto const all = read_text<person>(line_of(shown) + line_of(hidden) +
                                     line_of(R"({"ID":"x","CARD":"4111","KEY":"k"})"));
  REQUIRE(all.size() == 3);
  CHECK(all[0].value->card == "4111");
  CHECK(has(all[1].error, "FILE:2: column \"CARD\" is withheld in the letter"));
  CHECK(has(all[1].error, "read the source of run \"r1\" again from position 7"));
  CHECK(all[1].raw == R"({"ID":"1","CARD":"[redacted]","KEY":"[redacted]"})");
  // What goes to the dead letters again shows no more than a source would.
  CHECK(all[2].raw == R"({"ID":"x","CARD":"[redacted]","KEY":"[redacted]"})");

  // A source replaces what it could not read; the same text is a value in any other letter.
  std::string const replaced = R"({"ID":"1","TEXT":"[not UTF-8]"})";
  CHECK(has(error_of(line_of(replaced, dead_reason::source)), "column \"TEXT\" is withheld"));
  CHECK(has(error_of(line_of(replaced)), "(too long)"));
}

TEST_CASE("cells that a source could not read are read as sources do") {
  auto const all = read_text(line_of(R"({"ID":"12","TEXT":null})", dead_reason::source) +
                             line_of(R"({"ID":"1234","TEXT":"a"})", dead_reason::source) +
                             line_of(R"({"ID":12,"TEXT":null})", dead_reason::rejected));
  REQUIRE(all.size() == 3);
  CHECK(all[0].value->id == 12);
  CHECK(all[0].value->text.empty());
  CHECK(has(all[1].error, "FILE:2: column \"ID\" holds \"1234\" (out of range)"));
  CHECK(all[1].raw == R"({"ID":"1234","TEXT":"a"})");
  CHECK(has(all[2].error, "FILE:3: column \"TEXT\" holds \"\" (empty)"));
}

TEST_CASE("json of a source's letter is a text in a text") {
  booking const b = strange_bookings().front();
  auto record = sluice::encoder_for<sluice::ndjson, booking>::rows().render(
      encoded<sluice::ndjson>(b), 0, {});
  std::string text = *std::move(record);
  std::string const extra = "\"EXTRA\":" + b.extra.text;
  std::string quoted = "\"EXTRA\":";
  sluice::detail::append_json_string(quoted, b.extra.text);
  text.replace(text.find(extra), extra.size(), quoted);
  auto const all = read_text<booking>(line_of(text, dead_reason::source));
  REQUIRE(all.size() == 1);
  INFO(all[0].error);
  REQUIRE(all[0].value.has_value());
  CHECK(all[0].value->extra.text == b.extra.text);
}

TEST_CASE("columns are found by name in any order; a missing one is told") {
  auto const all = read_text(line_of(R"({ "OTHER":{"ID":9}, "TEXT":"a" , "\u0049D": 5 })") +
                             line_of(R"({"ID":5})"));
  REQUIRE(all.size() == 2);
  CHECK(all[0].value->id == 5);
  CHECK(has(all[1].error, "FILE:2: the record has no column \"TEXT\"; "));
}

TEST_CASE("a broken line is told with its place, and the next one is read") {
  struct sample {
    std::string line;
    char const* error;
  };

  for (sample const& s : {
           sample{"{\"run\":\"r\",}", "FILE:1:12: the line is not JSON ("},
           sample{line_of("{\"ID\":1").substr(0, 30), "(it ends too early)"},
           sample{"{} {}", "FILE:1:4: the line is not JSON ("},
           sample{"{\"run\":\"\xff\"}", "FILE:1:"},
           sample{"[1]", "FILE:1:1: the line is no JSON object"},
           sample{"{}", "FILE:1:3: the object has no member \"position\""},
           sample{R"({"position":-1,"reason":"source","record":null})",
                  "FILE:1:13: \"position\" is not a whole number"},
           sample{R"({"position":1,"reason":"bored","record":null})",
                  "FILE:1:24: \"reason\" is not source, too_large"},
           sample{R"({"position":1,"reason":"source","record":[1]})",
                  "FILE:1:42: \"record\" is not an object or null"},
           sample{R"({"position":1,"reason":"source"})", "has no member \"record\""},
           sample{R"({"run":5,"position":1,"reason":"source","record":null})",
                  "FILE:1:8: \"run\" is not text"},
           sample{R"({"text":"\ud800","position":1,"reason":"source"})", "\"text\" is not text"},
       }) {
    auto const all = read_text(s.line + "\n\n \r\n" + line_of(R"({"ID":5,"TEXT":"a"})"));
    INFO(s.line);
    REQUIRE(all.size() == 2);
    INFO(all[0].error);
    CHECK(has(all[0].error, s.error));
    CHECK_FALSE(all[0].letter.has_value());
    CHECK(all[0].raw.empty());
    CHECK(all[1].value->id == 5);
  }
}

TEST_CASE("nesting is bounded") {
  std::string deep(1'000, '[');
  CHECK(has(error_of(line_of("{\"ID\":" + deep + "}")), "is not JSON"));
}

TEST_CASE("lines are bounded, and those behind a longer one are read") {
  std::string const record = R"({"ID":5,"TEXT":"a"})";
  std::string const good = line_of(record);
  std::string const next = line_of(record, dead_reason::rejected, 8);
  for (std::size_t const size : {std::size_t{2'000}, std::size_t{1'000'000}}) {
    auto const all = read_text(good + line_of("{\"ID\":\"" + std::string(size, 'x') + "\"}") + next,
                               {.max_line_bytes = 1'024});
    REQUIRE(all.size() == 3);
    CHECK(all[0].value.has_value());
    CHECK(has(all[1].error, "FILE:2: the line is longer than 1024 bytes; raise"));
    CHECK(all[2].value.has_value());
    CHECK(all[2].position == 2);
  }
  CHECK(has(error_of(std::string(300'000, 'x'), {.max_line_bytes = 1'024}), "FILE:1: the line"));
  CHECK(read_text("").empty());
  auto const refused = read_text(good, {.max_line_bytes = 1});
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].fatal);
}

TEST_CASE("long lines are read whole wherever blocks end") {
  std::string lines;
  for (std::size_t size = 1; size < 600'000; size = size * 5 / 2 + 1)
    lines += line_of("{\"ID\":1,\"TEXT\":\"a\",\"MORE\":\"" + std::string(size, 'm') + "\"}");
  lines.pop_back();  // the last line may lack its end
  auto const all = read_text(lines);
  CHECK(all.size() == 15);
  for (auto const& r : all) CHECK(r.value.has_value());
}

TEST_CASE("letters of other reasons are passed over, broken lines never") {
  std::string lines;
  for (std::size_t i = 0; i != sluice::source::every_reason.size(); ++i)
    lines += line_of(R"({"ID":)" + std::to_string(i) + R"(,"TEXT":"a"})",
                     sluice::source::every_reason.at(i));
  lines += "broken\n";
  auto const sure = read_text(lines, {.reasons = sluice::source::reasons_never_stored});
  REQUIRE(sure.size() == 6);
  for (auto const& r : sure)
    if (r.letter) CHECK(r.letter->letter.why.reason != dead_reason::unknown);
  CHECK(sure[5].position == 5);
  CHECK_FALSE(sure[5].value.has_value());
  auto const unsure = read_text(lines, {.reasons = dead_reason::unknown});
  REQUIRE(unsure.size() == 2);
  CHECK(unsure[0].value->id == 4);
}

TEST_CASE("several files are read one after the other, compressed ones too, and sought in") {
  auto const letter = [](int id) {
    return line_of("{\"ID\":" + std::to_string(id) + ",\"TEXT\":\"a\"}");
  };
  support::temporary_file const first{letter(1) + letter(2)};
  support::temporary_file const second{support::zstd(letter(3))};
  support::temporary_file const third{support::gzip(letter(4) + letter(5))};
  auto source = dead_letters<narrow>::open({first.path(), second.path(), third.path()});
  REQUIRE(source.has_value());
  CHECK(source->progress()->bytes_total.value() == std::filesystem::file_size(first.path()) +
                                                       std::filesystem::file_size(second.path()) +
                                                       std::filesystem::file_size(third.path()));
  auto const ids = [&] {
    std::string text;
    for (auto const& r : read(*source)) text += std::to_string(r.value ? r.value->id : -1);
    return text;
  };
  CHECK(ids() == "12345");
  CHECK(source->progress()->records_read.value() == 5);
  CHECK(source->progress()->bytes_read.value() == source->progress()->bytes_total.value());
  for (std::uint64_t const from : {3u, 0u, 2u, 5u}) {
    REQUIRE(source->seek(from).has_value());
    CHECK(ids() == std::string{"12345"}.substr(from));
  }
  auto const beyond = source->seek(6);
  REQUIRE_FALSE(beyond.has_value());
  CHECK(has(beyond.error().describe(), "there are 5 dead letters, fewer than 6"));
  CHECK(source->failure() != nullptr);
}

TEST_CASE("letters of a stream are not sought in another file") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::string const streamed = line_of(R"({"ID":1,"TEXT":"a"})");
  REQUIRE(::write(ends[1], streamed.data(), streamed.size()) ==
          static_cast<ssize_t>(streamed.size()));
  ::close(ends[1]);
  support::temporary_file const behind{line_of(R"({"ID":2,"TEXT":"a"})")};
  dead_letters<narrow> source{{"/dev/fd/" + std::to_string(ends[0]), behind.path()}};
  CHECK(read(source).size() == 2);
  auto const back = source.seek(0);
  ::close(ends[0]);
  REQUIRE_FALSE(back.has_value());
  CHECK(has(back.error().describe(), "a stream cannot be read again"));
}

TEST_CASE("a file that cannot be read on ends the letters") {
  auto const missing = dead_letters<narrow>::open({"/no/such/file"});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == sluice::errc::io);
  CHECK_FALSE(dead_letters<narrow>::open({}).has_value());

  std::string const good = line_of(R"({"ID":5,"TEXT":"a"})");
  support::temporary_file const first{good};
  std::string torn = support::gzip(good + good);
  torn.resize(torn.size() - 4);
  support::temporary_file const second{torn};
  for (std::string const& bad : {second.path(), std::string{"/no/such/file"}}) {
    dead_letters<narrow> source{{first.path(), bad}};
    auto const all = read(source);
    REQUIRE_FALSE(all.empty());
    CHECK(all.front().value.has_value());
    CHECK(all.back().fatal);
    REQUIRE(source.failure() != nullptr);
    CHECK(has(source.failure()->describe(), bad));
  }
}

}  // namespace
