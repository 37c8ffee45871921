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
  std::string const subject = failure.at_proxy
                                  ? fmt::format("the certificate of the proxy '{}'", failure.proxy)
                                  : "its certificate";
  // libcurl checks the name itself, before it stores the result of the chain's check.
  if (failure.detail.find("certificate subject name") != std::string_view::npos)
    return failure.at_proxy ? subject +
                                  " is for another host name; name it in the proxy setting "
                                  "as its certificate does"
                            : subject +
                                  " is for another host name; check the host, and whether a "
                                  "proxy stands in between";
  switch (failure.verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return subject + " has expired; renew it on the server, or correct this machine's clock";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return subject + " is not valid yet; correct this machine's clock";
    case X509_V_ERR_CERT_REVOKED:
      return subject + " was revoked; the server needs another one";
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
          "{} is signed by a CA that {} does not hold; set tls.ca_file "
          "to a PEM file with that CA",
          subject,
          ca);
    default:
      return fmt::format(
          "{} was refused: {}; check the server's certificate chain "
          "against {}",
          subject,
          X509_verify_cert_error_string(failure.verify_result),
          ca);
  }
}

/// Why the OCSP answer that the server must staple was not accepted, and what to do.
SLUICE_DECL std::string describe_staple_failure(curl_failure const& failure) {
  if (failure.detail.find("revocation reason") != std::string_view::npos)
    return "its certificate was revoked, says the OCSP answer that it staples; the server needs "
           "another certificate";
  if (failure.detail.find("has expired") != std::string_view::npos)
    return "the OCSP answer that the server staples has expired; the server must fetch a fresh "
           "one, or correct this machine's clock";
  return "the server sent no good OCSP answer with its certificate; the server must staple one, or "
         "choose another revocation policy";
}

/// What went wrong between here and the proxy, TLS aside.
SLUICE_DECL error describe_proxy_failure(std::string const& target, curl_failure const& failure) {
  auto const make = [&](errc code, disposition kind, std::string const& text) {
    return error{code, fmt::format("{}: {}", target, text), kind};
  };
  constexpr auto permanent = disposition::permanent;
  constexpr auto retryable = disposition::retryable;
  // Not in libcurl's words: they repeat the whole setting.
  if (failure.bad_proxy)
    return make(errc::invalid_configuration,
                permanent,
                "the proxy setting cannot be used; write http://host:port (or https, socks5h), "
                "and user:password@ before the host if the proxy wants them");
  if (failure.proxy_status == 407)
    return make(errc::invalid_configuration,
                permanent,
                fmt::format("the proxy '{}' does not take the user and password of the proxy "
                            "setting, or misses them (status 407); write them into it as "
                            "http://user:password@host:port",
                            failure.proxy));
  if (failure.proxy_status != 0)
    return make(errc::connect,
                retryable,
                fmt::format("the proxy '{}' opens no tunnel to the host (status {}); check its "
                            "rules, and that it reaches the host",
                            failure.proxy,
                            failure.proxy_status));
  if (failure.code == CURLE_COULDNT_CONNECT)
    return make(errc::connect,
                retryable,
                fmt::format("no connection to the proxy '{}' ({}); check host and port in the "
                            "proxy setting, and that the proxy runs",
                            failure.proxy,
                            failure.detail));
  return make(errc::connect,
              retryable,
              fmt::format("the proxy '{}' broke the connection off before it had opened a tunnel; "
                          "check that it is an HTTP proxy, and its rules",
                          failure.proxy));
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
  std::string const with_proxy =
      failure.at_proxy ? fmt::format(" with the proxy '{}'", failure.proxy) : "";
  if (failure.bad_proxy || failure.proxy_status != 0)
    return describe_proxy_failure(target, failure);
  switch (static_cast<CURLcode>(failure.code)) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return make(errc::name_resolution,
                  retryable,
                  "the host name has no address; check its spelling (for Snowflake, the account's) "
                  "and this machine's DNS");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return make(errc::name_resolution,
                  retryable,
                  fmt::format("the host name of the proxy '{}' has no address; check the proxy "
                              "setting",
                              failure.proxy));
    case CURLE_COULDNT_CONNECT:
      if (failure.at_proxy) return describe_proxy_failure(target, failure);
      [[fallthrough]];
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
                              failure.proxy));
    case CURLE_OPERATION_TIMEDOUT:
      return make(
          errc::timeout,
          retryable,
          fmt::format(
              "no connection within {} ms; check host, {} and firewall, or raise "
              "the connect limit",
              limits.connect.count(),
              failure.proxy.empty() ? "proxy" : fmt::format("the proxy '{}'", failure.proxy)));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return make(errc::tls, permanent, describe_certificate_failure(tls, failure));
    case CURLE_SSL_INVALIDCERTSTATUS:
      return make(errc::tls, permanent, describe_staple_failure(failure));
    case CURLE_SSL_CACERT_BADFILE:
      return make(
          errc::invalid_configuration,
          permanent,
          tls.ca_file.empty()
              ? "the system's certificate store cannot be read; install it (Debian: "
                "ca-certificates), or set tls.ca_file to a PEM file with the CA"
              : fmt::format("the CA file '{}' cannot be read as PEM; check path and content",
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
                    fmt::format("the connection broke during the TLS handshake{}; check that the "
                                "port speaks TLS and that no firewall interferes",
                                with_proxy));
      return make(errc::tls,
                  permanent,
                  fmt::format("the TLS handshake{} failed ({}); the server must speak TLS 1.2 or "
                              "later on this port",
                              with_proxy,
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
      if (failure.at_proxy) return describe_proxy_failure(target, failure);
      [[fallthrough]];
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
