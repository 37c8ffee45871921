#ifndef SLUICE_SKYFLOW_IMPL_CONNECTION_IPP
#define SLUICE_SKYFLOW_IMPL_CONNECTION_IPP

#include <sluice/skyflow/connection.hpp>
#include <sluice/transport/url.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::inline v0::skyflow {

SLUICE_DECL result<void> validate(connection const& c) {
  auto const bad = [](std::string what) {
    return error{sluice::errc::invalid_configuration, "skyflow: " + std::move(what)};
  };
  if (c.vault_url.empty())
    return bad("no vault is named; set vault_url to the URL that Studio shows");
  result<url_parts> const url = parse_url(c.vault_url);
  if (!url) return bad("vault_url: " + url.error().message);
  if (url->scheme != "https" && !c.plain_http)
    return bad("vault_url is not https; records could be read on the way");
  auto const* const account = std::get_if<service_account>(&c.auth);
  if (account != nullptr && !account->token_uri.starts_with("https:") && !c.plain_http)
    return bad("the tokenURI of the credentials is not https; assertions could be read on the way");
  if (!url->query.empty() || url->path.find_first_not_of('/') != std::string_view::npos)
    return bad("vault_url has a path; give scheme and host alone");
  if (c.vault_id.empty()) return bad("no vault is named; set vault_id");
  if (c.requests_at_once < 1 || c.requests_at_once > service_limits::requests_at_once)
    return bad("requests_at_once is " + std::to_string(c.requests_at_once) +
               "; it goes from 1 to " + std::to_string(service_limits::requests_at_once));
  if (c.gap < milliseconds{0} || c.longest_wait < milliseconds{0})
    return bad("gap and longest_wait must not be negative");
  if (result<void> const usable = sluice::validate(c.retry); !usable) return usable;
  return validate(c.auth);
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_CONNECTION_IPP
