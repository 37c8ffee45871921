#include "catch.hpp"

#include <sluice/schema/chrono.hpp>
#include <sluice/source/detail/parse_cell.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

enum class color { red, green };

template<>
struct sluice::enumeration<color> : sluice::enumerators<sluice::enumerator<color::red, "RED">,
                                                        sluice::enumerator<color::green, "GREEN">> {
};

struct money {
  std::int64_t cents = 0;
};

template<>
struct sluice::value_traits<money> : sluice::value_as<sluice::decimal<12, 2>> {
  static constexpr auto view(money const& m) { return decimal<12, 2>::from_unscaled(m.cents); }

  static constexpr money from(decimal<12, 2> d) { return {d.unscaled()}; }
};

namespace {

using sluice::source::detail::cell_text;
using sluice::source::detail::fault;

/// Converts a cell as it stands in a file: padded, empty is null.
template<class T>
fault parse(std::string_view text, T& out, std::uint32_t limit = 0) {
  std::string const padded = std::string{text} + std::string(32, '\n');
  return sluice::source::detail::parse_cell(
      cell_text{std::string_view{padded}.substr(0, text.size()), text.empty()}, limit, out);
}

template<class T>
fault fault_of(std::string_view text, std::uint32_t limit = 0) {
  T out{};
  return parse(text, out, limit);
}

template<class T>
T value_of(std::string_view text) {
  T out{};
  INFO(text);
  REQUIRE(parse(text, out) == fault::none);
  return out;
}

TEST_CASE("bool in its usual words") {
  for (char const* const yes : {"true", "TRUE", "True", "t", "T", "1", "yes", "Y", "on"})
    CHECK(value_of<bool>(yes));
  for (char const* const no : {"false", "False", "f", "0", "NO", "n", "off"})
    CHECK_FALSE(value_of<bool>(no));
  for (char const* const neither : {"2", "tru", "truee", "-", "falsehood"})
    CHECK(fault_of<bool>(neither) == fault::malformed);
  CHECK(fault_of<bool>("") == fault::empty);
}

TEST_CASE("integers within their range") {
  CHECK(value_of<std::int8_t>("-128") == -128);
  CHECK(value_of<std::int16_t>(" +42\t") == 42);
  CHECK(value_of<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(value_of<std::uint64_t>("18446744073709551615") == ~std::uint64_t{0});
  CHECK(value_of<std::int32_t>("007") == 7);
  CHECK(fault_of<std::int8_t>("128") == fault::out_of_range);
  CHECK(fault_of<std::uint8_t>("-1") == fault::out_of_range);
  CHECK(fault_of<std::uint64_t>("18446744073709551616") == fault::out_of_range);
  for (char const* const bad : {"1.0", "1e3", "0x10", "1 2", "abc", "+-1", "-", "+", "1,000"})
    CHECK(fault_of<std::int32_t>(bad) == fault::malformed);
  CHECK(fault_of<std::int32_t>("") == fault::empty);
  CHECK(fault_of<std::int32_t>("  ") == fault::empty);
}

TEST_CASE("floating point") {
  CHECK(value_of<double>("-1.5e3") == -1500.0);
  CHECK(value_of<double>("+.5") == 0.5);
  CHECK(value_of<float>("3") == 3.0f);
  CHECK(fault_of<float>("1e39") == fault::out_of_range);
  CHECK(fault_of<double>("1e999") == fault::out_of_range);
  for (char const* const bad : {"1,5", "1.5x", "--1", "e5"})
    CHECK(fault_of<double>(bad) == fault::malformed);
}

TEST_CASE("decimals are exact") {
  using price = sluice::decimal<5, 2>;
  CHECK(value_of<price>("-123.45").unscaled() == -12345);
  CHECK(value_of<price>("1.500").unscaled() == 150);
  CHECK(fault_of<price>("1.505") == fault::too_precise);
  CHECK(fault_of<price>("1234.5") == fault::out_of_range);
  CHECK(fault_of<price>("1234.567") == fault::out_of_range);
  for (char const* const bad : {"1.2.3", "abc", ".", "-"})
    CHECK(fault_of<price>(bad) == fault::malformed);
  using wide = sluice::decimal<38, 0>;
  CHECK(value_of<wide>(std::string(38, '9')) ==
        wide::from_unscaled(sluice::detail::power_of_ten(38) - 1));
  CHECK(fault_of<wide>('1' + std::string(38, '0')) == fault::out_of_range);
}

TEST_CASE("dates") {
  CHECK(value_of<sluice::date>("1970-01-02").days == 1);
  CHECK(value_of<sluice::date>("2000-02-29") == sluice::date(2000, 2, 29));
  CHECK(value_of<sluice::date>("0001-01-01") == sluice::min_date);
  CHECK(value_of<sluice::date>("9999-12-31") == sluice::max_date);
  for (char const* const no_day :
       {"1900-02-29", "2001-04-31", "2001-13-01", "2001-00-10", "2001-01-00", "0000-01-01"})
    CHECK(fault_of<sluice::date>(no_day) == fault::out_of_range);
  for (char const* const bad :
       {"2001-1-1", "01/02/2003", "2001-01-01x", "2001-01-01 00:00", "2001"})
    CHECK(fault_of<sluice::date>(bad) == fault::malformed);
}

TEST_CASE("every day of 400 years is read back") {
  constexpr std::array<int, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int32_t expected = sluice::date(1900, 1, 1).days;
  for (int year = 1900; year < 2300; ++year)
    for (int month = 1; month <= 12; ++month) {
      bool const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
      int const length =
          lengths[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
      for (int day = 1; day <= length + 1; ++day) {
        std::array<char, 48> text{};
        std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", year, month, day);
        sluice::date read;
        fault const f = parse(text.data(), read);
        if (day > length) {
          if (f != fault::out_of_range) FAIL(text.data());
        } else if (f != fault::none || read.days != expected++) {
          FAIL(text.data());
        }
      }
    }
}

TEST_CASE("times of day in their unit") {
  CHECK(value_of<sluice::time_of_day<sluice::seconds>>("23:59:59").ticks == 86'399);
  CHECK(value_of<sluice::time_of_day<sluice::millis>>("00:00:01.25").ticks == 1'250);
  CHECK(value_of<sluice::time_of_day<sluice::nanos>>("12:00").ticks == 43'200'000'000'000);
  CHECK(value_of<sluice::time_of_day<sluice::seconds>>("00:00:01.000").ticks == 1);
  CHECK(fault_of<sluice::time_of_day<sluice::seconds>>("00:00:01.5") == fault::too_precise);
  CHECK(fault_of<sluice::time_of_day<sluice::nanos>>("00:00:01.0000000001") == fault::too_precise);
  for (char const* const late : {"24:00:00", "00:60", "00:00:60"})
    CHECK(fault_of<sluice::time_of_day<sluice::seconds>>(late) == fault::out_of_range);
  for (char const* const bad : {"1:00", "12:00:00Z", "12:00:00.", "noon"})
    CHECK(fault_of<sluice::time_of_day<sluice::seconds>>(bad) == fault::malformed);
}

TEST_CASE("timestamps: wall clocks, instants, offsets") {
  using wall = sluice::timestamp<sluice::micros>;
  using instant = sluice::timestamp<sluice::micros, sluice::utc>;
  using local = sluice::timestamp<sluice::seconds, sluice::with_offset>;
  CHECK(value_of<wall>("1970-01-01 00:00:01.5").ticks == 1'500'000);
  CHECK(value_of<wall>("1970-01-02T00:00").ticks == 86'400'000'000);
  CHECK(value_of<wall>("1969-12-31").ticks == -86'400'000'000);
  CHECK(fault_of<wall>("1970-01-01 00:00:00Z") == fault::has_zone);
  CHECK(value_of<instant>("1970-01-01T02:00:00+02:00").ticks == 0);
  CHECK(value_of<instant>("1969-12-31T19:00:00 -0500").ticks == 0);
  CHECK(value_of<instant>("1970-01-01 00:00:00").ticks == 0);
  CHECK(value_of<local>("1970-01-01T05:30:00+05:30") == local{0, 330});
  CHECK(value_of<local>("1970-01-01T00:00:00Z") == local{0, 0});
  CHECK(fault_of<local>("1970-01-01T00:00:00+19:00") == fault::out_of_range);
  for (char const* const bad : {"1970-01-01 ",
                                "1970-01-01 00:00:00 UTC",
                                "1970-01-01x00:00",
                                "1970-01-01 00:00:00+5",
                                "1970-01-01 00:00:00+05:3"})
    CHECK((fault_of<instant>(bad) == fault::malformed || std::string_view{bad}.ends_with(' ')));
}

TEST_CASE("nanoseconds reach as far as 64 bits") {
  using fine = sluice::timestamp<sluice::nanos>;
  CHECK(value_of<fine>("2262-04-11 23:47:16.854775807").ticks ==
        std::numeric_limits<std::int64_t>::max());
  CHECK(value_of<fine>("1677-09-21 00:12:43.145224192").ticks ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(fault_of<fine>("2262-04-11 23:47:16.854775808") == fault::out_of_range);
  CHECK(fault_of<fine>("1677-09-21 00:12:43.145224191") == fault::out_of_range);
}

TEST_CASE("enumerators by name") {
  CHECK(value_of<color>("GREEN") == color::green);
  CHECK(fault_of<color>("green") == fault::unnamed);
}

TEST_CASE("uuids and bytes are hexadecimal") {
  sluice::uuid const id = value_of<sluice::uuid>("00112233-4455-6677-8899-aAbBcCdDeEfF");
  CHECK(id.bytes[0] == 0);
  CHECK(id.bytes[15] == 0xff);
  CHECK(value_of<sluice::uuid>("00112233445566778899aabbccddeeff") == id);
  for (char const* const bad : {"00112233-4455-6677-8899-aabbccddeef",
                                "{0112233445566778899aabbccddeef}",
                                "0011223344556677-8899-aabb-ccddeeffab",
                                "zz112233445566778899aabbccddeeff"})
    CHECK(fault_of<sluice::uuid>(bad) == fault::malformed);

  CHECK(value_of<std::vector<std::byte>>("0xDEad") ==
        std::vector<std::byte>{std::byte{0xde}, std::byte{0xad}});
  CHECK((value_of<std::array<std::byte, 2>>("\\x0102") ==
         std::array<std::byte, 2>{std::byte{1}, std::byte{2}}));
  CHECK(fault_of<std::array<std::byte, 2>>("010203") == fault::too_long);
  CHECK(fault_of<std::array<std::byte, 2>>("01") == fault::malformed);
  CHECK(fault_of<std::vector<std::byte>>("0") == fault::malformed);
  CHECK(fault_of<std::vector<std::byte>>("0g") == fault::malformed);
  CHECK(fault_of<std::vector<std::byte>>("010203", 2) == fault::too_long);
}

TEST_CASE("text of every kind") {
  CHECK(value_of<std::string>(" as it is ") == " as it is ");
  CHECK(value_of<std::string>("").empty());
  CHECK(value_of<sluice::fixed_text<3>>("abc").view() == "abc");
  CHECK(fault_of<sluice::fixed_text<3>>("abcd") == fault::too_long);
  CHECK(value_of<std::array<char, 4>>("abc") == std::array<char, 4>{'a', 'b', 'c', '\0'});
  CHECK(fault_of<std::array<char, 4>>("abcde") == fault::too_long);
  CHECK(value_of<char>("x") == 'x');
  CHECK(fault_of<char>("xy") == fault::too_long);
  CHECK(value_of<std::vector<char>>("ab") == std::vector<char>{'a', 'b'});
  CHECK(value_of<sluice::json>("{\"a\": 1}").text == "{\"a\": 1}");
}

TEST_CASE("the length of text is counted in characters") {
  CHECK(fault_of<std::string>("\xc3\xa4\xc3\xb6\xc3\xbc", 3) == fault::none);
  CHECK(fault_of<std::string>("\xc3\xa4\xc3\xb6\xc3\xbc", 2) == fault::too_long);
  CHECK(fault_of<std::string>("abc", 2) == fault::too_long);
}

TEST_CASE("text is UTF-8 without NUL, wherever the fault stands") {
  struct sample {
    std::string_view bytes;
    fault expected;
  };

  sample const samples[] = {{{"\0", 1}, fault::nul},
                            {"\x80", fault::not_utf8},
                            {"\xe9", fault::not_utf8},
                            {"\xc0\xaf", fault::not_utf8},
                            {"\xe0\x9f\xbf", fault::not_utf8},
                            {"\xed\xa0\x80", fault::not_utf8},
                            {"\xf4\x90\x80\x80", fault::not_utf8},
                            {"\xf0\x8f\xbf\xbf", fault::not_utf8},
                            {"\xf5\x80\x80\x80", fault::not_utf8},
                            {"\xe2\x82", fault::not_utf8},
                            {"\xc3\xa4", fault::none},
                            {"\xe2\x82\xac", fault::none},
                            {"\xf0\x9f\x90\xa6", fault::none},
                            {"\xf4\x8f\xbf\xbf", fault::none}};
  for (sample const& s : samples)
    for (std::size_t before : {0u, 1u, 14u, 15u, 16u, 17u, 40u})
      for (std::size_t after : {0u, 1u, 20u}) {
        std::string const text =
            std::string(before, 'x') + std::string{s.bytes} + std::string(after, 'x');
        INFO(before << ' ' << after << ' ' << s.bytes);
        CHECK(fault_of<std::string>(text) == s.expected);
      }
}

TEST_CASE("an optional is null where nothing stands") {
  std::optional<int> number = 7;
  CHECK(parse("", number) == fault::none);
  CHECK_FALSE(number.has_value());
  CHECK(parse("8", number) == fault::none);
  CHECK(number == 8);
  CHECK(parse("x", number) == fault::malformed);
  CHECK(fault_of<std::optional<int>>(" ") == fault::empty);

  std::optional<std::string> text;
  CHECK(sluice::source::detail::parse_cell(cell_text{"", false}, 0, text) == fault::none);
  CHECK(text == "");
}

TEST_CASE("types of the user and of the standard library, through what they mean") {
  CHECK(value_of<money>("19.99").cents == 1999);
  CHECK(fault_of<money>("19.999") == fault::too_precise);
  using namespace std::chrono;
  CHECK(value_of<sys_days>("2001-02-03") == sys_days{2001y / 2 / 3});
  CHECK(value_of<year_month_day>("2001-02-03") == 2001y / 2 / 3);
  CHECK(value_of<sys_time<milliseconds>>("1970-01-01T01:00:00.250+01:00") ==
        sys_time<milliseconds>{250ms});
  CHECK(value_of<local_time<std::chrono::seconds>>("1970-01-01 00:01:00") ==
        local_time<std::chrono::seconds>{60s});
  CHECK(value_of<std::optional<sys_days>>("2001-02-03") == sys_days{2001y / 2 / 3});
}

}  // namespace
