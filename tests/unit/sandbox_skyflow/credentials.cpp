#include "catch.hpp"
#include "vault_client.hpp"

#include <sluice/sandbox/skyflow/detail/jwt.hpp>

#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <set>

using namespace vault_client;
namespace box = sluice::sandbox::skyflow::detail;

namespace {

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

skyflow::options with_credentials() {
  skyflow::options out;
  out.make_credentials = true;
  return out;
}

struct assertion {
  explicit assertion(account const& a) : aud(a.box.where().skyflow_token_uri) {}

  std::string aud;
  std::string iss = "sluice-service-account";
  std::string sub = iss;
  std::string key = "sluice-key-1";
  std::int64_t exp = now() + 3600;
  std::string more{};
  std::string private_pem = box::account_key().private_pem;

  std::string text() const {
    return box::sign_jwt(R"({"iss":")" + iss + R"(","key":")" + key + R"(","aud":")" + aud +
                             R"(","sub":")" + sub + R"(","exp":)" + std::to_string(exp) + more +
                             '}',
                         private_pem);
  }
};

std::string body(std::string const& jwt, std::string const& more = {}) {
  return R"({"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer","assertion":")" + jwt +
         '"' + more + '}';
}

reply token_reply(account const& a, std::string const& text) {
  return plain_client::send(a.port, "POST", "/v1/auth/sa/oauth/token", text);
}

std::string refused(account const& a, assertion const& given) {
  return error_of(token_reply(a, body(given.text())));
}

int status_with(account& a, std::string bearer) {
  a.bearer = std::move(bearer);
  return a.get("/persons").status;
}

}  // namespace

