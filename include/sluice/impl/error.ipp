#ifndef SLUICE_IMPL_ERROR_IPP
#define SLUICE_IMPL_ERROR_IPP

#include <sluice/error.hpp>

#include <string>
#include <system_error>

namespace sluice::inline v0 {

namespace detail {

class sluice_error_category final : public std::error_category {
 public:
  [[nodiscard]] char const* name() const noexcept override { return "sluice"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::ok:
        return "success";
      case errc::invalid_configuration:
        return "invalid configuration";
      case errc::invalid_input:
        return "invalid input";
      case errc::memory_limit:
        return "memory limit too small";
      case errc::io:
        return "file error";
      case errc::name_resolution:
        return "host name not found";
      case errc::connect:
        return "connection refused";
      case errc::tls:
        return "TLS refused";
      case errc::send_receive:
        return "connection broken";
      case errc::timeout:
        return "time limit passed";
      case errc::deadline:
        return "deadline passed";
      case errc::cancelled:
        return "cancelled";
      case errc::reply_too_large:
        return "reply too large";
      case errc::malformed_reply:
        return "malformed reply";
      case errc::http_status:
        return "HTTP error status";
      case errc::circuit_open:
        return "circuit open";
      case errc::outcome_unknown:
        return "outcome unknown";
      case errc::payload_too_large:
        return "payload too large";
      case errc::payload_refused:
        return "payload refused";
      case errc::internal:
        return "internal error";
    }
    return "unknown error";
  }
};

}  // namespace detail

SLUICE_DECL std::error_category const& sluice_category() noexcept {
  static detail::sluice_error_category const category;
  return category;
}

SLUICE_DECL std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), sluice_category()};
}

SLUICE_DECL std::string error::describe() const {
  std::string text = message.empty() ? code.message() : message;
  if (!service_code.empty()) text += " [code " + service_code + "]";
  if (!request_id.empty()) text += " [request " + request_id + "]";
  return text;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_IMPL_ERROR_IPP
