#ifndef SLUICE_SNOWFLAKE_RETENTION_HPP
#define SLUICE_SNOWFLAKE_RETENTION_HPP

#include <sluice/config.hpp>
#include <sluice/snowflake/protocol.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowflake {

/// The runs whose files in a stage may go: every file of the run is older than `retention`.
/// `listing` is the result of LIST over the directory that holds the runs; a directory with a file
/// that is not named like ours, or of unknown age, is left alone, and so is `own_run`.
/// Source: "LIST", output columns name and last_modified; read 2026.
[[nodiscard]] SLUICE_DECL std::vector<std::string> expired_runs(
    result_table const& listing,
    std::chrono::system_clock::time_point now,
    std::chrono::seconds retention,
    std::string_view own_run);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/retention.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_RETENTION_HPP
