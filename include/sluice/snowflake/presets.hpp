#ifndef SLUICE_SNOWFLAKE_PRESETS_HPP
#define SLUICE_SNOWFLAKE_PRESETS_HPP

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/config.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/snowflake/bulk.hpp>

namespace sluice::inline v0::snowflake {

/// Destination: `bulk`, set up for 100,000 rows a second and more, in one name:
///
///     sluice::loader<order, sluice::upload<sluice::snowflake::bulk_throughput<>>> load{net,
///     config};
///
/// | what | value | otherwise |
/// |---|---|---|
/// | batch | `throughput` | name a stage `batch` |
/// | encode | `csv<>` | name a stage `encode` |
/// | compress | `zstd<1>` | name a stage `compress`: `balanced_gzip` for readers without zstd |
/// | `pool_size`, `parallel_uploads`, `async_copy` | those of `for_throughput` | use `bulk` |
///
/// `Options`: those of `bulk`, as are its errors and its thread safety. `bench/load/presets.cpp`
/// measures the batches.
template<class... Options>
struct bulk_throughput : bulk<Options...> {
  using default_batch = throughput;
  using default_encode = encode<csv<>>;
  using default_compress = compress<zstd<1>>;

  class session : public bulk<Options...>::session {
   public:
    session(environment const& env, bulk_config const& c)
        : bulk<Options...>::session{env, for_throughput(c)} {}
  };
};

static_assert(destination<bulk_throughput<>>);
static_assert(recoverable_session<bulk_throughput<>::session>);

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_PRESETS_HPP
