#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_JWT_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_JWT_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/detail/tls.hpp>
#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/jwt.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <utility>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace jwt_impl {

template<auto Free>
struct releaser {
  template<class T>
  void operator()(T* p) const {
    Free(p);
  }
};

inline std::string rs256(std::string_view private_pem, std::string_view data) {
  using bio_ptr = std::unique_ptr<BIO, releaser<BIO_free_all>>;
  using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
  using digest_ptr = std::unique_ptr<EVP_MD_CTX, releaser<EVP_MD_CTX_free>>;
  bio_ptr const in(BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size())));
  key_ptr const key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  digest_ptr const context(EVP_MD_CTX_new());
  auto const* bytes = reinterpret_cast<unsigned char const*>(data.data());
  std::size_t size = 0;
  bool ok = key &&
            EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
            EVP_DigestSign(context.get(), nullptr, &size, bytes, data.size()) == 1;
  std::string out(size, '\0');
  ok =
      ok &&
      EVP_DigestSign(
          context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, data.size()) ==
          1;
  if (!ok) throw std::runtime_error("OpenSSL could not sign a JWT");
  out.resize(size);
  return out;
}

inline rsa_pair made() {
  auto [private_pem, public_pem] = sandbox::detail::make_rsa_key();
  return {std::move(private_pem), std::move(public_pem)};
}

inline std::optional<json_value> decoded(std::string_view segment) {
  auto const text = sandbox::detail::from_base64url(segment);
  if (!text) return std::nullopt;
  try {
    auto value = parse_json(*text);
    if (value.is_object()) return value;
  } catch (api_error const&) {
    // What a token holds is the caller's business to refuse.
  }
  return std::nullopt;
}

}  // namespace jwt_impl

rsa_pair const& service_key() {
  static rsa_pair const key = jwt_impl::made();
  return key;
}

rsa_pair const& account_key() {
  static rsa_pair const key = jwt_impl::made();
  return key;
}

std::string jwt::text(std::string_view claim) const {
  auto const* value = claims.find(claim);
  return value != nullptr && value->is_string() ? value->text : std::string{};
}

std::optional<std::int64_t> jwt::number(std::string_view claim) const {
  auto const* value = claims.find(claim);
  if (value == nullptr) return std::nullopt;
  if (value->is == json_value::form::integer) return sandbox::detail::to_integer(value->text);
  if (value->is != json_value::form::real) return std::nullopt;
  double const number = std::strtod(value->text.c_str(), nullptr);
  constexpr double beyond_any_time = 1e15;
  if (!(number > -beyond_any_time && number < beyond_any_time)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

bool jwt::signed_by(std::string_view public_pem) const {
  auto const* algorithm = header.find("alg");
  return algorithm != nullptr && algorithm->text == "RS256" &&
         sandbox::detail::verify_rs256(public_pem, signed_part, signature);
}

std::optional<jwt> parse_jwt(std::string_view text) {
  auto const parts = sandbox::detail::split(text, '.');
  if (parts.size() != 3) return std::nullopt;
  auto header = jwt_impl::decoded(parts[0]);
  auto claims = jwt_impl::decoded(parts[1]);
  auto signature = sandbox::detail::from_base64url(parts[2]);
  if (!header || !claims || !signature) return std::nullopt;
  return jwt{*std::move(header),
             *std::move(claims),
             std::string(text.substr(0, parts[0].size() + 1 + parts[1].size())),
             *std::move(signature)};
}

std::string sign_jwt(std::string_view claims, std::string_view private_pem) {
  using sandbox::detail::to_base64url;
  std::string out = to_base64url(R"({"alg":"RS256","typ":"JWT"})") + '.' + to_base64url(claims);
  return out + '.' + to_base64url(jwt_impl::rs256(private_pem, out));
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_JWT_IPP
