#ifndef SLUICE_SNOWFLAKE_IMPL_ENCRYPTION_IPP
#define SLUICE_SNOWFLAKE_IMPL_ENCRYPTION_IPP

#include <sluice/auth/digest.hpp>
#include <sluice/snowflake/encryption.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

struct cipher_deleter {
  void operator()(EVP_CIPHER_CTX* c) const noexcept { EVP_CIPHER_CTX_free(c); }
};

inline unsigned char const* octets(std::string_view text) noexcept {
  return reinterpret_cast<unsigned char const*>(text.data());
}

/// A master key that wipes itself.
class master_key {
 public:
  explicit master_key(secret const& text) {
    if (result<std::string> bytes = from_base64(text.expose())) bytes_ = *std::move(bytes);
  }

  master_key(master_key const&) = delete;
  master_key& operator=(master_key const&) = delete;

  ~master_key() { wipe(bytes_); }

  [[nodiscard]] std::string const& bytes() const noexcept { return bytes_; }

  [[nodiscard]] bool usable() const noexcept { return bytes_.size() == 16 || bytes_.size() == 32; }

 private:
  std::string bytes_;
};

inline error bad_master_key() {
  return error{make_error_code(errc::malformed_encryption),
               disposition::permanent,
               "the stage's master key is not base64 of 16 or 32 bytes; the service asks for an "
               "encryption that this client does not know"};
}

inline error cipher_failure() {
  return error{sluice::errc::internal,
               "OpenSSL refused AES; check that its default provider is active"};
}

/// One direction: encrypts runs of bytes into blocks.
class encryptor {
 public:
  encryptor(EVP_CIPHER const* cipher, std::string_view key, std::string_view iv)
      : context_{EVP_CIPHER_CTX_new()} {
    good_ =
        context_ != nullptr &&
        EVP_EncryptInit_ex(
            context_.get(), cipher, nullptr, octets(key), iv.empty() ? nullptr : octets(iv)) == 1;
  }

  [[nodiscard]] bool good() const noexcept { return good_; }

  std::string update(std::string_view plain) {
    std::string out(plain.size() + EVP_MAX_BLOCK_LENGTH, '\0');
    int length = 0;
    good_ = good_ && EVP_EncryptUpdate(context_.get(),
                                       reinterpret_cast<unsigned char*>(out.data()),
                                       &length,
                                       octets(plain),
                                       static_cast<int>(plain.size())) == 1;
    out.resize(good_ ? static_cast<std::size_t>(length) : 0);
    return out;
  }

  std::string finish() {
    std::string out(EVP_MAX_BLOCK_LENGTH, '\0');
    int length = 0;
    good_ =
        good_ && EVP_EncryptFinal_ex(
                     context_.get(), reinterpret_cast<unsigned char*>(out.data()), &length) == 1;
    out.resize(good_ ? static_cast<std::size_t>(length) : 0);
    return out;
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, cipher_deleter> context_;
  bool good_ = false;
};

/// Calls `f` with runs of at most 1 MiB, so that OpenSSL's int lengths hold and memory is returned
/// in even pieces.
template<class F>
void for_each_run(chunk_list const& bytes, F f) {
  constexpr std::size_t run = std::size_t{1} << 20;
  static_assert(run <= INT_MAX);
  for (chunk const& c : bytes) {
    std::string_view rest = c.bytes();
    while (!rest.empty()) {
      f(rest.substr(0, run));
      rest.remove_prefix(std::min(run, rest.size()));
    }
  }
}

inline std::string escaped_json(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out;
}

}  // namespace detail

SLUICE_DECL result<file_key> make_file_key(encryption_material const& material) {
  detail::master_key const master{material.master_key};
  if (!master.usable()) return detail::bad_master_key();
  file_key key{std::string(master.bytes().size(), '\0'), std::string(16, '\0')};
  auto const fill = [](std::string& bytes) {
    return RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size())) == 1;
  };
  if (!fill(key.key) || !fill(key.iv))
    return error{sluice::errc::internal, "the random generator failed; check /dev/urandom"};
  return key;
}

SLUICE_DECL result<sealed_file> seal_file(chunk_list const& plain,
                                          encryption_material const& material,
                                          file_key const& key) {
  detail::master_key const master{material.master_key};
  if (!master.usable() || key.key.size() != master.bytes().size() || key.iv.size() != 16)
    return detail::bad_master_key();
  bool const wide = key.key.size() == 32;

  detail::encryptor wrap{wide ? EVP_aes_256_ecb() : EVP_aes_128_ecb(), master.bytes(), {}};
  std::string wrapped = wrap.update(key.key);
  wrapped += wrap.finish();

  sealed_file file;
  detail::encryptor body{wide ? EVP_aes_256_cbc() : EVP_aes_128_cbc(), key.key, key.iv};
  detail::for_each_run(plain, [&](std::string_view run) {
    std::string sealed = body.update(run);
    if (!sealed.empty()) file.body.push_back(chunk{std::move(sealed)});
  });
  file.body.push_back(chunk{body.finish()});
  if (!wrap.good() || !body.good()) return detail::cipher_failure();

  file.wrapped_key = to_base64(wrapped);
  file.iv = to_base64(key.iv);
  file.digest = file_digest(plain);
  file.description = R"({"queryId":")" + detail::escaped_json(material.query_id) +
                     R"(","smkId":")" + detail::escaped_json(material.smk_id) + R"(","keySize":")" +
                     (wide ? "256" : "128") + "\"}";
  return file;
}

SLUICE_DECL std::string file_digest(chunk_list const& plain) {
  return to_base64(as_text(sha256(plain)));
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_ENCRYPTION_IPP
