#include "catch.hpp"

#include <sluice/source/records.hpp>

#include <range/v3/range/concepts.hpp>
#include <range/v3/view/iota.hpp>
#include <range/v3/view/transform.hpp>

#include <cstdint>
#include <list>
#include <sstream>
#include <string>
#include <vector>

namespace {

using sluice::source::records;

template<class Source>
std::string drain(Source& source) {
  std::string all;
  for (auto const& item : source)
    all += std::to_string(item.position()) + '=' +
           (item ? std::to_string(*item) : item.error().message) + ' ';
  return all;
}

static_assert(ranges::input_range<records<std::vector<int>&>>);
static_assert(std::same_as<records<std::vector<int> const&>::record_type, int const>);
static_assert(std::same_as<records<std::vector<sluice::result<int>>&>::record_type, int>);

TEST_CASE("a container is a source, by reference or by value") {
  std::vector<int> const numbers{7, 8, 9};
  records by_reference{numbers};
  CHECK(&*(*by_reference.begin()) == numbers.data());
  CHECK(drain(by_reference) == "1=8 2=9 ");
  records by_value{std::list<int>{4, 5}};
  CHECK(by_value.progress()->records_total.value() == 2);
  CHECK(drain(by_value) == "0=4 1=5 ");
  CHECK(by_value.progress()->records_read.value() == 2);
}

TEST_CASE("a range that makes its elements is a source") {
  int made = 0;
  records source{ranges::views::iota(0, 3) | ranges::views::transform([&made](int i) {
                   ++made;
                   return i * i;
                 })};
  CHECK(drain(source) == "0=0 1=1 2=4 ");
  CHECK(made == 3);
}

TEST_CASE("errors stand in the place of their records") {
  std::vector<sluice::result<int>> mixed;
  mixed.emplace_back(1);
  mixed.emplace_back(sluice::error{sluice::errc::invalid_input, "bad"});
  mixed.emplace_back(3);
  records source{mixed};
  CHECK(drain(source) == "0=1 1=bad 2=3 ");
}

TEST_CASE("a range can be sought forwards") {
  std::vector<int> const numbers{7, 8, 9};
  records source{numbers};
  REQUIRE(source.seek(1).has_value());
  CHECK((*source.begin()).position() == 1);
  CHECK_FALSE(source.seek(1).has_value());
  REQUIRE(source.seek(3).has_value());
  CHECK(source.begin() == source.end());
  CHECK_FALSE(source.seek(4).has_value());
}

}  // namespace
