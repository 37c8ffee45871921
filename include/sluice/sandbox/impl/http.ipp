#ifndef SLUICE_SANDBOX_IMPL_HTTP_IPP
#define SLUICE_SANDBOX_IMPL_HTTP_IPP

#include <sluice/sandbox/detail/http.hpp>

#include <algorithm>

namespace sluice::inline v0::sandbox::detail {

namespace http_impl {

inline std::string const* find_value(name_values const& in, std::string_view name) {
  auto const found =
      std::find_if(in.begin(), in.end(), [&](auto const& entry) { return entry.first == name; });
  return found == in.end() ? nullptr : &found->second;
}

}  // namespace http_impl

std::string_view http_request::header(std::string_view name) const {
  auto const* value = http_impl::find_value(headers, name);
  return value == nullptr ? std::string_view{} : *value;
}

bool http_request::has_header(std::string_view name) const {
  return http_impl::find_value(headers, name) != nullptr;
}

std::string_view http_request::parameter(std::string_view name) const {
  auto const* value = http_impl::find_value(query, name);
  return value == nullptr ? std::string_view{} : *value;
}

bool http_request::has_parameter(std::string_view name) const {
  return http_impl::find_value(query, name) != nullptr;
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 201:
      return "Created";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 301:
      return "Moved Permanently";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 416:
      return "Range Not Satisfiable";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 529:
      return "Site Overloaded";
    default:
      return "Status";
  }
}

http_response http_handler::unreadable(int status, std::string_view why) {
  return json_response(status, "{\"message\":\"" + std::string(why) + "\"}");
}

http_response json_response(int status, std::string body) {
  http_response out;
  out.status = status;
  out.headers.emplace_back("Content-Type", "application/json");
  out.body = std::move(body);
  return out;
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_HTTP_IPP
