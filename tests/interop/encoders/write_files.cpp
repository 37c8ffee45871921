// Writes the same rows in every text format and codec, and what they mean in a form of its own, for
// readers that know nothing of this library.
//
//     interop_encoders DIRECTORY [ROWS] [SEED]
//
// rows.csv, pipe.csv (other dialect, with header), rows.ndjson, each also with .gz and .zst;
// expected.txt: one line per row, fields separated by spaces, made without the encoders: integers
// in decimal, floating point as the hex of its bits, text and bytes as "x" and hex, null as "-".

#include <sluice/compress/codec_stream.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/schema/json.hpp>
#include <sluice/schema/schema.hpp>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice;

struct row {
  std::int64_t id = 0;
  bool flag = false;
  std::string text;
  std::optional<std::string> note;
  decimal<18, 4> amount;
  decimal<38, 10> wide;
  double value = 0;
  float ratio = 0;
  date day;
  time_of_day<micros> time;
  timestamp<micros> wall;
  timestamp<micros, utc> instant;
  std::optional<std::int32_t> maybe;
  std::vector<std::byte> raw;
  uuid key;
  json document;
  std::vector<std::string> tags;
};

}  // namespace

template<>
struct sluice::schema<row> : columns<row,
                                     column<"id", &row::id>,
                                     column<"flag", &row::flag>,
                                     column<"text", &row::text>,
                                     column<"note", &row::note>,
                                     column<"amount", &row::amount>,
                                     column<"wide", &row::wide>,
                                     column<"value", &row::value>,
                                     column<"ratio", &row::ratio>,
                                     column<"day", &row::day>,
                                     column<"time", &row::time>,
                                     column<"wall", &row::wall>,
                                     column<"instant", &row::instant>,
                                     column<"maybe", &row::maybe>,
                                     column<"raw", &row::raw>,
                                     column<"key", &row::key>,
                                     column<"document", &row::document>,
                                     column<"tags", &row::tags>> {};

namespace {

class generator {
 public:
  explicit generator(std::uint64_t seed) : random_{seed} {}

