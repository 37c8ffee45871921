#include "catch.hpp"
#include "streamer.hpp"
#include "temporary_directory.hpp"

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/tls.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <chrono>
#include <string>

using namespace streaming_test;
namespace box = sluice::sandbox::detail;

namespace {

std::string base64url(std::string const& data) {
  std::string out = box::base64(data);
  while (out.ends_with('=')) out.pop_back();
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

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// A key-pair JWT in parts that tests may get wrong.
struct jwt {
  std::string sub = "SLUICE-SANDBOX.LOADER";
  std::string fingerprint;
  std::int64_t iat = seconds_now();
  std::int64_t exp = iat + 3'600;
  std::string alg = "RS256";

  std::string signed_with(std::string const& private_pem) const {
    std::string const text =
        base64url(R"({"alg":")" + alg + R"(","typ":"JWT"})") + '.' +
        base64url(R"({"iss":")" + sub + ".SHA256:" + fingerprint + R"(","sub":")" + sub +
                  R"(","iat":)" + std::to_string(iat) + R"(,"exp":)" + std::to_string(exp) + "}");
    return text + '.' + base64url(rs256(private_pem, text));
  }
};

struct keys {
  std::string private_pem;
  std::string public_pem;

  keys() { std::tie(private_pem, public_pem) = box::make_rsa_key(); }
};

keys const& own_key() {
  static keys const made;
  return made;
}

sandbox::options with_key() {
  auto o = quiet_options();
  o.users = {{.name = "LOADER",
              .password = "loader-password",
              .public_keys = {own_key().public_pem},
              .oauth_tokens = {"loader-oauth-token"},
              .access_tokens = {"loader-access-token"}}};
  return o;
}

jwt good() {
  jwt out;
  out.fingerprint = box::public_key_fingerprint(own_key().public_pem);
  return out;
}

reply hostname(sandbox::server& box,
               std::string const& credential,
               std::string const& kind,
               bool accept = true) {
  plain_client::headers headers{{"Authorization", "Bearer " + credential}};
  if (!kind.empty()) headers.emplace_back("X-Snowflake-Authorization-Token-Type", kind);
  if (accept) headers.emplace_back("Accept", "application/json");
  return send(box.where().account_port, "GET", "/v2/streaming/hostname", "", headers);
}

}  // namespace

TEST_CASE("discovery answers the ingest host as plain text, or as the options say") {
  sandbox::server box(quiet_options());
  auto const plain = hostname(box, oauth_token, "OAUTH");
  CHECK(plain.status == 200);
  CHECK(plain.body == "127.0.0.1");
  CHECK(plain.head.find("Transfer-Encoding: chunked") != std::string::npos);
  CHECK(plain.head.find("Server: SF-LB-T1") != std::string::npos);

  auto o = quiet_options();
  o.snowpipe.hostname_form = sandbox::reply_form::json;
  o.snowpipe.token_form = sandbox::reply_form::json;
  o.snowpipe.ingest_host_with_port = true;
  o.snowpipe.chunked_replies = false;
  sandbox::server other(std::move(o));
  auto const object = hostname(other, oauth_token, "");
  CHECK(object.text("hostname") == "127.0.0.1:" + std::to_string(other.where().ingest_port));
  CHECK(object.head.find("Content-Length: ") != std::string::npos);
  CHECK_FALSE(streamer(other).exchange(exchange_form, oauth_token).text("token").empty());
  CHECK(other.where().ingest_url ==
        "http://127.0.0.1:" + std::to_string(other.where().ingest_port));
}

TEST_CASE("a request without Accept is refused with 391902") {
  sandbox::server box(quiet_options());
  auto const refusal = hostname(box, oauth_token, "OAUTH", false);
  CHECK(refusal.status == 400);
  CHECK(refusal.code() == "391902");
  auto o = quiet_options();
  o.snowpipe.accept_required = false;
  sandbox::server lax(std::move(o));
  CHECK(hostname(lax, oauth_token, "OAUTH", false).status == 200);
}

