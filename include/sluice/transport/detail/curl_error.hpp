#ifndef SLUICE_TRANSPORT_DETAIL_CURL_ERROR_HPP
#define SLUICE_TRANSPORT_DETAIL_CURL_ERROR_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/transport/message.hpp>

#include <string>
#include <string_view>

namespace sluice::inline v0 {

struct tls_options;

namespace detail {

/// What is known of a transfer that failed.
struct curl_failure {
  int code = 0;             ///< CURLcode
  long verify_result = 0;   ///< X509_V_ERR_..., 0 if the chain was good
  long os_errno = 0;        ///< of the failed connect or send
  bool connected = false;   ///< the request was about to be sent, or was
  std::string_view detail;  ///< libcurl's own words
  std::string proxy;        ///< "http://host:port", without user and password; empty: none is set
  bool bad_proxy = false;   ///< libcurl cannot use the proxy setting; `detail` repeats it
  bool at_proxy = false;    ///< it happened between here and the proxy
  long proxy_status = 0;    ///< the proxy's answer to CONNECT; 0: none
};

/// Cause and remedy, without secrets. A pure function of its arguments.
[[nodiscard]] SLUICE_DECL error describe_curl_failure(request const& r,
                                                      tls_options const& tls,
                                                      time_limits const& limits,
                                                      curl_failure const& failure);

}  // namespace detail
}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/curl_error.ipp>
#endif

#endif  // SLUICE_TRANSPORT_DETAIL_CURL_ERROR_HPP
