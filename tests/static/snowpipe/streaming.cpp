#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/destination/upload.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/pipeline/plan.hpp>
#include <sluice/schema/json.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowpipe/pipe.hpp>
#include <sluice/snowpipe/streaming.hpp>

#include <concepts>
#include <cstddef>
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

struct two_cases {
  std::int64_t upper;
  std::int64_t lower;
};

struct with_bytes {
  std::int64_t id;
  std::vector<std::byte> raw;
};

struct with_json {
  std::int64_t id;
  json must;
  std::optional<json> may;
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

template<>
struct sluice::schema<with_bytes> : sluice::columns<with_bytes,
                                                    sluice::column<"ID", &with_bytes::id>,
                                                    sluice::column<"RAW", &with_bytes::raw>> {};

template<>
struct sluice::schema<with_json> : sluice::columns<with_json,
                                                   sluice::column<"ID", &with_json::id>,
                                                   sluice::column<"MUST", &with_json::must>,
                                                   sluice::column<"MAY", &with_json::may>> {};

namespace {

using snowpipe::channel_name;
using snowpipe::elastic;
using snowpipe::pipe;
using snowpipe::streaming;
using snowpipe::tokens;

template<class Record, class... Options>
using checked = streaming<Options...>::template checks<Record>;

static_assert(destination<streaming<>>);
static_assert(recoverable_session<streaming<pipe<>, tokens<"order_">>::session>);
static_assert(streaming<>::limits.ordered && streaming<>::limits.max_in_flight == 1);
static_assert(!streaming<elastic>::limits.ordered && streaming<elastic>::limits.max_in_flight == 8);

static_assert(std::same_as<checked<order>, passed>);
static_assert(
    std::same_as<checked<order, pipe<"P">, channel_name<"ORDERS_1">, tokens<"order_">>, passed>);
static_assert(std::same_as<checked<order, elastic, pipe<>>, passed>);
static_assert(std::same_as<checked<order, int>, failed::unknown_streaming_option<int>>);
static_assert(std::same_as<checked<order, tokens<"a_">, pipe<>, tokens<"b_">>,
                           failed::streaming_option_given_twice<tokens<"a_">, tokens<"b_">>>);
static_assert(std::same_as<checked<order, elastic, tokens<"a_">>,
                           failed::elastic_has_no_channel<tokens<"a_">>>);
static_assert(std::same_as<checked<order, channel_name<"A">, elastic>,
                           failed::elastic_has_no_channel<channel_name<"A">>>);
static_assert(std::same_as<checked<order, channel_name<"orders">>,
                           failed::channel_name_not_plain<"orders", 0>>);
static_assert(
    std::same_as<checked<order, channel_name<"A-B">>, failed::channel_name_not_plain<"A-B", 1>>);
static_assert(
    std::same_as<checked<order, channel_name<"1A">>, failed::channel_name_not_plain<"1A", 0>>);
static_assert(
    std::same_as<checked<order, channel_name<"">>, failed::channel_name_not_plain<"", 0>>);
static_assert(
    std::same_as<checked<order, tokens<"a@">>, failed::offset_token_prefix_not_plain<"a@", 1>>);
static_assert(std::same_as<checked<two_cases>,
                           failed::duplicate_column_name<two_cases, "id", name_case::insensitive>>);
static_assert(
    std::same_as<checked<with_bytes>, failed::bytes_need_a_pipe_of_your_own<with_bytes, "RAW">>);
static_assert(std::same_as<checked<with_bytes, pipe<>>, passed>);
static_assert(std::same_as<checked<with_json>,
                           failed::nullable_json_needs_a_pipe_of_your_own<with_json, "MAY">>);
static_assert(std::same_as<checked<with_json, pipe<>>, passed>);

// Stages: all may be left out.
static_assert(std::same_as<diagnosis_of<order, upload<streaming<>>>, passed>);
static_assert(std::same_as<diagnosis_of<order, compress<gzip<1>>, upload<streaming<>>>, passed>);
static_assert(std::same_as<diagnosis_of<order, compress<none>, upload<streaming<>>>, passed>);
static_assert(
    std::same_as<
        diagnosis_of<order, encode<csv<>>, upload<streaming<>>>,
        failed::format_not_accepted<streaming<>, format::csv, failed::accepts<format::ndjson>>>);
static_assert(std::same_as<
              diagnosis_of<order, batch<max_bytes<5'000'000>>, compress<none>, upload<streaming<>>>,
              failed::batch_bytes_over_destination_limit<streaming<>, 5'000'000, 4'000'000>>);
static_assert(std::same_as<diagnosis_of<order, upload<streaming<>>, durable<journal>>, passed>);
static_assert(std::same_as<diagnosis_of<order, upload<streaming<elastic>>, durable<journal>>,
                           failed::destination_cannot_resume<streaming<elastic>>>);

static_assert(snowpipe::create_pipe<order, "P", "T"> ==
              R"(CREATE PIPE IF NOT EXISTS "P" AS COPY INTO "T" ("ID", "STATUS") FROM )"
              R"((SELECT $1:ID::NUMBER(38, 0), $1:STATUS::VARCHAR )"
              R"(FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))))");

}  // namespace
