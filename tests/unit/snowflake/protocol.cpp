#include "catch.hpp"

#include <sluice/snowflake/protocol.hpp>

#include <string>

namespace {
namespace sf = sluice::snowflake;
using sf::outcome;
using sf::request_kind;
}  // namespace

TEST_CASE("classify tells what to do with a reply", "[snowflake][protocol]") {
  struct row {
    request_kind kind;
    int status;
    bool success;
    char const* code;
    outcome expected;
  };

  for (auto const& [kind, status, success, code, expected] : {
           row{request_kind::statement, 200, true, "", outcome::success},
           row{request_kind::statement, 200, false, "", outcome::failed},
           row{request_kind::statement, 200, false, "002003", outcome::failed},
           row{request_kind::statement, 200, true, "333333", outcome::in_progress},
           row{request_kind::statement, 200, false, "333334", outcome::in_progress},
           row{request_kind::poll, 200, false, "333333", outcome::in_progress},
           row{request_kind::statement, 200, false, "390112", outcome::renew},
           row{request_kind::poll, 200, false, "390112", outcome::renew},
           row{request_kind::poll, 401, false, "", outcome::renew},
           row{request_kind::login, 401, false, "", outcome::failed},
           row{request_kind::token, 200, false, "390112", outcome::login_again},
           row{request_kind::token, 200, false, "390114", outcome::login_again},
           row{request_kind::statement, 200, false, "390111", outcome::login_again},
           row{request_kind::statement, 200, false, "390104", outcome::login_again},
           row{request_kind::login, 200, false, "390110", outcome::failed},
           row{request_kind::login, 200, false, "390100", outcome::failed},
           row{request_kind::login, 200, false, "394304", outcome::failed},
           row{request_kind::login, 403, false, "", outcome::failed},
           row{request_kind::statement, 403, false, "", outcome::failed},
           row{request_kind::chunk, 403, false, "", outcome::retry},
           row{request_kind::chunk, 200, true, "", outcome::success},
           row{request_kind::statement, 400, false, "", outcome::failed},
           row{request_kind::statement, 408, false, "", outcome::retry},
           row{request_kind::login, 500, false, "", outcome::retry},
           row{request_kind::login, 503, false, "", outcome::retry},
           row{request_kind::statement, 504, false, "", outcome::retry},
           row{request_kind::statement, 429, false, "", outcome::throttled},
           row{request_kind::login, 200, false, "390505", outcome::throttled},
           row{request_kind::login, 307, false, "", outcome::redirect},
           row{request_kind::statement, 308, false, "", outcome::redirect},
       }) {
    INFO(static_cast<int>(kind) << ' ' << status << ' ' << code);
    CHECK(sf::classify(kind, status, success, code) == expected);
  }
}

TEST_CASE("a login reply gives tokens and what took effect", "[snowflake][protocol]") {
  auto const r = sf::parse_token_reply(R"({"success":true,"code":null,"message":null,"data":{
    "token":"ST","validityInSeconds":60,"masterToken":"MT","masterValidityInSeconds":120,
    "sessionId":1234567890123,"parameters":[{"name":"AUTOCOMMIT","value":true},{"name":"N",
    "value":65280},{"x":1},7],"sessionInfo":{"databaseName":"DB","schemaName":null,
    "warehouseName":"WH","roleName":"R"},"somethingNew":{"a":[1]}}})");
  REQUIRE(r);
  CHECK(r->success);
  CHECK(r->tokens.session.expose() == "ST");
  CHECK(r->tokens.master.expose() == "MT");
  CHECK(r->tokens.session_validity == std::chrono::seconds{60});
  CHECK(r->tokens.master_validity == std::chrono::seconds{120});
  CHECK(r->session_id == "1234567890123");
  CHECK(r->database == "DB");
  CHECK(r->schema.empty());
  CHECK(r->parameters.at("AUTOCOMMIT") == "true");
  CHECK(r->parameters.at("N") == "65280");
}

