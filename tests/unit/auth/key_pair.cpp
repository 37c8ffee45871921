#include "catch.hpp"
#include "temporary_directory.hpp"

#include <sluice/auth/credential.hpp>
#include <sluice/auth/digest.hpp>
#include <sluice/auth/jwt.hpp>
#include <sluice/auth/key_pair.hpp>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using sluice_test::temporary_directory;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  long const length = BIO_get_mem_data(bio, &data);
  std::string text{data, static_cast<std::size_t>(length)};
  BIO_free(bio);
  return text;
}

std::string pem_of(EVP_PKEY* key, char const* passphrase = nullptr) {
  BIO* bio = BIO_new(BIO_s_mem());
  EVP_CIPHER const* const cipher = passphrase != nullptr ? EVP_aes_256_cbc() : nullptr;
  PEM_write_bio_PKCS8PrivateKey(
      bio,
      key,
      cipher,
      passphrase,
      passphrase != nullptr ? static_cast<int>(std::string_view{passphrase}.size()) : 0,
      nullptr,
      nullptr);
  return text_of(bio);
}

/// One key for all tests: making one takes a while.
EVP_PKEY* rsa_key() {
  static std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key{EVP_RSA_gen(2048),
                                                                       &EVP_PKEY_free};
  return key.get();
}

std::string error_of(key_pair const& key) {
  result<void> const good = key.check();
  REQUIRE(!good);
  CHECK_FALSE(good.error().retryable());
  return good.error().message;
}

}  // namespace

TEST_CASE("keys are read from PKCS#8, plain or encrypted") {
  std::string const plain = pem_of(rsa_key());
  std::string const encrypted = pem_of(rsa_key(), "open sesame");
  key_pair const a = key_pair::from_pem(plain);
  key_pair const b = key_pair::from_pem(encrypted, secret{"open sesame"});
  REQUIRE(a.check());
  REQUIRE(b.check());
  CHECK(a.fingerprint().value() == b.fingerprint().value());
  CHECK(a.public_pem()->starts_with("-----BEGIN PUBLIC KEY-----\n"));

  CHECK(error_of(key_pair::from_pem(encrypted)).find("give its passphrase") != std::string::npos);
  std::string const wrong = error_of(key_pair::from_pem(encrypted, secret{"Open Sesame"}));
  CHECK(wrong.find("check its passphrase") != std::string::npos);
  CHECK(wrong.find("Sesame") == std::string::npos);
}

TEST_CASE("what is no usable private key is refused with the reason") {
  CHECK(error_of(key_pair{}).find("no private key was given") != std::string::npos);
  CHECK(error_of(key_pair::from_pem("")).find("not PEM") != std::string::npos);
  CHECK(error_of(key_pair::from_pem("garbage")).find("not PEM") != std::string::npos);
  std::string damaged = pem_of(rsa_key());
  damaged.replace(damaged.size() / 2, 20, std::string(20, '*'));
  CHECK(error_of(key_pair::from_pem(damaged)).find("not PEM") != std::string::npos);
  std::string const public_key = *key_pair::from_pem(pem_of(rsa_key())).public_pem();
  CHECK(error_of(key_pair::from_pem(public_key)).find("public key") != std::string::npos);
  EVP_PKEY* const small = EVP_RSA_gen(1024);
  CHECK(error_of(key_pair::from_pem(pem_of(small))).find("1024 bits") != std::string::npos);
  EVP_PKEY_free(small);
  EVP_PKEY* const curve = EVP_EC_gen("P-256");
  CHECK(error_of(key_pair::from_pem(pem_of(curve))).find("not an RSA key") != std::string::npos);
  EVP_PKEY_free(curve);
}

