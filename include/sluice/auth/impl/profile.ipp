#ifndef SLUICE_AUTH_IMPL_PROFILE_IPP
#define SLUICE_AUTH_IMPL_PROFILE_IPP

#include <sluice/auth/detail/file.hpp>
#include <sluice/auth/detail/profile_parts.hpp>
#include <sluice/auth/profile.hpp>
#include <sluice/transport/url.hpp>

#include <boost/json/kind.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

/// Cuts a DSN into pieces and knows where each stands.
class dsn_parser {
 public:
  explicit dsn_parser(std::string_view dsn) : dsn_{dsn} {}

  result<connection_profile> parse() {
    result<void> step = authority();
    if (step) step = path();
    if (step) step = query();
    if (step) step = make_credential(profile_, parts_, "");
    if (!step) return step.error();
    if (profile_.account.empty() && profile_.host.empty())
      return bad(0, "names no account; write user:password@<account>/<database>/<schema>");
    return std::move(profile_);
  }

 private:
  static error bad(std::size_t offset, std::string_view what) {
    return error{errc::invalid_configuration, fmt::format("the DSN at offset {} {}", offset, what)};
  }

  result<std::string> decode(std::size_t from, std::size_t to, std::string_view name) const {
    result<std::string> text = percent_decode(dsn_.substr(from, to - from));
    if (!text)
      return bad(from,
                 fmt::format("holds a '%' in the {} without two hexadecimal digits behind it; "
                             "write '%25' for a percent sign",
                             name));
    return text;
  }

  result<void> authority() {
    if (std::size_t const scheme = dsn_.find("://");
        scheme != std::string_view::npos && scheme < dsn_.find_first_of("@?"))
      return bad(0, "begins with a scheme; leave it out and begin with the user name");
    std::size_t const end = std::min(dsn_.find_first_of("/?"), dsn_.size());
    std::size_t const at = dsn_.find('@');
    if (at == std::string_view::npos)
      return bad(0, "has no '@'; write user:password@<account>/<database>/<schema>");
    if (at > end)
      return bad(end,
                 fmt::format("holds '{}' before the '@'; in a user name or password write '%{}'",
                             dsn_[end],
                             dsn_[end] == '/' ? "2F" : "3F"));
    if (std::size_t const second = dsn_.find('@', at + 1); second < end)
      return bad(at, "holds a second '@' before the '/'; in a user name or password write '%40'");
    std::size_t const colon = std::min(dsn_.find(':'), at);
    if (std::size_t const second = dsn_.find(':', colon + 1); second < at)
      return bad(second, "holds a second ':' before the '@'; in a password write '%3A'");
    if (colon == 0) return bad(0, "has no user name before the ':' or '@'; write it there");

    result<std::string> user = decode(0, colon, "user name");
    if (!user) return user.error();
    profile_.user = std::move(*user);
    if (colon < at) {
      result<std::string> password = decode(colon + 1, at, "password");
      if (!password) return password.error();
      parts_.password = secret::take(*password);
    }
    next_ = end;
    return host(at + 1, end);
  }

  /// The account, or with a port or behind `?account=` a host.
  result<void> host(std::size_t from, std::size_t to) {
    std::size_t const colon = std::min(dsn_.find(':', from), to);
    result<std::string> name = decode(from, colon, "account");
    if (!name) return name.error();
    profile_.account = std::move(*name);
    if (colon == to) return success;
    result<std::uint16_t> const port = parse_port(dsn_.substr(colon + 1, to - colon - 1));
    if (!port) return bad(colon + 1, "has a port that is not a number from 1 to 65535; correct it");
    profile_.port = *port;
    return success;
  }

  result<void> path() {
    std::size_t const end = std::min(dsn_.find('?', next_), dsn_.size());
    std::string* const names[] = {&profile_.database, &profile_.schema};
    for (std::size_t i = 0; next_ < end; ++i) {
      std::size_t const from = next_ + 1;
      std::size_t const to = std::min(dsn_.find('/', from), end);
      if (i == std::size(names) && from < to)
        return bad(from, "has a third name behind database and schema; in a name write '%2F'");
      if (i < std::size(names)) {
        result<std::string> name = decode(from, to, i == 0 ? "database" : "schema");
        if (!name) return name.error();
        *names[i] = std::move(*name);
      }
      next_ = to;
    }
    next_ = end;
    return success;
  }

