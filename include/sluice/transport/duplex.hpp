#ifndef SLUICE_TRANSPORT_DUPLEX_HPP
#define SLUICE_TRANSPORT_DUPLEX_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/detail/one_reply.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/transport/wire.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0 {

/// Status and headers of a reply whose body is still to come.
struct reply_head {
  int status = 0;
  std::vector<header> headers;
};

/// A request whose body grows while its reply streams: what a gRPC call needs. It runs on the same
/// loop and the same connections as every other request; set `prefer_http2`, since HTTP/1.1 servers
/// answer only to a complete request.
///
///     duplex call{transport, request};
///     result<void> sent = co_await call.write(chunk{...});
///     result<reply_head> head = co_await call.head();
///     result<std::optional<std::string>> bytes = co_await call.read();   // nothing: the end
///     call.finish_writing();
///
/// One task may write while another reads. Memory: `window` bytes in each direction, beyond which
/// `write` waits and the peer is held back; a chunk is sent from where it lies.
/// Limits of the request hold, but there is no default for idle and total: a call may rest.
/// Transport thread only. Destroying it gives the call up.
class duplex final : private exchange, private detail::exchange_limits::owner {
 public:
  static constexpr std::size_t window = 256 * 1024;

  /// Sends the head of the request. `r.body` must be empty.
  duplex(transport& t, request r);
  duplex(duplex const&) = delete;
  duplex& operator=(duplex const&) = delete;
  SLUICE_DECL ~duplex();

  /// Queues bytes and ends when the queue is below `window` again. Error: the call's, if it has
  /// failed or the server has ended it.
  [[nodiscard]] task<void> write(chunk bytes);

  /// The body is complete. The reply goes on.
  void finish_writing();

  /// Waits for the head of the reply.
  [[nodiscard]] task<reply_head> head();

  /// The next bytes of the reply as they arrive; nothing at its end. An error of the connection
  /// comes after the bytes that arrived before it.
  [[nodiscard]] task<std::optional<std::string>> read();

  /// Headers behind the body, once `read` has given nothing.
  [[nodiscard]] std::vector<header> const& trailers() const noexcept { return trailers_; }

 private:
  [[nodiscard]] request const& message() const noexcept override { return request_; }

  [[nodiscard]] bool streams_body() const noexcept override { return true; }

  [[nodiscard]] SLUICE_DECL upload_piece read(std::span<char> into) override;

  void connected() override { limits_.connected(); }

  void progress() noexcept override { limits_.progress(); }

  SLUICE_DECL void head(int status, std::vector<header> headers) override;
  [[nodiscard]] SLUICE_DECL flow body(std::string_view bytes) override;

  void trailers(std::vector<header> fields) override { trailers_ = std::move(fields); }

  SLUICE_DECL void done(result<request_metrics> outcome) override;
  SLUICE_DECL void expire(std::string_view which, std::chrono::milliseconds limit) override;
  void end(std::optional<error> why);

  transport& transport_;
  request request_;
  detail::exchange_limits limits_;
  async_condition changed_;
  std::deque<chunk> outgoing_;
  std::size_t sent_of_first_ = 0;
  std::size_t outgoing_bytes_ = 0;
  bool writing_ended_ = false;
  bool upload_paused_ = false;
  std::optional<reply_head> head_;
  std::string incoming_;
  bool download_paused_ = false;
  std::vector<header> trailers_;
  bool under_way_ = false;
  std::optional<error> error_;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/duplex.ipp>
#endif

#endif  // SLUICE_TRANSPORT_DUPLEX_HPP
