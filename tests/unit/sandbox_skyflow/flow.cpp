#include "catch.hpp"
#include "vault_client.hpp"

using namespace vault_client;

namespace {

boost::json::array records(reply const& r, char const* name = "records") {
  return json(r).at(name).as_array();
}

std::string person(std::string const& ssn, std::string const& more = {}) {
  return R"({"data":{"ssn":")" + ssn + '"' + more + "}}";
}

reply insert(account const& a, std::string const& list, std::string const& more = {}) {
  return a.flow("records/insert", R"("tableName":"persons","records":[)" + list + ']' + more);
}

}  // namespace

TEST_CASE("FlowVault insert answers each record, 200 or 207") {
  account a;
  auto const good = insert(a, person("123-45-6789", R"(,"name":"Ann")"));
  REQUIRE(good.status == 200);
  auto const stored = records(good)[0].as_object();
  CHECK(stored.at("httpCode").as_int64() == 200);
  CHECK(stored.at("error").is_null());
  CHECK(stored.at("tableName").as_string() == "persons");
  CHECK(a.cell("SELECT skyflow_id FROM \"@.persons\"") == stored.at("skyflowID").as_string());
  auto const token = stored.at("tokens").at("ssn").at(0).as_object();
  CHECK(token.at("tokenGroupName").as_string() == "deterministic_string");
  CHECK(a.cell("SELECT \"ssn.token\" FROM \"@.persons\"") == token.at("token").as_string());

  auto const mixed =
      insert(a, person("123-45-6780") + ',' + person("bad") + ',' + person("123-45-6781"));
  CHECK(mixed.status == 207);
  CHECK(records(mixed)[0].at("httpCode").as_int64() == 200);
  CHECK(records(mixed)[1].at("httpCode").as_int64() == 400);
  CHECK(records(mixed)[1].at("skyflowID").is_null());
  CHECK(records(mixed)[1].at("error").is_string());
  CHECK(records(mixed)[2].at("httpCode").as_int64() == 200);
  CHECK(a.rows("persons") == "3");
}

TEST_CASE("FlowVault insert: tables and upsert of the call or of a record") {
  account a;
  auto const several = a.flow("records/insert",
                              R"("records":[{"tableName":"full_name","data":{"full_name":"Ann"}},)"
                              R"({"tableName":"id","data":{"id":"7"}},{"data":{"id":"8"}}])");
  CHECK(several.status == 207);
  CHECK(records(several)[2].at("httpCode").as_int64() == 400);
  CHECK(a.rows("full_name") + a.rows("id") == "11");
  CHECK(a.flow("records/insert",
               R"("tableName":"id","records":[{"tableName":"id","data":{"id":"9"}}])")
            .status == 207);

  auto const upsert = [&](std::string const& type, std::string const& fields) {
    return insert(a,
                  person("123-45-6789", fields),
                  R"(,"upsert":{"uniqueColumns":["email"],"updateType":")" + type + "\"}");
  };
  auto const first = records(upsert("UPDATE", R"(,"email":"a@x","age":1)"))[0].at("skyflowID");
  CHECK(records(upsert("UPDATE", R"(,"email":"a@x","name":"Ann")"))[0].at("skyflowID") == first);
  CHECK(a.cell("SELECT name||age FROM \"@.persons\"") == "Ann1");
  CHECK(upsert("REPLACE", R"(,"email":"a@x")").status == 200);
  CHECK(a.cell("SELECT COALESCE(name,'-')||COALESCE(age,'-') FROM \"@.persons\"") == "--");
  CHECK(upsert("MERGE", R"(,"email":"a@x")").status == 400);
  CHECK(a.rows("persons") == "1");
}

TEST_CASE("FlowVault insert takes a caller's tokens as text or with their group") {
  account a;
  auto const with = [&](std::string const& name, std::string const& token) {
    return a.flow("records/insert",
                  R"("tableName":"full_name","records":[{"data":{"full_name":")" + name +
                      R"("},"tokens":{"full_name":)" + token + "}}]");
  };
  CHECK(with("Ann", R"("t1")").status == 200);
  CHECK(with("Bo", R"([{"token":"t2","tokenGroupName":"deterministic_string"}])").status == 200);
  CHECK(with("Cy", R"([{"token":"t3","tokenGroupName":"other"}])").status == 207);
  CHECK(with("Cy", R"("t1")").status == 207);
  CHECK(a.cell("SELECT group_concat(\"full_name.token\") FROM \"@.full_name\"") == "t1,t2");
}

