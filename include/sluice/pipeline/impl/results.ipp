#ifndef SLUICE_PIPELINE_IMPL_RESULTS_IPP
#define SLUICE_PIPELINE_IMPL_RESULTS_IPP

#include <sluice/ledger/detail/file.hpp>
#include <sluice/observe/format.hpp>
#include <sluice/pipeline/results.hpp>

#include <span>
#include <string>
#include <utility>

namespace sluice::inline v0 {

SLUICE_DECL result<void> append_results(std::string const& path,
                                        load_stats const& total,
                                        std::span<observe::label const> labels) {
  auto file = detail::append_file::open(path);
  if (!file) return std::move(file).error();
  return file->append(observe::stats_json(total, labels) + '\n');
}

}  // namespace sluice::inline v0

#endif  // SLUICE_PIPELINE_IMPL_RESULTS_IPP
