#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/json_value.hpp>
#include <sluice/sandbox/skyflow/detail/jwt.hpp>
#include <sluice/sandbox/skyflow/options.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

// A body, a bearer token and a vault's schema are parsed or refused with a reason; what was parsed
// is the same after it was written again.

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  namespace skyflow = sluice::sandbox::skyflow;
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  try {
    auto const value = skyflow::detail::parse_json(text);
    std::string once;
    skyflow::detail::append_json(once, value);
    std::string twice;
    skyflow::detail::append_json(twice, skyflow::detail::parse_json(once));
    if (once != twice) std::abort();
  } catch (skyflow::detail::api_error const& e) {
    if (e.status != 400 || e.message.empty()) std::abort();
  }
  (void)skyflow::detail::parse_jwt(text);
  try {
    auto const vault = skyflow::parse_vault(text);
    if (skyflow::to_json(skyflow::parse_vault(skyflow::to_json(vault))) !=
        skyflow::to_json(vault)) {
      std::abort();
    }
  } catch (std::invalid_argument const& e) {
    if (std::string_view(e.what()).empty()) std::abort();
  }
  return 0;
}
