#ifndef SLUICE_TRANSPORT_IMPL_CURL_TRANSFER_IPP
#define SLUICE_TRANSPORT_IMPL_CURL_TRANSFER_IPP

#include <sluice/transport/detail/curl_error.hpp>
#include <sluice/transport/detail/curl_transfer.hpp>
#include <sluice/transport/detail/request_checks.hpp>
#include <sluice/transport/transport.hpp>

#include <curl/curl.h>
#include <fmt/core.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::detail {

/// All header lines of one reply; servers of this field stay under 16 KiB.
inline constexpr std::size_t max_header_bytes = 256 * 1024;

/// libcurl allocates a buffer for every upload: larger ones mean fewer calls for bodies of
/// megabytes, but their memory comes fresh from the system. Replies arrive in TLS records of 16
/// KiB, for which libcurl's own buffer is large enough.
inline long upload_buffer_bytes(std::uint64_t body_bytes) noexcept {
  constexpr std::uint64_t least = 16 * 1024;  // libcurl takes no less
  constexpr std::uint64_t most = 256 * 1024;
  return static_cast<long>(std::clamp(body_bytes, least, most));
}

/// The proxy that libcurl finds for `url`: that of the options, or where it looks in the
/// environment ("libcurl-env"). It may hold a password. Whether no_proxy bypasses it is not asked.
inline std::string proxy_setting(std::string const& of_options, std::string_view url) {
  if (!of_options.empty()) return of_options;
  bool const encrypted = url.starts_with("https:");
  // HTTP_PROXY is missing: to a CGI program it is a header of its caller's.
  for (char const* const name : {encrypted ? "https_proxy" : "http_proxy",
                                 encrypted ? "HTTPS_PROXY" : "http_proxy",
                                 "all_proxy",
                                 "ALL_PROXY"})
    if (char const* const value = std::getenv(name); value != nullptr && *value != '\0')
      return value;
  return {};
}

/// A part of a URL; empty if it has none.
inline std::string url_part(CURLU* url, CURLUPart what) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, 0) != CURLUE_OK) return {};
  std::string part{text};
  curl_free(text);
  return part;
}

SLUICE_DECL void curl_transfer::prepare(exchange& e,
                                        transport_options const& options,
                                        clock::time_point since,
                                        bool http2) {
  exchange_ = &e;
  http2_ = http2;
  request const& r = e.message();
  started_ = since;

  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, words_.data());
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_URL, r.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
#endif
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(r.limits.connect.count()));
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (r.decode_content) curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");

  bool const encrypted = r.url.starts_with("https:");
  long const version = !http2      ? static_cast<long>(CURL_HTTP_VERSION_1_1)
                       : encrypted ? static_cast<long>(CURL_HTTP_VERSION_2TLS)
                                   : static_cast<long>(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, version);
  if (version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE && libcurl_before(0x080000)) {
    // Before 8.0.0 it sends the preface again on a reused connection ("http2: fix for
    // http2-prior-knowledge when reusing connections", changes of 8.0.0).
    curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
  }
  // One connection carries many streams: wait for it to say that it speaks h2.
  curl_easy_setopt(easy_, CURLOPT_PIPEWAIT, http2 ? 1L : 0L);

  if (!options.proxy.empty()) curl_easy_setopt(easy_, CURLOPT_PROXY, options.proxy.c_str());
  if (!options.no_proxy.empty()) curl_easy_setopt(easy_, CURLOPT_NOPROXY, options.no_proxy.c_str());
  if (!options.source_interface.empty())
    curl_easy_setopt(easy_, CURLOPT_INTERFACE, options.source_interface.c_str());

  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &on_write);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &on_request);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy_, CURLOPT_RESOLVER_START_FUNCTION, &on_resolve);
  curl_easy_setopt(easy_, CURLOPT_RESOLVER_START_DATA, this);
  curl_easy_setopt(easy_, CURLOPT_SOCKOPTFUNCTION, &on_socket);
  curl_easy_setopt(easy_, CURLOPT_SOCKOPTDATA, this);
  set_security(options.tls);
  set_body();
  set_headers();
}

