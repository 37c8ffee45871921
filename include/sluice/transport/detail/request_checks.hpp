#ifndef SLUICE_TRANSPORT_DETAIL_REQUEST_CHECKS_HPP
#define SLUICE_TRANSPORT_DETAIL_REQUEST_CHECKS_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/message.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::inline v0::detail {

/// "login to https://host": what messages name of a request. Never path, query or user.
[[nodiscard]] SLUICE_DECL std::string describe_target(request const& r);

/// What keeps a request from being sent at all; `success` if nothing does.
[[nodiscard]] SLUICE_DECL result<void> check_request(request const& r);

/// The request's limits with the transport's defaults filled in.
[[nodiscard]] SLUICE_DECL time_limits effective_limits(time_limits of_request,
                                                       time_limits const& defaults) noexcept;

/// Retryable errc::timeout.
[[nodiscard]] SLUICE_DECL error timeout_error(request const& r,
                                              std::string_view which,
                                              std::chrono::milliseconds limit);

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/request_checks.ipp>
#endif

#endif  // SLUICE_TRANSPORT_DETAIL_REQUEST_CHECKS_HPP
