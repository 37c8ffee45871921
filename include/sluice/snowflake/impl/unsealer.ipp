#ifndef SLUICE_SNOWFLAKE_IMPL_UNSEALER_IPP
#define SLUICE_SNOWFLAKE_IMPL_UNSEALER_IPP

#include <sluice/auth/digest.hpp>
#include <sluice/snowflake/encryption.hpp>
#include <sluice/snowflake/impl/encryption.ipp>

#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

inline error not_sealed_so(std::string_view what) {
  return error{make_error_code(errc::malformed_encryption),
               disposition::permanent,
               "the stage file cannot be decrypted: " + std::string{what} +
                   "; it is damaged, or was written by a client that encrypts otherwise"};
}

/// The other direction of `encryptor`.
class decryptor {
 public:
  decryptor(EVP_CIPHER const* cipher, std::string_view key, std::string_view iv)
      : context_{EVP_CIPHER_CTX_new()} {
    good_ =
        context_ != nullptr &&
        EVP_DecryptInit_ex(
            context_.get(), cipher, nullptr, octets(key), iv.empty() ? nullptr : octets(iv)) == 1;
  }

  [[nodiscard]] bool good() const noexcept { return good_; }

  /// Precondition: at most INT_MAX bytes.
  std::string update(std::string_view sealed) {
    std::string out(sealed.size() + EVP_MAX_BLOCK_LENGTH, '\0');
    int length = 0;
    good_ = good_ && EVP_DecryptUpdate(context_.get(),
                                       reinterpret_cast<unsigned char*>(out.data()),
                                       &length,
                                       octets(sealed),
                                       static_cast<int>(sealed.size())) == 1;
    out.resize(good_ ? static_cast<std::size_t>(length) : 0);
    return out;
  }

  std::string finish() {
    std::string out(EVP_MAX_BLOCK_LENGTH, '\0');
    int length = 0;
    good_ =
        good_ && EVP_DecryptFinal_ex(
                     context_.get(), reinterpret_cast<unsigned char*>(out.data()), &length) == 1;
    out.resize(good_ ? static_cast<std::size_t>(length) : 0);
    return out;
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, cipher_deleter> context_;
  bool good_ = false;
};

}  // namespace detail

SLUICE_DECL result<file_key> unwrap_file_key(encryption_material const& material,
                                             std::string_view wrapped_key,
                                             std::string_view iv) {
  detail::master_key const master{material.master_key};
  if (!master.usable()) return detail::bad_master_key();
  result<std::string> wrapped = from_base64(wrapped_key);
  result<std::string> vector = from_base64(iv);
  if (!wrapped || wrapped->size() != master.bytes().size() + 16)
    return detail::not_sealed_so("its key is no wrapped key");
  if (!vector || vector->size() != 16)
    return detail::not_sealed_so("its initialisation vector is none");
  bool const wide = master.bytes().size() == 32;
  detail::decryptor unwrap{wide ? EVP_aes_256_ecb() : EVP_aes_128_ecb(), master.bytes(), {}};
  file_key key;
  key.key = unwrap.update(*wrapped);
  key.key += unwrap.finish();
  if (!unwrap.good() || key.key.size() != master.bytes().size())
    return detail::not_sealed_so("the stage's master key does not unwrap its key");
  key.iv = *std::move(vector);
  return key;
}

struct unsealer::state {
  detail::decryptor body;
};

SLUICE_DECL unsealer::unsealer(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}

SLUICE_DECL unsealer::unsealer(unsealer&&) noexcept = default;
SLUICE_DECL unsealer& unsealer::operator=(unsealer&&) noexcept = default;
SLUICE_DECL unsealer::~unsealer() = default;

SLUICE_DECL result<unsealer> unsealer::open(file_key const& key) {
  bool const wide = key.key.size() == 32;
  if ((!wide && key.key.size() != 16) || key.iv.size() != 16)
    return detail::not_sealed_so("its key has no length that AES knows");
  auto s = std::make_unique<state>(
      state{detail::decryptor{wide ? EVP_aes_256_cbc() : EVP_aes_128_cbc(), key.key, key.iv}});
  if (!s->body.good()) return detail::cipher_failure();
  return unsealer{std::move(s)};
}

SLUICE_DECL result<std::string> unsealer::update(std::string_view sealed) {
  constexpr std::size_t run = std::size_t{1} << 20;
  static_assert(run <= INT_MAX);
  std::string plain;
  while (!sealed.empty()) {
    plain += state_->body.update(sealed.substr(0, run));
    sealed.remove_prefix(std::min(run, sealed.size()));
  }
  if (!state_->body.good()) return detail::cipher_failure();
  return plain;
}

SLUICE_DECL result<std::string> unsealer::finish() {
  std::string rest = state_->body.finish();
  if (!state_->body.good()) return detail::not_sealed_so("its last block is no padding");
  return rest;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_UNSEALER_IPP