TEST_CASE("the three account credentials are verified") {
  sandbox::server box(with_key());
  auto const token = good().signed_with(own_key().private_pem);
  CHECK(hostname(box, token, "KEYPAIR_JWT").status == 200);
  CHECK(hostname(box, token, "").status == 200);
  CHECK(hostname(box, oauth_token, "OAUTH").status == 200);
  CHECK(hostname(box, "loader-access-token", "PROGRAMMATIC_ACCESS_TOKEN").status == 200);
  CHECK(hostname(box, "stranger", "OAUTH").status == 401);
  CHECK(hostname(box, "stranger", "PROGRAMMATIC_ACCESS_TOKEN").status == 401);
  CHECK(hostname(box, token, "OAUTH").status == 401);
  CHECK(hostname(box, "", "OAUTH").status == 401);
}

TEST_CASE("a JWT that is wrong in any part is refused with 390144") {
  sandbox::server box(with_key());
  auto const refused = [&](jwt const& claims, std::string const& key = own_key().private_pem) {
    auto const r = hostname(box, claims.signed_with(key), "KEYPAIR_JWT");
    return r.status == 401 && r.code() == "390144";
  };
  auto claims = good();
  claims.sub = "OTHER.LOADER";
  CHECK(refused(claims));
  claims = good();
  claims.sub = "sluice-sandbox.loader";
  CHECK(refused(claims));
  claims = good();
  claims.fingerprint = "x";
  CHECK(refused(claims));
  claims = good();
  claims.alg = "HS256";
  CHECK(refused(claims));
  claims = good();
  claims.exp = claims.iat - 1;
  CHECK(refused(claims));
  claims = good();
  claims.iat -= 4'000;
  claims.exp = claims.iat + 100'000;  // an hour after iat it is over, whatever exp says
  CHECK(refused(claims));
  claims = good();
  claims.iat += 1'000;
  CHECK(refused(claims));
  static keys const stranger;
  CHECK(refused(good(), stranger.private_pem));
  CHECK_FALSE(refused(good()));
}

TEST_CASE("a scoped token is exchanged by header or by assertion") {
  sandbox::server box(with_key());
  streamer const client(box);
  auto const key_pair = good().signed_with(own_key().private_pem);
  auto const by_header = client.exchange(exchange_form, key_pair);
  CHECK(by_header.status == 200);
  CHECK(std::count(by_header.body.begin(), by_header.body.end(), '.') == 2);
  auto const by_form = client.exchange(
      std::string("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=") + key_pair,
      "");
  CHECK(by_form.status == 200);
  auto const claims = box::from_base64url(box::split(by_form.body, '.')[1]);
  REQUIRE(claims);
  CHECK(claims->find("\"exp\":") != std::string::npos);

  CHECK(client.exchange("scope=127.0.0.1", key_pair).status == 400);
  CHECK(client.exchange("grant_type=password&scope=127.0.0.1", key_pair).status == 400);
  CHECK(client.exchange(exchange_form, "stranger").status == 401);
  CHECK(client.exchange(exchange_form, "").status == 401);
  auto const json = send(box.where().account_port,
                         "POST",
                         "/oauth/token",
                         exchange_form,
                         {{"Accept", "*/*"},
                          {"Authorization", "Bearer " + key_pair},
                          {"Content-Type", "application/json"}});
  CHECK(json.status == 400);
}

TEST_CASE("the ingest host takes scoped tokens only") {
  fixture f(with_key());
  streamer client(f.box);
  CHECK(client.open("CH").status == 200);
  auto const scoped = client.scoped;
  client.scoped = good().signed_with(own_key().private_pem);
  CHECK(client.open("CH").status == 401);
  client.scoped = "x.y.z";
  CHECK(client.open("CH").status == 401);
  client.scoped = scoped + "A";
  CHECK(client.open("CH").status == 401);
  client.scoped = scoped;
  CHECK(client.open("CH").status == 200);
}

