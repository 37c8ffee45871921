#ifndef SLUICE_OBSERVE_LIVE_DISPLAY_HPP
#define SLUICE_OBSERVE_LIVE_DISPLAY_HPP

#include <sluice/config.hpp>
#include <sluice/observe/progress.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/units.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace sluice::inline v0::observe {

struct live_options {
  int file = 2;                       ///< where to write; 2 is standard error
  milliseconds refresh{250};          ///< time between two pictures, 20 ms at least
  std::optional<bool> terminal = {};  ///< whether `file` is a terminal; by default it is asked
};

/// Shows a load under way: on a terminal a few lines that are rewritten in place, anywhere else
/// nothing until `finish` writes one last line.
///
///     sluice::observe::live_display live{[&] { return load.stats(); }, source.progress()};
///     load.push(source);
///     load.finish();
///     live.finish();
///
/// A thread of its own reads the figures, so they must outlive the display. Nothing else should
/// write to the terminal meanwhile. Thread safety: one owner.
class live_display {
 public:
  /// `read` is called from another thread.
  explicit live_display(std::function<load_stats()> read,
                        std::shared_ptr<progress_feed const> source = nullptr,
                        live_options options = {});

  /// Stops and wipes the lines from the terminal.
  ~live_display();

  /// Stops, wipes the lines and writes the last progress line. Later calls do nothing.
  void finish();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0::observe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/observe/impl/live_display.ipp>
#endif

#endif  // SLUICE_OBSERVE_LIVE_DISPLAY_HPP
