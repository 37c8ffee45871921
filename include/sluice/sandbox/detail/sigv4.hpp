#ifndef SLUICE_SANDBOX_DETAIL_SIGV4_HPP
#define SLUICE_SANDBOX_DETAIL_SIGV4_HPP

#include <sluice/sandbox/detail/http.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::detail {

/// Temporary credentials for one stage path.
struct stage_credential {
  std::string access_key;
  std::string secret_key;
  std::string token;
  std::string prefix;  ///< keys that the holder may touch
  bool may_write = false;
  std::chrono::system_clock::time_point expires{};
};

/// Every credential ever handed out. Thread safe.
class credential_table {
 public:
  stage_credential issue(std::string prefix,
                         bool may_write,
                         std::chrono::system_clock::time_point expires);
  void add(stage_credential credential);
  std::optional<stage_credential> find(std::string_view access_key) const;
  void expire(std::string_view access_key);
  void expire_all();

 private:
  mutable std::mutex guard_;
  std::map<std::string, stage_credential, std::less<>> issued_;
};

/// An S3 error reply in the making.
struct s3_error {
  int status = 400;
  std::string code;
  std::string message;
  name_values details;  ///< further XML elements
};

/// A request whose signature is right.
struct signed_request {
  stage_credential credential;
  std::string payload_hash;  ///< value of `x-amz-content-sha256`
  std::string signing_key;
  std::string amz_date;
  std::string scope;
  std::string signature;  ///< seed of chunk signatures
};

struct signature_rules {
  std::string region;
  bool unsigned_payload_allowed = true;
  std::chrono::system_clock::time_point now{};
};

/// Verifies the header form of Signature Version 4; the body is not looked at.
/// Source: Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
struct signature_check {
  std::optional<signed_request> accepted;
  s3_error refused;  ///< meaningful without `accepted`
};

signature_check verify_signature(http_request const& request,
                                 credential_table const& credentials,
                                 signature_rules const& rules);

/// Undoes `aws-chunked` and verifies chunk signatures, the decoded length and trailers.
/// Answers the error, or nothing after replacing `body`.
std::optional<s3_error> decode_payload(http_request const& request,
                                       signed_request const& by,
                                       std::string& body);

/// Verifies Content-MD5 and `x-amz-checksum-*` headers against the decoded body.
std::optional<s3_error> verify_checksums(name_values const& headers, std::string_view body);

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_SIGV4_HPP
