#ifndef SLUICE_OBSERVE_PROGRESS_HPP
#define SLUICE_OBSERVE_PROGRESS_HPP

#include <sluice/config.hpp>
#include <sluice/observe/metrics.hpp>

namespace sluice::inline v0 {

/// How far a source is. The source writes, any thread reads.
struct progress_feed {
  gauge bytes_read;     ///< of the input as stored, so compressed if it is
  gauge bytes_total;    ///< 0: not known
  gauge records_read;   ///< bad records included
  gauge records_total;  ///< 0: not known
};

}  // namespace sluice::inline v0

#endif  // SLUICE_OBSERVE_PROGRESS_HPP
