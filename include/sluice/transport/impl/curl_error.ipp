#ifndef SLUICE_TRANSPORT_IMPL_CURL_ERROR_IPP
#define SLUICE_TRANSPORT_IMPL_CURL_ERROR_IPP

#include <sluice/transport/detail/curl_error.hpp>
#include <sluice/transport/detail/request_checks.hpp>
#include <sluice/transport/transport.hpp>

#include <curl/curl.h>
#include <fmt/core.h>
#include <openssl/x509_vfy.h>

#include <string>
#include <string_view>

namespace sluice::inline v0::detail {

/// Why the peer's certificate was not accepted, and what to do.
SLUICE_DECL std::string describe_certificate_failure(tls_options const& tls,
                                                     curl_failure const& failure) {
  std::string const ca = tls.ca_file.empty() ? "the system's certificate store"
                                             : fmt::format("the CA file '{}'", tls.ca_file);
  // libcurl checks the name itself, before it stores the result of the chain's check.
  if (failure.detail.find("certificate subject name") != std::string_view::npos)
    return "its certificate is for another host name; check the host, and whether a proxy "
           "stands in between";
  switch (failure.verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its certificate has expired; renew it on the server, or correct this machine's clock";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate is not valid yet; correct this machine's clock";
    case X509_V_ERR_CERT_REVOKED:
      return "its certificate was revoked; the server needs another one";
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return fmt::format(
          "the CRL file '{}' has no list of the certificate's issuer; add it, or "
          "choose another revocation policy",
          tls.crl_file);
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return fmt::format("the list in the CRL file '{}' has expired; fetch a fresh one",
                         tls.crl_file);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return fmt::format(
          "its certificate is signed by a CA that {} does not hold; set tls.ca_file "
          "to a PEM file with that CA",
          ca);
    default:
      return fmt::format(
          "its certificate was refused: {}; check the server's certificate chain "
          "against {}",
          X509_verify_cert_error_string(failure.verify_result),
          ca);
  }
}

SLUICE_DECL error describe_curl_failure(request const& r,
                                        tls_options const& tls,
                                        time_limits const& limits,
                                        curl_failure const& failure) {
  std::string const target = describe_target(r);
  auto const make = [&](errc code, disposition kind, std::string const& text) {
    return error{code, fmt::format("{}: {}", target, text), kind};
  };
  constexpr auto permanent = disposition::permanent;
  constexpr auto retryable = disposition::retryable;
  switch (static_cast<CURLcode>(failure.code)) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return make(errc::name_resolution,
                  retryable,
                  "the host name has no address; check its spelling (for Snowflake, the account's) "
                  "and this machine's DNS");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return make(errc::name_resolution,
                  retryable,
                  fmt::format("the proxy's host name '{}' has no address; check the proxy setting",
                              failure.proxy_host));
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
      return make(errc::connect,
                  retryable,
                  fmt::format("no connection ({}); check host, port, proxy, source interface and "
                              "firewall",
                              failure.detail));
    case CURLE_PROXY:
      return make(errc::connect,
                  retryable,
                  fmt::format("the proxy '{}' refused the connection; check its address, its "
                              "credentials and its rules",
                              failure.proxy_host));
    case CURLE_OPERATION_TIMEDOUT:
      return make(
          errc::timeout,
          retryable,
          fmt::format("no connection within {} ms; check host, proxy and firewall, or raise "
                      "the connect limit",
                      limits.connect.count()));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return make(errc::tls, permanent, describe_certificate_failure(tls, failure));
    case CURLE_SSL_INVALIDCERTSTATUS:
      return make(
          errc::tls,
          permanent,
          "the server sent no good OCSP answer with its certificate; the server must staple "
          "one, or choose another revocation policy");
    case CURLE_SSL_CACERT_BADFILE:
      return make(errc::invalid_configuration,
                  permanent,
                  fmt::format("the CA file '{}' cannot be read as PEM; check path and content",
                              tls.ca_file));
    case CURLE_SSL_CRL_BADFILE:
      return make(errc::invalid_configuration,
                  permanent,
                  fmt::format("the CRL file '{}' cannot be read as PEM; check path and content",
                              tls.crl_file));
    case CURLE_SSL_CONNECT_ERROR:
      // Where OpenSSL has said why ("error:0A00042E:..."), the errno is that of an earlier call.
      if ((failure.os_errno != 0 && failure.detail.find("error:") == std::string_view::npos) ||
          failure.detail.find("SSL_ERROR_SYSCALL") != std::string_view::npos ||
          failure.detail.find("unexpected eof") != std::string_view::npos)
        return make(errc::connect,
                    retryable,
                    "the connection broke during the TLS handshake; check that the port speaks TLS "
                    "and that no firewall interferes");
      return make(errc::tls,
                  permanent,
                  fmt::format("the TLS handshake failed ({}); the server must speak TLS 1.2 or "
                              "later on this port",
                              failure.detail));
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
      return make(errc::tls,
                  permanent,
                  fmt::format("the TLS handshake failed ({}); the server must speak TLS 1.2 or "
                              "later",
                              failure.detail));
    case CURLE_GOT_NOTHING:
      return make(errc::send_receive,
                  retryable,
                  "the server closed the connection without a reply; it may be overloaded: try "
                  "again");
    case CURLE_PARTIAL_FILE:
      return make(errc::send_receive,
                  retryable,
                  "the reply ended before it was complete; the connection broke: try again");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
      return make(errc::send_receive,
                  retryable,
                  fmt::format("the connection broke ({}); try again", failure.detail));
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return make(errc::malformed_reply,
                  retryable,
                  "the reply is not HTTP; check the port, and whether a proxy answers instead");
    case CURLE_BAD_CONTENT_ENCODING:
      return make(errc::malformed_reply,
                  retryable,
                  "the reply's compressed body cannot be decoded; a proxy may have damaged it: try "
                  "again");
    case CURLE_OUT_OF_MEMORY:
      return make(errc::internal, permanent, "out of memory in libcurl");
    case CURLE_WRITE_ERROR:
      return make(errc::malformed_reply,
                  retryable,
                  fmt::format("the reply cannot be read ({})", failure.detail));
    default:
      return make(
          failure.connected ? errc::send_receive : errc::internal,
          failure.connected ? retryable : permanent,
          fmt::format(
              "{} ({})", curl_easy_strerror(static_cast<CURLcode>(failure.code)), failure.detail));
  }
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_TRANSPORT_IMPL_CURL_ERROR_IPP
