#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/destination/upload.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/pipeline/plan.hpp>
#include <sluice/schema/json.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowflake/insert.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace sluice;

namespace {

struct order {
  std::int64_t id;
  std::string status;
};

struct with_json {
  std::int64_t id;
  std::optional<json> attributes;
};

struct with_list {
  std::vector<std::string> tags;
  json attributes;
};

}  // namespace

template<>
struct sluice::schema<order> : sluice::columns<order,
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"STATUS", &order::status>> {};

template<>
struct sluice::schema<with_json>
    : sluice::columns<with_json,
                      sluice::column<"ID", &with_json::id>,
                      sluice::column<"ATTRIBUTES", &with_json::attributes>> {};

template<>
struct sluice::schema<with_list>
    : sluice::columns<with_list,
                      sluice::column<"TAGS", &with_list::tags>,
                      sluice::column<"ATTRIBUTES", &with_list::attributes>> {};

namespace {

using snowflake::insert;
using snowflake::insert_limits;

static_assert(destination<insert>);
// The service keeps no record of statements that a restart could ask for.
static_assert(!recoverable_session<insert::session>);

static_assert(std::same_as<insert::checks<order>, passed>);
static_assert(std::same_as<insert::checks<with_json>,
                           failed::column_cannot_be_bound<with_json, "ATTRIBUTES">>);
static_assert(
    std::same_as<insert::checks<with_list>, failed::column_cannot_be_bound<with_list, "TAGS">>);

// Batch, format and codec may be left out.
static_assert(std::same_as<diagnosis_of<order, upload<insert>>, passed>);
static_assert(std::same_as<
              diagnosis_of<order, upload<insert>, encode<ndjson>>,
              failed::format_not_accepted<insert, format::ndjson, failed::accepts<format::csv>>>);
static_assert(
    std::same_as<diagnosis_of<order, upload<insert>, compress<gzip<1>>>,
                 failed::codec_not_accepted<insert, codec::gzip, failed::accepts<codec::none>>>);
static_assert(std::same_as<diagnosis_of<order, upload<insert>, batch<max_rows<65'280>>>,
                           failed::batch_rows_over_destination_limit<insert, 65'280, 65'279>>);

// One row of the widest record is below the threshold.
static_assert(insert::limits.max_columns < insert_limits::bound_values);

}  // namespace