  row next(std::int64_t id) {
    row r;
    r.id = random_() % 4 == 0 ? static_cast<std::int64_t>(random_()) : id;
    r.flag = below(2) == 1;
    r.text = text();
    if (below(3) != 0) r.note = text();
    r.amount = decimal<18, 4>::from_unscaled(signed_below(1'000'000'000'000'000'000));
    r.wide = decimal<38, 10>::from_unscaled(int128{signed_below(1'000'000'000'000'000'000)} *
                                            signed_below(100'000'000'000'000'000));
    r.value = number();
    r.ratio = static_cast<float>(signed_below(1'000'000)) / 1'000.0f;
    r.day = date{min_date.days + static_cast<std::int32_t>(below(3'652'000))};
    r.time = time_of_day<micros>{static_cast<std::int64_t>(below(86'400'000'000))};
    r.wall = timestamp<micros>{signed_below(10'000'000'000'000'000)};
    r.instant = timestamp<micros, utc>{signed_below(10'000'000'000'000'000)};
    if (below(2) == 0) r.maybe = static_cast<std::int32_t>(random_());
    for (std::uint64_t n = below(20); n != 0; --n)
      r.raw.push_back(static_cast<std::byte>(random_()));
    for (std::uint8_t& byte : r.key.bytes) byte = static_cast<std::uint8_t>(random_());
    r.document.text = documents[below(std::size(documents))];
    for (std::uint64_t n = below(4); n != 0; --n) r.tags.push_back(text());
    return r;
  }

 private:
  static constexpr std::string_view pieces[]{"a",
                                             "word",
                                             " ",
                                             "\"",
                                             "\"\"",
                                             ",",
                                             "|",
                                             "'",
                                             "\n",
                                             "\r\n",
                                             "\r",
                                             "\t",
                                             "\\",
                                             "\\N",
                                             "NULL",
                                             "null",
                                             "NaN",
                                             "1e5",
                                             "-0",
                                             "true",
                                             "\xC3\xA9",
                                             "\xE2\x82\xAC",
                                             "\xF0\x9F\x92\xA7",
                                             "\xE2\x80\xA8",
                                             "\xEF\xBB\xBF",
                                             "\x01",
                                             std::string_view{"\0", 1},
                                             "\x7F",
                                             "{\"k\":[1]}",
                                             "<b>",
                                             "--",
                                             "a very ordinary stretch of text, "};
  static constexpr std::string_view documents[]{"null",
                                                "true",
                                                "-1.5e3",
                                                "\"text with \\\"quotes\\\", commas and \\u00e9\"",
                                                "[1, 2, [3]]",
                                                "{\"a\": {\"b\": []}, \"c\": \"\xC3\xA9\"}",
                                                "{\n  \"pretty\": [\r\n    1\n  ]\n}"};

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  std::int64_t signed_below(std::uint64_t limit) {
    auto const size = static_cast<std::int64_t>(below(limit));
    return below(2) == 0 ? size : -size;
  }

  double number() {
    switch (below(4)) {
      case 0:
        return static_cast<double>(signed_below(1'000'000)) / 100;
      case 1:
        return static_cast<double>(signed_below(1'000'000'000'000)) / 1e7;
      case 2:
        return static_cast<double>(signed_below(1u << 30));
      default: {
        double const any = std::bit_cast<double>(random_());
        return any - any == 0 ? any : 0.0;
      }
    }
  }

  std::string text() {
    std::string made;
    std::uint64_t const count = below(50) == 0 ? below(3'000) : below(8);
    for (std::uint64_t n = count; n != 0; --n) made += pieces[below(std::size(pieces))];
    return made == "\\N" ? "" : made;  // means null in pipe.csv, which refuses it
  }

  std::mt19937_64 random_;
};

// Rows of one format through small segments, a body and a codec into a file, as a loader does.
template<class Format>
class output {
 public:
  output(std::string path, codec kind)
      : path_{std::move(path)},
        codec_{std::move(open_codec(kind, kind == codec::none ? 0 : 1)).value()},
        body_{encoder_for<Format, row>::rows().open_body()} {
    body_->begin(*codec_);
  }

  void add(row const& r) {
    if (encode_.append(r, *open_)) return;
    if (auto const valid = encode_.validate(r); !valid) {
      std::cerr << "row " << r.id << ": " << valid.error().message << '\n';
      std::exit(1);
    }
    hand_over();
    open_ = std::make_shared<segment>(std::max<std::size_t>(64 << 10, encode_.max_size(r)));
    if (!encode_.append(r, *open_)) std::abort();
  }

  void close() {
    hand_over();
    body_->end(*codec_);
    auto const body = codec_->finish();
    if (!body) {
      std::cerr << body.error().message << '\n';
      std::exit(1);
    }
    std::ofstream file{path_, std::ios::binary};
    for (chunk const& part : *body)
      file.write(part.bytes().data(), static_cast<std::streamsize>(part.size()));
    if (!file.flush()) {
      std::cerr << "cannot write " << path_ << '\n';
      std::exit(1);
    }
  }

 private:
  void hand_over() { body_->add({open_, {}, open_->committed()}, *codec_); }

  std::string path_;
  encoder_for<Format, row> encode_;
  std::unique_ptr<codec_stream> codec_;
  std::unique_ptr<body_writer> body_;
  std::shared_ptr<segment> open_ = std::make_shared<segment>(64 << 10);
};

std::string hex(void const* bytes, std::size_t count) {
  std::string out = "x";
  char two[3];
  for (std::size_t i = 0; i != count; ++i) {
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char const*>(bytes)[i]);
    out += two;
  }
  return out;
}

std::string hex(std::string_view text) {
  return hex(text.data(), text.size());
}

// Digit by digit: nothing of the encoders'.
std::string digits(int128 value) {
  bool const negative = value < 0;
  std::string out;
  do {
    int const digit = static_cast<int>(value % 10);
    out.insert(out.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  return negative ? "-" + out : out;
}

void write_expected(std::ostream& out, row const& r) {
  auto const bits = std::bit_cast<std::uint64_t>(r.value);
  out << r.id << ' ' << r.flag << ' ' << hex(r.text) << ' ' << (r.note ? hex(*r.note) : "-") << ' '
      << digits(r.amount.unscaled()) << ' ' << digits(r.wide.unscaled()) << ' ' << std::hex << bits
      << ' ' << std::bit_cast<std::uint32_t>(r.ratio) << std::dec << ' ' << r.day.days << ' '
      << r.time.ticks << ' ' << r.wall.ticks << ' ' << r.instant.ticks << ' '
      << (r.maybe ? std::to_string(*r.maybe) : "-") << ' ' << hex(r.raw.data(), r.raw.size()) << ' '
      << hex(r.key.bytes, 16) << ' ' << hex(r.document.text) << ' ';
  for (std::string const& tag : r.tags) out << hex(tag) << ',';
  out << ".\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: interop_encoders DIRECTORY [ROWS] [SEED]\n";
    return 2;
  }
  std::string const directory = argv[1];
  std::int64_t const rows = argc > 2 ? std::atoll(argv[2]) : 20'000;
  generator make{argc > 3 ? static_cast<std::uint64_t>(std::atoll(argv[3])) : 1};

  using pipe = csv<delimiter<'|'>, quote<'\''>, null_marker<"\\N">, with_header>;
  std::vector<std::unique_ptr<output<csv<>>>> csv_files;
  std::vector<std::unique_ptr<output<pipe>>> pipe_files;
  std::vector<std::unique_ptr<output<ndjson>>> ndjson_files;
  for (auto const& [kind, ending] : {std::pair{codec::none, ""},
                                     std::pair{codec::gzip, ".gz"},
                                     std::pair{codec::zstd, ".zst"}}) {
    csv_files.push_back(std::make_unique<output<csv<>>>(directory + "/rows.csv" + ending, kind));
    pipe_files.push_back(std::make_unique<output<pipe>>(directory + "/pipe.csv" + ending, kind));
    ndjson_files.push_back(
        std::make_unique<output<ndjson>>(directory + "/rows.ndjson" + ending, kind));
  }
  std::ofstream expected{directory + "/expected.txt"};
  for (std::int64_t id = 0; id != rows; ++id) {
    row const r = make.next(id);
    write_expected(expected, r);
    for (auto const& file : csv_files) file->add(r);
    for (auto const& file : pipe_files) file->add(r);
    for (auto const& file : ndjson_files) file->add(r);
  }
  for (auto const& file : csv_files) file->close();
  for (auto const& file : pipe_files) file->close();
  for (auto const& file : ndjson_files) file->close();
  if (!expected.flush()) {
    std::cerr << "cannot write expected.txt\n";
    return 1;
  }
}
