#ifndef SLUICE_AUTH_IMPL_SIGV4_IPP
#define SLUICE_AUTH_IMPL_SIGV4_IPP

#include <sluice/auth/digest.hpp>
#include <sluice/auth/sigv4.hpp>
#include <sluice/transport/url.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

namespace detail {

SLUICE_DECL std::string amz_date(std::chrono::system_clock::time_point t) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(t);
  auto const day = std::chrono::floor<std::chrono::days>(seconds);
  std::chrono::year_month_day const date{day};
  std::chrono::hh_mm_ss const time{seconds - day};
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()),
                     time.hours().count(),
                     time.minutes().count(),
                     time.seconds().count());
}

/// Trimmed, inner runs of spaces made one.
SLUICE_DECL std::string canonical_value(std::string_view value) {
  std::string out;
  for (char const c : value) {
    bool const space = c == ' ' || c == '\t';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

SLUICE_DECL result<std::string> canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    std::string_view const item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(item.size() + 1, query.size()));
    if (item.empty()) continue;
    std::size_t const equals = item.find('=');
    result<std::string> name = percent_decode(item.substr(0, equals));
    if (!name) return name.error();
    result<std::string> value = percent_decode(
        equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1));
    if (!value) return value.error();
    parameters.emplace_back(percent_encode(*name), percent_encode(*value));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (auto const& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    out += name + '=' + value;
  }
  return out;
}

SLUICE_DECL result<canonical_form> canonical_request(request const& r,
                                                     std::string_view payload_sha256) {
  constexpr std::array<std::string_view, 11> unsigned_names{"connection",
                                                            "expect",
                                                            "user-agent",
                                                            "transfer-encoding",
                                                            "te",
                                                            "trailer",
                                                            "upgrade",
                                                            "x-amzn-trace-id",
                                                            "authorization",
                                                            "accept-encoding",
                                                            "content-length"};
  result<url_parts> const url = parse_url(r.url);
  if (!url) return url.error();
  result<std::string> const query = canonical_query(url->query);
  if (!query) return query.error();

  std::map<std::string, std::string> headers;
  headers["host"] = url->authority();
  for (header const& h : r.headers) {
    std::string name = h.name;
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (std::find(unsigned_names.begin(), unsigned_names.end(), name) != unsigned_names.end())
      continue;
    auto const [place, added] = headers.emplace(name, canonical_value(h.value));
    if (!added) place->second += "," + canonical_value(h.value);
  }
  canonical_form form;
  form.text =
      fmt::format("{}\n{}\n{}\n", name_of(r.method), url->path.empty() ? "/" : url->path, *query);
  for (auto const& [name, value] : headers) {
    form.text += fmt::format("{}:{}\n", name, value);
    if (!form.signed_headers.empty()) form.signed_headers += ';';
    form.signed_headers += name;
  }
  form.text += fmt::format("\n{}\n{}", form.signed_headers, payload_sha256);
  return form;
}

}  // namespace detail

SLUICE_DECL sigv4_signer::sigv4_signer(std::string region, std::string service)
    : region_{std::move(region)}, service_{std::move(service)} {}

SLUICE_DECL std::string_view sigv4_signer::signing_key(aws_credential const& keys,
                                                       std::string_view date) {
  if (cached_key_.empty() || cached_date_ != date || !(cached_secret_ == keys.secret_access_key)) {
    std::string start = "AWS4" + std::string{keys.secret_access_key.expose()};
    sha256_digest key = hmac_sha256(start, date);
    wipe(start);
    for (std::string_view const part :
         {std::string_view{region_}, std::string_view{service_}, std::string_view{"aws4_request"}})
      key = hmac_sha256(as_text(key), part);
    cached_key_ = secret{as_text(key)};
    cached_secret_ = keys.secret_access_key;
    cached_date_ = date;
  }
  return cached_key_.expose();
}

SLUICE_DECL result<void> sigv4_signer::sign(request& r,
                                            aws_credential const& keys,
                                            std::string_view payload_sha256,
                                            std::chrono::system_clock::time_point now) {
  if (keys.access_key_id.empty() || keys.secret_access_key.empty())
    return error{errc::invalid_configuration,
                 "the access key of the object store is empty; set access_key_id and "
                 "secret_access_key"};
  std::string const time = detail::amz_date(now);
  std::string_view const date = std::string_view{time}.substr(0, 8);
  constexpr std::array<std::string_view, 4> own{
      "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "authorization"};
  std::erase_if(r.headers, [&](header const& h) {
    return std::any_of(own.begin(), own.end(), [&](std::string_view name) {
      return same_header_name(h.name, name);
    });
  });
  r.headers.push_back({"x-amz-date", time});
  r.headers.push_back({"x-amz-content-sha256", std::string{payload_sha256}});
  if (!keys.session_token.empty())
    r.headers.push_back({"x-amz-security-token", std::string{keys.session_token.expose()}});
  result<detail::canonical_form> const form = detail::canonical_request(r, payload_sha256);
  if (!form) return form.error();
  std::string const scope = fmt::format("{}/{}/{}/aws4_request", date, region_, service_);
  std::string const to_sign =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, to_hex(sha256(form->text)));
  std::string const signature = to_hex(hmac_sha256(signing_key(keys, date), to_sign));
  r.headers.push_back(
      {"Authorization",
       fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                   keys.access_key_id,
                   scope,
                   form->signed_headers,
                   signature)});
  return success;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_SIGV4_IPP
