#ifndef SLUICE_LEDGER_DURABLE_HPP
#define SLUICE_LEDGER_DURABLE_HPP

#include <sluice/config.hpp>

#include <functional>
#include <string_view>

namespace sluice::inline v0 {

class journal;

/// Policy of a loader: `durable<journal>` lets a restart continue without loss or doubling. The
/// source must be able to start again at a position (`loader::resume_position`), and only one
/// producer may push.
template<class Strength>
struct durable;

template<>
struct durable<journal> {};

/// Called with the name of a step before and after its line is written to the journal ("before
/// plan", "after plan", ...): where tests end the process.
using journal_hook = std::function<void(std::string_view)>;

}  // namespace sluice::inline v0

#endif  // SLUICE_LEDGER_DURABLE_HPP
