#ifndef SLUICE_TRANSPORT_DETAIL_CURL_WIRE_HPP
#define SLUICE_TRANSPORT_DETAIL_CURL_WIRE_HPP

#include <sluice/config.hpp>
#include <sluice/transport/wire.hpp>

#include <memory>

namespace sluice::inline v0 {

struct transport_options;

namespace detail {

/// The wire over libcurl: one multi handle. TLS 1.2 at least, certificates always verified, no
/// redirects, no `Expect`.
/// Errors of an exchange, each with cause and remedy and without secrets: errc::name_resolution,
/// ::connect, ::tls, ::send_receive, ::malformed_reply, ::invalid_configuration.
[[nodiscard]] SLUICE_DECL std::shared_ptr<wire> make_curl_wire(transport_options const& options);

}  // namespace detail
}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/curl_wire.ipp>
#endif

#endif  // SLUICE_TRANSPORT_DETAIL_CURL_WIRE_HPP