TEST_CASE("a renewal has names of its own", "[snowflake][protocol]") {
  auto const r = sf::parse_token_reply(R"({"success":true,"data":{"sessionToken":"S2",
    "validityInSecondsST":10,"masterToken":"M2","validityInSecondsMT":20,"sessionId":1}})");
  REQUIRE(r);
  CHECK(r->tokens.session.expose() == "S2");
  CHECK(r->tokens.master.expose() == "M2");
  CHECK(r->tokens.master_validity == std::chrono::seconds{20});
}

TEST_CASE("a refused login is a reply, a login without tokens is malformed",
          "[snowflake][protocol]") {
  auto const refused =
      sf::parse_token_reply(R"({"success":false,"code":"390100","message":"no","data":null})");
  REQUIRE(refused);
  CHECK_FALSE(refused->success);
  CHECK(refused->head.code == "390100");
  CHECK(refused->head.message == "no");
  for (char const* body : {R"({"success":true,"data":null})",
                           R"({"success":true,"data":{"token":"only"}})",
                           "[]",
                           "<html>",
                           "",
                           "{\"success\":true"}) {
    INFO(body);
    auto const bad = sf::parse_token_reply(body);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == sluice::errc::malformed_reply);
    CHECK(bad.error().retryable());
  }
}

TEST_CASE("rows are read by column name", "[snowflake][protocol]") {
  auto const r = sf::parse_statement_reply(R"({"success":true,"code":null,"data":{
    "queryId":"q1","sqlState":"00000","rowtype":[{"name":"file"},{"name":"rows_loaded"}],
    "rowset":[["a.csv","12"],["b.csv",null],["c.csv",7]],"queryResultFormat":"json"}})");
  REQUIRE(r);
  CHECK(r->head.query_id == "q1");
  REQUIRE(r->table.rows.size() == 3);
  CHECK(r->table.at(0, "FILE") == "a.csv");
  CHECK(r->table.number_at(0, "rows_loaded") == 12u);
  CHECK(r->table.number_at(1, "rows_loaded") == std::nullopt);
  CHECK(r->table.number_at(2, "rows_loaded") == 7u);
  CHECK(r->table.number_at(0, "file") == std::nullopt);
  CHECK(r->table.at(0, "nothing") == std::nullopt);
  CHECK(r->table.at(9, "file") == std::nullopt);
}

TEST_CASE("null data is fine, also on success", "[snowflake][protocol]") {
  auto const r = sf::parse_statement_reply(R"({"success":true,"code":null,"data":null})");
  REQUIRE(r);
  CHECK(r->success);
  CHECK(r->table.rows.empty());
}

TEST_CASE("failures carry code, message and state", "[snowflake][protocol]") {
  auto const r = sf::parse_statement_reply(R"({"success":false,"code":1003,"message":"syntax",
    "data":{"errorCode":"001003","sqlState":"42000","queryId":"q2","line":1,"pos":2}})");
  REQUIRE(r);
  CHECK_FALSE(r->success);
  CHECK(r->head.code == "1003");
  CHECK(r->head.sql_state == "42000");
  CHECK(r->head.query_id == "q2");
}