TEST_CASE("key files: missing, oversized and readable by others") {
  temporary_directory const directory;
  std::string const path = directory / "rsa_key.p8";
  CHECK(error_of(key_pair::from_file(path)).find("cannot be opened (No such file") !=
        std::string::npos);
  CHECK(error_of(key_pair::from_file(directory.path())).find("not a regular file") !=
        std::string::npos);
  std::ofstream{path} << pem_of(rsa_key());
  std::filesystem::permissions(path, std::filesystem::perms{0644});
  key_pair const open = key_pair::from_file(path);
  REQUIRE(open.check());
  REQUIRE(open.warnings().size() == 1);
  CHECK(open.warnings()[0].find("chmod 600") != std::string::npos);
  std::filesystem::permissions(path, std::filesystem::perms{0600});
  CHECK(key_pair::from_file(path).warnings().empty());
  std::ofstream{path} << std::string(70'000, 'x');
  CHECK(error_of(key_pair::from_file(path)).find("larger than") != std::string::npos);
  std::ofstream{path} << "nonsense";
  CHECK(error_of(key_pair::from_file(path)).find("'" + path + "'") == 0);
}

TEST_CASE("tokens verify with the public key and claim what they should") {
  key_pair const key = key_pair::from_pem(pem_of(rsa_key()));
  auto const now = std::chrono::sys_days{std::chrono::January / 2 / 2026} + 500ms;
  result<secret> const token = key.sign({"A.U.SHA256:x", "A.\"U\\", now, 60s});
  REQUIRE(token);
  std::string_view const text = token->expose();
  std::size_t const first = text.find('.');
  std::size_t const second = text.find('.', first + 1);
  REQUIRE(second != std::string_view::npos);

  auto const decode = [](std::string_view segment) {
    std::string standard{segment};
    for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (standard.size() % 4 != 0) standard += '=';
    result<std::string> bytes = from_base64(standard);
    REQUIRE(bytes);
    return *bytes;
  };
  CHECK(decode(text.substr(0, first)) == R"({"alg":"RS256","typ":"JWT"})");
  CHECK(decode(text.substr(first + 1, second - first - 1)) ==
        R"({"iss":"A.U.SHA256:x","sub":"A.\"U\\","iat":1767312000,"exp":1767312060})");
  std::string const signature = decode(text.substr(second + 1));
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, rsa_key());
  CHECK(EVP_DigestVerify(context,
                         reinterpret_cast<unsigned char const*>(signature.data()),
                         signature.size(),
                         reinterpret_cast<unsigned char const*>(text.data()),
                         second) == 1);
  EVP_MD_CTX_free(context);
}

TEST_CASE("the fingerprint of the RFC 7515 key is the known one") {
  // RFC 7515, appendix A.2, as PKCS#1: the published example, no secret of anybody's.
  constexpr std::string_view pem = R"(-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0
l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pC
gNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSX
ndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD
Zlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8
q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQABAoIBABKucaRpzQorw35S
bEUAVx8dYXUdZOlJcHtiWQ+dC6V8ljxAHj/PLyzTveyI5QO/xkObCyjIL303l2cf
UhPu2MFaJdjVzqACXuOrLot/eSFvxjvqVidTtAZExqFRJ9mylUVAoLvhowVWmC1O
n95fZCXxTUtxNEG1Xcc7m0rtzJKs45J+N/V9DP1edYH6USyPSWGp6wuA+KgHRnKK
Vf9GRx80JQY7nVNkL17eHoTWEwga+lwi0FEoW9Y7lDtWXYmKBWhUE+U8PGxlJf8f
40493HDw1WRQ/aSLoS4QTp3rn7gYgeHEvfJdkkf0UMhlknlo53M09EFPdadQ4TlU
bjqKc50CgYEA4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH/5IB3jw3bcxGn6QLvnE
tfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw/Py5PJdTJNPY8cQn7ouZ2KKDcmnPG
BY5t7yLc1QlQ5xHdwW1VhvKn+nXqhJTBgIPgtldC+KDV5z+y2XDwGUcCgYEAuQPE
fgmVtjL0Uyyx88GZFF1fOunH3+7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYs
p1ZSe7zFYHj7C6ul7TjeLQeZD/YwD66t62wDmpe/HlB+TnBA+njbglfIsRLtXlnD
zQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdcCgYAHAp9XcCSrn8wVkMVkKdb7
DOX4IKjzdahm+ctDAJN4O/y7OW5FKebvUjdAIt2GuoTZ71iTG+7F0F+lP88jtjP4
U4qe7VHoewl4MKOfXZKTe+YCS1XbNvfgwJ3Ltyl1OH9hWvu2yza7q+d5PCsDzqtm
27kxuvULVeya+TEdAB1ijQKBgQCH/3r6YrVH/uCWGy6bzV1nGNOdjKc9tmkfOJmN
54dxdixdpozCQ6U4OxZrsj3FcOhHBsqAHvX2uuYjagqvo3cOj1TRqNocX40omfCC
Mx3bD1yPPf/6TI2XECva/ggqEY2mYzmIiA5LVVmc5nrybr+lssFKneeyxN2Wq93S
0iJMdQKBgCGHewxzoa1r8ZMD0LETNrToK423K377UCYqXfg5XMclbrjPbEC3YI1Z
NqMtuhdBJqUnBi6tjKMF+34Xf0CUN8ncuXGO2CAYvO8PdyCixHX52ybaDjy1FtCE
6yUXjoKNXKvUm7MWGsAYH6f4IegOetN5NvmUMFStCSkh7ixZLkN1
-----END RSA PRIVATE KEY-----
)";
  result<std::string> const fingerprint = key_pair::from_pem(pem).fingerprint();
  REQUIRE(fingerprint);
  CHECK(*fingerprint == "SHA256:b9E8JDWjYefFiM0X9V9a098Bd6ZsFyemogCEX016uIw=");
}

