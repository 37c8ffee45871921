#include "catch.hpp"

#include <sluice/schema/chrono.hpp>
#include <sluice/schema/json.hpp>
#include <sluice/schema/schema.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice;

enum class color : std::uint8_t { red = 3, green = 9 };

// A type of the user's that is a decimal.
struct money {
  std::int64_t cents = 0;
};

struct shirt {
  color shade = color::red;
  money price;
  std::optional<std::string> note;
};

template<class T>
auto view(T const& value) {
  return value_traits<T>::view(value);
}

}  // namespace

template<>
struct sluice::enumeration<color>
    : enumerators<enumerator<color::red, "RED">, enumerator<color::green, "GREEN">> {};

template<>
struct sluice::value_traits<money> : value_as<decimal<12, 2>> {
  static constexpr auto view(money const& m) { return decimal<12, 2>::from_unscaled(m.cents); }
};

template<>
struct sluice::schema<shirt> : columns<shirt,
                                       column<"SHADE", &shirt::shade>,
                                       column<"PRICE", &shirt::price>,
                                       column<"NOTE", &shirt::note>> {};

TEST_CASE("decimals are made from integers and text, exactly") {
  STATIC_REQUIRE(decimal<12, 2>{5}.unscaled() == 500);
  STATIC_REQUIRE(decimal<12, 2>{"-0.5"}.unscaled() == -50);
  STATIC_REQUIRE(decimal<5>{"+42"}.unscaled() == 42);
  STATIC_REQUIRE(decimal<12, 2>{".5"} == decimal<12, 2>{"0.50"});
  STATIC_REQUIRE(decimal<12, 2>{"1.500"} == decimal<12, 2>{"1.5"});
  STATIC_REQUIRE(decimal<12, 2>{"0001"} == decimal<12, 2>{1});
  STATIC_REQUIRE(decimal<38, 0>{"99999999999999999999999999999999999999"}.unscaled() ==
                 detail::power_of_ten(38) - 1);
  STATIC_REQUIRE(decimal<4, 1>{"1.5"} < decimal<4, 1>{"1.6"});
}

TEST_CASE("text that is no decimal of the type is refused") {
  for (std::string_view const text : {"",
                                      "-",
                                      ".",
                                      "1,5",
                                      "1.2.3",
                                      "1e2",
                                      " 1",
                                      "1 ",
                                      "0x1",
                                      "1.234",
                                      "100000",
                                      "12345678901234567890123456789012345678901234567890"}) {
    INFO(text);
    CHECK_FALSE((decimal<6, 2>::parse(text)));
  }
  CHECK(decimal<6, 2>::parse("9999.99"));
  CHECK_FALSE(decimal<6, 2>::parse("10000"));
}

