#ifndef SLUICE_SANDBOX_DETAIL_HTTP2_HPP
#define SLUICE_SANDBOX_DETAIL_HTTP2_HPP

#include <sluice/sandbox/detail/http.hpp>

#include <cstdint>

namespace sluice::inline v0::sandbox::detail {

namespace http_impl {
class byte_stream;
}

/// Serves a connection that has agreed on HTTP/2 until it ends. The calling thread reads and
/// writes; each request is answered by a thread of its own. `number` is the connection's.
void serve_http2(http_impl::byte_stream& stream,
                 http_handler& handler,
                 std::uint64_t max_body,
                 std::uint64_t number);

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_HTTP2_HPP
