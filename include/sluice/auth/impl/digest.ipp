#ifndef SLUICE_AUTH_IMPL_DIGEST_IPP
#define SLUICE_AUTH_IMPL_DIGEST_IPP

#include <sluice/auth/digest.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

SLUICE_DECL sha256_digest sha256(std::string_view bytes) {
  sha256_digest digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

SLUICE_DECL sha256_digest sha256(chunk_list const& bytes) {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const context{EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free};
  sha256_digest digest{};
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (chunk const& c : bytes) EVP_DigestUpdate(context.get(), c.bytes().data(), c.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  return digest;
}

SLUICE_DECL sha256_digest hmac_sha256(std::string_view key, std::string_view bytes) {
  sha256_digest digest{};
  HMAC(EVP_sha256(),
       key.data(),
       static_cast<int>(key.size()),
       reinterpret_cast<unsigned char const*>(bytes.data()),
       bytes.size(),
       digest.data(),
       nullptr);
  return digest;
}

SLUICE_DECL std::string to_hex(std::span<unsigned char const> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (unsigned char const byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

SLUICE_DECL std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock writes a final NUL
  int const length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<unsigned char const*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

SLUICE_DECL std::string to_base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

SLUICE_DECL result<std::string> from_base64(std::string_view text) {
  auto const bad = [] {
    return error{errc::invalid_input,
                 "the text is not base64; give the standard alphabet with its padding"};
  };
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return bad();
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char const c : text.substr(0, text.size() - padding)) {
    std::size_t const value = alphabet.find(c);
    if (value == std::string_view::npos) return bad();
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xff);
    }
  }
  // Left-over bits of a padded last group are zero in what an encoder writes.
  if ((bits & ((1u << count) - 1)) != 0) return bad();
  return bytes;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_DIGEST_IPP
