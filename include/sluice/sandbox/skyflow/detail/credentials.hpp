#ifndef SLUICE_SANDBOX_SKYFLOW_DETAIL_CREDENTIALS_HPP
#define SLUICE_SANDBOX_SKYFLOW_DETAIL_CREDENTIALS_HPP

#include <sluice/config.hpp>
#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/skyflow/options.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::skyflow::detail {

/// Who may call: exchange of assertions, bearer tokens, API keys, signed data tokens.
/// Thread safety: all members may be called from several threads at once.
class credentials {
 public:
  credentials(options const& configured, sandbox::detail::service_clock& clock)
      : configured_(configured), clock_(clock) {}

  /// The `aud` of assertions; set before the first request.
  void token_uri(std::string uri) { token_uri_ = std::move(uri); }

  /// Verifies the body of a token request and answers the body of its reply.
  /// \throws api_error 400, 401 or 404
  std::string exchange(std::string_view body);

  /// A bearer token with this life, which may lie in the past.
  std::string issue(std::string_view client, std::string_view scope, std::chrono::seconds life);

  /// Passes a request with this Authorization header.
  /// \throws api_error 401
  void verify(std::string_view authorization) const;

  /// The bearer token or API key of an Authorization header; empty if it holds none.
  static std::string_view bearer(std::string_view authorization);

  /// Refuses the token or API key from now on.
  void revoke(std::string_view bearer);
  /// The bearer token has expired; an API key, which never does, is revoked.
  void expire(std::string_view bearer);
  /// Every token issued so far has expired.
  void expire_all();

  /// The data token inside `signed_token_<JWT>`; any other text as it is.
  /// \throws api_error 400
  std::string data_token(std::string_view text) const;

  std::uint64_t issued() const noexcept { return issued_; }

 private:
  std::int64_t now() const;

  options const& configured_;
  sandbox::detail::service_clock& clock_;
  std::string token_uri_;
  std::atomic<std::uint64_t> issued_{0};
  mutable std::mutex guard_;
  std::set<std::string, std::less<>> revoked_;
  std::map<std::string, std::int64_t, std::less<>> live_;  // jti and exp
};

/// `{"clientID", "clientName", "tokenURI", "keyID", "privateKey"}` of the service account.
std::string credentials_file(options const& configured, std::string_view token_uri);

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_DETAIL_CREDENTIALS_HPP
