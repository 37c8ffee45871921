#ifndef SLUICE_TRANSPORT_WIRE_HPP
#define SLUICE_TRANSPORT_WIRE_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::inline v0 {

/// What the receiver of bytes wants next.
enum class flow : std::uint8_t {
  go,     ///< more
  pause,  ///< nothing was taken; offer the same again after `wire::resume`
  stop    ///< the exchange is over: end it
};

/// What a source of bytes gave.
struct upload_piece {
  enum class kind : std::uint8_t { bytes, later, end };
  kind what = kind::end;  ///< later: ask again after `wire::resume`
  std::size_t size = 0;   ///< bytes written, for kind::bytes
};

/// One request and its reply under way, as a wire sees it. The transport implements it; a wire
/// calls it, on the transport thread and only from within `wire::run`, `start` or `resume`.
/// Calls never re-enter the wire.
class exchange {
 public:
  [[nodiscard]] virtual request const& message() const noexcept = 0;

  /// Whether the body comes from `read` over time (no Content-Length) and not from `message()`.
  [[nodiscard]] virtual bool streams_body() const noexcept { return false; }

  /// The next bytes of a streamed body.
  [[nodiscard]] virtual upload_piece read(std::span<char> into) = 0;

  /// A connection is there and the request is about to be sent.
  virtual void connected() = 0;

  /// Bytes went in either direction; the idle limit counts from here.
  virtual void progress() noexcept = 0;

  /// Status line and headers of the final reply.
  virtual void head(int status, std::vector<header> headers) = 0;

  /// Body bytes, decoded.
  [[nodiscard]] virtual flow body(std::string_view bytes) = 0;

  /// Headers behind the body; called only if there are any.
  virtual void trailers(std::vector<header> fields) = 0;

  /// The last call: the reply is complete, or why it is not.
  virtual void done(result<request_metrics> outcome) = 0;

 protected:
  ~exchange() = default;
};

/// What carries requests: libcurl, or a script in tests. All calls but `wake` come from the
/// transport thread.
class wire {
 public:
  virtual ~wire() = default;

  /// Begins an exchange; `done` is called exactly once unless it is cancelled, never from here.
  virtual void start(exchange& e) = 0;

  /// Forgets an exchange that was started and is not done; nothing is called on it any more.
  virtual void cancel(exchange& e) noexcept = 0;

  /// A paused direction of the exchange can go on.
  virtual void resume(exchange& e) = 0;

  /// Waits until there is something to do, `wake` is called or `wait` is over, then does it.
  /// Returns whether anything was reported.
  virtual bool run(std::chrono::milliseconds wait) = 0;

  /// From here on at least `per_host` connections may be open at once per host.
  virtual void allow_connections(std::size_t per_host) { static_cast<void>(per_host); }

  /// Ends `run`'s wait, or the next one. Any thread.
  virtual void wake() noexcept = 0;

  /// When this wire wants to run next, by the transport's clock; nothing: only when bytes arrive.
  [[nodiscard]] virtual std::optional<steady_time> due() const noexcept { return std::nullopt; }

  /// Whether something may arrive from outside the program.
  [[nodiscard]] virtual bool busy() const noexcept = 0;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_WIRE_HPP
