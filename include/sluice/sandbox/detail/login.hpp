#ifndef SLUICE_SANDBOX_DETAIL_LOGIN_HPP
#define SLUICE_SANDBOX_DETAIL_LOGIN_HPP

#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/detail/sessions.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::detail {

/// The credential part of a login body.
struct login_attempt {
  std::string account;
  std::string login_name;
  std::string authenticator;
  std::string password;
  std::string token;
};

/// Who may come in.
struct login_verdict {
  std::string user;  ///< stored form, empty if refused
  refusal refused;
};

/// Upper case, no region, `_` as `-`.
std::string normalised_account(std::string_view account);

/// Verifies any of the four credentials against the configured users.
login_verdict verify_login(login_attempt const& attempt,
                           options const& configured,
                           service_clock::time_point now);

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_LOGIN_HPP
