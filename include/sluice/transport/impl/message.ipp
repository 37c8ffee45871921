#ifndef SLUICE_TRANSPORT_IMPL_MESSAGE_IPP
#define SLUICE_TRANSPORT_IMPL_MESSAGE_IPP

#include <sluice/transport/message.hpp>

#include <cstddef>
#include <string_view>

namespace sluice::inline v0 {

SLUICE_DECL bool same_header_name(std::string_view a, std::string_view b) noexcept {
  auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i != a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

SLUICE_DECL std::string_view find_header(std::span<header const> headers,
                                         std::string_view name) noexcept {
  for (header const& h : headers)
    if (same_header_name(h.name, name)) return h.value;
  return {};
}

SLUICE_DECL std::string_view response::header_value(std::string_view name) const noexcept {
  return find_header(headers, name);
}

SLUICE_DECL std::string_view name_of(http_method method) noexcept {
  switch (method) {
    case http_method::get:
      return "GET";
    case http_method::head:
      return "HEAD";
    case http_method::post:
      return "POST";
    case http_method::put:
      return "PUT";
    case http_method::patch:
      return "PATCH";
    case http_method::delete_:
      return "DELETE";
  }
  return "GET";
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_MESSAGE_IPP
