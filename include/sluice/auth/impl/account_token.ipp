#ifndef SLUICE_AUTH_IMPL_ACCOUNT_TOKEN_IPP
#define SLUICE_AUTH_IMPL_ACCOUNT_TOKEN_IPP

#include <sluice/auth/account_token.hpp>
#include <sluice/auth/key_pair.hpp>

#include <string>
#include <utility>
#include <variant>

namespace sluice::inline v0 {

namespace detail {

// Work for other threads is given as named types: GCC 12 warns of lambdas in the frames of
// coroutines that are compiled separately (-Wsubobject-linkage).
struct sign_claims {
  key_pair const& key;
  jwt_claims const& claims;

  result<secret> operator()() const { return key.sign(claims); }
};

}  // namespace detail

SLUICE_DECL task<secret> account_token::current(credential const& who,
                                                snowflake_account const& account,
                                                std::string user) {
  if (auto const* const key = std::get_if<key_pair>(&who)) {
    result<std::string> fingerprint = key->fingerprint();
    if (!fingerprint) co_return std::move(fingerprint).error();
    for (char& c : user)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    jwt_claims claims;
    claims.subject = account.jwt_name + '.' + user;
    claims.issuer = claims.subject + '.' + *fingerprint;
    claims.issued_at = transport_.system_now();
    claims.lifetime = jwt_life_;
    result<secret> token = co_await transport_.on_worker(detail::sign_claims{*key, claims});
    co_return token;
  }
  if (auto const* const pat = std::get_if<programmatic_access_token>(&who)) co_return pat->token;
  auto const* const given = std::get_if<oauth>(&who);
  if (given == nullptr) co_return secret{};
  if (oauth_token_.empty()) oauth_token_ = given->token;
  if (oauth_token_.empty()) {
    result<bool> renewed = co_await renew(who);
    if (!renewed) co_return std::move(renewed).error();
  }
  co_return oauth_token_;
}

SLUICE_DECL task<bool> account_token::renew(credential const& who) {
  auto const* const given = std::get_if<oauth>(&who);
  if (given == nullptr || !given->refresh) co_return false;
  auto const refresh = given->refresh;
  result<secret> fresh = co_await transport_.on_worker(refresh);
  if (!fresh) co_return std::move(fresh).error();
  oauth_token_ = *std::move(fresh);
  co_return true;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_ACCOUNT_TOKEN_IPP
