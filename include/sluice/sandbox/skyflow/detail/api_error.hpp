#ifndef SLUICE_SANDBOX_SKYFLOW_DETAIL_API_ERROR_HPP
#define SLUICE_SANDBOX_SKYFLOW_DETAIL_API_ERROR_HPP

#include <sluice/config.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::sandbox::skyflow::detail {

/// Codes of gRPC as the error envelope carries them.
enum class grpc : int {
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  internal = 13,
  unavailable = 14,
  unauthenticated = 16
};

/// What ends a call, or one record of it.
struct api_error {
  int status;
  grpc code;
  std::string message;
  bool rate_limited = false;  ///< refused by the rate limit
};

[[noreturn]] inline void refuse(int status, grpc code, std::string message) {
  throw api_error{status, code, std::move(message)};
}

[[noreturn]] inline void refuse_argument(std::string message) {
  refuse(400, grpc::invalid_argument, std::move(message));
}

[[noreturn]] inline void refuse_unknown(std::string message) {
  refuse(404, grpc::not_found, std::move(message));
}

/// The gRPC code that goes with an HTTP status.
grpc grpc_of(int status) noexcept;

/// `{"error":{"grpc_code":...,"http_code":...,"message":...,"http_status":...,"details":[]}}`
std::string envelope(api_error const& error);

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_DETAIL_API_ERROR_HPP
