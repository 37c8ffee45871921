#ifndef SLUICE_OBSERVE_PROMETHEUS_HPP
#define SLUICE_OBSERVE_PROMETHEUS_HPP

#include <sluice/config.hpp>
#include <sluice/observe/stats.hpp>

#include <span>
#include <string>

namespace sluice::inline v0::observe {

/// The figures of a load in Prometheus' text format 0.0.4, every name starting with `sluice_`:
/// counters end in `_total`, times are seconds, sizes bytes. Serve it as
/// `text/plain; version=0.0.4`, or write it to a file for the node exporter's textfile collector.
/// Source: Prometheus documentation, "Exposition formats", text-based format.
[[nodiscard]] std::string prometheus_text(load_stats const& now,
                                          std::span<label const> labels = {});

}  // namespace sluice::inline v0::observe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/observe/impl/prometheus.ipp>
#endif

#endif  // SLUICE_OBSERVE_PROMETHEUS_HPP
