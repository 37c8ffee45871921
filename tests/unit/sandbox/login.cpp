#include "catch.hpp"

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/login.hpp>
#include <sluice/sandbox/detail/tls.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <chrono>
#include <string>

namespace sandbox = sluice::sandbox;
namespace box = sluice::sandbox::detail;

namespace {

using std::chrono::seconds;

std::chrono::system_clock::time_point const now{seconds(1'800'000'000)};

std::string base64url(std::string const& data) {
  std::string out = box::base64(data);
  while (!out.empty() && out.back() == '=') out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::string rs256(std::string const& private_pem, std::string const& data) {
  BIO* in = BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
  auto const* bytes = reinterpret_cast<unsigned char const*>(data.data());
  std::size_t size = 0;
  EVP_DigestSign(context, nullptr, &size, bytes, data.size());
  std::string out(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes, data.size());
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(in);
  return out;
}

struct keys {
  std::string private_pem;
  std::string public_pem;

  keys() { std::tie(private_pem, public_pem) = box::make_rsa_key(); }
};

keys const& own_key() {
  static keys const made;
  return made;
}

keys const& other_key() {
  static keys const made;
  return made;
}

sandbox::options configured() {
  sandbox::options out;
  out.accounts = {"myorg-my_acct"};
  out.users = {{.name = "Loader",
                .password = "secret",
                .public_keys = {own_key().public_pem},
                .oauth_tokens = {"oauth-1"},
                .access_tokens = {"pat-1"}},
               {.name = "me@x.com",
                .password = "",
                .public_keys = {},
                .oauth_tokens = {"oauth-2"},
                .access_tokens = {}}};
  return out;
}

struct claims {
  std::string sub = "MYORG-MY-ACCT.LOADER";
  std::string iss = sub + ".SHA256:" + box::public_key_fingerprint(own_key().public_pem);
  std::int64_t iat = 1'800'000'000;
  std::int64_t exp = iat + 60;
  std::string header = R"({"alg":"RS256","typ":"JWT"})";
  std::string private_pem = own_key().private_pem;

  std::string signed_text() const {
    std::string const body = R"({"iss":")" + iss + R"(","sub":")" + sub + R"(","iat":)" +
                             std::to_string(iat) + R"(,"exp":)" + std::to_string(exp) + '}';
    std::string const text = base64url(header) + '.' + base64url(body);
    return text + '.' + base64url(rs256(private_pem, text));
  }
};

/// "" or the refusal's code.
std::string code(box::login_attempt attempt) {
  attempt.account = "MyOrg-My_Acct.eu-west-1";
  auto const verdict = box::verify_login(attempt, configured(), now);
  CHECK(verdict.user.empty() == !verdict.refused.code.empty());
  return verdict.refused.code;
}

std::string jwt_code(std::string token, std::string login_name = "loader") {
  return code({.account = "",
               .login_name = std::move(login_name),
               .authenticator = "SNOWFLAKE_JWT",
               .password = "",
               .token = std::move(token)});
}

std::string token_code(std::string method, std::string token, std::string login_name) {
  return code({.account = "",
               .login_name = std::move(login_name),
               .authenticator = std::move(method),
               .password = "",
               .token = std::move(token)});
}

std::string password_code(std::string name, std::string password, std::string method = "") {
  return code({.account = "",
               .login_name = std::move(name),
               .authenticator = std::move(method),
               .password = std::move(password),
               .token = ""});
}

}  // namespace

TEST_CASE("login by password") {
  CHECK(password_code("loader", "secret").empty());
  CHECK(password_code("LOADER", "secret", "SNOWFLAKE").empty());
  CHECK(password_code("LOADER", "pat-1").empty());
  CHECK(password_code("LOADER", "Secret") == "390100");
  CHECK(password_code("LOADER", "") == "390100");
  CHECK(password_code("nobody", "secret") == "390100");
  CHECK(password_code("me@x.com", "") == "390100");
  CHECK(password_code("loader", "secret", "EXTERNALBROWSER") == "390401");
}

TEST_CASE("login by OAuth and programmatic access token") {
  CHECK(token_code("OAUTH", "oauth-1", "").empty());
  CHECK(token_code("oauth", "oauth-2", "ME@X.COM").empty());
  CHECK(token_code("OAUTH", "oauth-1", "me@x.com") == "390303");
  CHECK(token_code("OAUTH", "pat-1", "loader") == "390303");
  CHECK(token_code("OAUTH", "", "loader") == "390303");
  CHECK(token_code("PROGRAMMATIC_ACCESS_TOKEN", "pat-1", "").empty());
  CHECK(token_code("PROGRAMMATIC_ACCESS_TOKEN", "oauth-1", "") == "394400");
}

TEST_CASE("login by key pair") {
  CHECK(jwt_code(claims{}.signed_text()).empty());
  CHECK(jwt_code(claims{}.signed_text(), "").empty());
  CHECK(jwt_code(claims{}.signed_text(), "me@x.com") == "390144");

  claims milliseconds;
  milliseconds.iat *= 1000;
  milliseconds.exp *= 1000;
  CHECK(jwt_code(milliseconds.signed_text()).empty());

  claims foreign;
  foreign.private_pem = other_key().private_pem;
  CHECK(jwt_code(foreign.signed_text()) == "394300");
  foreign.iss = foreign.sub + ".SHA256:" + box::public_key_fingerprint(other_key().public_pem);
  CHECK(jwt_code(foreign.signed_text()) == "394304");

  claims elsewhere;
  elsewhere.sub = "OTHER.LOADER";
  CHECK(jwt_code(elsewhere.signed_text()) == "390144");
  claims lower_case;
  lower_case.sub = "myorg-my-acct.loader";
  CHECK(jwt_code(lower_case.signed_text()) == "390144");
  claims no_fingerprint;
  no_fingerprint.iss = no_fingerprint.sub;
  CHECK(jwt_code(no_fingerprint.signed_text()) == "390144");

  claims none;
  none.header = R"({"alg":"none"})";
  CHECK(jwt_code(none.signed_text()) == "394305");
  CHECK(jwt_code("abc") == "394306");
  CHECK(jwt_code("a.b.c") == "394306");
  CHECK(jwt_code("") == "394306");
}

TEST_CASE("a JWT lives between iat and exp, an hour at most") {
  auto const at = [](std::int64_t iat_from_now, std::int64_t life) {
    claims c;
    c.iat += iat_from_now;
    c.exp = c.iat + life;
    return jwt_code(c.signed_text());
  };
  CHECK(at(-59, 60).empty());
  CHECK(at(-60, 60) == "394301");
  CHECK(at(-3'599, 100'000).empty());
  CHECK(at(-3'600, 100'000) == "394301");
  CHECK(at(60, 60).empty());
  CHECK(at(61, 60) == "394302");
  CHECK(at(0, 0) == "394303");
}
