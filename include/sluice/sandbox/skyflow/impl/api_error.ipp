#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_API_ERROR_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_API_ERROR_IPP

#include <sluice/sandbox/detail/http.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/skyflow/detail/api_error.hpp>

#include <fmt/format.h>

namespace sluice::inline v0::sandbox::skyflow::detail {

grpc grpc_of(int status) noexcept {
  switch (status) {
    case 401:
      return grpc::unauthenticated;
    case 403:
      return grpc::permission_denied;
    case 404:
      return grpc::not_found;
    case 408:
    case 504:
      return grpc::deadline_exceeded;
    case 409:
      return grpc::already_exists;
    case 429:
      return grpc::resource_exhausted;
    case 502:
    case 503:
    case 529:
      return grpc::unavailable;
    default:
      return status < 500 ? grpc::invalid_argument : grpc::internal;
  }
}

std::string envelope(api_error const& error) {
  return fmt::format(
      R"({{"error":{{"grpc_code":{},"http_code":{},"message":{},"http_status":{},"details":[]}}}})",
      static_cast<int>(error.code),
      error.status,
      sandbox::detail::json_text(error.message),
      sandbox::detail::json_text(sandbox::detail::reason_phrase(error.status)));
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_API_ERROR_IPP
