#include <sluice/schema/schema.hpp>
#include <sluice/snowflake/schema_versions.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace sluice;

namespace {

struct first {
  std::int64_t id;
  std::string note;
  decimal<10, 2> price;
  std::vector<std::byte> seal;
};

struct second {
  std::int64_t id;
  std::string remark;
  decimal<12, 2> price;
  std::optional<double> ratio;
  std::vector<std::byte> seal;
};

struct finer {
  std::int64_t id;
  decimal<12, 4> price;
};

struct other {
  std::string id;
};

}  // namespace

template<>
struct sluice::schema<first> : columns<first,
                                       column<"ID", &first::id>,
                                       column<"NOTE", &first::note, max_length<20>>,
                                       column<"PRICE", &first::price>,
                                       column<"SEAL", &first::seal, max_length<32>>> {};

template<>
struct sluice::schema<second>
    : columns<second,
              column<"ID", &second::id>,
              column<"REMARK", &second::remark, renamed_from<"NOTE">, max_length<30>>,
              column<"PRICE", &second::price>,
              column<"RATIO", &second::ratio>,
              column<"SEAL", &second::seal, max_length<32>>> {};

template<>
struct sluice::schema<finer>
    : columns<finer, column<"ID", &finer::id>, column<"PRICE", &finer::price>> {};

template<>
struct sluice::schema<other> : columns<other, column<"ID", &other::id>> {};

namespace {

using namespace sluice::snowflake;
namespace changes = sluice::snowflake::detail;

static_assert(std::same_as<evolution_diagnosis<first, second>, passed>);
static_assert(alter_table<first, second, "T"> ==
              "ALTER TABLE \"T\" RENAME COLUMN \"NOTE\" TO \"REMARK\";\n"
              "ALTER TABLE \"T\" ALTER COLUMN \"REMARK\" SET DATA TYPE VARCHAR(30);\n"
              "ALTER TABLE \"T\" ALTER COLUMN \"PRICE\" SET DATA TYPE NUMBER(12, 2);\n"
              "ALTER TABLE \"T\" ADD COLUMN IF NOT EXISTS \"RATIO\" FLOAT;\n");
static_assert(alter_table<second, second, "T">.empty());
static_assert(alter_table<second, first, "T"> ==
              "ALTER TABLE \"T\" ADD COLUMN IF NOT EXISTS \"NOTE\" VARCHAR(20);\n"
              "ALTER TABLE \"T\" ALTER COLUMN \"REMARK\" DROP NOT NULL;\n");

static_assert(std::same_as<evolution_diagnosis<first, second, evolve::add_columns>,
                           failed::table_cannot_evolve<first,
                                                       second,
                                                       evolve::add_columns,
                                                       "REMARK",
                                                       table_change::widen>>);
static_assert(
    std::same_as<
        evolution_diagnosis<first, second, evolve::freeze>,
        failed::
            table_cannot_evolve<first, second, evolve::freeze, "REMARK", table_change::rename>>);
static_assert(std::same_as<evolution_diagnosis<second, second, evolve::freeze>, passed>);
static_assert(
    std::same_as<
        evolution_diagnosis<first, finer>,
        failed::table_cannot_evolve<first, finer, evolve::widen, "PRICE", table_change::narrow>>);
static_assert(
    std::same_as<
        evolution_diagnosis<finer, other>,
        failed::table_cannot_evolve<finer, other, evolve::widen, "ID", table_change::other_type>>);

// Digits before the point count, too.
constexpr auto wider = changes::compare_types(changes::parse_type("NUMBER(12, 2)"),
                                              changes::parse_type("NUMBER(12,4)"));
static_assert(wider.change == table_change::widen && wider.type.size == 14);
static_assert(changes::compare_types(changes::parse_type("NUMBER(38, 0)"),
                                     changes::parse_type("NUMBER(38,2)"))
                  .change == table_change::narrow);
static_assert(changes::compare_types(changes::parse_type("VARCHAR"),
                                     changes::parse_type("VARCHAR(16777216)"))
                  .change == table_change::none);
static_assert(changes::compare_types(changes::parse_type("TIMESTAMP_NTZ(9)"),
                                     changes::parse_type("TIMESTAMP_NTZ(6)"))
                  .change == table_change::narrow);

}  // namespace
