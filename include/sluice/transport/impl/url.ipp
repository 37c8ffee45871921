#ifndef SLUICE_TRANSPORT_IMPL_URL_IPP
#define SLUICE_TRANSPORT_IMPL_URL_IPP

#include <sluice/transport/url.hpp>

#include <fmt/core.h>

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

namespace detail {

[[nodiscard]] constexpr bool is_unreserved(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

[[nodiscard]] constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace detail

SLUICE_DECL std::string url_parts::authority() const {
  std::string text = ipv6 ? fmt::format("[{}]", host) : std::string{host};
  bool const usual = port == 0 || (scheme == "https" ? port == 443 : port == 80);
  if (!usual) text += fmt::format(":{}", port);
  return text;
}

SLUICE_DECL std::string url_parts::origin() const {
  return fmt::format("{}://{}", scheme, authority());
}

SLUICE_DECL result<url_parts> parse_url(std::string_view url) {
  auto const bad = [](std::string_view why) {
    return error{errc::invalid_configuration, fmt::format("a URL cannot be used: {}", why)};
  };
  url_parts parts;
  std::size_t const colon = url.find("://");
  if (colon == std::string_view::npos) return bad("it has no scheme; write https://host/...");
  parts.scheme = url.substr(0, colon);
  if (parts.scheme != "https" && parts.scheme != "http")
    return bad("its scheme is neither https nor http");
  for (char const c : url)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f')
      return bad("it holds a space or control character; percent-encode it");
  std::string_view rest = url.substr(colon + 3);
  if (std::size_t const hash = rest.find('#'); hash != std::string_view::npos)
    rest = rest.substr(0, hash);
  std::size_t const end = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  std::size_t const question = rest.find('?');
  parts.path = rest.substr(0, question);
  if (question != std::string_view::npos) parts.query = rest.substr(question + 1);
  if (authority.find('@') != std::string_view::npos)
    return bad("it holds a user name before '@'; credentials belong into the configuration");

  std::string_view port;
  if (authority.starts_with('[')) {
    std::size_t const bracket = authority.find(']');
    if (bracket == std::string_view::npos) return bad("']' is missing behind an IPv6 address");
    parts.host = authority.substr(1, bracket - 1);
    parts.ipv6 = true;
    authority.remove_prefix(bracket + 1);
    if (!authority.empty() && authority[0] != ':') return bad("text follows an IPv6 address");
    if (!authority.empty()) port = authority.substr(1);
  } else {
    std::size_t const mark = authority.find(':');
    parts.host = authority.substr(0, mark);
    if (mark != std::string_view::npos) port = authority.substr(mark + 1);
  }
  if (parts.host.empty()) return bad("it has no host name");
  if (!port.empty()) {
    auto const [stop, failure] =
        std::from_chars(port.data(), port.data() + port.size(), parts.port);
    if (failure != std::errc{} || stop != port.data() + port.size() || parts.port == 0)
      return bad("its port is not a number from 1 to 65535");
  }
  return parts;
}

SLUICE_DECL std::string percent_encode(std::string_view text, std::string_view also_keep) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (char const c : text) {
    if (detail::is_unreserved(c) || also_keep.find(c) != std::string_view::npos) {
      out += c;
    } else {
      auto const byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

SLUICE_DECL result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int const high = i + 1 < text.size() ? detail::hex_digit(text[i + 1]) : -1;
    int const low = i + 2 < text.size() ? detail::hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return error{errc::invalid_input,
                   fmt::format("'%' at offset {} is not followed by two hexadecimal digits; write "
                               "'%25' for a percent sign",
                               i)};
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_URL_IPP