SLUICE_DECL void curl_transfer::set_security(tls_options const& tls) {
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy_, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!tls.ca_file.empty()) {
    curl_easy_setopt(easy_, CURLOPT_CAINFO, tls.ca_file.c_str());
    curl_easy_setopt(easy_, CURLOPT_PROXY_CAINFO, tls.ca_file.c_str());
    // The directory that libcurl is built with (CURLINFO_CAPATH) would be trusted beside the file.
    // Null means that directory again from 8.17.0 on; below this path there are no files.
    curl_easy_setopt(easy_, CURLOPT_CAPATH, "/dev/null");
    curl_easy_setopt(easy_, CURLOPT_PROXY_CAPATH, "/dev/null");
  }
  if (tls.revocation == revocation::stapled) {
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYSTATUS, 1L);
    // The server staples nothing to a session that it takes up again: before 8.5.0 libcurl refuses
    // it, later it trusts the session ("openssl: when a session-ID is reused, skip OCSP stapling").
    curl_easy_setopt(easy_, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  }
  if (tls.revocation == revocation::crl)
    curl_easy_setopt(easy_, CURLOPT_CRLFILE, tls.crl_file.c_str());
}

SLUICE_DECL void curl_transfer::set_body() {
  request const& r = exchange_->message();
  bool const streams = exchange_->streams_body();
  bool const has_body = streams || !r.body.empty() || r.method == http_method::post ||
                        r.method == http_method::put || r.method == http_method::patch;
  if (r.method == http_method::head) {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    return;
  }
  if (has_body) {
    curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &on_read);
    curl_easy_setopt(easy_, CURLOPT_READDATA, this);
    curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, &on_seek);
    curl_easy_setopt(easy_, CURLOPT_SEEKDATA, this);
    if (!streams)
      curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer_bytes(r.body.size()));
    curl_easy_setopt(easy_,
                     CURLOPT_INFILESIZE_LARGE,
                     streams ? curl_off_t{-1} : static_cast<curl_off_t>(r.body.size()));
  }
  if (has_body || r.method == http_method::delete_)
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, name_of(r.method).data());
}

SLUICE_DECL void curl_transfer::set_headers() {
  // A server that ignores `Expect` would cost a second per upload.
  headers_ = curl_slist_append(headers_, "Expect:");
  std::string line;
  for (header const& h : exchange_->message().headers) {
    // A header without value is written with ';': with ':' libcurl leaves it out.
    line = h.value.empty() ? h.name + ";" : h.name + ": " + h.value;
    headers_ = curl_slist_append(headers_, line.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy_, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
}

SLUICE_DECL void curl_transfer::reset() noexcept {
  curl_easy_reset(easy_);
  curl_slist_free_all(headers_);
  headers_ = nullptr;
  exchange_ = nullptr;
  http2_ = needs_http1_ = false;
  words_[0] = '\0';
  chunk_ = offset_ = 0;
  streamed_ = 0;
  status_ = 0;
  header_bytes_ = 0;
  fields_.clear();
  head_done_ = headers_too_large_ = false;
  connecting_.reset();
  connected_.reset();
  moved_ = 0;
}

SLUICE_DECL request_metrics curl_transfer::metrics() const {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  request_metrics m;
  m.total = duration_cast<microseconds>(clock::now() - started_);
  m.reused_connection = connected_ && !connecting_;
  clock::time_point const connected = connected_.value_or(clock::now());
  clock::time_point const left_queue = connecting_.value_or(connected);
  m.queued = duration_cast<microseconds>(left_queue - started_);
  m.connected = duration_cast<microseconds>(connected - left_queue);
  long head_out = 0;
  long head_in = 0;
  curl_off_t up = 0;
  curl_off_t down = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &head_out);
  curl_easy_getinfo(easy_, CURLINFO_HEADER_SIZE, &head_in);
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &up);
  curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &down);
  m.bytes_sent = static_cast<std::uint64_t>(head_out) + static_cast<std::uint64_t>(up);
  m.bytes_received = static_cast<std::uint64_t>(head_in) + static_cast<std::uint64_t>(down);
  return m;
}

