#ifndef SLUICE_SKYFLOW_IMPL_CREDENTIAL_IPP
#define SLUICE_SKYFLOW_IMPL_CREDENTIAL_IPP

#include <sluice/auth/detail/file.hpp>
#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/skyflow/credential.hpp>
#include <sluice/transport/url.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::inline v0::skyflow {

namespace detail {

inline error bad_credential(std::string what) {
  return error{sluice::errc::invalid_configuration, std::move(what)};
}

struct credential_check {
  result<void> operator()(std::monostate) const {
    return bad_credential(
        "no credentials were given; set auth to service_account, bearer_token or api_key");
  }

  result<void> operator()(service_account const& c) const {
    if (c.client_id.empty() || c.key_id.empty() || c.token_uri.empty())
      return bad_credential(
          "the service account lacks client_id, key_id or token_uri; read it with "
          "read_service_account");
    if (result<url_parts> const url = parse_url(c.token_uri); !url)
      return bad_credential("tokenURI: " + url.error().message);
    if (c.context_is_json && !sluice::detail::json_reader::parse_json(c.context))
      return bad_credential("the context of the service account is not JSON");
    return c.key.check();
  }

  result<void> operator()(bearer_token const& c) const {
    if (!c.token.empty() || c.refresh) return usable(c.token, "bearer token");
    return bad_credential(
        "the bearer token is empty; set bearer_token::token or bearer_token::refresh");
  }

  // "sky-", five letters or digits, "-", 32 hexadecimal digits.
  result<void> operator()(api_key const& c) const {
    std::string_view const key = c.key.expose();
    auto const is_digit = [](char ch) { return ch >= '0' && ch <= '9'; };
    auto const is_letter = [](char ch) {
      return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
    };
    bool shaped = key.size() == 42 && key.starts_with("sky-") && key[9] == '-';
    for (std::size_t i = 4; shaped && i != 9; ++i) shaped = is_digit(key[i]) || is_letter(key[i]);
    for (std::size_t i = 10; shaped && i != key.size(); ++i)
      shaped =
          is_digit(key[i]) || (key[i] >= 'a' && key[i] <= 'f') || (key[i] >= 'A' && key[i] <= 'F');
    if (shaped) return success;
    return bad_credential(
        "the API key does not look like one (sky-, 5 letters or digits, -, 32 hexadecimal digits); "
        "check that it was copied whole");
  }

  static result<void> usable(secret const& token, std::string_view what) {
    for (char const c : token.expose())
      if (c <= ' ' || c == '\x7f')
        return bad_credential("the " + std::string{what} +
                              " holds a space or line break; check that it was copied whole");
    return success;
  }
};

/// The first of some members that is text.
inline std::string member_of(boost::json::object const& o,
                             std::initializer_list<std::string_view> names) {
  for (std::string_view const name : names)
    if (boost::json::value const* const v = sluice::detail::json_reader::find(o, name);
        v != nullptr && v->is_string())
      return sluice::detail::json_reader::text_of(*v);
  return {};
}

}  // namespace detail

SLUICE_DECL result<void> validate(credential const& c) {
  return std::visit(detail::credential_check{}, c);
}

SLUICE_DECL result<service_account> parse_service_account(std::string_view json) {
  std::optional<boost::json::value> const parsed = sluice::detail::json_reader::parse_json(json);
  boost::json::object const* const o = parsed ? parsed->if_object() : nullptr;
  if (o == nullptr)
    return detail::bad_credential(
        "the credentials are not a JSON object; download the file of the service account again");
  service_account account;
  account.client_id = detail::member_of(*o, {"clientID", "clientId"});
  account.key_id = detail::member_of(*o, {"keyID", "keyId"});
  account.token_uri = detail::member_of(*o, {"tokenURI", "tokenUri"});
  std::string pem = detail::member_of(*o, {"privateKey"});
  char const* const missing = account.client_id.empty()   ? "clientID"
                              : account.key_id.empty()    ? "keyID"
                              : account.token_uri.empty() ? "tokenURI"
                              : pem.empty()               ? "privateKey"
                                                          : nullptr;
  if (missing != nullptr)
    return detail::bad_credential("the credentials lack \"" + std::string{missing} +
                                  "\"; download the file of the service account again");
  account.key = key_pair::from_pem(pem);
  wipe(pem);
  if (result<void> good = validate(credential{account}); !good) return std::move(good).error();
  return account;
}

SLUICE_DECL result<service_account> read_service_account(std::string const& path) {
  result<sluice::detail::private_file> file =
      sluice::detail::read_private_file(path, "credentials", 64 * 1024);
  if (!file) return std::move(file).error();
  result<service_account> account = parse_service_account(file->text.expose());
  if (account)
    account->warnings = std::move(file->warnings);
  else
    account.error().message = "'" + path + "': " + account.error().message;
  return account;
}

SLUICE_DECL result<service_account> service_account_from_environment() {
  char const* const text = std::getenv("SKYFLOW_CREDENTIALS");
  if (text == nullptr || *text == '\0')
    return detail::bad_credential(
        "SKYFLOW_CREDENTIALS is not set; put the text of a credentials file into it");
  // A shell may have turned the escapes inside the key into line breaks.
  std::string json;
  for (char const* c = text; *c != '\0'; ++c) {
    if (*c == '\n')
      json += "\\n";
    else
      json += *c;
  }
  result<service_account> account = parse_service_account(json);
  if (!account) account = parse_service_account(text);
  wipe(json);
  return account;
}

SLUICE_DECL result<secret> token_request_body(service_account const& account,
                                              std::chrono::system_clock::time_point now) {
  jwt_claims claims;
  claims.issuer = account.client_id;
  claims.subject = account.client_id;
  claims.issued_at = now;
  claims.lifetime = credential_limits::token_life;
  claims.says_issued_at = false;
  claims.further.push_back({"key", account.key_id});
  claims.further.push_back({"aud", account.token_uri});
  if (!account.context.empty())
    claims.further.push_back({"ctx", account.context, account.context_is_json});
  result<secret> const assertion = account.key.sign(claims);
  if (!assertion) return assertion.error();
  std::string body = R"({"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer","assertion":")";
  body += assertion->expose();
  body += '"';
  if (!account.roles.empty()) {
    std::string scope;
    for (std::string const& role : account.roles) {
      if (!scope.empty()) scope += ' ';
      scope += "role:" + role;
    }
    body += ",\"scope\":";
    sluice::detail::append_json_string(body, scope);
  }
  body += '}';
  return secret::take(body);
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_CREDENTIAL_IPP
