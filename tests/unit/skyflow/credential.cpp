#include "catch.hpp"
#include "signing_key.hpp"
#include "temporary_directory.hpp"

#include <sluice/auth/digest.hpp>
#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/skyflow/credential.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;
namespace skyflow = sluice::skyflow;

std::string credentials(std::string const& key = signing_key_pem()) {
  std::string json = R"({"clientID":"c1","clientName":"n","tokenURI":"https://m.example/t",)"
                     R"("keyID":"k1","privateKey":)";
  sluice::detail::append_json_string(json, key);
  return json + "}";
}

std::string decoded(std::string_view segment) {
  std::string standard{segment};
  for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (standard.size() % 4 != 0) standard += '=';
  auto const bytes = sluice::from_base64(standard);
  REQUIRE(bytes);
  return *bytes;
}

}  // namespace

TEST_CASE("a credentials file is read", "[skyflow][credential]") {
  sluice_test::temporary_directory const directory;
  std::string const path = directory.path() + "/credentials.json";
  std::ofstream{path} << credentials();
  std::filesystem::permissions(path, std::filesystem::perms{0644});
  auto const account = skyflow::read_service_account(path);
  REQUIRE(account);
  CHECK(account->client_id == "c1");
  CHECK(account->key_id == "k1");
  CHECK(account->token_uri == "https://m.example/t");
  CHECK(account->key.check());
  REQUIRE(account->warnings.size() == 1);
  CHECK(account->warnings[0].find("chmod 600") != std::string::npos);
  CHECK_FALSE(skyflow::read_service_account(path + ".not"));
}

TEST_CASE("what is wrong with credentials is named, and shows no key", "[skyflow][credential]") {
  auto const refused = [](std::string const& json, std::string const& word) {
    auto const account = skyflow::parse_service_account(json);
    REQUIRE_FALSE(account);
    CHECK(account.error().code == sluice::errc::invalid_configuration);
    CHECK(account.error().message.find(word) != std::string::npos);
    CHECK(account.error().message.find("BEGIN PRIVATE KEY-----\n") == std::string::npos);
  };
  refused("", "JSON");
  refused("[]", "JSON");
  refused(R"({"keyID":"k","tokenURI":"https://t","privateKey":"x"})", "clientID");
  refused(R"({"clientID":"c","tokenURI":"https://t","privateKey":"x"})", "keyID");
  refused(R"({"clientID":"c","keyID":"k","privateKey":"x"})", "tokenURI");
  refused(R"({"clientID":"c","keyID":"k","tokenURI":"https://t"})", "privateKey");
  refused(credentials("nonsense"), "PEM");
  std::string json = credentials();
  json.replace(json.find("https://"), 8, "ftp://");
  refused(json, "tokenURI");
}

TEST_CASE("credentials come from the environment, whatever a shell made of them",
          "[skyflow][credential]") {
  ::unsetenv("SKYFLOW_CREDENTIALS");
  CHECK_FALSE(skyflow::service_account_from_environment());
  ::setenv("SKYFLOW_CREDENTIALS", credentials().c_str(), 1);
  CHECK(skyflow::service_account_from_environment());
  std::string broken = credentials();
  for (std::size_t at = 0; (at = broken.find("\\n", at)) != std::string::npos;)
    broken.replace(at, 2, "\n");
  ::setenv("SKYFLOW_CREDENTIALS", broken.c_str(), 1);
  CHECK(skyflow::service_account_from_environment());
  ::unsetenv("SKYFLOW_CREDENTIALS");
}

TEST_CASE("the assertion claims what the service asks for, and verifies", "[skyflow][credential]") {
  auto account = skyflow::parse_service_account(credentials());
  REQUIRE(account);
  account->roles = {"r1", "r2"};
  account->context = R"({"user":"u"})";
  account->context_is_json = true;
  auto const now = std::chrono::sys_days{std::chrono::January / 2 / 2026} + 500ms;
  auto const body = skyflow::token_request_body(*account, now);
  REQUIRE(body);
  auto const parsed = sluice::detail::json_reader::parse_json(body->expose());
  REQUIRE(parsed);
  auto const& o = parsed->as_object();
  CHECK(sluice::detail::json_reader::text_at(o, "grant_type") ==
        "urn:ietf:params:oauth:grant-type:jwt-bearer");
  CHECK(sluice::detail::json_reader::text_at(o, "scope") == "role:r1 role:r2");
  std::string const jwt = sluice::detail::json_reader::text_at(o, "assertion");
  std::size_t const first = jwt.find('.');
  std::size_t const second = jwt.find('.', first + 1);
  REQUIRE(second != std::string::npos);
  CHECK(decoded(jwt.substr(0, first)) == R"({"alg":"RS256","typ":"JWT"})");
  CHECK(decoded(jwt.substr(first + 1, second - first - 1)) ==
        R"({"iss":"c1","sub":"c1","exp":1767315600,"key":"k1","aud":"https://m.example/t",)"
        R"("ctx":{"user":"u"}})");
  std::string const signature = decoded(jwt.substr(second + 1));
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, signing_key());
  CHECK(EVP_DigestVerify(context,
                         reinterpret_cast<unsigned char const*>(signature.data()),
                         signature.size(),
                         reinterpret_cast<unsigned char const*>(jwt.data()),
                         second) == 1);
  EVP_MD_CTX_free(context);
  account->context = "{";
  CHECK_FALSE(skyflow::validate(skyflow::credential{*account}));
}

TEST_CASE("credentials that cannot be used are refused before anything is sent",
          "[skyflow][credential]") {
  using sluice::secret;
  CHECK_FALSE(skyflow::validate({}));
  CHECK_FALSE(skyflow::validate(skyflow::bearer_token{}));
  CHECK_FALSE(skyflow::validate(skyflow::bearer_token{secret{"a\nb"}, {}}));
  CHECK(skyflow::validate(skyflow::bearer_token{secret{"a.b.c"}, {}}));
  CHECK(skyflow::validate(skyflow::api_key{secret{"sky-ab12c-0123456789abcdef0123456789ABCDEF"}}));
  for (char const* key : {"",
                          "sky-ab12c-0123456789abcdef0123456789ABCDE",
                          "sky-ab!2c-0123456789abcdef0123456789ABCDEF",
                          "sky-ab12c-0123456789abcdef0123456789ABCDEG",
                          "key-ab12c-0123456789abcdef0123456789ABCDEF"})
    CHECK_FALSE(skyflow::validate(skyflow::api_key{secret{key}}));
  CHECK_FALSE(skyflow::validate(skyflow::service_account{}));
}