TEST_CASE("a cached token is kept for three quarters of its life, or signed afresh") {
  jwt_cache cache{key_pair::from_pem(pem_of(rsa_key())), "I", "S", 60s};
  std::chrono::system_clock::time_point const start{1000h};
  result<secret> const first = cache.token(start);
  REQUIRE(first);
  CHECK(*cache.token(start + 44s) == *first);
  CHECK_FALSE(*cache.token(start + 45s) == *first);
  result<secret> const second = cache.token(start + 46s);
  CHECK_FALSE(*cache.token(start) == *second);  // the clock went back
  result<secret> const third = cache.fresh_token(start + 1s);
  CHECK(*cache.token(start + 2s) == *third);
  jwt_cache broken{key_pair{}, "I", "S", 60s};
  CHECK_FALSE(broken.token(start));
}

TEST_CASE("credentials say what is missing") {
  CHECK(validate(credential{}).error().message.find("no credentials") != std::string::npos);
  CHECK_FALSE(validate(user_password{"u", secret{}}));
  CHECK(validate(user_password{"u", secret{"p"}}));
  CHECK_FALSE(validate(oauth{}));
  CHECK(validate(oauth{.token = secret{"t"}}));
  CHECK(validate(oauth{.refresh = [] { return secret{"t"}; }}));
  CHECK_FALSE(validate(programmatic_access_token{}));
  CHECK_FALSE(validate(key_pair{}));
  CHECK(validate(key_pair::from_pem(pem_of(rsa_key()))));
}

TEST_CASE("base64 refuses what no encoder writes") {
  for (std::string const text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"})
    CHECK(from_base64(to_base64(text)).value() == text);
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64url("\xfb\xff\xbf") == "-_-_");
  for (char const* const bad : {"Zg", "Zm9", "====", "Zm=v", "Zg=", "Zm9\n", "Zm9v=", "-_-_"})
    CHECK_FALSE(from_base64(bad));
  CHECK_FALSE(from_base64("Zh=="));  // bits behind the end
}

TEST_CASE("a token ends when it says so", "[auth]") {
  using namespace std::chrono_literals;
  auto const otherwise = std::chrono::system_clock::time_point{1s};
  auto const end = [&](std::string const& claims) {
    return sluice::jwt_expiry("h." + sluice::to_base64url(claims) + ".s", otherwise);
  };
  CHECK(end(R"({"exp":1767312000})") == std::chrono::sys_days{std::chrono::January / 2 / 2026});
  CHECK(end(R"({"exp":1767312000.5})") == std::chrono::sys_days{std::chrono::January / 2 / 2026});
  CHECK(end(R"({"exp":18446744073709551615})") > otherwise);
  CHECK(end(R"({"exp":-1})") == otherwise);
  CHECK(end(R"({"exp":1e300})") == otherwise);
  CHECK(end("{}") == otherwise);
  CHECK(end("[") == otherwise);
  CHECK(sluice::jwt_expiry("sky-abcde-0123", otherwise) == otherwise);
  CHECK(sluice::jwt_expiry("a.!!.c", otherwise) == otherwise);
}
