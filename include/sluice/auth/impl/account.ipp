#ifndef SLUICE_AUTH_IMPL_ACCOUNT_IPP
#define SLUICE_AUTH_IMPL_ACCOUNT_IPP

#include <sluice/auth/account.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

namespace detail {

inline constexpr std::array<std::string_view, 3> snowflake_domains{
    ".snowflakecomputing.com", ".snowflakecomputing.cn", ".snowflakecomputing.mil"};

[[nodiscard]] constexpr bool is_account_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

SLUICE_DECL std::string in_case(std::string_view text, bool upper) {
  std::string out{text};
  for (char& c : out) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

}  // namespace detail

SLUICE_DECL result<snowflake_account> parse_account(std::string_view spelled,
                                                    std::string_view region) {
  auto const bad = [](std::string text) {
    return error{errc::invalid_configuration, std::move(text)};
  };
  std::string_view id = spelled;
  for (std::string_view const scheme : {"https://", "http://"})
    if (id.starts_with(scheme)) id.remove_prefix(scheme.size());
  id = id.substr(0, id.find('/'));
  if (id.empty())
    return bad("no account was given; write <organisation>-<account>, as in the account's URL");
  for (std::size_t i = 0; i != id.size(); ++i)
    if (!detail::is_account_character(id[i]))
      return bad(
          fmt::format("the account holds a character at offset {} that no account has; write "
                      "<organisation>-<account>, as in the account's URL",
                      i + static_cast<std::size_t>(id.data() - spelled.data())));

  snowflake_account account;
  std::string const lower = detail::in_case(id, false);
  std::string_view domain;
  for (std::string_view const known : detail::snowflake_domains)
    if (lower.ends_with(known)) domain = known;
  id.remove_suffix(domain.size());
  if (id.empty() || id.front() == '.' || id.back() == '.' ||
      id.find("..") != std::string_view::npos)
    return bad(
        "the account has an empty part between dots; write <organisation>-<account>, as in "
        "the account's URL");

  std::size_t const dot = id.find('.');
  std::string const first{id.substr(0, dot)};
  std::string rest =
      dot == std::string_view::npos ? std::string{} : detail::in_case(id.substr(dot + 1), false);
  if (!region.empty()) {
    if (!rest.empty() && rest != "privatelink" && rest != "global")
      return bad("the region is given twice, in the account and by itself; leave one out");
    std::string const given = detail::in_case(region, false);
    rest = rest.empty() ? given : given + "." + rest;
  }
  if (rest.find('_') != std::string::npos)
    return bad(
        fmt::format("the region '{}' is spelled as CURRENT_REGION() shows it; write it as in "
                    "the account's URL (us-east-1, east-us-2.azure), or better use "
                    "<organisation>-<account>",
                    rest));
  if (rest == "us-west-2" || rest == "us-west-2.aws") {
    account.warnings.push_back(
        "region us-west-2 is left out of the account: Snowflake takes it without only");
    rest.clear();
  }

  std::string label = detail::in_case(first, false);
  if (label.find('_') != std::string::npos) {
    std::replace(label.begin(), label.end(), '_', '-');
    account.warnings.push_back(
        fmt::format("the account's host is spelled '{}': host names take no underscores", label));
  }
  if (domain.empty()) domain = detail::snowflake_domains[rest.starts_with("cn-") ? 1 : 0];
  account.host = label + (rest.empty() ? "" : "." + rest) + std::string{domain};
  account.name = first;
  std::string_view claim = first;
  // Replicated accounts have a generated suffix that is not part of the name.
  if (rest == "global" || rest.starts_with("global.")) claim = claim.substr(0, claim.rfind('-'));
  account.jwt_name = detail::in_case(claim, true);
  return account;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_ACCOUNT_IPP
