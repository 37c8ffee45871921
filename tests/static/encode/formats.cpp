// Formats, codecs and batches: what their rules yield, and what their constants say.
#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>

#include <concepts>

namespace {

using namespace sluice;

template<class Format, class Expected>
constexpr bool yields = std::same_as<format_diagnosis<Format>, Expected>;

static_assert(yields<csv<>, passed>);
static_assert(yields<ndjson, passed>);
static_assert(yields<csv<with_header, null_marker<"NULL">, quote<'\''>, delimiter<'\t'>>, passed>);
static_assert(yields<csv<delimiter<'|'>>, passed>);
static_assert(yields<csv<delimiter<'-'>>, failed::csv_delimiter_occurs_in_values<'-'>>);
static_assert(yields<csv<delimiter<'\n'>>, failed::csv_delimiter_occurs_in_values<'\n'>>);
static_assert(yields<csv<delimiter<'\xE9'>>, failed::csv_delimiter_occurs_in_values<'\xE9'>>);
static_assert(yields<csv<quote<'\t'>>, failed::csv_quote_occurs_in_values<'\t'>>);
static_assert(yields<csv<delimiter<'\''>, quote<'\''>>, failed::csv_delimiter_equals_quote<'\''>>);
static_assert(yields<csv<null_marker<"true">>, failed::csv_null_marker_is_a_value<"true">>);
static_assert(yields<csv<null_marker<"\n">>, failed::csv_null_marker_has_special_byte<"\n">>);
// The first mistake is the one that is reported.
static_assert(yields<csv<int, delimiter<'-'>>, failed::unknown_csv_option<int>>);

constexpr format_description plain = csv<>::description;
static_assert(plain.kind == format::csv && plain.delimiter == ',' && plain.quote == '"');
static_assert(plain.null_marker.empty() && !plain.header);
constexpr format_description custom =
    csv<with_header, delimiter<'|'>, quote<'\''>, null_marker<"\\N">>::description;
static_assert(custom.delimiter == '|' && custom.quote == '\'' && custom.null_marker == "\\N");
static_assert(custom.header);
static_assert(ndjson::description.kind == format::ndjson);

static_assert(codec_diagnosis<none>::ok && codec_diagnosis<gzip<>>::ok &&
              codec_diagnosis<zstd<>>::ok);
static_assert(std::same_as<codec_diagnosis<gzip<0>>, failed::gzip_level_out_of_range<0, 1, 9>>);
static_assert(std::same_as<codec_diagnosis<zstd<-1>>, failed::zstd_level_out_of_range<-1, 1, 19>>);
static_assert(std::same_as<codec_diagnosis<csv<>>, failed::not_a_codec<csv<>>>);
static_assert(std::same_as<format_diagnosis<zstd<1>>, failed::not_a_format<zstd<1>>>);

static_assert(batch<>::diagnosis::ok);
static_assert(batch<max_age<dynamic>, max_rows<dynamic>, max_bytes<dynamic>>::diagnosis::ok);
static_assert(std::same_as<batch<max_bytes<1>, max_rows<1>, max_bytes<dynamic>>::diagnosis,
                           failed::batch_limit_given_twice<max_bytes<1>, max_bytes<dynamic>>>);
static_assert(
    std::same_as<batch<max_rows<-5>>::diagnosis, failed::batch_limit_below_one<max_rows<-5>>>);
static_assert(low_latency::diagnosis::ok && balanced::diagnosis::ok && throughput::diagnosis::ok);
// The order of policies does not matter to what they do.
static_assert(batch<max_rows<1>, max_bytes<2>>::limits() ==
              batch<max_bytes<2>, max_rows<1>>::limits());

}  // namespace
