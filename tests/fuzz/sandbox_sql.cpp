#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/parser.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// SQL text is parsed or refused with the service's code and a position.

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  namespace sql = sluice::sandbox::sql;
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  try {
    (void)sql::detail::parse_statements(text, {});
  } catch (sql::detail::sql_error const& e) {
    if (e.what_failed().code.empty() || e.what_failed().message.empty()) std::abort();
  }
  return 0;
}
