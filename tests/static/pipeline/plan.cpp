#include "../../reject/loader_parts.hpp"

#include <sluice/destination/file.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/pipeline/plan.hpp>

#include <concepts>
#include <type_traits>

namespace {

using parts::order;
using namespace sluice;
using namespace sluice::literals;

template<class... Policies>
using diagnosis = diagnosis_of<order, Policies...>;

using as_csv = encode<csv<>>;
using to_files = upload<file>;

// Any order, and what is left out.
static_assert(std::same_as<diagnosis<as_csv, to_files>, passed>);
static_assert(std::same_as<diagnosis<to_files, as_csv>, passed>);
static_assert(
    std::same_as<diagnosis<compress<zstd<3>>, to_files, balanced, as_csv, durable<journal>>,
                 passed>);
static_assert(std::same_as<plan<order, to_files, as_csv>::batch_stage, balanced>);
static_assert(std::same_as<plan<order, to_files, as_csv>::compress_stage, compress<none>>);
static_assert(std::same_as<plan<order, to_files, as_csv, low_latency>::batch_stage, low_latency>);
static_assert(plan<order, to_files, as_csv, durable<journal>>::is_durable);
static_assert(!plan<order, to_files, as_csv>::is_durable);

// A destination's own defaults.
struct with_defaults : parts::csv_only {
  using default_batch = low_latency;
  using default_encode = as_csv;
  using default_compress = compress<gzip<2>>;
};

static_assert(std::same_as<diagnosis<upload<with_defaults>>, passed>);
static_assert(std::same_as<plan<order, upload<with_defaults>>::batch_stage, low_latency>);
static_assert(std::same_as<plan<order, upload<with_defaults>>::encode_stage, as_csv>);
static_assert(std::same_as<plan<order, upload<with_defaults>>::compress_stage, compress<gzip<2>>>);
static_assert(std::same_as<plan<order, upload<with_defaults>, balanced>::batch_stage, balanced>);

// One mistake each.
static_assert(std::same_as<diagnosis<as_csv>, failed::upload_stage_is_missing<order>>);
static_assert(std::same_as<diagnosis<>, failed::upload_stage_is_missing<order>>);
static_assert(std::same_as<diagnosis<to_files>, failed::encode_stage_is_missing<file>>);
static_assert(std::same_as<diagnosis<as_csv, to_files, double>, failed::unknown_option<double>>);
static_assert(std::same_as<diagnosis<as_csv, file>, failed::unknown_option<file>>);
static_assert(
    std::same_as<diagnosis<as_csv, to_files, as_csv>, failed::duplicate_policy<as_csv, as_csv>>);
static_assert(std::same_as<diagnosis<balanced, as_csv, to_files, low_latency>,
                           failed::duplicate_policy<balanced, low_latency>>);
static_assert(std::same_as<diagnosis<as_csv, upload<int>>, failed::not_a_destination<int>>);
static_assert(std::same_as<diagnosis<encode<ndjson>, upload<parts::csv_only>>,
                           failed::format_not_accepted<parts::csv_only,
                                                       format::ndjson,
                                                       failed::accepts<format::csv>>>);
static_assert(std::same_as<diagnosis<as_csv, upload<parts::csv_only>, compress<zstd<1>>>,
                           failed::codec_not_accepted<parts::csv_only,
                                                      codec::zstd,
                                                      failed::accepts<codec::none, codec::gzip>>>);
static_assert(std::same_as<diagnosis<as_csv, upload<parts::csv_only>, durable<journal>>,
                           failed::destination_cannot_resume<parts::csv_only>>);
static_assert(std::same_as<diagnosis<as_csv, upload<parts::one_column>>,
                           failed::too_many_columns<parts::one_column, order, 2, 1>>);

// What a stage says of itself comes before what a destination says of it.
static_assert(std::same_as<diagnosis<encode<int>, to_files>, failed::not_a_format<int>>);
static_assert(std::same_as<diagnosis<as_csv, to_files, compress<gzip<10>>>,
                           failed::gzip_level_out_of_range<10, 1, 9>>);
static_assert(!diagnosis<as_csv, to_files, batch<max_rows<1>, max_rows<2>>>::ok);

// Limits of a batch against those of the destination: compressed bodies are not judged by their
// size before compression, and what is not limited is cut to fit at run time.
using small = upload<parts::small_requests>;
static_assert(
    std::same_as<diagnosis<as_csv, small, batch<max_rows<50'000>, max_bytes<1_MiB>>>, passed>);
static_assert(
    std::same_as<diagnosis<as_csv, small, batch<max_rows<50'001>, max_bytes<1_MiB>>>,
                 failed::batch_rows_over_destination_limit<parts::small_requests, 50'001, 50'000>>);
static_assert(
    std::same_as<diagnosis<as_csv, small, compress<gzip<1>>, batch<max_bytes<64_MiB>>>, passed>);
static_assert(!diagnosis<as_csv, small, batch<max_bytes<64_MiB>>>::ok);
static_assert(!diagnosis<as_csv, small, compress<gzip<1>>, batch<target_file_bytes<64_MiB>>>::ok);
static_assert(std::same_as<diagnosis<as_csv, small, batch<max_rows<dynamic>>>, passed>);

// A record without a schema is named before anything else.
static_assert(
    std::same_as<diagnosis_of<int, as_csv, to_files, double>, failed::record_has_no_schema<int>>);

static_assert(std::is_nothrow_move_constructible_v<loader<order, as_csv, to_files>>);
static_assert(!std::is_copy_constructible_v<loader<order, as_csv, to_files>>);

}  // namespace

// The members are defined out of class, so a program may instantiate a loader in one unit.
template class sluice::
    loader<parts::order, sluice::encode<sluice::csv<>>, sluice::upload<sluice::file>>;
