#ifndef SLUICE_SANDBOX_IMPL_LOGIN_IPP
#define SLUICE_SANDBOX_IMPL_LOGIN_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/login.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace sluice::inline v0::sandbox::detail {

namespace login_impl {

namespace json = boost::json;

constexpr std::int64_t longest_jwt_life = 3600;  // seconds after iat
constexpr std::int64_t clock_leeway = 60;        // seconds

inline user const* find_user(options const& configured, std::string_view name) {
  auto const found = std::find_if(configured.users.begin(),
                                  configured.users.end(),
                                  [&](user const& u) { return same_text(u.name, name); });
  return found == configured.users.end() ? nullptr : &*found;
}

inline bool holds(std::vector<std::string> const& tokens, std::string_view token) {
  return !token.empty() && std::any_of(tokens.begin(), tokens.end(), [&](std::string const& t) {
    return constant_time_equal(t, token);
  });
}

/// The user who owns a token; the login name, where given, must agree.
inline user const* owner(options const& configured,
                         std::string_view login_name,
                         std::string_view token,
                         std::vector<std::string> user::*tokens) {
  for (user const& u : configured.users) {
    if (!holds(u.*tokens, token)) continue;
    return login_name.empty() || same_text(login_name, u.name) ? &u : nullptr;
  }
  return nullptr;
}

inline login_verdict refuse(std::string code, std::string message) {
  return {{}, {std::move(code), std::move(message)}};
}

inline std::optional<json::object> decoded_object(std::string_view segment) {
  auto const text = from_base64url(segment);
  if (!text) return std::nullopt;
  boost::system::error_code error;
  json::value value = json::parse(*text, error);
  if (error || !value.is_object()) return std::nullopt;
  return value.get_object();
}

inline std::string text_claim(json::object const& claims, char const* name) {
  auto const* value = claims.if_contains(name);
  return value != nullptr && value->is_string() ? json::value_to<std::string>(*value)
                                                : std::string{};
}

/// A time claim in seconds; drivers write seconds or milliseconds.
inline std::optional<std::int64_t> time_claim(json::object const& claims, char const* name) {
  auto const* value = claims.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  double const number = value->to_number<double>();
  constexpr double beyond_any_seconds = 1e11;
  return static_cast<std::int64_t>(number > beyond_any_seconds ? number / 1000 : number);
}

inline std::optional<refusal> check_times(json::object const& claims, std::int64_t now) {
  auto const iat = time_claim(claims, "iat");
  auto const exp = time_claim(claims, "exp");
  if (!iat || !exp || *exp <= *iat) {
    return refusal{"394303", "JWT token is invalid: iat and exp are missing or do not fit."};
  }
  if (*iat > now + clock_leeway) {
    return refusal{"394302", "JWT token is not yet valid: iat lies in the future."};
  }
  if (auto const nbf = time_claim(claims, "nbf"); nbf && *nbf > now + clock_leeway) {
    return refusal{"394302", "JWT token is not yet valid: nbf lies in the future."};
  }
  if (std::min(*exp, *iat + longest_jwt_life) <= now) {
    return refusal{"394301", "JWT token has expired."};
  }
  return std::nullopt;
}

inline login_verdict verify_jwt(login_attempt const& attempt,
                                options const& configured,
                                service_clock::time_point now) {
  auto const parts = split(attempt.token, '.');
  if (parts.size() != 3) return refuse("394306", "JWT token has not three segments.");
  auto const header = decoded_object(parts[0]);
  auto const claims = decoded_object(parts[1]);
  auto const signature = from_base64url(parts[2]);
  if (!header || !claims || !signature) return refuse("394306", "JWT token cannot be decoded.");
  if (text_claim(*header, "alg") != "RS256") {
    return refuse("394305", "JWT token is signed with an algorithm other than RS256.");
  }
  std::string const account = normalised_account(attempt.account);
  std::string const sub = text_claim(*claims, "sub");
  std::string const iss = text_claim(*claims, "iss");
  auto const dot = sub.find('.');
  user const* who = dot == std::string::npos ? nullptr : find_user(configured, sub.substr(dot + 1));
  if (who == nullptr || sub != upper(sub) || normalised_account(sub.substr(0, dot)) != account ||
      (!attempt.login_name.empty() && !same_text(attempt.login_name, who->name))) {
    return refuse("390144", "JWT token is invalid: sub is not <ACCOUNT>.<USER> of this login.");
  }
  constexpr std::string_view mark = ".SHA256:";
  if (!iss.starts_with(sub + std::string(mark))) {
    return refuse("390144",
                  "JWT token is invalid: iss is not <ACCOUNT>.<USER>.SHA256:<fingerprint>.");
  }
  std::string const fingerprint = iss.substr(sub.size() + mark.size());
  auto const key =
      std::find_if(who->public_keys.begin(), who->public_keys.end(), [&](std::string const& pem) {
        return public_key_fingerprint(pem) == fingerprint;
      });
  if (key == who->public_keys.end()) {
    return refuse("394304", "JWT token public key fingerprint mismatch.");
  }
  std::size_t const signed_size = parts[0].size() + 1 + parts[1].size();
  if (!verify_rs256(*key, std::string_view(attempt.token).substr(0, signed_size), *signature)) {
    return refuse("394300", "JWT token is invalid: the signature does not verify.");
  }
  auto const seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (auto const wrong = check_times(*claims, seconds)) return {{}, *wrong};
  return {upper(who->name), {}};
}

inline login_verdict verify_password(login_attempt const& attempt, options const& configured) {
  user const* who = find_user(configured, attempt.login_name);
  bool const known = who != nullptr && !attempt.password.empty();
  if (known && !who->password.empty() && constant_time_equal(who->password, attempt.password)) {
    return {upper(who->name), {}};
  }
  if (known && holds(who->access_tokens, attempt.password)) return {upper(who->name), {}};
  return refuse("390100", "Incorrect username or password was specified.");
}

}  // namespace login_impl

std::string normalised_account(std::string_view account) {
  std::string out = upper(account.substr(0, account.find('.')));
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

login_verdict verify_login(login_attempt const& attempt,
                           options const& configured,
                           service_clock::time_point now) {
  using namespace login_impl;
  std::string const method = upper(attempt.authenticator);
  if (method.empty() || method == "SNOWFLAKE") return verify_password(attempt, configured);
  if (method == "SNOWFLAKE_JWT") return verify_jwt(attempt, configured, now);
  if (method == "OAUTH") {
    user const* who = owner(configured, attempt.login_name, attempt.token, &user::oauth_tokens);
    if (who != nullptr) return {upper(who->name), {}};
    return refuse("390303", "Invalid OAuth access token.");
  }
  if (method == "PROGRAMMATIC_ACCESS_TOKEN") {
    user const* who = owner(configured, attempt.login_name, attempt.token, &user::access_tokens);
    if (who != nullptr) return {upper(who->name), {}};
    return refuse("394400", "Programmatic access token is invalid.");
  }
  return refuse("390401", "The sandbox does not offer the authenticator " + attempt.authenticator);
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_LOGIN_IPP