TEST_CASE("integers that do not fit a decimal throw") {
  CHECK_THROWS_AS((decimal<4, 2>{100}), value_out_of_range);
  CHECK_THROWS_AS((decimal<4, 2>{std::numeric_limits<std::int64_t>::min()}), value_out_of_range);
  CHECK_THROWS_AS((decimal<38, 38>{1}), value_out_of_range);
  CHECK_THROWS_AS((decimal<4, 2>::from_unscaled(10'000)), value_out_of_range);
  CHECK((decimal<4, 2>{99}.unscaled()) == 9'900);
  CHECK(decimal<20, 0>{std::numeric_limits<std::uint64_t>::max()}.unscaled() ==
        static_cast<int128>(std::numeric_limits<std::uint64_t>::max()));
}

TEST_CASE("decimals are implicit from integers that always fit, never from floating point") {
  STATIC_REQUIRE(std::is_convertible_v<std::int32_t, decimal<12, 2>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<std::int64_t, decimal<12, 2>>);
  STATIC_REQUIRE(std::is_constructible_v<decimal<12, 2>, std::int64_t>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<decimal<12, 2>, double>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<decimal<12, 2>, bool>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<decimal<12, 2>, std::string>);
  STATIC_REQUIRE(sizeof(decimal<18, 2>) == 8);
  STATIC_REQUIRE(sizeof(decimal<19, 2>) == 16);
}

TEST_CASE("enumerators by name and back") {
  STATIC_REQUIRE(enumeration<color>::name_of(color::green) == "GREEN");
  STATIC_REQUIRE(enumeration<color>::from_name("RED") == color::red);
  STATIC_REQUIRE_FALSE(enumeration<color>::from_name("red"));
  STATIC_REQUIRE(enumeration<color>::name_of(static_cast<color>(1)).data() == nullptr);
}

TEST_CASE("text comes in many types") {
  CHECK(view(std::string{"a\0b", 3}) == std::string_view{"a\0b", 3});
  char const full[3]{'a', 'b', 'c'};
  CHECK(value_traits<char[3]>::view(full) == "abc");
  char const part[4]{'a', '\0', 'x', '\0'};
  CHECK(value_traits<char[4]>::view(part) == "a");
  CHECK(view(std::array<char, 4>{'a', 'b'}) == "ab");
  CHECK(view(std::vector<char>{'a', '\0'}) == std::string_view{"a\0", 2});
  CHECK(value_traits<char const*>::view("c string") == "c string");
  CHECK_FALSE(value_traits<char const*>::has(nullptr));
  CHECK(view(fixed_text<4>{"abcd"}) == "abcd");
  CHECK_THROWS_AS(fixed_text<4>{"abcde"}, value_out_of_range);
  char const letter = 'x';
  CHECK(value_traits<char>::view(letter) == "x");
}

TEST_CASE("std::chrono types are dates, times and timestamps") {
  using namespace std::chrono;
  CHECK(view(sys_days{2001y / 1 / 1}) == date{2001, 1, 1});
  CHECK(view(local_days{2001y / 1 / 1}) == date{2001, 1, 1});
  CHECK(view(1969y / 12 / 31) == date{-1});
  CHECK(view(sys_time<milliseconds>{milliseconds{-1}}) == timestamp<millis, utc>{-1});
  CHECK(view(local_time<microseconds>{microseconds{7}}) == timestamp<micros>{7});
  CHECK(view(sys_time<minutes>{minutes{2}}) == timestamp<sluice::seconds, utc>{120});
  CHECK(view(hh_mm_ss<microseconds>{hours{1} + microseconds{5}}) ==
        time_of_day<micros>{3'600'000'005});
  CHECK(from_chrono(sys_time<nanoseconds>{nanoseconds{9}}) == timestamp<nanos, utc>{9});
  CHECK(to_chrono(date{2001, 1, 1}) == sys_days{2001y / 1 / 1});
  CHECK(to_chrono(timestamp<millis, utc>{5}) == sys_time<milliseconds>{milliseconds{5}});
  CHECK(to_chrono(timestamp<millis>{5}) == local_time<milliseconds>{milliseconds{5}});
}

TEST_CASE("timestamps from a date and a time") {
  STATIC_REQUIRE(timestamp<sluice::seconds>{date{1970, 1, 2}, {0, 0, 1}}.ticks == 86'401);
  STATIC_REQUIRE(timestamp<micros>{date{9999, 12, 31}, {23, 59, 59, 999'999}}.ticks ==
                 253'402'300'799'999'999);
  STATIC_REQUIRE(timestamp<micros>{date{1, 1, 1}, {}}.ticks == -62'135'596'800'000'000);
}

TEST_CASE("columns are visited in order, for reading and for writing") {
  shirt s{color::green, {1'234}, "note"};
  std::string names;
  for_each_column(std::as_const(s), [&]<class Column>(auto const&) {
    names += Column::name;
    names += ' ';
  });
  CHECK(names == "SHADE PRICE NOTE ");
  for_each_column(s, []<class Column>(auto& value) {
    if constexpr (Column::name == "NOTE") value.reset();
  });
  CHECK_FALSE(s.note);
  int count = 0;
  schema<shirt>::for_each([&]<class Column>() { ++count; });
  CHECK(count == 3);
}

TEST_CASE("a type of the user's stands for one of the library's") {
  constexpr column_table table = columns_of<shirt>();
  STATIC_REQUIRE(table[1].type == logical_type::decimal);
  STATIC_REQUIRE(table[1].precision == 12);
  STATIC_REQUIRE(table[1].scale == 2);
  CHECK(view(money{-5}) == decimal<12, 2>{"-0.05"});
}