TEST_CASE("a credentials file of the form that SDKs read, for its owner only") {
  account a(with_credentials());
  auto const path = a.box.where().skyflow_credentials_file;

  struct ::stat info {};

  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  std::ifstream in(path);
  auto const file = boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  CHECK(file.at("clientID").as_string() == "sluice-service-account");
  CHECK(file.at("keyID").as_string() == "sluice-key-1");
  CHECK(file.at("tokenURI").as_string() == a.box.where().skyflow_token_uri);
  CHECK(file.at("privateKey").as_string().starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

TEST_CASE("an assertion is exchanged for a bearer token that can be read and used") {
  account a;
  auto const r = token_reply(a, body(assertion(a).text()));
  REQUIRE(r.status == 200);
  CHECK(json(r).at("tokenType").as_string() == "Bearer");
  auto const token = plain_client::member(r.body, "accessToken");
  auto const read = box::parse_jwt(token);
  REQUIRE(read);
  CHECK(read->text("cli") == "sluice-service-account");
  CHECK(read->number("exp").value() > now() + 3'500);
  CHECK(read->number("exp").value() <= now() + 3'597);
  CHECK(status_with(a, token) == 404);  // an empty table
  CHECK(status_with(a, token + 'x') == 401);
  CHECK(a.box.skyflow_state().tokens_issued == 1);
}

TEST_CASE("every claim of an assertion is verified") {
  account a;
  assertion g(a);
  g.private_pem = box::service_key().private_pem;
  CHECK(refused(a, g) == "401/16: the signature is wrong");
  g = assertion(a);
  g.key = "another";
  CHECK(refused(a, g) == "401/16: unknown key");
  g = assertion(a);
  g.iss = "nobody";
  CHECK(refused(a, g) == "404/5: Service account nobody was not found");
  g = assertion(a);
  g.sub = "nobody";
  CHECK(refused(a, g) == "400/3: sub is not iss");
  g = assertion(a);
  g.aud += '/';
  CHECK(refused(a, g) == "400/3: aud is not the token URI");
  g = assertion(a);
  g.exp = now();
  CHECK(refused(a, g) == "400/3: the assertion has expired");
  g.exp = now() + 3'700;
  CHECK(refused(a, g) == "400/3: exp lies more than an hour ahead");
  g = assertion(a);
  g.more = R"(,"ctx":{"a b":1})";
  CHECK(refused(a, g).starts_with("400/3: ctx has a key"));
  g.more = R"(,"ctx":{"a_1":1})";
  CHECK(token_reply(a, body(g.text())).status == 200);

  CHECK(error_of(token_reply(a, body("a.b.c"))) == "400/3: assertion is no JWT");
  CHECK(error_of(token_reply(a, "{}")) == "400/3: grant_type is missing or no string");
  CHECK(error_of(token_reply(a, "x")).starts_with("400/3: invalid JSON"));
  CHECK(error_of(token_reply(a, R"({"grant_type":"password","assertion":"x"})"))
            .starts_with("400/3: grant_type is not"));
  CHECK(a.box.skyflow_state().tokens_issued == 1);
}

TEST_CASE("scope names roles, with spaces as SDKs leave them") {
  account a;
  auto const scoped = [&](std::string const& scope) {
    return token_reply(a, body(assertion(a).text(), R"(,"scope":")" + scope + '"'));
  };
  auto const r = scoped(" role:loader-role  role:loader-role ");
  REQUIRE(r.status == 200);
  CHECK(box::parse_jwt(plain_client::member(r.body, "accessToken"))->text("scp") ==
        "role:loader-role role:loader-role");
  CHECK(scoped("role:other").status == 400);
  CHECK(scoped("loader-role").status == 400);
}

TEST_CASE("bearer tokens expire by the service's clock") {
  skyflow::options o;
  o.token_life = std::chrono::seconds(5);
  account a(o);
  auto const token =
      plain_client::member(token_reply(a, body(assertion(a).text())).body, "accessToken");
  CHECK(status_with(a, token) == 404);
  a.box.skew_clock(std::chrono::seconds(6));
  CHECK(status_with(a, token) == 401);
  a.box.skew_clock(std::chrono::seconds(0));
  CHECK(error_of(a.get("/persons")) == "404/5: No Records Found");
}

TEST_CASE("personal, expired, revoked and missing credentials, and API keys") {
  account a;
  std::string const key = a.bearer;
  auto const personal = a.box.skyflow_token();
  CHECK(status_with(a, personal) == 404);
  CHECK(status_with(a, a.box.skyflow_token(std::chrono::seconds(-1))) == 401);
  CHECK(status_with(a, "sky-sbox1-00000000000000000000000000000000") == 401);
  CHECK(status_with(a, "") == 401);
  CHECK(error_of(plain_client::send(a.port, "GET", vault_path + "/persons")) ==
        "401/16: Authorization is missing or no bearer");
  a.box.revoke_skyflow(personal);
  CHECK(status_with(a, personal) == 401);
  auto const minted =
      plain_client::member(a.control("POST", "/skyflow/tokens", "60").body, "accessToken");
  CHECK(status_with(a, minted) == 404);
  CHECK(a.control("POST", "/skyflow/expire").status == 200);
  CHECK(status_with(a, minted) == 401);
  CHECK(status_with(a, key) == 404);
  CHECK(a.control("POST", "/skyflow/revoke", key).status == 200);
  CHECK(status_with(a, key) == 401);
}

TEST_CASE("signed data tokens prove who detokenizes, for as long as they live") {
  account a;
  a.insert("full_name", R"({"full_name":"Ann"})");
  auto const token = a.cell("SELECT token FROM \"@.tokens\"");
  auto const detokenize = [&](std::string const& iss, std::int64_t exp, std::string const& key) {
    auto const jwt = box::sign_jwt(
        R"({"iss":")" + iss + R"(","key":"sluice-key-1","sub":"sluice-service-account","exp":)" +
            std::to_string(exp) + R"(,"tok":")" + token + "\"}",
        key);
    return a.post("/detokenize",
                  R"({"detokenizationParameters":[{"token":"signed_token_)" + jwt + "\"}]}");
  };
  auto const& own = box::account_key().private_pem;
  auto const good = detokenize("sdk", now() + 60, own);
  REQUIRE(good.status == 200);
  CHECK(json(good).at("records").at(0).at("value").as_string() == "Ann");
  CHECK(error_of(detokenize("sdk", now() - 1, own)) == "400/3: a signed token has expired");
  CHECK(error_of(detokenize("me", now() + 60, own)).starts_with("400/3: a signed token is not of"));
  CHECK(error_of(detokenize("sdk", now() + 60, box::service_key().private_pem)) ==
        "400/3: the signature of a signed token is wrong");
}
