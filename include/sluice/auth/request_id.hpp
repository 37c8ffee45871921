#ifndef SLUICE_AUTH_REQUEST_ID_HPP
#define SLUICE_AUTH_REQUEST_ID_HPP

#include <sluice/config.hpp>

#include <string>

namespace sluice::inline v0 {

/// A random UUID, version 4: the identity of a request, from the generator of OpenSSL.
/// Throws std::runtime_error if that fails. Thread safety: any thread.
[[nodiscard]] SLUICE_DECL std::string make_uuid();

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/request_id.ipp>
#endif

#endif  // SLUICE_AUTH_REQUEST_ID_HPP
