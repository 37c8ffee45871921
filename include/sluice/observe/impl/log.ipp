#ifndef SLUICE_OBSERVE_IMPL_LOG_IPP
#define SLUICE_OBSERVE_IMPL_LOG_IPP

#include <sluice/observe/log.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

/// RFC 3339, UTC, milliseconds.
SLUICE_DECL std::string log_time(std::chrono::system_clock::time_point at) {
  auto const since = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch());
  auto const whole = std::chrono::floor<std::chrono::seconds>(since);
  std::time_t const t = static_cast<std::time_t>(whole.count());
  std::tm parts{};
  if (gmtime_r(&t, &parts) == nullptr) return "0000-00-00T00:00:00.000Z";
  char text[96];
  int const n = std::snprintf(text,
                              sizeof text,
                              "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                              parts.tm_year + 1900,
                              parts.tm_mon + 1,
                              parts.tm_mday,
                              parts.tm_hour,
                              parts.tm_min,
                              parts.tm_sec,
                              static_cast<int>((since - whole).count()));
  return {text, static_cast<std::size_t>(n)};
}

SLUICE_DECL void append_escaped(std::string& out, std::string_view text, bool json) {
  static constexpr char digits[] = "0123456789abcdef";
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (json && (c == '"' || c == '\\')) {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += json ? "\\u00" : "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
}

SLUICE_DECL void write_all(int file, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    ssize_t const n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace detail

struct logger::shared {
  log_sink sink;
  log_level from;
  std::mutex one_at_a_time;
};

SLUICE_DECL logger::logger(log_sink sink, log_level from) {
  if (!sink || from == log_level::off) return;
  shared_ = std::make_shared<shared>();
  shared_->sink = std::move(sink);
  shared_->from = from;
}

SLUICE_DECL bool logger::enabled(log_level level) const noexcept {
  return shared_ != nullptr && level >= shared_->from && level != log_level::off;
}

SLUICE_DECL void logger::write(log_level level,
                               std::string_view component,
                               std::string_view message) const noexcept {
  if (!enabled(level)) return;
  try {
    log_entry const entry{level, std::chrono::system_clock::now(), component, message};
    std::lock_guard const lock{shared_->one_at_a_time};
    shared_->sink(entry);
  } catch (...) {
    return;  // see the declaration: a failing log does not end a load
  }
}

SLUICE_DECL std::string to_text(log_entry const& entry) {
  std::string line = detail::log_time(entry.time);
  line += ' ';
  line += name_of(entry.level);
  line += ' ';
  line += entry.component;
  line += ": ";
  detail::append_escaped(line, entry.message, false);
  return line;
}

SLUICE_DECL std::string to_json(log_entry const& entry) {
  std::string line = "{\"time\":\"" + detail::log_time(entry.time) + "\",\"level\":\"";
  line += name_of(entry.level);
  line += "\",\"component\":\"";
  detail::append_escaped(line, entry.component, true);
  line += "\",\"message\":\"";
  detail::append_escaped(line, entry.message, true);
  line += "\"}";
  return line;
}

SLUICE_DECL log_sink log_to_stderr() {
  return [](log_entry const& entry) { detail::write_all(STDERR_FILENO, to_text(entry) + '\n'); };
}

SLUICE_DECL log_sink log_to_file(std::string const& path) {
  int const opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (opened < 0) {
    detail::write_all(STDERR_FILENO,
                      "sluice: cannot open the log file '" + path + "': " + std::strerror(errno) +
                          "; its lines are dropped\n");
    return [](log_entry const&) {};
  }
  std::shared_ptr<int const> const file{new int{opened}, [](int const* fd) {
                                          ::close(*fd);
                                          delete fd;
                                        }};
  return [file](log_entry const& entry) { detail::write_all(*file, to_json(entry) + '\n'); };
}

}  // namespace sluice::inline v0

#endif  // SLUICE_OBSERVE_IMPL_LOG_IPP
