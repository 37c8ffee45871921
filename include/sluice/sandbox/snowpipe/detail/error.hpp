#ifndef SLUICE_SANDBOX_SNOWPIPE_DETAIL_ERROR_HPP
#define SLUICE_SANDBOX_SNOWPIPE_DETAIL_ERROR_HPP

#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/snowpipe/detail/channels.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::snowpipe {

/// A refusal as every call of Snowpipe words it.
inline detail::http_response error(int status, std::string_view code, std::string_view message) {
  auto out = detail::json_response(
      status,
      fmt::format(
          R"({{"code":{},"message":{}}})", detail::json_text(code), detail::json_text(message)));
  out.code = code;
  return out;
}

inline detail::http_response error(refused const& why) {
  auto out = error(why.status, why.code, why.message);
  if (why.retry_after_seconds) {
    out.headers.emplace_back("Retry-After", std::to_string(*why.retry_after_seconds));
  }
  return out;
}

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_DETAIL_ERROR_HPP