TEST_CASE("garbage is an error, never a crash", "[snowflake][protocol]") {
  std::string const deep(100'000, '[');
  for (std::string const& body : {std::string{"{}"},
                                  std::string{"null"},
                                  std::string{"{\"success\":"},
                                  deep,
                                  std::string{R"({"success":true,"data":{"rowtype":[1]}})"},
                                  std::string{R"({"success":true,"data":{"rowset":[["x"]]}})"},
                                  std::string{R"({"success":true,"data":{"rowset":[1]}})"},
                                  std::string{R"({"success":true,"data":{"command":"UPLOAD"}})"},
                                  std::string{"\xff\xfe\0", 3}}) {
    auto const r = sf::parse_statement_reply(body);
    REQUIRE_FALSE(r);
    CHECK(r.error().code == sluice::errc::malformed_reply);
  }
}

TEST_CASE("a PUT reply tells where and how to write", "[snowflake][protocol]") {
  auto const r = sf::parse_statement_reply(R"({"success":true,"data":{"command":"UPLOAD",
    "parallel":4,"threshold":209715200,
    "encryptionMaterial":{"queryStageMasterKey":"KEY","queryId":"q","smkId":9223372036854775807},
    "stageInfo":{"locationType":"S3","location":"bucket/a/b","region":"us-west-2",
    "endPoint":null,"creds":{"AWS_ID":"id","AWS_KEY":"key","AWS_TOKEN":"t","other":1}}}})");
  REQUIRE(r);
  REQUIRE(r->put);
  CHECK(r->put->target.kind == sf::stage_kind::s3);
  CHECK(r->put->target.bucket == "bucket");
  CHECK(r->put->target.prefix == "a/b/");
  CHECK(r->put->target.access_key_id == "id");
  CHECK(r->put->target.secret_access_key.expose() == "key");
  CHECK(r->put->target.session_token.expose() == "t");
  CHECK(r->put->multipart_threshold == 209'715'200);
  CHECK(r->put->parallel == 4);
  REQUIRE(r->put->encryption);
  CHECK(r->put->encryption->smk_id == "9223372036854775807");
}

TEST_CASE("server-side encryption leaves the bytes alone", "[snowflake][protocol]") {
  auto const r = sf::parse_statement_reply(R"({"success":true,"data":{"command":"UPLOAD",
    "encryptionMaterial":{"queryStageMasterKey":"KEY","queryId":"q","smkId":"1"},
    "stageInfo":{"locationType":"S3","location":"bucket","isClientSideEncrypted":false}}})");
  REQUIRE(r);
  CHECK_FALSE(r->put->encryption);
  CHECK(r->put->target.prefix.empty());
  auto const list = sf::parse_statement_reply(R"({"success":true,"data":{"command":"UPLOAD",
    "encryptionMaterial":[],"stageInfo":{"locationType":"LOCAL_FS","location":"/tmp/x"}}})");
  REQUIRE(list);
  CHECK_FALSE(list->put->encryption);
  CHECK(list->put->target.prefix == "/tmp/x/");
  CHECK(list->put->target.bucket.empty());
}

TEST_CASE("a GET reply tells where each file lies, and its key", "[snowflake][protocol]") {
  auto const r = sf::parse_statement_reply(R"({"success":true,"data":{"command":"DOWNLOAD",
    "localLocation":"/sluice/","src_locations":["1.csv","2.csv","3.csv"],
    "encryptionMaterial":[{"queryStageMasterKey":"KEY","queryId":"q","smkId":7},null],
    "stageInfo":{"locationType":"S3","location":"bucket/a/b","region":"us-west-2",
    "creds":{"AWS_ID":"id","AWS_KEY":"key","AWS_TOKEN":"t"}}}})");
  REQUIRE(r);
  CHECK_FALSE(r->put);
  REQUIRE(r->get);
  CHECK(r->get->target.bucket == "bucket");
  CHECK(r->get->target.prefix == "a/b/");
  CHECK(r->get->target.access_key_id == "id");
  REQUIRE(r->get->files.size() == 3);
  CHECK(r->get->files[0].name == "1.csv");
  REQUIRE(r->get->files[0].encryption);
  CHECK(r->get->files[0].encryption->master_key.expose() == "KEY");
  CHECK(r->get->files[0].encryption->smk_id == "7");
  CHECK_FALSE(r->get->files[1].encryption);
  CHECK_FALSE(r->get->files[2].encryption);

  auto const none = sf::parse_statement_reply(R"({"success":true,"data":{"command":"DOWNLOAD",
    "stageInfo":{"locationType":"LOCAL_FS","location":"/tmp/x"}}})");
  REQUIRE((none && none->get));
  CHECK(none->get->files.empty());
  auto const plain = sf::parse_statement_reply(R"({"success":true,"data":{"command":"DOWNLOAD",
    "src_locations":["1.csv"],
    "encryptionMaterial":[{"queryStageMasterKey":"KEY","queryId":"q","smkId":7}],
    "stageInfo":{"locationType":"S3","location":"b","isClientSideEncrypted":false}}})");
  REQUIRE((plain && plain->get));
  CHECK_FALSE(plain->get->files[0].encryption);
  CHECK_FALSE(sf::parse_statement_reply(R"({"success":true,"data":{"command":"DOWNLOAD"}})"));
}

