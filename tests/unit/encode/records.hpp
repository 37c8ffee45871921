#ifndef SLUICE_TESTS_UNIT_ENCODE_RECORDS_HPP
#define SLUICE_TESTS_UNIT_ENCODE_RECORDS_HPP

#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/schema/json.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace records {

enum class color { red, green };

struct point {
  int x = 0;
  std::optional<std::string> label;
};

/// One member of every kind.
struct everything {
  bool flag = false;
  std::int8_t tiny = 0;
  std::uint64_t huge = 0;
  std::int64_t id = 0;
  float ratio = 0;
  double value = 0;
  sluice::decimal<12, 2> amount;
  sluice::decimal<38, 10> wide;
  std::string text;
  std::string_view view;
  sluice::fixed_text<8> fixed;
  char code[3]{};
  std::optional<std::string> note;
  std::vector<std::byte> raw;
  sluice::date day;
  sluice::time_of_day<sluice::millis> time;
  sluice::timestamp<sluice::micros> wall;
  sluice::timestamp<sluice::nanos, sluice::utc> instant;
  sluice::timestamp<sluice::seconds, sluice::with_offset> zoned;
  sluice::json document{"null"};
  sluice::uuid key;
  color shade = color::red;
  std::vector<point> points;
  std::map<std::string, double> measures;
  std::optional<double> maybe;
};

/// Text only, with marks.
struct person {
  std::string name;
  std::optional<std::string> email;
  std::string password;
};

/// The smallest record: one column that may be null.
struct single {
  std::optional<std::int32_t> value;
};

/// The rows of `samples` in one body of `Format`.
template<class Format, class Record>
std::string body_of(std::vector<Record> const& samples) {
  sluice::encoder_for<Format, Record> const encode;
  std::string body;
  for (Record const& record : samples) {
    sluice::segment room{encode.max_size(record)};
    if (!encode.append(record, room)) return "refused: " + encode.validate(record).error().message;
    body.append(room.data(), room.committed().bytes);
  }
  return body;
}

/// Why `record` is refused; empty if it is not. Asks append and validate, which must agree.
template<class Format, class Record>
std::string refusal_of(Record const& record) {
  sluice::encoder_for<Format, Record> const encode;
  sluice::segment room{encode.max_size(record)};
  bool const taken = encode.append(record, room);
  auto const valid = encode.validate(record);
  if (taken != valid.has_value()) return "append and validate disagree";
  if (!taken && room.committed() != sluice::segment::mark{}) return "the segment was touched";
  return taken ? std::string{} : valid.error().message;
}

}  // namespace records

template<>
struct sluice::enumeration<records::color>
    : sluice::enumerators<sluice::enumerator<records::color::red, "RED">,
                          sluice::enumerator<records::color::green, "GREEN">> {};

template<>
struct sluice::schema<records::point>
    : sluice::columns<records::point,
                      sluice::column<"X", &records::point::x>,
                      sluice::column<"LABEL", &records::point::label>> {};

template<>
struct sluice::schema<records::everything>
    : sluice::columns<records::everything,
                      sluice::column<"FLAG", &records::everything::flag>,
                      sluice::column<"TINY", &records::everything::tiny>,
                      sluice::column<"HUGE", &records::everything::huge>,
                      sluice::column<"ID", &records::everything::id>,
                      sluice::column<"RATIO", &records::everything::ratio>,
                      sluice::column<"VALUE", &records::everything::value>,
                      sluice::column<"AMOUNT", &records::everything::amount>,
                      sluice::column<"WIDE", &records::everything::wide>,
                      sluice::column<"TEXT", &records::everything::text>,
                      sluice::column<"VIEW", &records::everything::view>,
                      sluice::column<"FIXED", &records::everything::fixed>,
                      sluice::column<"CODE", &records::everything::code>,
                      sluice::column<"NOTE", &records::everything::note>,
                      sluice::column<"RAW", &records::everything::raw>,
                      sluice::column<"DAY", &records::everything::day>,
                      sluice::column<"TIME", &records::everything::time>,
                      sluice::column<"WALL", &records::everything::wall>,
                      sluice::column<"INSTANT", &records::everything::instant>,
                      sluice::column<"ZONED", &records::everything::zoned>,
                      sluice::column<"DOCUMENT", &records::everything::document>,
                      sluice::column<"KEY", &records::everything::key>,
                      sluice::column<"SHADE", &records::everything::shade>,
                      sluice::column<"POINTS", &records::everything::points>,
                      sluice::column<"MEASURES", &records::everything::measures>,
                      sluice::column<"MAYBE", &records::everything::maybe>> {};

template<>
struct sluice::schema<records::person>
    : sluice::columns<records::person,
                      sluice::column<"NAME", &records::person::name, sluice::max_length<10>>,
                      sluice::column<"E\"MAIL", &records::person::email, sluice::pii>,
                      sluice::column<"PASSWORD", &records::person::password, sluice::secret>> {};

template<>
struct sluice::schema<records::single>
    : sluice::columns<records::single, sluice::column<"VALUE", &records::single::value>> {};

#endif  // SLUICE_TESTS_UNIT_ENCODE_RECORDS_HPP
