#ifndef SLUICE_TRANSPORT_MESSAGE_HPP
#define SLUICE_TRANSPORT_MESSAGE_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0 {

class request_observer;

enum class http_method : std::uint8_t { get, head, post, put, patch, delete_ };

/// "GET", "HEAD", ...
[[nodiscard]] SLUICE_DECL std::string_view name_of(http_method method) noexcept;

/// One header line.
struct header {
  std::string name = {};
  std::string value = {};
};

/// Whether two header names are the same: ASCII letters compare without case.
[[nodiscard]] SLUICE_DECL bool same_header_name(std::string_view a, std::string_view b) noexcept;

/// Value of the first header of that name; empty if absent.
[[nodiscard]] SLUICE_DECL std::string_view find_header(std::span<header const> headers,
                                                       std::string_view name) noexcept;

/// Time limits of one attempt. Zero means the transport's default.
struct time_limits {
  std::chrono::milliseconds connect{0};
  std::chrono::milliseconds idle{0};  ///< longest silence while bytes are expected
  std::chrono::milliseconds total{0};
};

/// An HTTP request. Redirects are never followed by the transport.
struct request {
  http_method method = http_method::get;
  std::string url = {};              ///< absolute; secrets belong into headers
  std::vector<header> headers = {};  ///< values are never logged
  chunk_list body = {};              ///< sent from where it lies, with Content-Length
  time_limits limits = {};
  std::uint64_t max_reply_bytes = 64ull << 20;  ///< a larger reply is errc::reply_too_large
  bool prefer_http2 = false;    ///< h2 by ALPN; over plain http, h2 without asking first
  bool decode_content = true;   ///< ask for gzip or zstd and undo it; false: bytes as they come
  std::string_view label = {};  ///< kind of request for metrics and logs ("login"); a constant
  std::size_t attempt = 0;      ///< which of its attempts this is, from 1; 0: not said
  request_observer* observer = nullptr;  ///< hears of the attempt; null: nobody does
};

/// What was measured of one attempt.
struct request_metrics {
  std::chrono::microseconds queued{0};     ///< waiting for a connection
  std::chrono::microseconds connected{0};  ///< name, TCP and TLS; 0 on a reused connection
  std::chrono::microseconds total{0};
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  bool reused_connection = false;
};

/// A complete HTTP reply of any status.
struct response {
  int status = 0;
  std::vector<header> headers;
  std::string body;  ///< content encodings are undone unless `decode_content` is false
  request_metrics metrics;

  /// Value of the first header of that name, compared without case; empty if absent.
  [[nodiscard]] std::string_view header_value(std::string_view name) const noexcept;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/message.ipp>
#endif

#endif  // SLUICE_TRANSPORT_MESSAGE_HPP
