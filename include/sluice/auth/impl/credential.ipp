#ifndef SLUICE_AUTH_IMPL_CREDENTIAL_IPP
#define SLUICE_AUTH_IMPL_CREDENTIAL_IPP

#include <sluice/auth/credential.hpp>

#include <variant>

namespace sluice::inline v0 {

namespace detail {

struct credential_check {
  result<void> operator()(std::monostate) const {
    return error{errc::invalid_configuration,
                 "no credentials were given; set auth to user_password, key_pair, oauth or "
                 "programmatic_access_token"};
  }

  result<void> operator()(user_password const& c) const {
    if (!c.password.empty()) return success;
    return error{errc::invalid_configuration, "the password is empty; set user_password::password"};
  }

  result<void> operator()(key_pair const& c) const { return c.check(); }

  result<void> operator()(oauth const& c) const {
    if (!c.token.empty() || c.refresh) return success;
    return error{errc::invalid_configuration,
                 "the OAuth token is empty; set oauth::token or oauth::refresh"};
  }

  result<void> operator()(programmatic_access_token const& c) const {
    if (!c.token.empty()) return success;
    return error{errc::invalid_configuration,
                 "the programmatic access token is empty; set programmatic_access_token::token"};
  }
};

}  // namespace detail

SLUICE_DECL result<void> validate(credential const& c) {
  return std::visit(detail::credential_check{}, c);
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_CREDENTIAL_IPP
