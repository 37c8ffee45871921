#ifndef SLUICE_AUTH_IMPL_KEY_PAIR_IPP
#define SLUICE_AUTH_IMPL_KEY_PAIR_IPP

#include <sluice/auth/detail/file.hpp>
#include <sluice/auth/digest.hpp>
#include <sluice/auth/key_pair.hpp>

#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {

class key_pair::state {
 public:
  struct release {
    void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }

    void operator()(BIO* p) const noexcept { BIO_free(p); }

    void operator()(EVP_MD_CTX* p) const noexcept { EVP_MD_CTX_free(p); }
  };

  using key_pointer = std::unique_ptr<EVP_PKEY, release>;
  using bio_pointer = std::unique_ptr<BIO, release>;

  explicit state(key_pointer k) : key{std::move(k)} {}

  struct passphrase_request {
    secret const& given;
    bool asked = false;
  };

  static int give_passphrase(char* buffer, int size, int, void* context) {
    auto& request = *static_cast<passphrase_request*>(context);
    request.asked = true;
    std::string_view const text = request.given.expose();
    if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
    std::copy(text.begin(), text.end(), buffer);
    return static_cast<int>(text.size());
  }

  static error bad(std::string text) {
    ERR_clear_error();
    return error{errc::invalid_configuration, std::move(text)};
  }

  static result<std::shared_ptr<state const>> parse(std::string_view pem,
                                                    secret const& passphrase) {
    if (pem.find("PUBLIC KEY-----") != std::string_view::npos &&
        pem.find("PRIVATE KEY-----") == std::string_view::npos)
      return bad("the key is a public key; give the private one (BEGIN PRIVATE KEY)");
    bio_pointer const bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    passphrase_request request{passphrase};
    key_pointer key{PEM_read_bio_PrivateKey(bio.get(), nullptr, &give_passphrase, &request)};
    if (!key && request.asked && passphrase.empty())
      return bad("the private key is encrypted; give its passphrase");
    if (!key && request.asked)
      return bad("the private key cannot be decrypted; check its passphrase");
    if (!key)
      return bad(
          "the private key is not PEM; give a PKCS#8 file whose first line is "
          "-----BEGIN PRIVATE KEY----- or -----BEGIN ENCRYPTED PRIVATE KEY-----");
    if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
      return bad("the private key is not an RSA key; make one with `openssl genrsa 2048`");
    if (EVP_PKEY_bits(key.get()) < 2048)
      return bad(fmt::format("the private key has {} bits; at least 2048 are needed",
                             EVP_PKEY_bits(key.get())));
    return std::make_shared<state const>(std::move(key));
  }

  key_pointer key;
};

SLUICE_DECL key_pair key_pair::from_pem(std::string_view pem, secret const& passphrase) {
  key_pair pair;
  result<std::shared_ptr<state const>> parsed = state::parse(pem, passphrase);
  if (parsed)
    pair.state_ = std::move(*parsed);
  else
    pair.failure_ = std::move(parsed).error();
  return pair;
}

SLUICE_DECL key_pair key_pair::from_file(std::string const& path, secret const& passphrase) {
  result<detail::private_file> file = detail::read_private_file(path, "private key", 64 * 1024);
  if (!file) {
    key_pair pair;
    pair.failure_ = std::move(file).error();
    return pair;
  }
  key_pair pair = from_pem(file->text.expose(), passphrase);
  if (!pair.state_) pair.failure_.message = fmt::format("'{}': {}", path, pair.failure_.message);
  pair.warnings_ = std::move(file->warnings);
  return pair;
}

SLUICE_DECL result<void> key_pair::check() const {
  if (state_) return success;
  if (!failure_.code)
    return error{errc::invalid_configuration,
                 "no private key was given; use key_pair::from_file or key_pair::from_pem"};
  return failure_;
}

SLUICE_DECL result<std::string> key_pair::fingerprint() const {
  result<void> const good = check();
  if (!good) return good.error();
  unsigned char* der = nullptr;
  int const length = i2d_PUBKEY(state_->key.get(), &der);
  if (length <= 0) return state::bad("the public part of the key cannot be encoded; make another");
  sha256_digest const digest =
      sha256({reinterpret_cast<char const*>(der), static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  return "SHA256:" + to_base64(as_text(digest));
}

SLUICE_DECL result<std::string> key_pair::public_pem() const {
  result<void> const good = check();
  if (!good) return good.error();
  state::bio_pointer const bio{BIO_new(BIO_s_mem())};
  PEM_write_bio_PUBKEY(bio.get(), state_->key.get());
  char* text = nullptr;
  long const length = BIO_get_mem_data(bio.get(), &text);
  return std::string{text, static_cast<std::size_t>(length)};
}

SLUICE_DECL result<secret> key_pair::sign(jwt_claims const& claims) const {
  result<void> const good = check();
  if (!good) return good.error();
  auto const quoted = [](std::string_view text) {
    std::string out = "\"";
    for (char const c : text) {
      if (c == '"' || c == '\\')
        (out += '\\') += c;
      else if (static_cast<unsigned char>(c) < 0x20)
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
      else
        out += c;
    }
    return out += '"';
  };
  auto const issued = std::chrono::floor<std::chrono::seconds>(claims.issued_at.time_since_epoch());
  std::string body =
      fmt::format(R"({{"iss":{},"sub":{},)", quoted(claims.issuer), quoted(claims.subject));
  if (claims.says_issued_at) body += fmt::format(R"("iat":{},)", issued.count());
  body += fmt::format(R"("exp":{})", (issued + claims.lifetime).count());
  for (jwt_claim const& c : claims.further)
    body += fmt::format(",{}:{}", quoted(c.name), c.is_json ? c.value : quoted(c.value));
  body += '}';
  std::string text = to_base64url(R"({"alg":"RS256","typ":"JWT"})") + "." + to_base64url(body);

  std::unique_ptr<EVP_MD_CTX, state::release> const context{EVP_MD_CTX_new()};
  std::size_t length = 0;
  std::string signature;
  bool signed_ok =
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
      EVP_DigestSignUpdate(context.get(), text.data(), text.size()) == 1 &&
      EVP_DigestSignFinal(context.get(), nullptr, &length) == 1;
  if (signed_ok) {
    signature.resize(length);
    signed_ok =
        EVP_DigestSignFinal(
            context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length) == 1;
    signature.resize(length);
  }
  if (!signed_ok) return state::bad("the private key cannot sign; check that it is intact");
  text += "." + to_base64url(signature);
  return secret::take(text);
}

SLUICE_DECL result<secret> jwt_cache::token(std::chrono::system_clock::time_point now) {
  auto const age = now - issued_at_;
  // A clock that went back makes a token "from the future", which services refuse.
  if (!token_.empty() && age >= age.zero() && age < lifetime_ * 3 / 4) return token_;
  return fresh_token(now);
}

SLUICE_DECL result<secret> jwt_cache::fresh_token(std::chrono::system_clock::time_point now) {
  result<secret> made = key_.sign({issuer_, subject_, now, lifetime_});
  if (made) {
    token_ = *made;
    issued_at_ = now;
  }
  return made;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_KEY_PAIR_IPP
