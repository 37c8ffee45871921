#ifndef SLUICE_ERROR_HPP
#define SLUICE_ERROR_HPP

#include <sluice/config.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace sluice::inline v0 {

/// What a caller may do about an error.
enum class disposition : std::uint8_t {
  permanent,  ///< repeating the same request gives the same answer
  retryable,  ///< repeating the same request, under the same identity, may succeed
  throttled   ///< like retryable, but only after `error::retry_after` or a back-off
};

/// Errors that are not a service's: the program's own, the machine's or the network's.
enum class errc : int {
  ok = 0,
  invalid_configuration,  ///< permanent: a value the caller gave cannot be used
  invalid_input,          ///< permanent: a record or file cannot be read as declared
  memory_limit,           ///< permanent: the memory limit is too small for the policies
  io,                     ///< permanent: a local file cannot be read or written
  name_resolution,        ///< retryable: the host name has no address
  connect,                ///< retryable: no connection to the host
  tls,                    ///< permanent: the certificate or the handshake was refused
  send_receive,           ///< retryable: the connection broke while a request was under way
  timeout,                ///< retryable: a time limit of one attempt passed
  deadline,               ///< permanent: the time the caller allowed is used up
  cancelled,              ///< permanent: the caller gave the operation up
  reply_too_large,        ///< permanent: the reply is larger than the request allows
  malformed_reply,        ///< retryable: the reply is not what the protocol says
  http_status,            ///< by status: the server answered with an error status
  circuit_open,           ///< throttled: recent failures keep requests from being tried
  outcome_unknown,        ///< permanent: the service may have carried the request out
  payload_too_large,      ///< permanent: the service takes such a body only in smaller parts
  payload_refused,        ///< permanent: rows that the service does not name spoil the whole body
  internal                ///< permanent: a defect or an exception of the standard library
};

/// Category `sluice`, for `errc`.
SLUICE_DECL std::error_category const& sluice_category() noexcept;

SLUICE_DECL std::error_code make_error_code(errc code) noexcept;

/// An error with everything a person needs to act on it.
/// `message` says what happened and, after a semicolon, what to do about it; it never contains a
/// secret or a value of a record.
struct error {
  std::error_code code;
  disposition kind = disposition::permanent;
  std::string message;
  std::string service_code;  ///< the service's own code, verbatim ("390112", "503"), or empty
  std::string request_id;    ///< what the service's support would ask for, or empty
  std::chrono::milliseconds retry_after{0};  ///< the service's wish; 0 if it gave none

  error() = default;

  error(std::error_code c, disposition k, std::string text)
      : code{c}, kind{k}, message{std::move(text)} {}

  /// An error of this library, permanent unless said otherwise.
  error(errc c, std::string text, disposition k = disposition::permanent)
      : code{make_error_code(c)}, kind{k}, message{std::move(text)} {}

  [[nodiscard]] bool retryable() const noexcept { return kind != disposition::permanent; }

  /// One line: message, then service code and request id in brackets where there are any.
  [[nodiscard]] std::string describe() const;
};

}  // namespace sluice::inline v0

template<>
struct std::is_error_code_enum<sluice::errc> : std::true_type {};

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/impl/error.ipp>
#endif

#endif  // SLUICE_ERROR_HPP
