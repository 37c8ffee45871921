#ifndef SLUICE_SNOWFLAKE_QUERY_OPTIONS_HPP
#define SLUICE_SNOWFLAKE_QUERY_OPTIONS_HPP

#include <sluice/config.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/snowflake/requests.hpp>
#include <sluice/units.hpp>

#include <cstdint>

namespace sluice::inline v0::snowflake {

/// How a query is run and read.
struct query_options {
  std::uint64_t prefetch_bytes = 64_MiB;  ///< rows, uncompressed, that are fetched ahead of the
                                          ///< reader; one chunk at least
  milliseconds patience{0};       ///< for the query itself, then it is cancelled; 0: without end
  parameter_map parameters = {};  ///< session parameters for the query
  logger log = {};
};

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_QUERY_OPTIONS_HPP
