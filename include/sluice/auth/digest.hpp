#ifndef SLUICE_AUTH_DIGEST_HPP
#define SLUICE_AUTH_DIGEST_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

using sha256_digest = std::array<unsigned char, 32>;

/// SHA-256. For bodies of megabytes call it on a worker: 0.4 to 2 GB/s.
[[nodiscard]] SLUICE_DECL sha256_digest sha256(std::string_view bytes);
[[nodiscard]] SLUICE_DECL sha256_digest sha256(chunk_list const& bytes);

[[nodiscard]] SLUICE_DECL sha256_digest hmac_sha256(std::string_view key, std::string_view bytes);

/// Lower case.
[[nodiscard]] SLUICE_DECL std::string to_hex(std::span<unsigned char const> bytes);

/// Standard alphabet, padded.
[[nodiscard]] SLUICE_DECL std::string to_base64(std::string_view bytes);
/// URL-safe alphabet, no padding: the segments of a JWT.
[[nodiscard]] SLUICE_DECL std::string to_base64url(std::string_view bytes);
/// Standard alphabet with its padding. Error: errc::invalid_input.
[[nodiscard]] SLUICE_DECL result<std::string> from_base64(std::string_view text);

[[nodiscard]] inline std::string_view as_text(std::span<unsigned char const> bytes) noexcept {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/digest.ipp>
#endif

#endif  // SLUICE_AUTH_DIGEST_HPP
