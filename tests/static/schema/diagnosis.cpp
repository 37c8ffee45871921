// Combinations of the rules of schemas, by the types they yield.
#include <sluice/schema/aggregate.hpp>
#include <sluice/schema/describe.hpp>
#include <sluice/schema/schema.hpp>

#include <any>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace {

using sluice::column;
using sluice::columns;
using sluice::name_case;
using sluice::passed;
namespace failed = sluice::failed;

struct lower {
  int id;
  int total;
};

struct nested_bad {
  std::any anything;
};

struct holder {
  nested_bad inner;
};

enum class state { open };

template<class Member>
struct with {
  Member member;
};

template<class Record, class Expected>
constexpr bool yields = std::same_as<sluice::schema_diagnosis<Record>, Expected>;

}  // namespace

template<>
struct sluice::schema<lower>
    : columns<lower, column<"id", &lower::id>, column<"ID", &lower::total>> {};

template<>
struct sluice::schema<nested_bad> : columns<nested_bad, column<"A", &nested_bad::anything>> {};

template<>
struct sluice::schema<holder> : columns<holder, column<"INNER", &holder::inner>> {};

template<class Member>
struct sluice::schema<with<Member>> : columns<with<Member>, column<"M", &with<Member>::member>> {};

// Names that differ in case only: fine for the schema, for the destination to refuse.
static_assert(yields<lower, passed>);
static_assert(std::same_as<sluice::unique_names_diagnosis<lower, name_case::sensitive>, passed>);
static_assert(
    std::same_as<
        sluice::unique_names_diagnosis<lower, name_case::insensitive>,
        failed::duplicate_column_name<lower, sluice::fixed_string{"ID"}, name_case::insensitive>>);

// The mistake is named where it is: in the nested record.
static_assert(
    yields<holder,
           failed::unsupported_member_type<nested_bad, sluice::fixed_string{"A"}, std::any>>);

template<class Member>
constexpr bool accepted = yields<with<Member>, passed>;
template<class Member, class Named = Member>
constexpr bool refused =
    yields<with<Member>,
           failed::unsupported_member_type<with<Member>, sluice::fixed_string{"M"}, Named>>;

static_assert(accepted<bool>);
static_assert(accepted<char>);
static_assert(accepted<signed char>);
static_assert(accepted<unsigned long long>);
static_assert(accepted<float>);
static_assert(accepted<std::string_view>);
static_assert(accepted<char const*>);
static_assert(accepted<char[8]>);
static_assert(accepted<std::array<char, 8>>);
static_assert(accepted<std::array<std::byte, 16>>);
static_assert(accepted<std::vector<char>>);
static_assert(accepted<std::vector<std::optional<int>>>);
static_assert(accepted<std::optional<std::vector<std::string>>>);
static_assert(accepted<std::map<std::string, std::vector<int>>>);
static_assert(accepted<sluice::fixed_text<3>>);
static_assert(accepted<sluice::json_view>);
static_assert(accepted<sluice::uuid const>);

static_assert(refused<long double>);
static_assert(refused<wchar_t>);
static_assert(refused<char8_t>);
static_assert(refused<int*>);
static_assert(refused<int[3]>);
static_assert(refused<std::any>);
static_assert(refused<std::tuple<int>>);
static_assert(refused<std::variant<int, bool>>);
static_assert(refused<std::optional<std::optional<int>>>);
static_assert(refused<std::optional<char const*>>);
static_assert(refused<std::vector<std::tuple<int>>, std::tuple<int>>);
static_assert(refused<std::map<int, int>, std::pair<int const, int>>);
static_assert(
    yields<with<state>,
           failed::enumeration_without_names<with<state>, sluice::fixed_string{"M"}, state>>);

// No schema at all.
static_assert(yields<int, failed::record_has_no_schema<int>>);
static_assert(!sluice::described_record<int>);
static_assert(sluice::described_record<lower>);

// check, all_of
namespace rule_test {
struct first_failure {
  static constexpr bool ok = false;
};

struct second_failure {
  static constexpr bool ok = false;
};
}  // namespace rule_test

static_assert(std::same_as<sluice::all_of<>, passed>);
static_assert(std::same_as<sluice::all_of<passed, passed>, passed>);
static_assert(
    std::same_as<sluice::all_of<passed, rule_test::first_failure, rule_test::second_failure>,
                 rule_test::first_failure>);
static_assert(std::same_as<sluice::check<true, rule_test::first_failure>, passed>);
static_assert(
    std::same_as<sluice::check<false, rule_test::first_failure>, rule_test::first_failure>);
