#ifndef SLUICE_SANDBOX_IMPL_HTTP2_IPP
#define SLUICE_SANDBOX_IMPL_HTTP2_IPP

#include <sluice/sandbox/detail/http2.hpp>
#include <sluice/sandbox/detail/http2_connection.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <boost/asio/error.hpp>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

namespace sluice::inline v0::sandbox::detail {

namespace http2_impl {

inline http2_connection& of(void* self) {
  return *static_cast<http2_connection*>(self);
}

inline std::string_view text(std::uint8_t const* data, std::size_t size) {
  return {reinterpret_cast<char const*>(data), size};
}

inline nghttp2_nv field(std::string const& name, std::string const& value) {
  auto const bytes = [](std::string const& s) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(s.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

inline http2_connection::http2_connection(byte_stream& stream,
                                          http_handler& handler,
                                          std::uint64_t max_body,
                                          std::uint64_t number)
    : stream_(stream),
      handler_(handler),
      max_body_(max_body),
      number_(number),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::runtime_error("no eventfd for a connection of HTTP/2");
  nghttp2_session_callbacks* calls = nullptr;
  nghttp2_session_callbacks_new(&calls);
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      calls, [](nghttp2_session*, nghttp2_frame const* frame, void* self) {
        return frame->headers.cat == NGHTTP2_HCAT_REQUEST ? of(self).on_begin(frame->hd.stream_id)
                                                          : 0;
      });
  nghttp2_session_callbacks_set_on_header_callback(
      calls,
      [](nghttp2_session*,
         nghttp2_frame const* frame,
         std::uint8_t const* name,
         std::size_t name_size,
         std::uint8_t const* value,
         std::size_t value_size,
         std::uint8_t,
         void* self) {
        return of(self).on_field(
            frame->hd.stream_id, text(name, name_size), text(value, value_size));
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      calls, [](nghttp2_session*, nghttp2_frame const* frame, void* self) {
        return of(self).on_frame(*frame);
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      calls,
      [](nghttp2_session*,
         std::uint8_t,
         std::int32_t id,
         std::uint8_t const* data,
         std::size_t size,
         void* self) { return of(self).on_data(id, text(data, size)); });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      calls, [](nghttp2_session*, std::int32_t id, std::uint32_t, void* self) {
        return of(self).on_close(id);
      });
  nghttp2_session_server_new(&session_, calls, this);
  nghttp2_session_callbacks_del(calls);
  constexpr std::uint32_t window = 1u << 20;
  std::array<nghttp2_settings_entry, 2> const settings{
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, handler_.most_streams()},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 16 * window);
}

inline http2_connection::~http2_connection() {
  {
    std::lock_guard const lock(guard_);
    for (auto& [id, x] : exchanges_) x->gone = true;
  }
  changed_.notify_all();
  for (auto& [id, x] : exchanges_) {
    if (x->thread.joinable()) x->thread.join();
    if (!x->whole) handler_.on_broken(x->request, x->verdict);
  }
  nghttp2_session_del(session_);
  ::close(wake_);
}

inline void http2_connection::serve() {
  error_code error;
  while (!ending_ && !error) {
    run_posted();
    flush();
    join_answered();
    if (ending_) break;
    if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) {
      stream_.end_in_order();  // streams that a GOAWAY has taken back may still be arriving
      break;
    }
    std::array<pollfd, 2> watched{{{stream_.descriptor(), POLLIN, 0}, {wake_, POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) break;
    if (watched[1].revents != 0) {
      std::uint64_t count = 0;
      if (::read(wake_, &count, sizeof(count)) < 0) continue;
    }
    if (watched[0].revents != 0) read(error);
  }
}

inline void http2_connection::read(error_code& error) {
  std::array<std::uint8_t, std::size_t{1} << 16> block;
  while (!ending_) {
    std::size_t const got =
        stream_.read_arrived(reinterpret_cast<char*>(block.data()), block.size(), error);
    if (error == boost::asio::error::would_block) {
      error = {};
      return;
    }
    if (error) return;
    if (nghttp2_session_mem_recv(session_, block.data(), got) < 0) ending_ = true;
    flush();
  }
}

inline void http2_connection::flush() {
  error_code error;
  std::uint8_t const* bytes = nullptr;
  for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
    stream_.write(text(bytes, static_cast<std::size_t>(size)), error);
    if (error) {
      ending_ = true;
      return;
    }
  }
}

inline void http2_connection::join_answered() {
  std::erase_if(exchanges_, [](auto const& entry) {
    exchange& x = *entry.second;
    if (!x.closed || (x.thread.joinable() && !x.answered)) return false;
    if (x.thread.joinable()) x.thread.join();
    return true;
  });
}

inline void http2_connection::post(std::function<void()> action) {
  {
    std::lock_guard const lock(guard_);
    posted_.push_back(std::move(action));
  }
  std::uint64_t const one = 1;
  static_cast<void>(!::write(wake_, &one, sizeof(one)));  // full: it is awake anyhow
}

inline void http2_connection::run_posted() {
  std::vector<std::function<void()>> now;
  {
    std::lock_guard const lock(guard_);
    now.swap(posted_);
  }
  for (auto const& action : now) action();
}

inline bool http2_connection::wait(exchange const& x, std::chrono::milliseconds time) {
  std::unique_lock lock(guard_);
  return !changed_.wait_for(lock, time, [&] { return x.gone; });
}

inline exchange* http2_connection::find(std::int32_t id) {
  auto const at = exchanges_.find(id);
  return at == exchanges_.end() || at->second->closed ? nullptr : at->second.get();
}

inline int http2_connection::on_begin(std::int32_t id) {
  if (ending_ || (taken_back_ != 0 && id >= taken_back_)) return 0;
  auto& x = *exchanges_.emplace(id, std::make_unique<exchange>()).first->second;
  x.request.secure = true;
  x.request.http2 = true;
  return 0;
}

inline int http2_connection::on_field(std::int32_t id,
                                      std::string_view name,
                                      std::string_view value) {
  exchange* const x = find(id);
  if (x == nullptr || x->whole) return 0;
  http_request& r = x->request;
  if (name == ":method") {
    r.method = value;
  } else if (name == ":path") {
    r.target = value;
    auto const question = r.target.find('?');
    r.path = r.target.substr(0, question);
    if (question != std::string::npos)
      r.query = parse_query(std::string_view(r.target).substr(question + 1));
  } else if (name == ":authority") {
    r.headers.emplace_back("host", value);
  } else if (!name.starts_with(':')) {
    r.headers.emplace_back(name, value);
  }
  return 0;
}

inline int http2_connection::on_frame(nghttp2_frame const& frame) {
  exchange* const x = find(frame.hd.stream_id);
  if (x == nullptr || ending_) return 0;
  bool const end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST)
    on_head(frame.hd.stream_id, *x);
  bool const has_data = frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS;
  if (has_data && end && !x->whole) start_answer(frame.hd.stream_id, *x, std::nullopt);
  return 0;
}

inline void http2_connection::on_head(std::int32_t id, exchange& x) {
  x.verdict = handler_.on_head(x.request);
  if (!x.verdict.reply) return;
  auto& reply = *x.verdict.reply;
  bool const unheard = reply.send.drop || reply.send.go_away || reply.send.reset_stream;
  if (unheard) handler_.on_broken(x.request, x.verdict);
  if (reply.send.go_away) {
    // At once: nothing of this stream and of those behind it may be done from here on.
    x.whole = true;
    taken_back_ = id;
    constexpr std::int32_t step = 2;
    nghttp2_submit_goaway(
        session_, NGHTTP2_FLAG_NONE, std::max(id - step, 0), NGHTTP2_NO_ERROR, nullptr, 0);
    return;
  }
  start_answer(id, x, std::move(reply));
}

inline int http2_connection::on_data(std::int32_t id, std::string_view bytes) {
  exchange* const x = find(id);
  if (x == nullptr || x->whole) return 0;
  if (x->request.body.size() + bytes.size() > max_body_) {
    handler_.on_broken(x->request, x->verdict);
    start_answer(id, *x, handler_.unreadable(413, "request body too large"));
    return 0;
  }
  x->request.body += bytes;
  if (x->verdict.reset_after && x->request.body.size() >= *x->verdict.reset_after) {
    stream_.reset();
    ending_ = true;
    return 0;
  }
  if (x->verdict.bytes_per_second && *x->verdict.bytes_per_second > 0)
    wait(*x, std::chrono::milliseconds(bytes.size() * 1000 / *x->verdict.bytes_per_second));
  return 0;
}

inline int http2_connection::on_close(std::int32_t id) {
  exchange* const x = find(id);
  if (x == nullptr) return 0;
  x->closed = true;
  if (!x->whole) {
    x->whole = true;
    handler_.on_broken(x->request, x->verdict);
  }
  {
    std::lock_guard const lock(guard_);
    x->gone = true;
  }
  changed_.notify_all();
  return 0;
}

inline void http2_connection::start_answer(std::int32_t id,
                                           exchange& x,
                                           std::optional<http_response> reply) {
  x.whole = true;
  x.thread = std::thread([this, id, &x, early = std::move(reply)]() mutable {
    stream_peer peer(*this, x);
    transmit(id, x, early ? *std::move(early) : handler_.on_request(x.request, peer));
    x.answered = true;
    post([] {});  // to be joined
  });
}

inline void http2_connection::submit_head(std::int32_t id,
                                          http_response const& reply,
                                          bool has_body) {
  std::vector<std::pair<std::string, std::string>> fields{
      {":status", std::to_string(reply.status)}};
  bool length_given = false;
  for (auto const& [name, value] : reply.headers) {
    length_given = length_given || same_text(name, "content-length");
    fields.emplace_back(lower(name), value);
  }
  auto const length =
      static_cast<std::int64_t>(reply.send.stream_bytes.value_or(reply.content().size()));
  if (!length_given && !reply.send.chunked && reply.status != 204)
    fields.emplace_back(
        "content-length",
        std::to_string(std::max<std::int64_t>(length + reply.send.length_error, 0)));
  post([this, id, has_body, fields = std::move(fields)] {
    std::vector<nghttp2_nv> raw;
    for (auto const& [name, value] : fields) raw.push_back(field(name, value));
    nghttp2_data_provider body{};
    body.read_callback = [](nghttp2_session*,
                            std::int32_t stream,
                            std::uint8_t* to,
                            std::size_t room,
                            std::uint32_t* flags,
                            nghttp2_data_source*,
                            void* self) { return of(self).on_send(stream, to, room, flags); };
    nghttp2_submit_response(session_, id, raw.data(), raw.size(), has_body ? &body : nullptr);
  });
}

inline ssize_t http2_connection::on_send(std::int32_t id,
                                         std::uint8_t* to,
                                         std::size_t room,
                                         std::uint32_t* flags) {
  exchange* const x = find(id);
  if (x == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  std::size_t size = 0;
  {
    std::lock_guard const lock(guard_);
    size = std::min(room, x->out.size());
    std::copy_n(x->out.data(), size, to);
    x->out.erase(0, size);
    if (x->out.empty() && x->ended) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (size == 0 && !x->ended) return NGHTTP2_ERR_DEFERRED;
  }
  changed_.notify_all();
  return static_cast<ssize_t>(size);
}

inline void http2_connection::write(std::int32_t id,
                                    exchange& x,
                                    std::string_view bytes,
                                    bool last) {
  {
    std::lock_guard const lock(guard_);
    x.out += bytes;
    x.ended = last;
  }
  post([this, id] { nghttp2_session_resume_data(session_, id); });
}

inline void http2_connection::transmit(std::int32_t id, exchange& x, http_response const& reply) {
  auto const& how = reply.send;
  auto const end = [this] { ending_ = true; };
  if (how.hang) {
    while (wait(x, std::chrono::hours(1))) {
    }
    return;
  }
  if (how.drop) {
    post([this, end] {
      stream_.reset();
      end();
    });
    return;
  }
  if (how.close) return post(end);
  if (how.half_status_line) {
    // Half the head of a frame.
    return post([this, end] {
      error_code ignored;
      stream_.write(std::string_view("\0\0\x10\x01", 4), ignored);
      end();
    });
  }
  if (how.reset_stream) {
    return post([this, id, code = *how.reset_stream] {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(code));
    });
  }
  bool const head_only = x.request.method == "HEAD";
  std::string_view rest = reply.content();
  bool const has_body = !head_only && (how.stream_bytes || !rest.empty());
  submit_head(id, reply, has_body);
  auto const cut = [&] {
    post([this, end, reset = how.reset_at_cut] {
      flush();
      reset ? stream_.reset_after_sent() : stream_.end_after_sent();
      end();
    });
  };
  if (!has_body) return how.reset_at_cut ? cut() : void();
  if (how.pause_after_head && !wait(x, *how.pause_after_head)) return;
  if (how.stream_bytes) {
    std::string const junk(std::size_t{1} << 18, '7');
    for (std::uint64_t left = *how.stream_bytes; left > 0;) {
      auto const now = std::min<std::uint64_t>(left, junk.size());
      left -= now;
      write(id, x, std::string_view(junk).substr(0, static_cast<std::size_t>(now)), left == 0);
      std::unique_lock lock(guard_);
      changed_.wait(lock, [&] { return x.gone || x.out.size() < junk.size(); });
      if (x.gone) return;
    }
    return;
  }
  bool const whole = !how.truncate_after;
  if (!whole) rest = rest.substr(0, std::min<std::size_t>(rest.size(), *how.truncate_after));
  std::size_t const piece =
      how.bytes_per_second ? std::max<std::size_t>(*how.bytes_per_second / 20, 1) : rest.size();
  std::chrono::milliseconds const pause(
      how.bytes_per_second ? 1000 * piece / std::max<std::size_t>(*how.bytes_per_second, 1) : 0);
  while (!rest.empty()) {
    bool const last = whole && rest.size() <= piece;
    write(id, x, rest.substr(0, piece), last);
    rest.remove_prefix(std::min(piece, rest.size()));
    if (how.bytes_per_second && !wait(x, pause)) return;
  }
  if (!whole) cut();
}

}  // namespace http2_impl

void serve_http2(http_impl::byte_stream& stream,
                 http_handler& handler,
                 std::uint64_t max_body,
                 std::uint64_t number) {
  http2_impl::http2_connection(stream, handler, max_body, number).serve();
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_HTTP2_IPP
