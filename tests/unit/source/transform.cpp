#include "catch.hpp"
#include "support.hpp"

#include <sluice/source/csv.hpp>
#include <sluice/source/records.hpp>
#include <sluice/source/transform.hpp>

#include <range/v3/range/concepts.hpp>
#include <range/v3/view/take.hpp>

#include <cstdint>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

struct member {
  std::int32_t number = 0;
  std::string name;
  std::optional<std::string> note;
};

}  // namespace

template<>
struct sluice::schema<member> : sluice::columns<member,
                                                sluice::column<"NUMBER", &member::number>,
                                                sluice::column<"NAME", &member::name>,
                                                sluice::column<"NOTE", &member::note>> {};

namespace {

using sluice::source::csv;
using sluice::source::make_unique;
using sluice::source::records;
using sluice::source::transform;

constexpr auto add_one = [](auto& number) { ++number; };

using transformed_csv = transform<csv<member>&, sluice::source::suffix_appender<&member::name>>;
static_assert(std::ranges::input_range<transformed_csv>);
static_assert(ranges::input_range<transformed_csv>);
static_assert(std::same_as<transformed_csv::record_type, member>);

template<class Source>
std::string drain(Source&& source) {
  std::string all;
  for (auto const& item : source) {
    all += std::to_string(item.position()) + '=';
    if (!item)
      all += item.fatal() ? "fatal" : "bad";
    else
      all += item->name + '/' + item->note.value_or("null");
    all += ' ';
  }
  return all;
}

template<class Source>
std::vector<int> numbers(Source&& source) {
  std::vector<int> all;
  for (auto const& item : source) all.push_back(item ? *item : -1);
  return all;
}

}  // namespace

TEST_CASE("good records are changed, bad ones keep their error and all their place",
          "[source][transform]") {
  support::temporary_file const file{"NUMBER,NAME,NOTE\n1,Ada,\nx,Bob,b\n3,Cy,c\n"};
  csv<member> plain{file.path()};
  REQUIRE_FALSE(plain.failure());
  transform unique{plain, make_unique<&member::name, &member::note>("-r7")};
  std::string raw;
  std::string all;
  for (auto const& item : unique) {
    if (!item) raw = item.raw() + item.error().message;
    all += std::to_string(item.position()) + (item ? item->name + item->note.value_or("|") : "!");
  }
  CHECK(all == "0Ada-r7|1!2Cy-r7c-r7");
  CHECK(raw.find("NUMBER") != std::string::npos);
  CHECK(unique.failure() == nullptr);
  CHECK(unique.progress() == plain.progress());
  CHECK(unique.progress()->records_read.value() == 3);
}

TEST_CASE("a source that breaks off ends the transformed one, and says why",
          "[source][transform]") {
  support::temporary_file const file{"NUMBER,NAME,NOTE\n1,Ada,\n2,\"Bob,b\n"};
  transform unique{csv<member>{file.path()}, make_unique<&member::name>("-r7")};
  CHECK(drain(unique) == "0=Ada-r7/null 1=fatal ");
  REQUIRE(unique.failure() != nullptr);
  CHECK(unique.base().failure() == unique.failure());
}

TEST_CASE("a transformed source is sought like its own", "[source][transform]") {
  support::temporary_file const file{"NUMBER,NAME,NOTE\n1,Ada,\n2,Bob,b\n3,Cy,c\n"};
  csv<member> plain{file.path()};
  transform unique{plain, make_unique<&member::name>("-r7")};
  REQUIRE(unique.seek(sluice::position{1}));
  auto const first = unique.begin();
  CHECK((*first).position() == 1);
  CHECK((*first)->name == "Bob-r7");
  sluice::source::csv_mark const mark = plain.mark();
  CHECK(drain(unique) == "2=Cy-r7/c ");
  REQUIRE(unique.seek(mark));
  CHECK(drain(unique) == "2=Cy-r7/c ");
  CHECK_FALSE(unique.seek(sluice::position{4}));
}

TEST_CASE("views take what they want of a transformed source", "[source][transform]") {
  support::temporary_file const file{"NUMBER,NAME,NOTE\n1,Ada,\n2,Bob,b\n3,Cy,c\n"};
  transform unique{csv<member>{file.path()}, make_unique<&member::name>("-r7")};
  CHECK(drain(unique | ranges::views::take(2)) == "0=Ada-r7/null 1=Bob-r7/b ");
}

TEST_CASE("an empty suffix changes nothing", "[source][transform]") {
  support::temporary_file const file{"NUMBER,NAME,NOTE\n1,Ada,a\n"};
  transform same{csv<member>{file.path()}, make_unique<&member::name, &member::note>("")};
  CHECK(drain(same) == "0=Ada/a ");
}

TEST_CASE("what the source refers to stays as it is, and may be constant", "[source][transform]") {
  std::vector<int> mine{7, 8};
  records changeable{mine};
  CHECK(numbers(transform{changeable, add_one}) == std::vector{8, 9});
  CHECK(mine == std::vector{7, 8});
  std::vector<int> const fixed{4};
  records constant{fixed};
  CHECK(numbers(transform{constant, add_one}) == std::vector{5});
}

TEST_CASE("a record is changed once, however often it is looked at", "[source][transform]") {
  int calls = 0;
  std::vector<sluice::result<int>> mixed;
  mixed.emplace_back(1);
  mixed.emplace_back(sluice::error{sluice::errc::invalid_input, "bad"});
  mixed.emplace_back(3);
  records source{mixed};
  transform counted{source, [&calls](int& n) { n += 10 * ++calls; }};
  auto first = counted.begin();
  CHECK(**first == 11);
  CHECK(**first == 11);
  CHECK(numbers(counted) == std::vector{-1, 23});
  CHECK(calls == 2);
}

TEST_CASE("a record whose change throws is passed over", "[source][transform]") {
  std::vector<int> const mine{1, 2, 3};
  records source{mine};
  transform picky{source, [](int& n) {
                    if (n == 2) throw std::runtime_error{"two"};
                  }};
  auto at = picky.begin();
  CHECK(**at == 1);
  CHECK_THROWS_AS(++at, std::runtime_error);
  CHECK(numbers(picky) == std::vector{3});
}
