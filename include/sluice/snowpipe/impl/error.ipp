#ifndef SLUICE_SNOWPIPE_IMPL_ERROR_IPP
#define SLUICE_SNOWPIPE_IMPL_ERROR_IPP

#include <sluice/destination/detail/hide_quoted.hpp>
#include <sluice/snowpipe/error.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowpipe {

namespace detail {

class snowpipe_error_category final : public std::error_category {
 public:
  [[nodiscard]] char const* name() const noexcept override { return "snowpipe"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::ok:
        return "success";
      case errc::login_refused:
        return "login refused";
      case errc::object_missing:
        return "object missing or not authorised";
      case errc::request_refused:
        return "request refused";
      case errc::foreign_token:
        return "offset token of another source";
      case errc::channel_taken:
        return "channel taken by another writer";
      case errc::fenced:
        return "channel not owned any more";
      case errc::stalled:
        return "accepted rows are not committed";
      case errc::too_many_channels:
        return "too many channels";
      case errc::service_failure:
        return "failure inside the service";
    }
    return "unknown error";
  }
};

struct meaning {
  errc code = errc::request_refused;
  disposition kind = disposition::permanent;
  std::string_view remedy;
};

inline meaning meaning_of(int status, std::string_view code) noexcept {
  constexpr std::string_view grants =
      "check the spelling of database, schema, table and pipe, and the grants: USAGE on database "
      "and schema, INSERT on the table or OPERATE on the pipe";
  if (code == "ERR_CHANNEL_LIMIT_EXCEEDED_FOR_PIPE")
    return {errc::too_many_channels,
            disposition::permanent,
            "drop channels that are not used, or use another pipe"};
  if (code == "390144" || status == 401)
    return {errc::login_refused,
            disposition::permanent,
            "check user and account, that the public key of the user belongs to the private key, "
            "and the clock"};
  if (status == 403) return {errc::login_refused, disposition::permanent, grants};
  if (status == 404 || code.ends_with("_NOT_AUTHORIZED"))
    return {errc::object_missing, disposition::permanent, grants};
  if (status == 408 || status == 429 || status >= 500)
    return {errc::service_failure, disposition::retryable, "try again later"};
  return {errc::request_refused, disposition::permanent, "see the service's code"};
}

}  // namespace detail

SLUICE_DECL std::error_category const& snowpipe_category() noexcept {
  static detail::snowpipe_error_category const category;
  return category;
}

SLUICE_DECL std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), snowpipe_category()};
}

SLUICE_DECL std::string plain_words(std::string_view message) {
  constexpr std::size_t longest = 500;
  std::string text = sluice::detail::hide_quoted(message, longest);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return text;
}

SLUICE_DECL error service_error(std::string_view doing, int status, refusal const& why) {
  detail::meaning const found = detail::meaning_of(status, why.code);
  std::string text{doing};
  text += ": ";
  if (why.message.empty())
    text += "HTTP status " + std::to_string(status);
  else
    text += plain_words(why.message);
  text += "; ";
  text += found.remedy;
  error e{make_error_code(found.code), found.kind, std::move(text)};
  e.service_code = why.code.empty() ? std::to_string(status) : plain_words(why.code);
  return e;
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_ERROR_IPP
