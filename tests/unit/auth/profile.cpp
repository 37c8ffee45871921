#include "catch.hpp"
#include "temporary_directory.hpp"

#include <sluice/auth/account.hpp>
#include <sluice/auth/profile.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

namespace {

using namespace sluice;
using sluice_test::temporary_directory;

std::string const& private_pem() {
  static std::string const pem = [] {
    EVP_PKEY* const key = EVP_RSA_gen(2048);
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    long const length = BIO_get_mem_data(bio, &data);
    std::string text{data, static_cast<std::size_t>(length)};
    BIO_free(bio);
    EVP_PKEY_free(key);
    return text;
  }();
  return pem;
}

std::string json_text(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.replace(at, 1, "\\n");
  return '"' + text + '"';
}

connection_profile dsn(std::string_view text) {
  result<connection_profile> parsed = parse_dsn(text);
  INFO((parsed ? std::string{} : parsed.error().message));
  REQUIRE(parsed);
  return *parsed;
}

std::string dsn_error(std::string_view text) {
  result<connection_profile> const parsed = parse_dsn(text);
  REQUIRE(!parsed);
  CHECK(parsed.error().code == errc::invalid_configuration);
  CHECK(parsed.error().message.find("pa55") == std::string::npos);
  return parsed.error().message;
}

bool has(std::string const& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a DSN is read part by part, percent-encoded") {
  connection_profile const p =
      dsn("load%40er:p%40ss%3Aw%2Ford@acme-main/MY%20DB/"
          "PUBLIC?warehouse=wh%26co&role=LOADER&QUERY_TAG=x");
  CHECK(p.user == "load@er");
  CHECK(p.account == "acme-main");
  CHECK(p.database == "MY DB");
  CHECK(p.schema == "PUBLIC");
  CHECK(p.warehouse == "wh&co");
  CHECK(p.role == "LOADER");
  REQUIRE(p.parameters.size() == 1);
  CHECK(p.parameters[0].first == "QUERY_TAG");
  auto const* const auth = std::get_if<user_password>(&p.auth);
  REQUIRE(auth != nullptr);
  CHECK(auth->user == "load@er");
  CHECK(auth->password.expose() == "p@ss:w/ord");
}

TEST_CASE("the parts of a DSN that may be left out") {
  CHECK(dsn("u:p@a").database.empty());
  CHECK(dsn("u:p@a/").database.empty());
  CHECK(dsn("u:p@a/d").database == "d");
  CHECK(dsn("u:p@a/d/").schema.empty());
  CHECK(dsn("u:p@a?role=r").role == "r");
  CHECK(dsn("u:p@a/d?").database == "d");
  CHECK(std::holds_alternative<std::monostate>(dsn("u@a/d/s").auth));
  connection_profile const host = dsn("u:p@localhost:8443/d/s?account=acme&protocol=http");
  CHECK(host.host == "localhost");
  CHECK(host.port == 8443);
  CHECK(host.account == "acme");
  CHECK(host.protocol == "http");
  CHECK(dsn("u:p@acme-main/d?token=t%2B1&authenticator=oauth").auth.index() == 3);
  CHECK(dsn("u:tok@acme/d?authenticator=PROGRAMMATIC_ACCESS_TOKEN").auth.index() == 4);
}

TEST_CASE("a wrong DSN is refused with the place and the remedy, never with the password") {
  CHECK(has(dsn_error("u:pa55@w@acme/d"), "offset 6 holds a second '@'"));
  CHECK(has(dsn_error("u:pa55@w@acme/d"), "%40"));
  CHECK(has(dsn_error("u:pa55:w@acme/d"), "offset 6 holds a second ':'"));
  CHECK(has(dsn_error("u:pa55/w@acme/d"), "offset 6 holds '/' before the '@'"));
  CHECK(has(dsn_error("u:pa55?w@acme/d"), "%3F"));
  CHECK(has(dsn_error("u:pa55%w@acme/d"), "offset 2 holds a '%' in the password"));
  CHECK(has(dsn_error("snowflake://u:pa55@acme/d"), "scheme"));
  CHECK(has(dsn_error(""), "no '@'"));
  CHECK(has(dsn_error("acme/d"), "no '@'"));
  CHECK(has(dsn_error(":pa55@acme"), "no user name"));
  CHECK(has(dsn_error("u:pa55@"), "no account"));
  CHECK(has(dsn_error("u:pa55@/d"), "no account"));
  CHECK(has(dsn_error("u:pa55@acme/d/s/x"), "offset 16 has a third name"));
  CHECK(has(dsn_error("u:pa55@acme:0/d"), "offset 12 has a port"));
  CHECK(has(dsn_error("u:pa55@acme:99999/d"), "port"));
  CHECK(has(dsn_error("u:pa55@acme?warehouse"), "name=value"));
  CHECK(has(dsn_error("u:pa55@acme?=x"), "name=value"));
  CHECK(has(dsn_error("u:pa55@acme?role=%zz"), "offset 17"));
  CHECK(has(dsn_error("u:pa55@acme?authenticator=magic"), "authenticator is not one of"));
  CHECK(has(dsn_error("u:pa55@acme?protocol=ftp"), "protocol"));
  CHECK(has(dsn_error("u@acme?authenticator=oauth"), "set token"));
  CHECK(has(dsn_error("u@acme?token=pa55"), "set authenticator"));
}

TEST_CASE("every DSN, however broken, gives a profile or an error") {
  std::string const letters = "u:p@a/?&=%2";
  std::string text;
  std::uint32_t state = 1;
  std::size_t accepted = 0;
  for (int round = 0; round != 20'000; ++round) {
    text.clear();
    state = state * 1664525u + 1013904223u;
    for (std::uint32_t i = 0, n = state >> 28; i != n; ++i) {
      state = state * 1664525u + 1013904223u;
      text += letters[(state >> 16) % letters.size()];
    }
    result<connection_profile> const parsed = parse_dsn(text);
    if (parsed)
      ++accepted;
    else if (parsed.error().message.empty())
      FAIL(text);
  }
  CHECK(accepted > 0);
}

TEST_CASE("a profile file holds the key itself or its path") {
  temporary_directory const place;
  std::string const directory = place.path();
  std::string const path = place / "profile.json";
  std::ofstream{directory + "/rsa_key.p8"} << private_pem();
  std::filesystem::permissions(directory + "/rsa_key.p8", std::filesystem::perms{0600});
  std::string const common =
      R"({"account":"acme-main","user":"LOADER","url":"https://acme-main.snowflakecomputing.com:443",)"
      R"("database":"DB","schema":"S","warehouse":"WH","role":"R","private_key":)";
  for (std::string const& key : {json_text(private_pem()), std::string{R"("rsa_key.p8")"}}) {
    std::ofstream{path} << common << key << "}";
    std::filesystem::permissions(path, std::filesystem::perms{0600});
    result<connection_profile> const p = read_profile(path);
    INFO((p ? std::string{} : p.error().message));
    REQUIRE(p);
    CHECK(p->account == "acme-main");
    CHECK(p->host == "acme-main.snowflakecomputing.com");
    CHECK(p->port == 443);
    CHECK(p->role == "R");
    REQUIRE(std::holds_alternative<key_pair>(p->auth));
    CHECK(std::get<key_pair>(p->auth).check());
    CHECK(p->warnings.empty());
  }
  std::filesystem::permissions(path, std::filesystem::perms{0644});
  CHECK(read_profile(path)->warnings.size() == 1);
  CHECK(has(read_profile(directory + "/absent.json").error().message, "No such file"));
}

TEST_CASE("a wrong profile names file, key and remedy, and no secret") {
  auto const failure = [](std::string_view json) {
    result<connection_profile> const p = parse_profile(json, "p.json", "/nonexistent");
    REQUIRE(!p);
    CHECK(p.error().message.starts_with("profile 'p.json': "));
    CHECK(p.error().message.find("pa55") == std::string::npos);
    return p.error().message;
  };
  CHECK(has(failure("{\"account\":"), "not JSON"));
  CHECK(has(failure("[1]"), "not a JSON object"));
  CHECK(has(failure("{}"), "'account' or 'url'"));
  CHECK(has(failure(R"({"account":"a","url":"acme"})"), "key 'url'"));
  CHECK(has(failure(R"({"account":"a","port":0})"), "port"));
  CHECK(has(failure(R"({"account":"a","private_key":"no_such_file.p8"})"), "no_such_file.p8"));
  CHECK(has(failure(R"({"account":"a","private_key":"-----BEGIN PRIVATE KEY-----\npa55\n"})"),
            "not PEM"));
  // The body of a key without its first line must not be taken for a path and shown.
  CHECK(has(failure(R"({"account":"a","private_key":")" + std::string(300, 'A') + "pa55\"}"),
            "not PEM"));
  result<connection_profile> const warned =
      parse_profile(R"({"account":"a","acount":"b","user":7,"role":null})", "p.json", "");
  REQUIRE(warned);
  REQUIRE(warned->warnings.size() == 2);
  CHECK(has(warned->warnings[0], "unknown key 'acount'"));
  CHECK(has(warned->warnings[1], "'user' is not a text"));
}

