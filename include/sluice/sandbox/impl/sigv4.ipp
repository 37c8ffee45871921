#ifndef SLUICE_SANDBOX_IMPL_SIGV4_IPP
#define SLUICE_SANDBOX_IMPL_SIGV4_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/sigv4.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace sluice::inline v0::sandbox::detail {

stage_credential credential_table::issue(std::string prefix,
                                         bool may_write,
                                         std::chrono::system_clock::time_point expires) {
  stage_credential out{.access_key = "ASIA" + upper(random_hex(8)),
                       .secret_key = base64(random_bytes(30)),
                       .token = base64(random_bytes(96)),
                       .prefix = std::move(prefix),
                       .may_write = may_write,
                       .expires = expires};
  add(out);
  return out;
}

void credential_table::add(stage_credential credential) {
  std::lock_guard const lock(guard_);
  issued_.insert_or_assign(credential.access_key, std::move(credential));
}

std::optional<stage_credential> credential_table::find(std::string_view access_key) const {
  std::lock_guard const lock(guard_);
  auto const found = issued_.find(access_key);
  return found == issued_.end() ? std::nullopt : std::optional(found->second);
}

void credential_table::expire(std::string_view access_key) {
  std::lock_guard const lock(guard_);
  auto const found = issued_.find(access_key);
  if (found != issued_.end()) found->second.expires = {};
}

void credential_table::expire_all() {
  std::lock_guard const lock(guard_);
  for (auto& [key, credential] : issued_) credential.expires = {};
}

