#ifndef SLUICE_AUTH_IMPL_PROFILE_PARTS_IPP
#define SLUICE_AUTH_IMPL_PROFILE_PARTS_IPP

#include <sluice/auth/detail/profile_parts.hpp>
#include <sluice/auth/profile.hpp>
#include <sluice/transport/message.hpp>

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::inline v0::detail {

SLUICE_DECL result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto const [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || stop != text.data() + text.size() || port == 0)
    return error{errc::invalid_configuration,
                 "the port is not a number from 1 to 65535; correct it"};
  return port;
}

SLUICE_DECL bool take_profile_key(connection_profile& profile,
                                  credential_parts& parts,
                                  std::string_view key,
                                  std::string& value) {
  using text_member = std::string connection_profile::*;
  constexpr std::array<std::pair<std::string_view, text_member>, 9> texts{
      {{"account", &connection_profile::account},
       {"region", &connection_profile::region},
       {"user", &connection_profile::user},
       {"host", &connection_profile::host},
       {"protocol", &connection_profile::protocol},
       {"database", &connection_profile::database},
       {"schema", &connection_profile::schema},
       {"warehouse", &connection_profile::warehouse},
       {"role", &connection_profile::role}}};
  for (auto const& [name, member] : texts)
    if (same_header_name(key, name)) {
      profile.*member = std::move(value);
      return true;
    }
  using secret_member = secret credential_parts::*;
  constexpr std::array<std::pair<std::string_view, secret_member>, 5> secrets{
      {{"password", &credential_parts::password},
       {"token", &credential_parts::token},
       {"private_key", &credential_parts::private_key},
       {"private_key_passphrase", &credential_parts::private_key_passphrase},
       {"privateKeyPassphrase", &credential_parts::private_key_passphrase}}};
  for (auto const& [name, member] : secrets)
    if (same_header_name(key, name)) {
      parts.*member = secret::take(value);
      return true;
    }
  if (same_header_name(key, "private_key_path") || same_header_name(key, "privateKeyPath")) {
    parts.private_key_path = std::move(value);
    return true;
  }
  if (same_header_name(key, "authenticator")) {
    parts.authenticator = std::move(value);
    return true;
  }
  return false;
}

SLUICE_DECL key_pair read_key(credential_parts const& parts, std::string_view directory) {
  std::string_view const inline_key = parts.private_key.expose();
  if (inline_key.find("-----BEGIN") != std::string_view::npos)
    return key_pair::from_pem(inline_key, parts.private_key_passphrase);
  std::string path = parts.private_key_path;
  if (path.empty()) path = inline_key;
  if (!path.starts_with('/') && !directory.empty()) path = fmt::format("{}/{}", directory, path);
  // A key without its BEGIN line is no path: its text must not get into a message.
  if (path.size() > 1024 || (parts.private_key_path.empty() && inline_key.size() > 200)) {
    wipe(path);
    return key_pair::from_pem("", parts.private_key_passphrase);
  }
  return key_pair::from_file(path, parts.private_key_passphrase);
}

SLUICE_DECL result<void> make_credential(connection_profile& profile,
                                         credential_parts const& parts,
                                         std::string_view directory) {
  auto const bad = [](std::string text) {
    return error{errc::invalid_configuration, std::move(text)};
  };
  auto const is = [&](std::string_view name) {
    return same_header_name(parts.authenticator, name);
  };
  if (!profile.protocol.empty() && profile.protocol != "https" && profile.protocol != "http")
    return bad("the protocol is neither https nor http; correct it");
  bool const has_key = !parts.private_key.empty() || !parts.private_key_path.empty();
  if (is("snowflake_jwt") || (parts.authenticator.empty() && has_key)) {
    if (!has_key)
      return bad("authenticator snowflake_jwt needs a private key; set private_key_path");
    key_pair key = read_key(parts, directory);
    result<void> const good = key.check();
    if (!good) return good.error();
    for (std::string const& warning : key.warnings()) profile.warnings.push_back(warning);
    profile.auth = std::move(key);
  } else if (is("oauth")) {
    if (parts.token.empty()) return bad("authenticator oauth needs a token; set token");
    profile.auth = oauth{.token = parts.token};
  } else if (is("programmatic_access_token")) {
    secret const& token = parts.token.empty() ? parts.password : parts.token;
    if (token.empty())
      return bad("authenticator programmatic_access_token needs a token; set token");
    profile.auth = programmatic_access_token{.token = token};
  } else if (parts.authenticator.empty() || is("snowflake")) {
    if (!parts.password.empty())
      profile.auth = user_password{.user = profile.user, .password = parts.password};
    else if (!parts.token.empty())
      return bad(
          "a token was given without its kind; set authenticator to oauth or "
          "programmatic_access_token");
  } else {
    return bad(
        "the authenticator is not one of snowflake, snowflake_jwt, oauth and "
        "programmatic_access_token; choose one of them");
  }
  return success;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_AUTH_IMPL_PROFILE_PARTS_IPP
