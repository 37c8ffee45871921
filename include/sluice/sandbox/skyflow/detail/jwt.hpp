#ifndef SLUICE_SANDBOX_SKYFLOW_DETAIL_JWT_HPP
#define SLUICE_SANDBOX_SKYFLOW_DETAIL_JWT_HPP

#include <sluice/config.hpp>
#include <sluice/sandbox/skyflow/detail/json_value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::skyflow::detail {

struct rsa_pair {
  std::string private_pem;
  std::string public_pem;
};

/// Keys cost a tenth of a second each, so all sandboxes of a process share them: the service's own,
/// made at the first use, and its service account's.
rsa_pair const& service_key();
rsa_pair const& account_key();

/// Header and claims of a JWT with three segments; the signature is not verified.
struct jwt {
  json_value header;
  json_value claims;
  std::string signed_part;
  std::string signature;

  std::string text(std::string_view claim) const;
  std::optional<std::int64_t> number(std::string_view claim) const;
  bool signed_by(std::string_view public_pem) const;
};

/// Nothing if the text is no JWT.
std::optional<jwt> parse_jwt(std::string_view text);

/// `claims` is a JSON object as text.
std::string sign_jwt(std::string_view claims, std::string_view private_pem);

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_DETAIL_JWT_HPP
