#ifndef SLUICE_SNOWFLAKE_IMPL_LOGIN_IPP
#define SLUICE_SNOWFLAKE_IMPL_LOGIN_IPP

#include <sluice/snowflake/session.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::inline v0::snowflake {

namespace detail {

/// AUTHENTICATOR of the login body; empty for a password.
struct authenticator_name {
  std::string_view operator()(std::monostate) const noexcept { return {}; }

  std::string_view operator()(user_password const&) const noexcept { return {}; }

  std::string_view operator()(key_pair const&) const noexcept { return "SNOWFLAKE_JWT"; }

  std::string_view operator()(oauth const&) const noexcept { return "OAUTH"; }

  std::string_view operator()(programmatic_access_token const&) const noexcept {
    return "PROGRAMMATIC_ACCESS_TOKEN";
  }
};

/// The service refuses an OAuth token with one of these.
inline bool refuses_oauth(std::string_view code) noexcept {
  return code == "390301" || code == "390303" || code == "390318";
}

}  // namespace detail

SLUICE_DECL result<void> session::read_account() {
  if (!origin_.empty()) return success;
  result<void> usable = validate(connection_.auth);
  if (!usable) return usable;
  if (auto const* const given = std::get_if<user_password>(&connection_.auth);
      given != nullptr && !given->user.empty())
    connection_.user = given->user;
  if (connection_.protocol != "https" && connection_.protocol != "http")
    return error{sluice::errc::invalid_configuration,
                 "protocol is \"" + connection_.protocol + "\"; set it to https"};
  if (connection_.account.empty())
    return error{sluice::errc::invalid_configuration,
                 "no account is named; set account to the account identifier (\"myorg-acct\")"};
  result<snowflake_account> account = parse_account(connection_.account, connection_.region);
  if (!account) return std::move(account).error();
  for (std::string const& warning : account->warnings) log_.warning("snowflake", warning);
  if (auto const* const key = std::get_if<key_pair>(&connection_.auth); key != nullptr)
    for (std::string const& warning : key->warnings()) log_.warning("snowflake", warning);
  account_ = *std::move(account);
  origin_ =
      connection_.protocol + "://" + (connection_.host.empty() ? account_.host : connection_.host);
  if (connection_.port != 0) origin_ += ':' + std::to_string(connection_.port);
  return success;
}

SLUICE_DECL task<void> session::login() {
  result<void> readable = read_account();
  if (!readable) co_return std::move(readable).error();
  for (bool refreshed = false;; refreshed = true) {
    detail::call c;
    c.kind = request_kind::login;
    c.url = origin_ + "/session/v1/login-request";
    c.context = login_context(
        connection_.database, connection_.schema, connection_.warehouse, connection_.role);
    c.label = "login";
    result<detail::answer<token_reply>> a = co_await ask<token_reply>(std::move(c));
    if (!a) co_return std::move(a).error();
    if (a->what == outcome::success) {
      take(std::move(a->reply));
      log_.info("snowflake", "logged in to account " + account_.name);
      co_return success;
    }
    bool const stale = !refreshed && detail::refuses_oauth(a->reply.head.code);
    result<bool> renewed = false;
    if (stale) renewed = co_await token_.renew(connection_.auth);
    if (!renewed) co_return std::move(renewed).error();
    if (!*renewed) {
      error e = service_error("login to account " + account_.name, a->reply.head);
      // A login has no bad rows and no statement: what is refused is the login.
      if (e.code == errc::statement_failed) e.code = errc::login_refused;
      co_return e;
    }
  }
}

SLUICE_DECL task<void> session::fill_login(detail::call& c) {
  login_request login;
  login.account = account_.name;
  login.user = connection_.user;
  login.authenticator = std::visit(detail::authenticator_name{}, connection_.auth);
  if (auto const* const given = std::get_if<user_password>(&connection_.auth))
    login.password = given->password;
  result<secret> token = co_await token_.current(connection_.auth, account_, connection_.user);
  if (!token) co_return std::move(token).error();
  login.token = *std::move(token);
  login.application = connection_.application;
  login.parameters = protective_parameters();
  login.parameters["CLIENT_SESSION_KEEP_ALIVE"] = connection_.keep_alive ? "true" : "false";
  for (auto const& [name, value] : connection_.parameters)
    login.parameters.insert_or_assign(name, value);
  wipe(c.body);
  c.body = login_body(login);
  co_return success;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_LOGIN_IPP
