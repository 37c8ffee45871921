#ifndef SLUICE_TRANSPORT_DETAIL_CURL_TRANSFER_HPP
#define SLUICE_TRANSPORT_DETAIL_CURL_TRANSFER_HPP

// Included by bodies only: it needs <curl/curl.h>.

#include <sluice/config.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/wire.hpp>

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

struct tls_options;
struct transport_options;

namespace detail {

struct curl_failure;

/// Whether the libcurl that is linked is older than e.g. 0x080100.
[[nodiscard]] inline bool libcurl_before(unsigned version) noexcept {
  static unsigned const linked = curl_version_info(CURLVERSION_NOW)->version_num;
  return linked < version;
}

/// One easy handle, reused from exchange to exchange.
class curl_transfer {
 public:
  /// Sets `reported` whenever an exchange hears of something.
  explicit curl_transfer(bool& reported) : easy_{curl_easy_init()}, reported_{reported} {}

  curl_transfer(curl_transfer const&) = delete;
  curl_transfer& operator=(curl_transfer const&) = delete;

  ~curl_transfer() {
    curl_slist_free_all(headers_);
    curl_easy_cleanup(easy_);
  }

  [[nodiscard]] CURL* easy() const noexcept { return easy_; }

  [[nodiscard]] exchange& target() const noexcept { return *exchange_; }

  [[nodiscard]] static curl_transfer& of(CURL* easy) noexcept {
    void* self = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
    return *static_cast<curl_transfer*>(self);
  }

  using clock = std::chrono::steady_clock;

  /// Sets the handle up for `e`, which was started at `since`. `options` must outlive the exchange.
  /// `http2`: nothing is sent over a connection that has not agreed on it.
  void prepare(exchange& e, transport_options const& options, clock::time_point since, bool http2);

  /// Nothing was sent, because the server did not agree on HTTP/2.
  [[nodiscard]] bool needs_http1() const noexcept { return needs_http1_; }

  /// Forgets the exchange; keeps the handle.
  void reset() noexcept;

  /// What the exchange hears in the end.
  [[nodiscard]] result<request_metrics> outcome(CURLcode code, transport_options const& options);

 private:
  void set_body();
  void set_headers();
  void set_security(tls_options const& tls);
  [[nodiscard]] bool speaks_http1() const;
  void blame_proxy(std::string const& setting, curl_failure& failure) const;
  void on_header_line(std::string_view line);
  [[nodiscard]] request_metrics metrics() const;
  [[nodiscard]] std::size_t read_chunks(std::span<char> into);
  [[nodiscard]] bool seek(std::uint64_t offset);

  static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_write(char* bytes, std::size_t size, std::size_t count, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up);
  static int on_request(void* self, char*, char*, int, int);
  static int on_resolve(void*, void*, void* self);
  static int on_socket(void* self, curl_socket_t, curlsocktype);

  CURL* easy_;
  bool& reported_;
  curl_slist* headers_ = nullptr;
  exchange* exchange_ = nullptr;
  bool http2_ = false;
  bool needs_http1_ = false;
  std::array<char, CURL_ERROR_SIZE> words_{};

  // Where the read callback stands in the body.
  std::size_t chunk_ = 0;
  std::size_t offset_ = 0;
  std::uint64_t streamed_ = 0;

  // The reply's head as it comes in.
  int status_ = 0;
  std::size_t header_bytes_ = 0;
  std::vector<header> fields_;
  bool head_done_ = false;
  bool headers_too_large_ = false;

  clock::time_point started_;
  std::optional<clock::time_point> connecting_;
  std::optional<clock::time_point> connected_;
  curl_off_t moved_ = 0;
};

}  // namespace detail
}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/curl_transfer.ipp>
#endif

#endif  // SLUICE_TRANSPORT_DETAIL_CURL_TRANSFER_HPP
