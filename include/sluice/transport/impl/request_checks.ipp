#ifndef SLUICE_TRANSPORT_IMPL_REQUEST_CHECKS_IPP
#define SLUICE_TRANSPORT_IMPL_REQUEST_CHECKS_IPP

#include <sluice/transport/detail/request_checks.hpp>
#include <sluice/transport/url.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace sluice::inline v0::detail {

SLUICE_DECL std::string describe_target(request const& r) {
  result<url_parts> const url = parse_url(r.url);
  std::string const label = r.label.empty() ? "request" : std::string{r.label};
  if (!url) return label;
  return fmt::format("{} to {}", label, url->origin());
}

SLUICE_DECL result<void> check_request(request const& r) {
  result<url_parts> const url = parse_url(r.url);
  if (!url) return url.error();
  auto const is_token = [](char c) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  };
  for (header const& h : r.headers) {
    bool const name_good = !h.name.empty() && std::all_of(h.name.begin(), h.name.end(), is_token);
    constexpr std::string_view breaks{"\r\n\0", 3};
    if (!name_good || h.value.find_first_of(breaks) != std::string::npos)
      return error{errc::invalid_configuration,
                   fmt::format("{}: header '{}' holds a character that HTTP does not allow; give "
                               "names of letters and hyphens, values without line breaks",
                               describe_target(r),
                               name_good ? h.name : std::string{"?"})};
  }
  return success;
}

SLUICE_DECL time_limits effective_limits(time_limits of_request,
                                         time_limits const& defaults) noexcept {
  if (of_request.connect.count() == 0) of_request.connect = defaults.connect;
  if (of_request.idle.count() == 0) of_request.idle = defaults.idle;
  if (of_request.total.count() == 0) of_request.total = defaults.total;
  return of_request;
}

SLUICE_DECL error timeout_error(request const& r,
                                std::string_view which,
                                std::chrono::milliseconds limit) {
  return error{errc::timeout,
               fmt::format("{} took over {} ms {}; the server or the network is slow: raise the "
                           "limit or try again",
                           describe_target(r),
                           limit.count(),
                           which),
               disposition::retryable};
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_TRANSPORT_IMPL_REQUEST_CHECKS_IPP
