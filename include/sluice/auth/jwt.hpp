#ifndef SLUICE_AUTH_JWT_HPP
#define SLUICE_AUTH_JWT_HPP

#include <sluice/config.hpp>

#include <chrono>
#include <string_view>

namespace sluice::inline v0 {

/// When a JSON Web Token ends by its own word (`exp`), without checking its signature; `otherwise`
/// if it does not say, or is none. Pure. Source: RFC 7519, section 4.1.4.
[[nodiscard]] SLUICE_DECL std::chrono::system_clock::time_point jwt_expiry(
    std::string_view jwt, std::chrono::system_clock::time_point otherwise);

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/jwt.ipp>
#endif

#endif  // SLUICE_AUTH_JWT_HPP