TEST_CASE("FlowVault get, update and delete") {
  account a;
  auto const id =
      std::string(records(insert(a, person("123-45-6789", R"(,"email":"a@x","name":"Ann")")))[0]
                      .at("skyflowID")
                      .as_string());
  auto const get = [&](std::string const& members) {
    return a.flow("records/get", R"("tableName":"persons",)" + members);
  };
  auto const found = get(R"("skyflowIDs":[")" + id +
                         R"(","x"],"columns":["ssn"],)"
                         R"("columnRedactions":[{"columnName":"ssn","redaction":"PLAIN_TEXT"}])");
  CHECK(found.status == 207);
  CHECK(records(found)[0].at("data").at("ssn").as_string() == "123-45-6789");
  CHECK(records(found)[0].at("data").as_object().size() == 1);
  CHECK(records(found)[1].at("httpCode").as_int64() == 404);
  CHECK(
      records(get(R"("uniqueValues":[{"data":{"email":"a@x"}}])"))[0].at("skyflowID").as_string() ==
      id);
  CHECK(get(R"("limit":5,"offset":1)").status == 404);
  CHECK(records(a.flow("records/get", R"("records":[{"tableName":"persons","limit":5}])")).size() ==
        1);

  auto const update = [&](std::string const& row, std::string const& data) {
    return a.flow(
        "records/update",
        R"("records":[{"tableName":"persons","skyflowID":")" + row + R"(","data":)" + data + "}]");
  };
  CHECK(update(id, R"({"age":9})").status == 200);
  CHECK(a.cell("SELECT age FROM \"@.persons\"") == "9");
  CHECK(records(update("x", R"({"age":9})"))[0].at("httpCode").as_int64() == 404);

  auto const gone =
      a.flow("records/delete", R"("tableName":"persons","skyflowIDs":[")" + id + R"(","x"])");
  CHECK(gone.status == 207);
  CHECK(records(gone)[0].at("httpCode").as_int64() == 200);
  CHECK(records(gone)[1].at("httpCode").as_int64() == 404);
  CHECK(a.rows("persons") == "0");
  insert(a, person("123-45-6789", R"(,"email":"b@x")"));
  CHECK(
      a.flow("records/delete", R"("tableName":"persons","uniqueValues":[{"data":{"email":"b@x"}}])")
          .status == 200);
  CHECK(a.rows("persons") == "0");
}

TEST_CASE("FlowVault tokens") {
  account a;
  auto const made =
      a.flow("tokens/tokenize",
             R"("data":[{"value":"Ann","tokenGroupNames":["deterministic_string","no"]}])");
  CHECK(made.status == 207);
  auto const tokens = records(made, "response")[0].at("tokens").as_array();
  std::string const token(tokens[0].at("token").as_string());
  CHECK(tokens[1].at("httpCode").as_int64() == 400);
  auto const own = a.flow(
      "tokens/get",
      R"("data":[{"value":"Bo","tokenGroupNames":["deterministic_string"],"token":"mine"}])");
  CHECK(records(own, "response")[0].at("tokens").at(0).at("token").as_string() == "mine");

  auto const back = a.flow("tokens/detokenize", R"("tokens":[")" + token + R"(","mine","x"])");
  CHECK(back.status == 207);
  CHECK(records(back, "response")[0].at("value").as_string() == "Ann");
  CHECK(records(back, "response")[1].at("value").as_string() == "Bo");
  CHECK(records(back, "response")[2].at("httpCode").as_int64() == 404);
  auto const redacted = a.flow(
      "tokens/detokenize",
      R"("tokens":["mine"],"tokenGroupRedactions":[{"tokenGroupName":"deterministic_string","redaction":"REDACTED"}])");
  CHECK(records(redacted, "response")[0].at("value").as_string() == "*REDACTED*");

  auto const gone = a.flow("tokens/delete", R"("tokens":["mine","mine"])");
  CHECK(gone.status == 207);
  CHECK(records(gone, "tokens")[0].at("httpCode").as_int64() == 200);
  CHECK(records(gone, "tokens")[1].at("httpCode").as_int64() == 404);
}

TEST_CASE("FlowVault query and metrics, and refusals of a whole call") {
  account a;
  insert(a, person("123-45-6789", R"(,"age":4)"));
  CHECK(records(a.flow("query", R"("query":"select age from persons")"))[0]
            .at("fields")
            .at("age")
            .as_int64() == 4);
  CHECK(json(a.send("POST", "/v2/vaults/metrics", R"({"vaultID":")" + vault_id + "\"}"))
            .at("data")
            .at("tables")
            .at("persons")
            .as_int64() == 1);
  auto const unknown = a.flow("records/insert", R"("tableName":"no","records":[{"data":{}}])");
  CHECK(error_of(unknown).starts_with("404/5: "));
  CHECK(header(unknown, "error-from-client") == "true");
  CHECK(a.send("POST", "/v2/records/insert", R"({"vaultID":"no"})").status == 404);
  CHECK(a.send("POST", "/v2/records/insert", R"({"records":[]})").status == 400);
  CHECK(a.flow("tokens/other", R"("tokens":["x"])").status == 404);
  a.bearer = "x";
  CHECK(a.flow("records/insert", R"("records":[])").status == 401);
}
