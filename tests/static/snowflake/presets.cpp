#include <sluice/compress/compress.hpp>
#include <sluice/destination/upload.hpp>
#include <sluice/pipeline/plan.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowflake/presets.hpp>

#include <concepts>
#include <cstdint>

using namespace sluice;

namespace {

struct order {
  std::int64_t id;
};

}  // namespace

template<>
struct sluice::schema<order> : sluice::columns<order, sluice::column<"ID", &order::id>> {};

namespace {

using preset = snowflake::bulk_throughput<>;
using planned = plan<order, upload<preset>>;
constexpr batch_limits batched = planned::batch_stage::limits(batch_limits{});

static_assert(std::same_as<typename planned::diagnosis, passed>);
static_assert(batched.max_rows == 200'000);
static_assert(batched.target_file_bytes == 100'000'000);
static_assert(std::same_as<planned::encode_stage::format_type, csv<>>);
static_assert(std::same_as<planned::compress_stage::codec_type, zstd<1>>);

// A stage that is named wins.
using for_gzip = plan<order, compress<balanced_gzip>, upload<preset>>;
static_assert(for_gzip::compress_stage::codec_type::kind == codec::gzip);
static_assert(for_gzip::compress_stage::codec_type::level == 6);

}  // namespace