SLUICE_DECL result<request_metrics> curl_transfer::outcome(CURLcode code,
                                                           transport_options const& options) {
  if (code == CURLE_OK && head_done_) {
    if (!fields_.empty()) exchange_->trailers(std::move(fields_));
    return metrics();
  }
  if (headers_too_large_)
    return error{errc::reply_too_large,
                 fmt::format("{}: the reply's headers are larger than {} bytes; check what answers "
                             "on this host",
                             describe_target(exchange_->message()),
                             max_header_bytes)};
  curl_failure failure;
  failure.code = code == CURLE_OK ? CURLE_GOT_NOTHING : code;
  failure.connected = connected_.has_value();
  failure.detail = words_.data();
  if (failure.detail.empty())
    failure.detail = curl_easy_strerror(static_cast<CURLcode>(failure.code));
  curl_easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &failure.os_errno);
  request const& r = exchange_->message();
  if (std::string const proxy = proxy_setting(options.proxy, r.url); !proxy.empty())
    blame_proxy(proxy, failure);
  return describe_curl_failure(r, options.tls, r.limits, failure);
}

SLUICE_DECL void curl_transfer::blame_proxy(std::string const& setting,
                                            curl_failure& failure) const {
  auto const says = [&](std::string_view words) {
    return failure.detail.find(words) != std::string_view::npos;
  };
  failure.bad_proxy = says("Unsupported proxy");
  CURLU* const url = curl_url();
  constexpr unsigned as_libcurl_does = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME;
  if (curl_url_set(url, CURLUPART_URL, setting.c_str(), as_libcurl_does) == CURLUE_OK) {
    std::string const scheme = url_part(url, CURLUPART_SCHEME);
    std::string host = url_part(url, CURLUPART_HOST);
    std::string port = url_part(url, CURLUPART_PORT);
    if (port.empty()) port = scheme == "https" ? "443" : "1080";  // "CURLOPT_PROXY"
    failure.proxy = fmt::format("{}://{}:{}", scheme, host, port);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    // Its words are the only trace of whether it went to the proxy or, by no_proxy, past it.
    failure.at_proxy = says("Proxy CONNECT") ||
                       says(fmt::format("connect to {} port {} ", host, port)) ||
                       says(fmt::format("over proxy {} ", host));
  }
  curl_url_cleanup(url);
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
  if (failure.proxy_status / 100 == 2) failure.proxy_status = 0;
  if (failure.proxy_status != 0) failure.at_proxy = true;
  // Not "good" from the beginning of the TLS handshake with the proxy until its end.
  long proxy_certificate = X509_V_OK;
  curl_easy_getinfo(easy_, CURLINFO_PROXY_SSL_VERIFYRESULT, &proxy_certificate);
  if (proxy_certificate != X509_V_OK) {
    failure.verify_result = proxy_certificate;
    failure.at_proxy = true;
  }
}

SLUICE_DECL std::size_t curl_transfer::read_chunks(std::span<char> into) {
  chunk_list const& body = exchange_->message().body;
  std::size_t copied = 0;
  std::size_t const count = static_cast<std::size_t>(body.end() - body.begin());
  while (copied != into.size() && chunk_ != count) {
    std::string_view const rest =
        body.begin()[static_cast<std::ptrdiff_t>(chunk_)].bytes().substr(offset_);
    std::size_t const n = std::min(rest.size(), into.size() - copied);
    if (n != 0) std::memcpy(into.data() + copied, rest.data(), n);
    copied += n;
    offset_ += n;
    if (n == rest.size()) {
      ++chunk_;
      offset_ = 0;
    }
  }
  return copied;
}

SLUICE_DECL bool curl_transfer::seek(std::uint64_t offset) {
  if (exchange_->streams_body()) return offset == streamed_;
  // When a kept connection turns out to be dead, libcurl would send the request once more by
  // itself. An attempt is an attempt: only the caller knows how to mark a replay, so that it is not
  // carried out twice. (Streams of HTTP/2 that were refused could be; libcurl does not tell them
  // from those that a dead connection took with it.)
  if (chunk_ != 0 || offset_ != 0) return false;
  chunk_ = offset_ = 0;
  for (chunk const& c : exchange_->message().body) {
    if (offset < c.size()) break;
    offset -= c.size();
    ++chunk_;
  }
  offset_ = static_cast<std::size_t>(offset);
  return true;
}

