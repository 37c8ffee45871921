#ifndef SLUICE_SANDBOX_SRC_HTTP_HPP
#define SLUICE_SANDBOX_SRC_HTTP_HPP

/// \file
/// The bodies of the sandbox that need Boost.Beast or nghttp2; part of `<sluice/sandbox/src.hpp>`.

#include <sluice/sandbox/impl/http2.ipp>
#include <sluice/sandbox/impl/http_server.ipp>

#endif  // SLUICE_SANDBOX_SRC_HTTP_HPP
