#ifndef SLUICE_AUTH_SIGV4_HPP
#define SLUICE_AUTH_SIGV4_HPP

#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/message.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

/// Keys of Amazon Web Services or of a store that speaks its protocol.
struct aws_credential {
  std::string access_key_id = {};
  secret secret_access_key = {};
  secret session_token = {};  ///< of temporary keys; else empty
};

/// Values of x-amz-content-sha256 that are no digest.
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view empty_payload_sha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Signs requests with AWS Signature Version 4, header form.
///
/// All headers of the request are signed but those that proxies change (user-agent, expect,
/// content-length, ...). The path is signed as it stands in the URL, as S3 wants it; other services
/// want it encoded twice.
/// Thread safety: one signer per thread. The signing key is cached per day, region and key.
/// Source: S3 API reference, "Authenticating Requests: Using the Authorization Header (AWS
/// Signature Version 4)".
class sigv4_signer {
 public:
  sigv4_signer(std::string region, std::string service);

  /// Adds x-amz-date, x-amz-content-sha256, x-amz-security-token where there is one, and
  /// Authorization, in place of earlier ones. `payload_sha256`: hex digest of the body, or
  /// `unsigned_payload` (https only).
  /// Error: errc::invalid_configuration for a URL that cannot be parsed or an empty key.
  [[nodiscard]] result<void> sign(request& r,
                                  aws_credential const& keys,
                                  std::string_view payload_sha256,
                                  std::chrono::system_clock::time_point now);

  [[nodiscard]] std::string const& region() const noexcept { return region_; }

 private:
  [[nodiscard]] std::string_view signing_key(aws_credential const& keys, std::string_view date);

  std::string region_;
  std::string service_;
  secret cached_secret_;
  std::string cached_date_;
  secret cached_key_;
};

namespace detail {

/// Step 4 of the algorithm, and the list of the signed headers.
struct canonical_form {
  std::string text;
  std::string signed_headers;
};

[[nodiscard]] SLUICE_DECL result<canonical_form> canonical_request(request const& r,
                                                                   std::string_view payload_sha256);

/// "20260102T030405Z"
[[nodiscard]] SLUICE_DECL std::string amz_date(std::chrono::system_clock::time_point t);

}  // namespace detail
}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/sigv4.ipp>
#endif

#endif  // SLUICE_AUTH_SIGV4_HPP
