#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/destination/upload.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/pipeline/plan.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowflake/bulk.hpp>

#include <concepts>
#include <cstdint>
#include <string>

using namespace sluice;

namespace {

struct order {
  std::int64_t id;
  std::string status;
};

struct two_cases {
  std::int64_t upper;
  std::int64_t lower;
};

}  // namespace

template<>
struct sluice::schema<order> : sluice::columns<order,
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"STATUS", &order::status>> {};

template<>
struct sluice::schema<two_cases> : sluice::columns<two_cases,
                                                   sluice::column<"ID", &two_cases::upper>,
                                                   sluice::column<"id", &two_cases::lower>> {};

namespace {

using snowflake::bulk;
using snowflake::column_match;
using snowflake::concurrent_copies;
using snowflake::match_by;
using any_case = match_by<column_match::case_insensitive>;

template<class Record, class... Options>
using checked = bulk<Options...>::template checks<Record>;

static_assert(destination<bulk<>>);
static_assert(destination<bulk<any_case, concurrent_copies<4>>>);
static_assert(recoverable_session<bulk<>::session>);

static_assert(std::same_as<checked<order>, passed>);
static_assert(std::same_as<checked<order, any_case, concurrent_copies<20>>, passed>);
static_assert(std::same_as<checked<two_cases>, passed>);
static_assert(std::same_as<checked<two_cases, any_case>,
                           failed::duplicate_column_name<two_cases, "id", name_case::insensitive>>);
static_assert(std::same_as<checked<order, concurrent_copies<21>>,
                           failed::too_many_concurrent_copies<21, 20>>);
static_assert(
    std::same_as<checked<order, concurrent_copies<0>>, failed::too_many_concurrent_copies<0, 20>>);
static_assert(std::same_as<checked<order, int>, failed::unknown_bulk_option<int>>);

static_assert(bulk<>::match == std::nullopt);
static_assert(bulk<any_case>::match == column_match::case_insensitive);

template<class Encode, class Codec>
using loaded = diagnosis_of<order, encode<Encode>, compress<Codec>, upload<bulk<>>>;

static_assert(std::same_as<loaded<csv<>, gzip<1>>, passed>);
static_assert(std::same_as<loaded<ndjson, zstd<1>>, passed>);
static_assert(std::same_as<loaded<csv<>, none>, passed>);

}  // namespace
