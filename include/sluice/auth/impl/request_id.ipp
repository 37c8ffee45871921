#ifndef SLUICE_AUTH_IMPL_REQUEST_ID_IPP
#define SLUICE_AUTH_IMPL_REQUEST_ID_IPP

#include <sluice/auth/request_id.hpp>

#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

SLUICE_DECL std::string make_uuid() {
  std::array<unsigned char, 16> bytes{};
  // A request id that comes twice makes the service return the answer to another statement.
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error{"the random generator failed; check /dev/urandom"};
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i != bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_REQUEST_ID_IPP
