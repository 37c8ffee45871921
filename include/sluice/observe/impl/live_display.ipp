#ifndef SLUICE_OBSERVE_IMPL_LIVE_DISPLAY_IPP
#define SLUICE_OBSERVE_IMPL_LIVE_DISPLAY_IPP

#include <sluice/observe/format.hpp>
#include <sluice/observe/impl/log.ipp>
#include <sluice/observe/live_display.hpp>
#include <sluice/observe/log.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace sluice::inline v0::observe {

struct live_display::state {
  std::function<load_stats()> read;
  std::shared_ptr<progress_feed const> source;
  live_options options;
  bool terminal = false;

  std::mutex guard;
  std::condition_variable wake;
  bool stopping = false;
  std::size_t lines_shown = 0;
  std::thread painter;

  [[nodiscard]] progress where() const { return source ? snapshot(*source) : progress{}; }

  [[nodiscard]] std::size_t width() const {
    ::winsize size{};
    if (::ioctl(options.file, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
  }

  /// Moves to the first shown line and erases from there to the end of the screen.
  [[nodiscard]] std::string wipe() {
    std::size_t const shown = std::exchange(lines_shown, 0);
    if (shown == 0) return {};
    std::string codes = "\r";
    if (shown > 1) codes += "\x1b[" + std::to_string(shown - 1) + "A";
    return codes + "\x1b[J";
  }

  void paint(load_stats const& before, load_stats const& now) {
    // One column stays free: terminals wrap when the last one is written.
    std::size_t const columns = width() - 1;
    std::string const picture = wrap_fields(progress_line(now, where()), columns) + '\n' +
                                wrap_fields(live_line(before, now), columns);
    std::string const erase = wipe();
    lines_shown = 1 + static_cast<std::size_t>(std::count(picture.begin(), picture.end(), '\n'));
    sluice::detail::write_all(options.file, erase + picture);
  }

  void run() {
    // Rates over one second at least, or they jump from picture to picture.
    load_stats before = read();
    load_stats recent = before;
    std::unique_lock lock{guard};
    while (!wake.wait_for(lock, options.refresh, [this] { return stopping; })) {
      load_stats const now = read();
      paint(before, now);
      if (now.elapsed - recent.elapsed < std::chrono::seconds{1}) continue;
      before = recent;
      recent = now;
    }
  }

  void stop() {
    {
      std::lock_guard const lock{guard};
      stopping = true;
    }
    wake.notify_all();
    if (painter.joinable()) painter.join();
    if (std::string const codes = wipe(); !codes.empty())
      sluice::detail::write_all(options.file, codes);
  }
};

SLUICE_DECL live_display::live_display(std::function<load_stats()> read,
                                       std::shared_ptr<progress_feed const> source,
                                       live_options options)
    : state_{std::make_unique<state>()} {
  state& s = *state_;
  s.read = std::move(read);
  s.source = std::move(source);
  s.options = options;
  s.options.refresh = std::max(options.refresh, milliseconds{20});
  s.terminal = options.terminal.value_or(::isatty(options.file) == 1);
  if (s.terminal) s.painter = std::thread{[&s] { s.run(); }};
}

SLUICE_DECL live_display::~live_display() {
  if (state_) state_->stop();
}

SLUICE_DECL void live_display::finish() {
  if (!state_) return;
  state_->stop();
  std::string const last = progress_line(state_->read(), state_->where());
  sluice::detail::write_all(state_->options.file, last + '\n');
  state_.reset();
}

}  // namespace sluice::inline v0::observe

#endif  // SLUICE_OBSERVE_IMPL_LIVE_DISPLAY_IPP
