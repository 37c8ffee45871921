#ifndef SLUICE_SANDBOX_DETAIL_HTTP_HPP
#define SLUICE_SANDBOX_DETAIL_HTTP_HPP

#include <sluice/config.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox::detail {

using name_values = std::vector<std::pair<std::string, std::string>>;

/// One request as received. Header names are in lower case, values as sent.
struct http_request {
  bool secure = false;
  bool http2 = false;
  std::string method;
  std::string target;  ///< undecoded
  std::string path;    ///< undecoded, without the query string
  name_values query;   ///< decoded, in order
  name_values headers;
  std::string body;  ///< without transfer coding; content coding untouched

  std::string_view header(std::string_view lower_case_name) const;
  bool has_header(std::string_view lower_case_name) const;
  std::string_view parameter(std::string_view name) const;
  bool has_parameter(std::string_view name) const;
};

/// Why a stream of HTTP/2 is reset (RFC 9113, section 7).
enum class stream_error : std::uint32_t {
  internal = 2,
  refused = 7  ///< nothing of the request was done
};

/// How a reply leaves the server when a fault is at work.
struct transmission {
  bool drop = false;                            ///< reset without a byte
  bool close = false;                           ///< orderly end of the connection without a byte
  bool half_status_line = false;                ///< end of the connection inside the status line
  bool hang = false;                            ///< never reply, close when the client gives up
  std::optional<std::uint64_t> truncate_after;  ///< body bytes sent before closing
  bool reset_at_cut = false;                    ///< `truncate_after` ends with a reset
  std::optional<std::uint64_t> stream_bytes;    ///< replaces the body by this many bytes of junk
  std::optional<std::uint64_t> bytes_per_second;
  std::optional<std::chrono::milliseconds> pause_after_head;
  std::int64_t length_error = 0;             ///< Content-Length announces this many bytes too many
  bool chunked = false;                      ///< the body goes out in chunks, its length unsaid
  std::optional<stream_error> reset_stream;  ///< HTTP/2: RST_STREAM in place of a reply
  bool go_away = false;  ///< HTTP/2: GOAWAY that takes back this stream and those behind it
};

struct http_response {
  int status = 200;
  name_values headers;
  std::string body;
  std::shared_ptr<std::string const> shared_body;  ///< used instead of `body` where set
  transmission send;
  std::string code;  ///< for the request log

  std::string_view content() const { return shared_body ? *shared_body : std::string_view{body}; }
};

/// What to do with a request of which only the head has arrived.
struct head_verdict {
  std::optional<http_response> reply;             ///< answered without reading the body
  std::optional<std::uint64_t> reset_after;       ///< body bytes read before the connection resets
  std::optional<std::uint64_t> bytes_per_second;  ///< the body is read no faster
  std::vector<std::string> faults;                ///< what made it so
};

/// The connection that a handler answers on.
class connection {
 public:
  virtual ~connection() = default;
  /// Waits; ends early and answers false if the peer has left or the server stops.
  virtual bool wait(std::chrono::milliseconds time) = 0;
  /// From 1 in order of acceptance, over all servers of the process.
  virtual std::uint64_t number() const = 0;
};

/// Called from one thread per connection, several at once.
class http_handler {
 public:
  virtual ~http_handler() = default;
  virtual head_verdict on_head(http_request const& head) = 0;
  virtual http_response on_request(http_request& request, connection& peer) = 0;
  /// The body did not arrive as a whole.
  virtual void on_broken(http_request const& head, head_verdict const& verdict) = 0;
  /// The reply to what is no request (400) or too long a body (413).
  virtual http_response unreadable(int status, std::string_view why);

  /// How many streams a connection of HTTP/2 that begins may have open at once.
  virtual std::uint32_t most_streams() { return 100; }
};

std::string_view reason_phrase(int status) noexcept;

http_response json_response(int status, std::string body);

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_HTTP_HPP