namespace sigv4_impl {

/// `Credential=..., SignedHeaders=..., Signature=...` taken apart.
struct authorization {
  std::string access_key;
  std::string date;
  std::string region;
  std::string service;
  std::string terminator;
  std::vector<std::string> signed_headers;
  std::string signature;
};

inline std::optional<authorization> parse(std::string_view header) {
  constexpr std::string_view scheme = "AWS4-HMAC-SHA256";
  if (!header.starts_with(scheme)) return std::nullopt;
  header.remove_prefix(scheme.size());
  authorization out;
  for (std::string_view part : split(header, ',')) {
    part = trimmed(part);
    auto const equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto const name = part.substr(0, equals);
    auto const value = part.substr(equals + 1);
    if (name == "Credential") {
      auto const fields = split(value, '/');
      if (fields.size() != 5) return std::nullopt;
      out.access_key = fields[0];
      out.date = fields[1];
      out.region = fields[2];
      out.service = fields[3];
      out.terminator = fields[4];
    } else if (name == "SignedHeaders") {
      for (auto const h : split(value, ';')) out.signed_headers.emplace_back(h);
    } else if (name == "Signature") {
      out.signature = value;
    }
  }
  if (out.access_key.empty() || out.signed_headers.empty() || out.signature.empty()) {
    return std::nullopt;
  }
  return out;
}

/// Ends trimmed, inner runs of spaces made one.
inline std::string canonical_value(std::string_view value) {
  std::string out;
  for (char const c : trimmed(value)) {
    if (c == ' ' && !out.empty() && out.back() == ' ') continue;
    out.push_back(c);
  }
  return out;
}

inline std::string canonical_query(name_values const& query) {
  name_values encoded;
  for (auto const& [name, value] : query) {
    encoded.emplace_back(percent_encoded(name), percent_encoded(value));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (auto const& [name, value] : encoded) {
    if (!out.empty()) out.push_back('&');
    out += name + '=' + value;
  }
  return out;
}

inline std::string canonical_request(http_request const& request,
                                     authorization const& auth,
                                     std::string_view payload_hash) {
  std::string out = request.method + '\n' + (request.path.empty() ? "/" : request.path) + '\n' +
                    canonical_query(request.query) + '\n';
  std::string names;
  for (auto const& name : auth.signed_headers) {
    std::string value;
    for (auto const& [header, text] : request.headers) {
      if (header != name) continue;
      if (!value.empty()) value.push_back(',');
      value += canonical_value(text);
    }
    out += name + ':' + value + '\n';
    if (!names.empty()) names.push_back(';');
    names += name;
  }
  return out + '\n' + names + '\n' + std::string(payload_hash);
}

inline std::optional<std::chrono::system_clock::time_point> parse_amz_date(std::string_view text) {
  std::tm tm{};
  int used = 0;
  std::string const copy(text);
  if (std::sscanf(copy.c_str(),
                  "%4d%2d%2dT%2d%2d%2dZ%n",
                  &tm.tm_year,
                  &tm.tm_mon,
                  &tm.tm_mday,
                  &tm.tm_hour,
                  &tm.tm_min,
                  &tm.tm_sec,
                  &used) != 6 ||
      used != 16 || copy.size() != 16) {
    return std::nullopt;
  }
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  return std::chrono::system_clock::from_time_t(timegm(&tm));
}

inline signature_check refuse(int status,
                              std::string code,
                              std::string message,
                              name_values details = {}) {
  return {std::nullopt, {status, std::move(code), std::move(message), std::move(details)}};
}

/// Everything but the signature itself; an empty code means nothing to object to.
inline signature_check check_form(http_request const& request,
                                  authorization const& auth,
                                  signature_rules const& rules) {
  auto const& names = auth.signed_headers;
  auto const is_signed = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (auth.service != "s3" || auth.terminator != "aws4_request") {
    return refuse(400, "AuthorizationHeaderMalformed", "The credential scope is not for s3.");
  }
  if (auth.region != rules.region) {
    return refuse(400,
                  "AuthorizationHeaderMalformed",
                  "The authorization header is malformed; the region '" + auth.region +
                      "' is wrong; expecting '" + rules.region + "'",
                  {{"Region", rules.region}});
  }
  if (!std::is_sorted(names.begin(), names.end())) {
    return refuse(400, "AuthorizationHeaderMalformed", "SignedHeaders is not sorted.");
  }
  if (!is_signed("host")) {
    return refuse(403, "AccessDenied", "The host header was not signed.");
  }
  for (auto const& [name, value] : request.headers) {
    if (name.starts_with("x-amz-") && !is_signed(name)) {
      return refuse(403,
                    "AccessDenied",
                    "There were headers present in the request which were not signed",
                    {{"HeadersNotSigned", name}});
    }
  }
  auto const date = request.header("x-amz-date");
  auto const when = parse_amz_date(date);
  if (!when || date.substr(0, 8) != auth.date) {
    return refuse(403, "AccessDenied", "x-amz-date is missing, malformed or not the scope's date");
  }
  if (*when > rules.now + std::chrono::minutes(15) ||
      *when < rules.now - std::chrono::minutes(15)) {
    return refuse(403,
                  "RequestTimeTooSkewed",
                  "The difference between the request time and the current time is too large.",
                  {{"MaxAllowedSkewMilliseconds", "900000"}});
  }
  return refuse(200, "", "");
}

inline bool known_payload_hash(std::string_view hash) {
  return hash == "UNSIGNED-PAYLOAD" || hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" ||
         hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" ||
         hash == "STREAMING-UNSIGNED-PAYLOAD-TRAILER" ||
         (hash.size() == 64 &&
          hash.find_first_not_of("0123456789abcdef") == std::string_view::npos);
}

}  // namespace sigv4_impl

signature_check verify_signature(http_request const& request,
                                 credential_table const& credentials,
                                 signature_rules const& rules) {
  using namespace sigv4_impl;
  if (!request.has_header("authorization")) {
    return refuse(403, "AccessDenied", "Access Denied");
  }
  auto const auth = parse(request.header("authorization"));
  if (!auth) {
    return refuse(400, "InvalidArgument", "Unsupported Authorization Type");
  }
  std::string const payload(request.header("x-amz-content-sha256"));
  if (payload.empty()) {
    return refuse(
        400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
  }
  if (!known_payload_hash(payload)) {
    return refuse(
        400,
        "InvalidArgument",
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-... or a valid sha256 value.");
  }
  bool const uncovered =
      payload == "UNSIGNED-PAYLOAD" || payload == "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  if (uncovered && !request.secure && !rules.unsigned_payload_allowed) {
    return refuse(
        400,
        "InvalidRequest",
        "Unsigned payloads are not accepted over plain HTTP: sign the payload's SHA-256.");
  }
  auto const credential = credentials.find(auth->access_key);
  if (!credential) {
    return refuse(403,
                  "InvalidAccessKeyId",
                  "The AWS Access Key Id you provided does not exist in our records.",
                  {{"AWSAccessKeyId", auth->access_key}});
  }
  if (auto form = check_form(request, *auth, rules); !form.refused.code.empty()) return form;
  if (request.header("x-amz-security-token") != credential->token) {
    return refuse(400, "InvalidToken", "The provided token is malformed or otherwise invalid.");
  }

  signed_request out;
  out.payload_hash = payload;
  out.amz_date = request.header("x-amz-date");
  out.scope = auth->date + '/' + auth->region + "/s3/aws4_request";
  out.signing_key = hmac_sha256("AWS4" + credential->secret_key, auth->date);
  for (std::string const& step : {auth->region, std::string("s3"), std::string("aws4_request")}) {
    out.signing_key = hmac_sha256(out.signing_key, step);
  }
  std::string const canonical = canonical_request(request, *auth, payload);
  std::string const to_sign =
      "AWS4-HMAC-SHA256\n" + out.amz_date + '\n' + out.scope + '\n' + sha256_hex(canonical);
  out.signature = hex(hmac_sha256(out.signing_key, to_sign));
  if (!constant_time_equal(out.signature, auth->signature)) {
    return refuse(403,
                  "SignatureDoesNotMatch",
                  "The request signature we calculated does not match the signature you provided. "
                  "Check your key and signing method.",
                  {{"AWSAccessKeyId", auth->access_key},
                   {"StringToSign", to_sign},
                   {"SignatureProvided", auth->signature},
                   {"CanonicalRequest", canonical}});
  }
  if (credential->expires <= rules.now) {
    return refuse(400, "ExpiredToken", "The provided token has expired.");
  }
  out.credential = *credential;
  return {std::move(out), {}};
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_SIGV4_IPP