TEST_CASE("a list of chunks is complete or malformed", "[snowflake][protocol]") {
  auto const parse = [](std::string const& chunk) {
    return sf::parse_statement_reply(R"({"success":true,"data":{"rowtype":[{"name":"A"}],
      "chunks":[{"url":"http://x/1","rowCount":2},)" +
                                     chunk + "]}}");
  };
  REQUIRE(parse(R"({"url":"http://x/2","rowCount":1})"));
  CHECK(parse(R"({"url":"http://x/2","rowCount":1})")->table.chunks.size() == 2);
  for (char const* chunk :
       {"null", "\"http://x/2\"", "[]", "{}", R"({"url":"http://x/2"})", R"({"rowCount":1})"}) {
    INFO(chunk);
    auto const r = parse(chunk);
    REQUIRE_FALSE(r);
    CHECK(r.error().code == sluice::errc::malformed_reply);
  }
}

TEST_CASE("chunks are row lists without brackets", "[snowflake][protocol]") {
  auto r = sf::parse_statement_reply(R"({"success":true,"data":{"rowtype":[{"name":"a"}],
    "rowset":[["1"]],"chunks":[{"url":"http://x/1","rowCount":2}],"qrmk":"K"}})");
  REQUIRE(r);
  REQUIRE(r->table.chunks.size() == 1);
  CHECK(r->table.chunks[0].row_count == 2);
  CHECK(r->table.chunk_headers.size() == 2);
  CHECK(sf::parse_chunk(R"(["2"],[null])", 2, r->table));
  CHECK(r->table.rows.size() == 3);
  CHECK_FALSE(sf::parse_chunk(R"(["2"])", 2, r->table));
  CHECK_FALSE(sf::parse_chunk(R"(["2","3"])", 1, r->table));
  CHECK_FALSE(sf::parse_chunk(R"(["2")", 1, r->table));
}

TEST_CASE("redirects stay in the account's domain", "[snowflake][protocol]") {
  std::string const from = "https://acme-main.snowflakecomputing.com/queries/v1/query-request?x=1";
  CHECK(sf::redirect_target(from, "https://acme-two.snowflakecomputing.com/q") ==
        "https://acme-two.snowflakecomputing.com/q");
  CHECK(sf::redirect_target(from, "/q?x=1") == "https://acme-main.snowflakecomputing.com/q?x=1");
  CHECK_FALSE(sf::redirect_target(from, "http://acme-main.snowflakecomputing.com/q"));
  CHECK_FALSE(sf::redirect_target(from, "https://evil.example/q"));
  CHECK_FALSE(sf::redirect_target(from, "https://evilsnowflakecomputing.com/q"));
  CHECK_FALSE(sf::redirect_target(from, "https://a.snowflakecomputing.cn/q"));
  CHECK_FALSE(sf::redirect_target(from, "//evil.example/q"));
  CHECK_FALSE(sf::redirect_target(from, ""));
  CHECK_FALSE(sf::redirect_target("http://127.0.0.1:1/a", "http://localhost:1/a"));
  CHECK_FALSE(sf::redirect_target("http://127.0.0.1:1/a", "http://evil.example/a"));
  CHECK_FALSE(sf::redirect_target("https://a.snowflakecomputing.com/a", "https://localhost/a"));
  CHECK(sf::redirect_target("http://127.0.0.1:1/a", "http://127.0.0.1:2/a") ==
        "http://127.0.0.1:2/a");
}