SLUICE_DECL std::size_t curl_transfer::on_read(char* into,
                                               std::size_t size,
                                               std::size_t count,
                                               void* self) {
  auto& t = *static_cast<curl_transfer*>(self);
  std::span<char> const room{into, size * count};
  if (!t.exchange_->streams_body()) return t.read_chunks(room);
  upload_piece const piece = t.exchange_->read(room);
  t.reported_ = true;
  switch (piece.what) {
    case upload_piece::kind::bytes:
      t.streamed_ += piece.size;
      return piece.size;
    case upload_piece::kind::later:
      return CURL_READFUNC_PAUSE;
    case upload_piece::kind::end:
      return 0;
  }
  return CURL_READFUNC_ABORT;
}

SLUICE_DECL int curl_transfer::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  bool const done = static_cast<curl_transfer*>(self)->seek(static_cast<std::uint64_t>(offset));
  return done ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

SLUICE_DECL void curl_transfer::on_header_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/") && !head_done_) {
    // "HTTP/1.1 200 OK", "HTTP/2 200"
    status_ = 0;
    fields_.clear();
    std::size_t const space = line.find(' ');
    if (space != std::string_view::npos)
      std::from_chars(line.data() + space + 1, line.data() + line.size(), status_);
    return;
  }
  if (line.empty()) {
    if (head_done_ || status_ / 100 == 1) return;  // behind trailers; before the final head
    head_done_ = true;
    exchange_->head(status_, std::move(fields_));
    fields_.clear();
    return;
  }
  std::size_t const colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  fields_.push_back({std::string{line.substr(0, colon)}, std::string{value}});
}

SLUICE_DECL std::size_t curl_transfer::on_header(char* bytes,
                                                 std::size_t size,
                                                 std::size_t count,
                                                 void* self) {
  auto& t = *static_cast<curl_transfer*>(self);
  std::size_t const length = size * count;
  t.reported_ = true;  // a header alone is life, too
  t.exchange_->progress();
  t.header_bytes_ += length;
  if (t.header_bytes_ > max_header_bytes) {
    t.headers_too_large_ = true;
    return 0;
  }
  t.on_header_line({bytes, length});
  return length;
}

SLUICE_DECL std::size_t curl_transfer::on_write(char* bytes,
                                                std::size_t size,
                                                std::size_t count,
                                                void* self) {
  auto& t = *static_cast<curl_transfer*>(self);
  std::size_t const length = size * count;
  t.reported_ = true;
  switch (t.exchange_->body({bytes, length})) {
    case flow::go:
      return length;
    case flow::pause:
      return CURL_WRITEFUNC_PAUSE;
    case flow::stop:
      break;
  }
  return length == 0 ? 1 : 0;  // any other number than `length` ends the transfer
}

SLUICE_DECL int curl_transfer::on_progress(
    void* self, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) {
  auto& t = *static_cast<curl_transfer*>(self);
  if (std::exchange(t.moved_, down + up) != down + up) t.exchange_->progress();
  return 0;
}

/// Whether the connection has agreed on less than HTTP/2. Where libcurl does not use OpenSSL,
/// nobody can tell.
SLUICE_DECL bool curl_transfer::speaks_http1() const {
  if (!exchange_->message().url.starts_with("https:")) return false;
  curl_tlssessioninfo* session = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_TLS_SSL_PTR, &session);
  if (session == nullptr || session->backend != CURLSSLBACKEND_OPENSSL) return false;
  unsigned char const* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(static_cast<SSL*>(session->internals), &name, &size);
  return std::string_view{reinterpret_cast<char const*>(name), size} != "h2";
}

SLUICE_DECL int curl_transfer::on_request(void* self, char*, char*, int, int) {
  auto& t = *static_cast<curl_transfer*>(self);
  t.needs_http1_ = t.http2_ && t.speaks_http1();
  if (t.needs_http1_) return CURL_PREREQFUNC_ABORT;
  t.connected_ = clock::now();
  t.exchange_->connected();
  t.reported_ = true;  // a limit counts from here: the loop must not wait beyond it
  return CURL_PREREQFUNC_OK;
}

SLUICE_DECL int curl_transfer::on_resolve(void*, void*, void* self) {
  auto& t = *static_cast<curl_transfer*>(self);
  if (!t.connecting_) t.connecting_ = clock::now();
  return 0;
}

SLUICE_DECL int curl_transfer::on_socket(void* self, curl_socket_t, curlsocktype) {
  on_resolve(nullptr, nullptr, self);
  return CURL_SOCKOPT_OK;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_TRANSPORT_IMPL_CURL_TRANSFER_IPP
