#ifndef SLUICE_OBSERVE_LOG_HPP
#define SLUICE_OBSERVE_LOG_HPP

#include <sluice/config.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

/// How much a log line matters. A logger passes on lines of its level and above.
enum class log_level : std::uint8_t {
  debug,    ///< every request and decision
  info,     ///< start, end, what was created
  warning,  ///< something was retried, slowed down or refused
  error,    ///< something was given up
  off       ///< as a threshold: nothing
};

/// "debug", "info", "warning", "error", "off".
[[nodiscard]] constexpr std::string_view name_of(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
    case log_level::off:
      return "off";
  }
  return "unknown";
}

/// One log line. It never contains a secret or a value of a record. The views live as long as the
/// call of the sink.
struct log_entry {
  log_level level = log_level::info;
  std::chrono::system_clock::time_point time;
  std::string_view component;  ///< who speaks: "snowflake", "transport", ...
  std::string_view message;    ///< one sentence, without a line break at its end
};

/// Where log lines go.
using log_sink = std::function<void(log_entry const&)>;

/// Passes log lines from a level on to a sink. A copy shares sink and level.
/// Thread safety: all members, from any thread; the sink is called by one thread at a time.
class logger {
 public:
  /// Drops every line.
  logger() = default;

  /// Lines of `from` and above go to `sink`.
  explicit logger(log_sink sink, log_level from = log_level::info);

  /// Whether a line of `level` would reach the sink: ask before building a costly message.
  [[nodiscard]] bool enabled(log_level level) const noexcept;

  /// Sends one line, stamped with the system clock. What the sink throws is dropped: a log that
  /// cannot be written does not end a load.
  void write(log_level level, std::string_view component, std::string_view message) const noexcept;

  void debug(std::string_view component, std::string_view message) const noexcept {
    write(log_level::debug, component, message);
  }

  void info(std::string_view component, std::string_view message) const noexcept {
    write(log_level::info, component, message);
  }

  void warning(std::string_view component, std::string_view message) const noexcept {
    write(log_level::warning, component, message);
  }

  void error(std::string_view component, std::string_view message) const noexcept {
    write(log_level::error, component, message);
  }

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

/// `2025-06-30T12:00:00.250Z warning snowflake: message`, without a line break; control characters
/// of the message are written as \xNN, so that one entry is one line.
[[nodiscard]] std::string to_text(log_entry const& entry);

/// `{"time":"2025-06-30T12:00:00.250Z","level":"warning","component":"snowflake","message":"..."}`,
/// without a line break.
[[nodiscard]] std::string to_json(log_entry const& entry);

/// A sink that writes `to_text` lines to standard error, each with one system call.
[[nodiscard]] log_sink log_to_stderr();

/// A sink that appends `to_json` lines to a file, created with mode 0600. If it cannot be opened,
/// the lines are dropped and one line on standard error says why.
[[nodiscard]] log_sink log_to_file(std::string const& path);

namespace detail {

/// Appends `text` with control characters written as \xNN, or escaped for the inside of a JSON
/// string.
SLUICE_DECL void append_escaped(std::string& out, std::string_view text, bool json);

}  // namespace detail

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/observe/impl/log.ipp>
#endif

#endif  // SLUICE_OBSERVE_LOG_HPP
