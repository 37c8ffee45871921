#ifndef SLUICE_SANDBOX_DETAIL_CRYPTO_HPP
#define SLUICE_SANDBOX_DETAIL_CRYPTO_HPP

#include <sluice/config.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::detail {

// Byte strings are std::string: nothing here is text unless its name says so.

std::string random_bytes(std::size_t count);
std::string random_hex(std::size_t bytes);
std::string random_uuid();

std::string sha256(std::string_view data);
std::string sha256_hex(std::string_view data);
std::string sha1(std::string_view data);
std::string md5(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);
std::string hex(std::string_view data);  ///< lower case

std::string base64(std::string_view data);
/// Standard alphabet with padding; nothing if the text is not exactly that.
std::optional<std::string> from_base64(std::string_view text);
/// URL alphabet without padding.
std::string to_base64url(std::string_view data);
std::optional<std::string> from_base64url(std::string_view text);

std::uint32_t crc32(std::uint32_t seed, std::string_view data);
std::uint32_t crc32c(std::uint32_t seed, std::string_view data);
std::uint64_t crc64nvme(std::uint64_t seed, std::string_view data);

bool constant_time_equal(std::string_view a, std::string_view b);

/// AES-ECB without padding; nothing if sizes do not fit.
std::optional<std::string> aes_ecb_decrypt(std::string_view key, std::string_view data);

/// AES-CBC decryption as a stream; padding is checked at the end.
class aes_cbc_decryptor {
 public:
  aes_cbc_decryptor(std::string_view key, std::string_view iv);
  ~aes_cbc_decryptor();
  aes_cbc_decryptor(aes_cbc_decryptor const&) = delete;
  aes_cbc_decryptor& operator=(aes_cbc_decryptor const&) = delete;
  std::string update(std::string_view data);
  /// The last block without its padding; nothing if the padding is wrong.
  std::optional<std::string> finish();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// RS256 over `data` with a PEM public key.
bool verify_rs256(std::string_view public_key_pem,
                  std::string_view data,
                  std::string_view signature);
/// base64(SHA-256(DER SubjectPublicKeyInfo)); empty if the PEM holds no public key.
std::string public_key_fingerprint(std::string_view public_key_pem);

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_CRYPTO_HPP
