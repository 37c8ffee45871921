#ifndef SLUICE_AUTH_IMPL_JWT_IPP
#define SLUICE_AUTH_IMPL_JWT_IPP

#include <sluice/auth/digest.hpp>
#include <sluice/auth/jwt.hpp>
#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/result.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

SLUICE_DECL std::chrono::system_clock::time_point jwt_expiry(
    std::string_view jwt, std::chrono::system_clock::time_point otherwise) {
  namespace reader = detail::json_reader;
  std::size_t const first = jwt.find('.');
  if (first == std::string_view::npos) return otherwise;
  std::string_view const rest = jwt.substr(first + 1);
  std::string payload{rest.substr(0, rest.find('.'))};
  for (char& c : payload) c = c == '-' ? '+' : c == '_' ? '/' : c;
  payload.append((4 - payload.size() % 4) % 4, '=');
  result<std::string> const decoded = from_base64(payload);
  if (!decoded) return otherwise;
  std::optional<boost::json::value> const parsed = reader::parse_json(*decoded);
  boost::json::object const* const claims = parsed ? parsed->if_object() : nullptr;
  if (claims == nullptr) return otherwise;
  // system_clock counts nanoseconds in 64 bits, to the year 2262.
  constexpr std::uint64_t latest = 9'000'000'000;
  std::uint64_t end = reader::number_at(*claims, "exp", 0);
  if (boost::json::value const* const exp = reader::find(*claims, "exp");
      exp != nullptr && exp->is_double()) {
    double const d = exp->get_double();  // some issuers write fractions
    end = d > 0 && d < static_cast<double>(latest) ? static_cast<std::uint64_t>(d) : 0;
  }
  if (end == 0) return otherwise;
  return std::chrono::system_clock::time_point{
      std::chrono::seconds{static_cast<std::int64_t>(std::min(end, latest))}};
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_JWT_IPP