TEST_CASE("a scoped token is bound to its host, ends, and can be revoked") {
  auto o = quiet_options();
  o.snowpipe.scoped_token_validity = std::chrono::seconds(600);
  fixture f(std::move(o));
  streamer client(f.box);
  auto const mine = client.scoped;
  std::string const grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
  client.scoped = client.exchange(grant + "&scope=elsewhere.example", oauth_token).body;
  CHECK(client.open("CH").status == 401);
  client.scoped = client.exchange(grant + "&scope=my_account.ingest", oauth_token).body;
  CHECK(client.open("CH").status == 500);
  client.scoped =
      client.exchange(grant + "&scope=session:role:LOADER_ROLE+127.0.0.1", oauth_token).body;
  CHECK(client.open("CH").status == 200);
  client.scoped = client.exchange(grant, oauth_token).body;
  CHECK(client.open("CH").status == 200);

  client.scoped = mine;
  f.box.skew_clock(std::chrono::seconds(599));
  CHECK(client.open("CH").status == 200);
  f.box.skew_clock(std::chrono::seconds(601));
  CHECK(client.open("CH").status == 401);
  client.scoped = client.exchange(exchange_form, oauth_token).body;
  CHECK(client.open("CH").status == 200);
  f.box.streaming().revoke_tokens();
  CHECK(client.open("CH").status == 401);
}

TEST_CASE("after a failover the old ingest host is gone and discovery names the new one") {
  fixture f;
  streamer client(f.box);
  client.open("CH");
  f.box.streaming().fail_over();
  auto const gone = client.open("CH");
  CHECK(gone.status == 410);
  CHECK(gone.body == "Gone");
  auto const moved = hostname(f.box, oauth_token, "OAUTH").body;
  CHECK(moved == "localhost");
  client.host = moved;
  CHECK(client.open("CH").status == 401);  // the old token is for the old host
  client.scoped =
      client
          .exchange("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&scope=" + moved,
                    oauth_token)
          .body;
  CHECK(client.open("CH").status == 200);
  // And back again.
  f.box.streaming().fail_over();
  CHECK(client.open("CH").status == 410);
  client.host = hostname(f.box, oauth_token, "OAUTH").body;
  CHECK(client.host == "127.0.0.1");
  client.scoped = client.exchange(exchange_form, oauth_token).body;
  CHECK(client.open("CH").status == 200);
}

TEST_CASE("both listeners serve the ingest calls, and unknown calls are 404 or 405") {
  fixture f;
  streamer const client(f.box);
  plain_client::headers const headers{{"Accept", "*/*"},
                                      {"Authorization", "Bearer " + client.scoped}};
  auto const open = "/v2/streaming/" + client.path() + "/channels/CH";
  CHECK(send(f.box.where().account_port, "PUT", open, "", headers).status == 200);
  CHECK(send(f.box.where().ingest_port, "GET", open, "", headers).status == 405);
  CHECK(send(f.box.where().ingest_port, "GET", "/v2/streaming/nothing", "", headers).status == 404);
}

TEST_CASE("the log and the control endpoint show what was done") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  client.append("CH", token, "{\"ID\":1}\n", "1", "1");
  CHECK(f.box.log().count("open") == 1);
  auto const appends = f.box.log().of("append");
  REQUIRE(appends.size() == 1);
  CHECK(appends[0].endpoint == "snowpipe");
  CHECK(appends[0].status == 200);
  CHECK(appends[0].query.at("continuationToken") == token);

  auto const port = static_cast<std::uint16_t>(
      std::stoi(f.box.where().control_url.substr(f.box.where().control_url.rfind(':') + 1)));
  auto const control = [&](std::string const& method, std::string const& path) {
    return plain_client::send(port, method, path);
  };
  CHECK(control("GET", "/streaming/counts").contains("\"uncommitted\":1"));
  CHECK(control("POST", "/streaming/commit").status == 200);
  CHECK(control("GET", "/streaming/counts").contains("\"committed\":1"));
  CHECK(control("GET", "/streaming/rowsets").contains("\"offset_upper\":\"1\""));
  CHECK(control("POST", "/streaming/invalidate?channel=CH").status == 200);
  CHECK(client.append("CH", token, "{\"ID\":1}\n").status == 400);
  CHECK(control("POST", "/streaming/expire?channel=CH").status == 200);
  CHECK(control("POST", "/streaming/expire?channel=CH").status == 404);
  CHECK(control("POST", "/streaming/revoke").status == 200);
  CHECK(client.open("CH").status == 401);
  CHECK(control("POST", "/streaming/fail-over").status == 200);
  CHECK(control("GET", "/streaming/what").status == 404);
}
