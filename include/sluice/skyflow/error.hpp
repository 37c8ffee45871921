#ifndef SLUICE_SKYFLOW_ERROR_HPP
#define SLUICE_SKYFLOW_ERROR_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/transport/message.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice::inline v0::skyflow {

/// What a vault said. The service's own code is in `error::service_code`, the id to tell its
/// support in `error::request_id`.
enum class errc : int {
  ok = 0,
  unauthorized,      ///< permanent: the credential is refused, also a fresh one
  forbidden,         ///< permanent: the role may not do this
  not_found,         ///< permanent: vault, table or row missing
  refused,           ///< permanent: records that the vault does not take
  throttled,         ///< throttled: too many requests
  service_failure,   ///< retryable: a failure inside the service, or between it and here
  unexpected_status  ///< permanent: an answer that no vault gives (a redirect, a proxy)
};

/// Category `skyflow`, for `errc`.
SLUICE_DECL std::error_category const& skyflow_category() noexcept;

SLUICE_DECL std::error_code make_error_code(errc code) noexcept;

/// A refusal in the service's words.
struct refusal {
  int status = 0;       ///< HTTP
  int grpc_code = 0;    ///< 0: not given
  std::string message;  ///< may quote values: for `without_values` only
};

/// What an answer means for a request that changes something.
struct verdict {
  enum class kind : std::uint8_t {
    done,       ///< the body says what became of each record
    renew,      ///< 401: with another token it may pass
    refused,    ///< records are at fault; nothing was stored
    too_large,  ///< nothing was stored; in smaller parts it may pass
    again,      ///< nothing was stored; the same request may pass later
    unknown,    ///< it may have been carried out all the same
    denied      ///< nothing was stored, and repeating it is of no use
  };
  kind what = kind::denied;
  errc code = errc::ok;
  disposition after = disposition::permanent;
};

/// Judges the status of an answer. Pure.
///
/// A failure (5xx, 408) leaves open whether the request was carried out, in the service's words or
/// a proxy's; only 425, 429 and 529 say that it was not taken.
/// Source: what the vendor's SDKs retry (skyflow-go, skyflow-java, skyflow-python), read 2026.
[[nodiscard]] SLUICE_DECL verdict classify(refusal const& answer) noexcept;

/// The same for one record in a complete answer: the service speaks of that record, so a failure
/// says that it was not stored, unless time ran out.
[[nodiscard]] SLUICE_DECL verdict classify_record(refusal const& answer) noexcept;

/// `message` with every word replaced by `...` that is neither part of the service's known
/// vocabulary nor the name of a column or table of ours: the service quotes values of records.
/// `names`: separated by spaces.
[[nodiscard]] SLUICE_DECL std::string without_values(std::string_view message,
                                                     std::string_view names);

/// "<doing>: <the service's words without values>; <remedy>", on one line and bounded.
[[nodiscard]] SLUICE_DECL error service_error(std::string_view doing,
                                              verdict const& how,
                                              refusal const& why,
                                              std::string_view names = {});

/// How long an answer asks to wait: `retry-after-ms`, `Retry-After` (seconds or HTTP date) or
/// `X-RateLimit-Reset` (seconds since 1970), whichever comes first in this list; at most `cap`,
/// 0 if it asks for nothing.
[[nodiscard]] SLUICE_DECL std::chrono::milliseconds wanted_wait(
    response const& answer,
    std::chrono::system_clock::time_point now,
    std::chrono::milliseconds cap);

/// The `x-request-id` of an answer, bounded and printable.
[[nodiscard]] SLUICE_DECL std::string request_id_of(response const& answer);

}  // namespace sluice::inline v0::skyflow

template<>
struct std::is_error_code_enum<sluice::skyflow::errc> : std::true_type {};

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/error.ipp>
#endif

#endif  // SLUICE_SKYFLOW_ERROR_HPP
