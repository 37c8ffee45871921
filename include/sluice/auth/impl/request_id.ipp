#ifndef SLUICE_AUTH_IMPL_REQUEST_ID_IPP
#define SLUICE_AUTH_IMPL_REQUEST_ID_IPP

#include <sluice/auth/digest.hpp>
#include <sluice/auth/request_id.hpp>

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

namespace detail {

inline std::string uuid_text(std::array<unsigned char, 16> bytes) {
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text = to_hex(bytes);
  for (std::size_t const at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
  return text;
}

}  // namespace detail

SLUICE_DECL std::string make_uuid() {
  std::array<unsigned char, 16> bytes{};
  // A request id that comes twice makes the service return the answer to another statement.
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error{"the random generator failed; check /dev/urandom"};
  return detail::uuid_text(bytes);
}

SLUICE_DECL std::string uuid_of(std::string_view name) {
  sha256_digest const digest = sha256(name);
  std::array<unsigned char, 16> bytes{};
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  return detail::uuid_text(bytes);
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_REQUEST_ID_IPP
