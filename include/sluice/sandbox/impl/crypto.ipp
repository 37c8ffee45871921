#ifndef SLUICE_SANDBOX_IMPL_CRYPTO_IPP
#define SLUICE_SANDBOX_IMPL_CRYPTO_IPP

#include <sluice/sandbox/detail/crypto.hpp>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace sluice::inline v0::sandbox::detail {

namespace crypto_impl {

template<auto Free>
struct releaser {
  template<class T>
  void operator()(T* p) const {
    Free(p);
  }
};

using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, releaser<BIO_free_all>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, releaser<EVP_MD_CTX_free>>;
using cipher_ptr = std::unique_ptr<EVP_CIPHER_CTX, releaser<EVP_CIPHER_CTX_free>>;

inline unsigned char const* bytes(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}

inline unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

inline std::string digest(EVP_MD const* kind, std::string_view data) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (EVP_Digest(data.data(), data.size(), bytes(out), &size, kind, nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no such digest");
  }
  out.resize(size);
  return out;
}

inline key_ptr read_public_key(std::string_view pem) {
  bio_ptr const in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return key_ptr(in ? PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr) : nullptr);
}

inline EVP_CIPHER const* aes(std::size_t key_bytes, bool cbc) {
  switch (key_bytes) {
    case 16:
      return cbc ? EVP_aes_128_cbc() : EVP_aes_128_ecb();
    case 32:
      return cbc ? EVP_aes_256_cbc() : EVP_aes_256_ecb();
    default:
      return nullptr;
  }
}

template<class Word>
std::array<Word, 256> reflected_table(Word polynomial) {
  std::array<Word, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    Word value = static_cast<Word>(i);
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
    }
    table[i] = value;
  }
  return table;
}

template<class Word>
Word reflected_crc(std::array<Word, 256> const& table, Word seed, std::string_view data) {
  Word value = ~seed;
  for (char const c : data) {
    value = table[(value ^ static_cast<unsigned char>(c)) & 0xff] ^ (value >> 8);
  }
  return ~value;
}

inline std::optional<std::string> decode64(std::string_view text, std::string_view alphabet) {
  std::array<int, 256> values;
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
  }
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (char const c : text) {
    int const value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  bool const clean = count < 6 && (bits & ((1U << count) - 1)) == 0;
  return clean ? std::optional(out) : std::nullopt;
}

constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace crypto_impl

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(crypto_impl::bytes(out), static_cast<int>(count)) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers");
  }
  return out;
}

std::string random_hex(std::size_t bytes) {
  return hex(random_bytes(bytes));
}

std::string random_uuid() {
  std::string raw = random_bytes(16);
  raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
  std::string out = hex(raw);
  for (std::size_t const at : {20U, 16U, 12U, 8U}) out.insert(at, 1, '-');
  return out;
}

std::string sha256(std::string_view data) {
  return crypto_impl::digest(EVP_sha256(), data);
}

std::string sha256_hex(std::string_view data) {
  return hex(sha256(data));
}

std::string sha1(std::string_view data) {
  return crypto_impl::digest(EVP_sha1(), data);
}

std::string md5(std::string_view data) {
  return crypto_impl::digest(EVP_md5(), data);
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(),
       key.data(),
       static_cast<int>(key.size()),
       crypto_impl::bytes(data),
       data.size(),
       crypto_impl::bytes(out),
       &size);
  out.resize(size);
  return out;
}

std::string hex(std::string_view data) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (char const c : data) {
    auto const byte = static_cast<unsigned char>(c);
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

std::string base64(std::string_view data) {
  std::string out((data.size() + 2) / 3 * 4 + 1, '\0');
  int const size = EVP_EncodeBlock(
      crypto_impl::bytes(out), crypto_impl::bytes(data), static_cast<int>(data.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  return crypto_impl::decode64(text, crypto_impl::standard_alphabet);
}

std::string to_base64url(std::string_view data) {
  std::string out = base64(data);
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  return crypto_impl::decode64(text, crypto_impl::url_alphabet);
}

std::uint32_t crc32(std::uint32_t seed, std::string_view data) {
  return static_cast<std::uint32_t>(::crc32_z(seed, crypto_impl::bytes(data), data.size()));
}

std::uint32_t crc32c(std::uint32_t seed, std::string_view data) {
  static auto const table = crypto_impl::reflected_table<std::uint32_t>(0x82F63B78U);
  return crypto_impl::reflected_crc(table, seed, data);
}

std::uint64_t crc64nvme(std::uint64_t seed, std::string_view data) {
  static auto const table = crypto_impl::reflected_table<std::uint64_t>(0x9A6C9329AC4BC9B5ULL);
  return crypto_impl::reflected_crc(table, seed, data);
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::string> aes_ecb_decrypt(std::string_view key, std::string_view data) {
  using namespace crypto_impl;
  EVP_CIPHER const* kind = aes(key.size(), false);
  if (kind == nullptr || data.empty() || data.size() % 16 != 0) return std::nullopt;
  cipher_ptr const context(EVP_CIPHER_CTX_new());
  EVP_DecryptInit_ex(context.get(), kind, nullptr, bytes(key), nullptr);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  std::string out(data.size() + 16, '\0');
  int size = 0;
  EVP_DecryptUpdate(context.get(), bytes(out), &size, bytes(data), static_cast<int>(data.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

struct aes_cbc_decryptor::state {
  crypto_impl::cipher_ptr context{EVP_CIPHER_CTX_new()};
};

aes_cbc_decryptor::aes_cbc_decryptor(std::string_view key, std::string_view iv)
    : state_(std::make_unique<state>()) {
  using namespace crypto_impl;
  EVP_CIPHER const* kind = aes(key.size(), true);
  if (kind == nullptr || iv.size() != 16) throw std::invalid_argument("AES key or IV size");
  EVP_DecryptInit_ex(state_->context.get(), kind, nullptr, bytes(key), bytes(iv));
}

aes_cbc_decryptor::~aes_cbc_decryptor() = default;

std::string aes_cbc_decryptor::update(std::string_view data) {
  std::string out(data.size() + 16, '\0');
  int size = 0;
  EVP_DecryptUpdate(state_->context.get(),
                    crypto_impl::bytes(out),
                    &size,
                    crypto_impl::bytes(data),
                    static_cast<int>(data.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<std::string> aes_cbc_decryptor::finish() {
  std::string out(16, '\0');
  int size = 0;
  if (EVP_DecryptFinal_ex(state_->context.get(), crypto_impl::bytes(out), &size) != 1) {
    return std::nullopt;
  }
  out.resize(static_cast<std::size_t>(size));
  return out;
}

bool verify_rs256(std::string_view public_key_pem,
                  std::string_view data,
                  std::string_view signature) {
  using namespace crypto_impl;
  key_ptr const key = read_public_key(public_key_pem);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return false;
  digest_ptr const context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(
             context.get(), bytes(signature), signature.size(), bytes(data), data.size()) == 1;
}

std::string public_key_fingerprint(std::string_view public_key_pem) {
  using namespace crypto_impl;
  key_ptr const key = read_public_key(public_key_pem);
  if (!key) return {};
  unsigned char* der = nullptr;
  int const size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) return {};
  std::string const spki(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return base64(sha256(spki));
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_CRYPTO_IPP
