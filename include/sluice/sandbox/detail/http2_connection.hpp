#ifndef SLUICE_SANDBOX_DETAIL_HTTP2_CONNECTION_HPP
#define SLUICE_SANDBOX_DETAIL_HTTP2_CONNECTION_HPP

#include <sluice/sandbox/detail/byte_stream.hpp>
#include <sluice/sandbox/detail/http.hpp>

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::inline v0::sandbox::detail::http2_impl {

using http_impl::byte_stream;
using http_impl::error_code;

/// One stream: a request, and the reply of which its own thread says how it goes out.
struct exchange {
  http_request request;
  head_verdict verdict;
  bool whole = false;   ///< the request has arrived, or is answered without its body
  bool closed = false;  ///< nghttp2 has forgotten the stream

  // Guarded by the connection.
  std::string out;     ///< bytes of the reply's body that wait for the peer's window
  bool ended = false;  ///< behind `out` comes nothing
  bool gone = false;   ///< nobody reads the reply any more

  std::atomic<bool> answered{false};
  std::thread thread;
};

class http2_connection {
 public:
  http2_connection(byte_stream& stream,
                   http_handler& handler,
                   std::uint64_t max_body,
                   std::uint64_t number);
  ~http2_connection();
  http2_connection(http2_connection const&) = delete;
  http2_connection& operator=(http2_connection const&) = delete;

  void serve();

  std::uint64_t number() const noexcept { return number_; }

  /// Waits; false as soon as nobody reads the reply any more. For the threads that answer.
  bool wait(exchange const& x, std::chrono::milliseconds time);

 private:
  // Callbacks of nghttp2, in the serving thread.
  int on_begin(std::int32_t id);
  int on_field(std::int32_t id, std::string_view name, std::string_view value);
  int on_frame(nghttp2_frame const& frame);
  int on_data(std::int32_t id, std::string_view bytes);
  int on_close(std::int32_t id);
  ssize_t on_send(std::int32_t id, std::uint8_t* to, std::size_t room, std::uint32_t* flags);

  exchange* find(std::int32_t id);
  void on_head(std::int32_t id, exchange& x);
  void start_answer(std::int32_t id, exchange& x, std::optional<http_response> reply);

  // In the thread that answers.
  void transmit(std::int32_t id, exchange& x, http_response const& reply);
  void submit_head(std::int32_t id, http_response const& reply, bool has_body);
  void write(std::int32_t id, exchange& x, std::string_view bytes, bool last);
  void post(std::function<void()> action);

  void run_posted();
  void flush();
  void read(error_code& error);
  void join_answered();

  byte_stream& stream_;
  http_handler& handler_;
  std::uint64_t max_body_;
  std::uint64_t number_;
  int wake_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, std::unique_ptr<exchange>> exchanges_;
  bool ending_ = false;
  std::int32_t taken_back_ = 0;  ///< the first stream that a GOAWAY has taken back

  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> posted_;
};

class stream_peer final : public connection {
 public:
  stream_peer(http2_connection& on, exchange const& x) : on_(on), exchange_(x) {}

  bool wait(std::chrono::milliseconds time) override { return on_.wait(exchange_, time); }

  std::uint64_t number() const override { return on_.number(); }

 private:
  http2_connection& on_;
  exchange const& exchange_;
};

}  // namespace sluice::inline v0::sandbox::detail::http2_impl

#endif  // SLUICE_SANDBOX_DETAIL_HTTP2_CONNECTION_HPP
