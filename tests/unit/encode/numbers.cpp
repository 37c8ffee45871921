#include "catch.hpp"

#include <sluice/encode/detail/digits.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>

namespace {

using namespace sluice;

template<class Put>
std::string text_of(Put put) {
  char room[80];
  return {room, put(room)};
}

std::string text(std::uint64_t v) {
  return text_of([&](char* out) { return detail::put_uint(out, v); });
}

std::string text(std::int64_t v) {
  return text_of([&](char* out) { return detail::put_int(out, v); });
}

template<unsigned P, unsigned S>
std::string text(decimal<P, S> v) {
  return text_of([&](char* out) { return detail::put_decimal(out, v); });
}

template<time_unit U, zone_kind Z>
std::string text(timestamp<U, Z> v) {
  return text_of([&](char* out) { return detail::put_timestamp(out, v); });
}

}  // namespace

TEST_CASE("integers of every length and at every border") {
  CHECK(text(std::uint64_t{0}) == "0");
  std::uint64_t power = 1;
  for (int digits = 1; digits <= 20; ++digits, power *= 10) {
    CHECK(text(power) == std::to_string(power));
    CHECK(text(power - 1) == std::to_string(power - 1));
    if (digits == 20) break;
  }
  CHECK(text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(text(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  CHECK(text(std::int64_t{-1}) == "-1");
}

TEST_CASE("integers equal the standard library's, at random") {
  std::mt19937_64 random{20'010'101};
  std::uint64_t differing = 0;
  for (int i = 0; i != 200'000; ++i) {
    std::uint64_t const v = random() >> (random() % 64);
    if (text(v) != std::to_string(v)) ++differing;
    auto const s = static_cast<std::int64_t>(v);
    if (text(s) != std::to_string(s)) ++differing;
  }
  CHECK(differing == 0);
}

TEST_CASE("all numbers of eight digits are split exactly") {
  // Steps that are prime to 10 reach every residue of every group of digits.
  std::uint64_t differing = 0;
  for (std::uint32_t v = 0; v < 100'000'000; v += 97)
    if (text(std::uint64_t{v}) != std::to_string(v)) ++differing;
  CHECK(differing == 0);
}

TEST_CASE("decimals are exact") {
  CHECK(text(decimal<12, 2>{"0"}) == "0.00");
  CHECK(text(decimal<12, 2>{"-0.05"}) == "-0.05");
  CHECK(text(decimal<12, 2>{"9999999999.99"}) == "9999999999.99");
  CHECK(text(decimal<18, 18>{"-0.000000000000000001"}) == "-0.000000000000000001");
  CHECK(text(decimal<18, 9>{"123456789.987654321"}) == "123456789.987654321");
  CHECK(text(decimal<5, 0>{"-42"}) == "-42");
  CHECK(text(decimal<38, 0>{"-99999999999999999999999999999999999999"}) ==
        "-99999999999999999999999999999999999999");
  CHECK(text(decimal<38, 38>{"0.00000000000000000000000000000000000001"}) ==
        "0.00000000000000000000000000000000000001");
  CHECK(text(decimal<38, 10>{"0"}) == "0.0000000000");
  CHECK(text(decimal<20, 1>{"10"}) == "10.0");
}

TEST_CASE("decimals read back as they were, at random") {
  std::mt19937_64 random{7};
  std::uint64_t differing = 0;
  for (int i = 0; i != 50'000; ++i) {
    int128 const limit = detail::power_of_ten(1 + static_cast<unsigned>(random() % 38));
    int128 unscaled =
        (static_cast<int128>(random()) << 62 | static_cast<int128>(random() >> 2)) % limit;
    if (random() % 2 == 0) unscaled = -unscaled;
    auto const wide = decimal<38, 19>::from_unscaled(unscaled);
    if (decimal<38, 19>::parse(text(wide)) != wide) ++differing;
    auto const narrow = decimal<18, 7>::from_unscaled(unscaled % detail::power_of_ten(18));
    if (decimal<18, 7>::parse(text(narrow)) != narrow) ++differing;
  }
  CHECK(differing == 0);
}

TEST_CASE("floating point in its shortest form") {
  auto const shortest = [](double v) {
    return text_of([&](char* out) { return detail::put_float(out, v); });
  };
  CHECK(shortest(0.0) == "0");
  CHECK(shortest(-0.0) == "-0");
  CHECK(shortest(12.34) == "12.34");
  CHECK(shortest(-12.5) == "-12.5");
  CHECK(shortest(100) == "100");
  CHECK(shortest(0.00000001) == "0.00000001");
  CHECK(shortest(9'999'999.99999999) == "9999999.99999999");
  CHECK(shortest(1e300) == "1e+300");
  CHECK(shortest(0.1 + 0.2) == "0.30000000000000004");
  CHECK(shortest(5e-324) == "5e-324");
  CHECK(text_of([](char* out) { return detail::put_float(out, 0.1f); }) == "0.1");
}

TEST_CASE("floating point reads back, with as few digits as the standard library needs") {
  std::mt19937_64 random{3};
  auto const digits = [](std::string_view number) {
    std::string significant;
    for (char const c : number.substr(0, number.find('e')))
      if (c >= '0' && c <= '9' && (c != '0' || !significant.empty())) significant += c;
    while (significant.ends_with('0')) significant.pop_back();
    return significant;
  };
  std::uint64_t differing = 0;
  for (int i = 0; i != 200'000; ++i) {
    double v = std::bit_cast<double>(random());
    if (i % 2 == 0) v = static_cast<double>(random() % 10'000'000'000) / std::pow(10, i % 12);
    if (i % 7 == 0) v = std::nextafter(v, 0);
    if (v - v != 0) continue;
    std::string const written = text_of([&](char* out) { return detail::put_float(out, v); });
    char room[32];
    std::string_view const standard{room, std::to_chars(room, room + 32, v).ptr};
    double back = 1;
    std::from_chars(written.data(), written.data() + written.size(), back);
    if (back != v || digits(written) != digits(standard)) ++differing;
  }
  CHECK(differing == 0);
}

TEST_CASE("timestamps in every unit, before and after 1970") {
  CHECK(text(timestamp<seconds>{0}) == "1970-01-01 00:00:00");
  CHECK(text(timestamp<millis>{-1}) == "1969-12-31 23:59:59.999");
  CHECK(text(timestamp<micros>{978'307'260'000'001}) == "2001-01-01 00:01:00.000001");
  CHECK(text(timestamp<nanos>{std::numeric_limits<std::int64_t>::max()}) ==
        "2262-04-11 23:47:16.854775807");
  CHECK(text(timestamp<nanos>{std::numeric_limits<std::int64_t>::min()}) ==
        "1677-09-21 00:12:43.145224192");
  CHECK(text(timestamp<seconds, utc>{951'782'400}) == "2000-02-29 00:00:00+00:00");
  CHECK(text(timestamp<seconds, with_offset>{0, 330}) == "1970-01-01 05:30:00+05:30");
  CHECK(text(timestamp<millis, with_offset>{0, -570}) == "1969-12-31 14:30:00.000-09:30");
  CHECK(text(timestamp<seconds>{min_date, {0, 0, 0}}) == "0001-01-01 00:00:00");
  CHECK(text(timestamp<micros>{max_date, {23, 59, 59, 999'999}}) == "9999-12-31 23:59:59.999999");
}

TEST_CASE("every day from year 1 to 9999 goes to a date and back") {
  std::int64_t differing = 0;
  civil_date expected{1, 1, 1};
  for (std::int32_t days = min_date.days; days <= max_date.days; ++days) {
    if (civil_from_days(days) != expected || days_from_civil(expected) != days) ++differing;
    bool const leap =
        expected.year % 4 == 0 && (expected.year % 100 != 0 || expected.year % 400 == 0);
    unsigned const length =
        expected.month == 2 ? (leap ? 29u : 28u)
        : expected.month == 4 || expected.month == 6 || expected.month == 9 || expected.month == 11
            ? 30u
            : 31u;
    if (++expected.day > length) {
      expected.day = 1;
      if (++expected.month > 12) {
        expected.month = 1;
        ++expected.year;
      }
    }
  }
  CHECK(differing == 0);
}

TEST_CASE("bytes and UUIDs in hex") {
  std::uint8_t const bytes[]{0x00, 0x0F, 0x9A, 0xFF};
  CHECK(text_of([&](char* out) { return detail::put_hex(out, bytes, 4); }) == "000F9AFF");
  uuid id;
  for (unsigned i = 0; i != 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(0x11 * i);
  CHECK(text_of([&](char* out) { return detail::put_uuid(out, id); }) ==
        "00112233-4455-6677-8899-aabbccddeeff");
}