TEST_CASE("accounts are understood in all their spellings") {
  struct row {
    char const* spelled;
    char const* region;
    char const* host;
    char const* name;
    char const* jwt;
    std::size_t warnings;
  };

  row const rows[] = {
      {"myorg-acct", "", "myorg-acct.snowflakecomputing.com", "myorg-acct", "MYORG-ACCT", 0},
      {"MyOrg-My_Acct",
       "",
       "myorg-my-acct.snowflakecomputing.com",
       "MyOrg-My_Acct",
       "MYORG-MY_ACCT",
       1},
      {"xy12345", "", "xy12345.snowflakecomputing.com", "xy12345", "XY12345", 0},
      {"xy12345.us-west-2", "", "xy12345.snowflakecomputing.com", "xy12345", "XY12345", 1},
      {"xy12345.us-east-1",
       "",
       "xy12345.us-east-1.snowflakecomputing.com",
       "xy12345",
       "XY12345",
       0},
      {"xy12345.east-us-2.azure",
       "",
       "xy12345.east-us-2.azure.snowflakecomputing.com",
       "xy12345",
       "XY12345",
       0},
      {"xy12345",
       "eu-central-1",
       "xy12345.eu-central-1.snowflakecomputing.com",
       "xy12345",
       "XY12345",
       0},
      {"xy12345.cn-north-1",
       "",
       "xy12345.cn-north-1.snowflakecomputing.cn",
       "xy12345",
       "XY12345",
       0},
      {"myorg-acct.privatelink",
       "",
       "myorg-acct.privatelink.snowflakecomputing.com",
       "myorg-acct",
       "MYORG-ACCT",
       0},
      {"xy12345-a1b2.global",
       "",
       "xy12345-a1b2.global.snowflakecomputing.com",
       "xy12345-a1b2",
       "XY12345",
       0},
      {"https://myorg-acct.snowflakecomputing.com/",
       "",
       "myorg-acct.snowflakecomputing.com",
       "myorg-acct",
       "MYORG-ACCT",
       0},
      {"myorg-acct.snowflakecomputing.com",
       "",
       "myorg-acct.snowflakecomputing.com",
       "myorg-acct",
       "MYORG-ACCT",
       0},
      {"myorg-myacct.eu-west-1",
       "",
       "myorg-myacct.eu-west-1.snowflakecomputing.com",
       "myorg-myacct",
       "MYORG-MYACCT",
       0},
  };
  for (row const& r : rows) {
    CAPTURE(r.spelled);
    result<snowflake_account> const account = parse_account(r.spelled, r.region);
    REQUIRE(account);
    CHECK(account->host == r.host);
    CHECK(account->name == r.name);
    CHECK(account->jwt_name == r.jwt);
    CHECK(account->warnings.size() == r.warnings);
  }
}

TEST_CASE("accounts that cannot be are refused with the reason") {
  auto const failure = [](std::string_view spelled, std::string_view region = {}) {
    result<snowflake_account> const account = parse_account(spelled, region);
    REQUIRE(!account);
    CHECK(account.error().code == errc::invalid_configuration);
    return account.error().message;
  };
  CHECK(has(failure(""), "no account"));
  CHECK(has(failure("https://"), "no account"));
  CHECK(has(failure("my org"), "offset 2"));
  CHECK(has(failure("https://my org"), "offset 10"));
  CHECK(has(failure("a..b"), "empty part"));
  CHECK(has(failure(".snowflakecomputing.com"), "empty part"));
  CHECK(has(failure("xy12345.AWS_US_EAST_1"), "CURRENT_REGION()"));
  CHECK(has(failure("xy12345", "AWS_US_EAST_1"), "CURRENT_REGION()"));
  CHECK(has(failure("xy12345.us-east-1", "us-east-1"), "given twice"));
}
