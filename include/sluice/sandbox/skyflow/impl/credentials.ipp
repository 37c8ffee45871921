#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_CREDENTIALS_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_CREDENTIALS_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/credentials.hpp>
#include <sluice/sandbox/skyflow/detail/jwt.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace credentials_impl {

using sandbox::detail::json_text;

constexpr std::int64_t longest_assertion = 3600;  // seconds
constexpr std::int64_t clock_leeway = 60;         // seconds
constexpr std::string_view grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view signed_mark = "signed_token_";
// What real access tokens carry.
constexpr std::string_view issuer = "sa-auth@manage.skyflowapis.com";
constexpr std::string_view audience = "https://manage.skyflowapis.com";

[[noreturn]] inline void unauthenticated(std::string why) {
  refuse(401, grpc::unauthenticated, std::move(why));
}

inline std::string required_text(json_value const& body, std::string_view name) {
  auto const* value = body.find(name);
  if (value == nullptr || !value->is_string()) {
    refuse_argument(fmt::format("{} is missing or no string", name));
  }
  return value->text;
}

/// The roles of `scope`, as the tokens of a list that may begin or end with spaces.
inline std::string roles_of(json_value const& body, options const& configured) {
  auto const* scope = body.find("scope");
  if (scope == nullptr) return {};
  if (!scope->is_string()) refuse_argument("scope is no string");
  std::string out;
  for (auto const part : sandbox::detail::split(scope->text, ' ')) {
    if (part.empty()) continue;
    constexpr std::string_view mark = "role:";
    auto const role = part.substr(std::min(part.size(), mark.size()));
    if (!part.starts_with(mark) ||
        std::find(configured.roles.begin(), configured.roles.end(), role) ==
            configured.roles.end()) {
      refuse_argument(fmt::format("scope names no role of this account: {}", part));
    }
    if (!out.empty()) out += ' ';
    out += part;
  }
  return out;
}

/// `ctx` is a string, a boolean, a number, or an object whose keys are plain names.
inline void check_context(jwt const& assertion) {
  auto const* context = assertion.claims.find("ctx");
  if (context == nullptr) return;
  if (context->is_array()) refuse_argument("ctx is an array");
  for (auto const& key : context->keys) {
    bool const plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!plain) refuse_argument("ctx has a key with other characters than a-z, A-Z, 0-9 and _");
  }
}

}  // namespace credentials_impl

std::int64_t credentials::now() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
}

std::string credentials::exchange(std::string_view body) {
  using namespace credentials_impl;
  auto const request = parse_json(body);
  if (!request.is_object()) refuse_argument("the body is no object");
  if (required_text(request, "grant_type") != grant) {
    refuse_argument("grant_type is not " + std::string(grant));
  }
  auto const assertion = parse_jwt(required_text(request, "assertion"));
  if (!assertion) refuse_argument("assertion is no JWT");
  auto const client = assertion->text("iss");
  if (client != configured_.client_id) {
    refuse_unknown(fmt::format("Service account {} was not found", client));
  }
  if (assertion->text("key") != configured_.key_id) unauthenticated("unknown key");
  if (!assertion->signed_by(account_key().public_pem)) unauthenticated("the signature is wrong");
  if (assertion->text("sub") != client) refuse_argument("sub is not iss");
  if (assertion->text("aud") != token_uri_) refuse_argument("aud is not the token URI");
  auto const expiry = assertion->number("exp");
  if (!expiry) refuse_argument("exp is missing");
  if (*expiry <= now()) refuse_argument("the assertion has expired");
  if (*expiry > now() + longest_assertion + clock_leeway) {
    refuse_argument("exp lies more than an hour ahead");
  }
  check_context(*assertion);
  auto const scope = roles_of(request, configured_);
  return fmt::format(R"({{"accessToken":{},"tokenType":"Bearer"}})",
                     json_text(issue(client, scope, configured_.token_life)));
}

std::string credentials::issue(std::string_view client,
                               std::string_view scope,
                               std::chrono::seconds life) {
  using namespace credentials_impl;
  auto const id = sandbox::detail::random_uuid();
  auto const expiry = now() + life.count();
  {
    std::lock_guard const lock(guard_);
    std::erase_if(live_, [&](auto const& entry) { return entry.second <= now(); });
    live_.emplace(id, expiry);
  }
  ++issued_;
  return sign_jwt(
      fmt::format(R"({{"aud":"{}","iss":"{}","cli":{},"key":{},"sub":"sluice","scp":{},)"
                  R"("jti":"{}","iat":{},"exp":{}}})",
                  audience,
                  issuer,
                  json_text(client),
                  json_text(configured_.key_id),
                  scope.empty() ? "null" : json_text(scope),
                  id,
                  now(),
                  expiry),
      service_key().private_pem);
}

std::string_view credentials::bearer(std::string_view authorization) {
  constexpr std::string_view mark = "Bearer ";
  if (!authorization.starts_with(mark)) return {};
  return sandbox::detail::trimmed(authorization.substr(mark.size()));
}

void credentials::verify(std::string_view authorization) const {
  using namespace credentials_impl;
  auto const token = bearer(authorization);
  if (token.empty()) unauthenticated("Authorization is missing or no bearer");
  {
    std::lock_guard const lock(guard_);
    if (revoked_.contains(token)) unauthenticated("the credential is revoked");
  }
  for (auto const& key : configured_.api_keys) {
    if (sandbox::detail::constant_time_equal(key, token)) return;
  }
  auto const parsed = parse_jwt(token);
  if (!parsed || !parsed->signed_by(service_key().public_pem)) {
    unauthenticated("the bearer is no token of this service");
  }
  if (parsed->number("exp").value_or(0) <= now()) unauthenticated("the bearer token has expired");
  std::lock_guard const lock(guard_);
  if (!live_.contains(parsed->text("jti"))) unauthenticated("the bearer token has expired");
}

void credentials::revoke(std::string_view token) {
  std::lock_guard const lock(guard_);
  revoked_.emplace(token);
}

void credentials::expire(std::string_view token) {
  auto const parsed = parse_jwt(token);
  if (!parsed) return revoke(token);
  std::lock_guard const lock(guard_);
  live_.erase(parsed->text("jti"));
}

void credentials::expire_all() {
  std::lock_guard const lock(guard_);
  live_.clear();
}

std::string credentials::data_token(std::string_view text) const {
  using namespace credentials_impl;
  if (!text.starts_with(signed_mark)) return std::string(text);
  auto const parsed = parse_jwt(text.substr(signed_mark.size()));
  if (!parsed || !parsed->signed_by(account_key().public_pem)) {
    refuse_argument("the signature of a signed token is wrong");
  }
  auto const* aud = parsed->claims.find("aud");  // some SDKs leave it out
  bool const fits = parsed->text("iss") == "sdk" && parsed->text("sub") == configured_.client_id &&
                    parsed->text("key") == configured_.key_id &&
                    (aud == nullptr || aud->text == token_uri_);
  if (!fits) refuse_argument("a signed token is not of this service account");
  if (parsed->number("exp").value_or(0) <= now()) refuse_argument("a signed token has expired");
  return parsed->text("tok");
}

std::string credentials_file(options const& configured, std::string_view token_uri) {
  using credentials_impl::json_text;
  return fmt::format(R"({{"clientID":{},"clientName":"sluice","tokenURI":{},"keyID":{},)"
                     R"("privateKey":{}}})",
                     json_text(configured.client_id),
                     json_text(token_uri),
                     json_text(configured.key_id),
                     json_text(account_key().private_pem));
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_CREDENTIALS_IPP