  result<void> query() {
    std::string const in_place = std::exchange(profile_.account, {});
    while (next_ < dsn_.size()) {
      std::size_t const from = next_ + 1;
      std::size_t const to = std::min(dsn_.find('&', from), dsn_.size());
      next_ = to;
      if (from == to) continue;
      std::size_t const equals = dsn_.find('=', from);
      if (equals >= to || equals == from)
        return bad(from, "holds a parameter that is not name=value; correct it");
      result<std::string> name = decode(from, equals, "name of a parameter");
      if (!name) return name.error();
      result<std::string> value = decode(equals + 1, to, "value of a parameter");
      if (!value) return value.error();
      if (*name == "port") {
        result<std::uint16_t> const port = parse_port(*value);
        if (!port) return bad(equals + 1, "has a port that is not a number from 1 to 65535");
        profile_.port = *port;
      } else if (!take_profile_key(profile_, parts_, *name, *value)) {
        profile_.parameters.emplace_back(std::move(*name), std::move(*value));
      }
    }
    // With an account among the parameters, what stands behind the '@' is a host.
    bool const is_host = !profile_.account.empty() || profile_.port != 0;
    if (is_host && profile_.host.empty()) profile_.host = in_place;
    if (profile_.account.empty()) profile_.account = in_place;
    return success;
  }

  std::string_view dsn_;
  std::size_t next_ = 0;
  connection_profile profile_;
  credential_parts parts_;
};

}  // namespace detail

SLUICE_DECL result<connection_profile> parse_dsn(std::string_view dsn) {
  return detail::dsn_parser{dsn}.parse();
}

SLUICE_DECL result<connection_profile> parse_profile(std::string_view document_text,
                                                     std::string_view name,
                                                     std::string_view directory) {
  auto const bad = [&](std::string_view what) {
    return error{errc::invalid_configuration, fmt::format("profile '{}': {}", name, what)};
  };
  boost::system::error_code failure;
  boost::json::value document = boost::json::parse(document_text, failure);
  if (failure) return bad(fmt::format("it is not JSON ({}); correct it", failure.message()));
  if (!document.is_object()) return bad("it is not a JSON object; write {\"account\": ...}");
  connection_profile profile;
  detail::credential_parts parts;
  for (auto& member : document.get_object()) {
    std::string_view const key{member.key().data(), member.key().size()};
    if (key == "port" && member.value().is_int64()) {
      result<std::uint16_t> const port =
          detail::parse_port(std::to_string(member.value().get_int64()));
      if (!port) return bad(port.error().message);
      profile.port = *port;
      continue;
    }
    if (member.value().is_null()) continue;
    if (!member.value().is_string()) {
      profile.warnings.push_back(fmt::format("profile '{}': key '{}' is not a text", name, key));
      continue;
    }
    boost::json::string& text = member.value().get_string();
    std::string value{text.data(), text.size()};
    std::fill(text.begin(), text.end(), '\0');
    if (key == "url") {
      result<url_parts> const url = parse_url(value);
      if (!url) return bad(fmt::format("key 'url': {}", url.error().message));
      profile.host = url->host;
      profile.protocol = url->scheme;
      if (url->port != 0) profile.port = url->port;
    } else if (!detail::take_profile_key(profile, parts, key, value)) {
      profile.warnings.push_back(fmt::format("profile '{}': unknown key '{}'", name, key));
      wipe(value);
    }
  }
  if (profile.account.empty() && profile.host.empty())
    return bad("it names no account; set 'account' or 'url'");
  result<void> const made = detail::make_credential(profile, parts, directory);
  if (!made) return bad(made.error().message);
  return profile;
}

SLUICE_DECL result<connection_profile> read_profile(std::string const& path) {
  result<detail::private_file> file = detail::read_private_file(path, "profile", 1 << 20);
  if (!file) return file.error();
  std::size_t const slash = path.rfind('/');
  std::string const directory =
      slash == std::string::npos ? "" : path.substr(0, std::max<std::size_t>(slash, 1));
  result<connection_profile> profile = parse_profile(file->text.expose(), path, directory);
  if (profile)
    profile->warnings.insert(
        profile->warnings.begin(), file->warnings.begin(), file->warnings.end());
  return profile;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_PROFILE_IPP
