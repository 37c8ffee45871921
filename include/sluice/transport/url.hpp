#ifndef SLUICE_TRANSPORT_URL_HPP
#define SLUICE_TRANSPORT_URL_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

/// The parts of an absolute http or https URL; views into the text that was parsed.
struct url_parts {
  std::string_view scheme;  ///< "http" or "https"
  std::string_view host;    ///< without brackets
  std::uint16_t port = 0;   ///< 0: the scheme's own
  std::string_view path;    ///< with its '/'; may be empty
  std::string_view query;   ///< without '?'
  bool ipv6 = false;        ///< the host stood in brackets

  /// host[:port] as the Host header says it; the scheme's own port is left out.
  [[nodiscard]] std::string authority() const;
  /// scheme://host[:port]
  [[nodiscard]] std::string origin() const;
};

/// Error: errc::invalid_configuration, without the URL's text (it may hold secrets). A URL with
/// user information is refused: credentials belong into headers.
[[nodiscard]] SLUICE_DECL result<url_parts> parse_url(std::string_view url);

/// Percent-encodes every byte except A-Z a-z 0-9 - . _ ~ and those in `also_keep`. Upper-case hex.
[[nodiscard]] SLUICE_DECL std::string percent_encode(std::string_view text,
                                                     std::string_view also_keep = {});

/// Undoes percent-encoding; '+' stays '+'. Error: errc::invalid_input, with the offset of a '%'
/// that is not followed by two hexadecimal digits.
[[nodiscard]] SLUICE_DECL result<std::string> percent_decode(std::string_view text);

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/transport/impl/url.ipp>
#endif

#endif  // SLUICE_TRANSPORT_URL_HPP
