#ifndef SLUICE_LEDGER_DETAIL_CRC32C_HPP
#define SLUICE_LEDGER_DETAIL_CRC32C_HPP

#include <sluice/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::inline v0::detail {

consteval std::array<std::uint32_t, 256> make_crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i != table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit != 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78u : 0u);
    table[i] = value;
  }
  return table;
}

inline constexpr std::array<std::uint32_t, 256> crc32c_table = make_crc32c_table();

/// CRC-32C (Castagnoli), as in RFC 3720, appendix B.4.
[[nodiscard]] constexpr std::uint32_t crc32c(std::string_view bytes) noexcept {
  std::uint32_t value = 0xFFFFFFFFu;
  for (char const c : bytes)
    value = crc32c_table[(value ^ static_cast<unsigned char>(c)) & 0xFFu] ^ (value >> 8);
  return value ^ 0xFFFFFFFFu;
}

static_assert(crc32c("123456789") == 0xE3069283u);

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_LEDGER_DETAIL_CRC32C_HPP
