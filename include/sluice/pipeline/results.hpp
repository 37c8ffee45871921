#ifndef SLUICE_PIPELINE_RESULTS_HPP
#define SLUICE_PIPELINE_RESULTS_HPP

#include <sluice/config.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/result.hpp>

#include <span>
#include <string>

namespace sluice::inline v0 {

/// Appends the figures of a load to a results file: `observe::stats_json`, one line. A file of many
/// loads compares presets, codecs and machines:
///
///     sluice::observe::label const labels[] = {{"table", "ORDERS"}, {"codec", "zstd"}};
///     sluice::append_results("loads.ndjson", load.stats(), labels);
///
/// The file has mode 0600 and is created if it is not there.
/// Errors: errc::io, which names the file.
result<void> append_results(std::string const& path,
                            load_stats const& total,
                            std::span<observe::label const> labels = {});

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/results.ipp>
#endif

#endif  // SLUICE_PIPELINE_RESULTS_HPP
