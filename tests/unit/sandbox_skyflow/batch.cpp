#include "catch.hpp"
#include "vault_client.hpp"

using namespace vault_client;

namespace {

std::string record(std::string const& members) {
  return R"({"method":"POST","tableName":"full_name",)" + members + '}';
}

}  // namespace

TEST_CASE("a batch without continueOnError is one transaction over several tables") {
  account a;
  auto const r = a.post("",
                        R"({"byot":"ENABLE","records":[)" +
                            record(R"("fields":{"full_name":"Ann"},"tokens":{"full_name":"t1"},)"
                                   R"("tokenization":true,"batchID":"g1")") +
                            R"(,{"method":"POST","tableName":"persons","batchID":"g1",)"
                            R"("fields":{"ssn":"123-45-6789"}}]})");
  REQUIRE(r.status == 200);
  CHECK(json(r).at("vaultID").as_string() == vault_id);
  auto const responses = json(r).at("responses").as_array();
  REQUIRE(responses.size() == 2);
  CHECK(responses[0].at("records").at(0).at("tokens").at("full_name").as_string() == "t1");
  CHECK(responses[1].at("records").at(0).at("tokens").is_null());
  CHECK(responses[1].as_object().contains("Status") == false);

  CHECK(error_of(a.post("",
                        R"({"records":[)" + record(R"("fields":{"full_name":"Bo"})") + ',' +
                            record(R"("fields":{"full_nam":"Cy"})") + "]}"))
            .starts_with("400/3: Insert failed. Column full_nam"));
  CHECK(a.rows("full_name") == "1");
}

TEST_CASE("a batch with continueOnError answers each record in order") {
  account a;
  a.insert("persons", R"({"ssn":"123-45-6789","email":"a@x"})");
  auto const r = a.post(
      "",
      R"({"continueOnError":true,"records":[)" + record(R"("fields":{"full_name":"Ann"})") + ',' +
          record(R"("fields":{"full_nam":"Bo"})") +
          R"(,{"method":"POST","tableName":"persons","fields":{"ssn":"123-45-6780","email":"a@x"}},)"
          R"({"method":"POST","tableName":"nothing","fields":{}},)" +
          record(R"("fields":{"full_name":"Cy"},"tokenization":true)") + "]}");
  REQUIRE(r.status == 200);
  auto const responses = json(r).at("responses").as_array();
  REQUIRE(responses.size() == 5);
  CHECK(responses[0].at("Status").as_int64() == 200);
  CHECK(responses[0].at("Body").at("records").at(0).at("tokens").is_null());
  CHECK(responses[1].at("Status").as_int64() == 400);
  CHECK(responses[1].at("Body").at("error").as_string() ==
        "Insert failed. Column full_nam is invalid. Specify a valid column.");
  CHECK(responses[2].at("Status").as_int64() == 400);
  CHECK(responses[3].at("Status").as_int64() == 404);
  CHECK(responses[4].at("Body").at("records").at(0).at("tokens").at("full_name").is_string());
  CHECK(a.cell("SELECT group_concat(full_name) FROM \"@.full_name\"") == "Ann,Cy");
}

TEST_CASE("records of one batch run in order: what one stores the next one finds") {
  account a;
  auto const id = a.insert("persons", R"({"ssn":"123-45-6789","email":"a@x"})");
  auto const named = [&](std::string const& method, std::string const& more) {
    return R"({"method":")" + method + R"(","tableName":"persons","ID":")" + id + "\"" + more + '}';
  };
  auto const r = a.post("",
                        R"({"continueOnError":true,"records":[)" +
                            named("PUT", R"(,"fields":{"age":7},"batchID":"g")") + ',' +
                            named("GET", R"(,"redaction":"PLAIN_TEXT","batchID":"g")") + ',' +
                            named("DELETE", R"(,"batchID":"g")") + ',' + named("GET", "") +
                            R"(,{"method":"NONE"}]})");
  auto const responses = json(r).at("responses").as_array();
  REQUIRE(responses.size() == 5);
  CHECK(responses[1].at("Body").at("records").at(0).at("fields").at("age").as_int64() == 7);
  CHECK(responses[2].at("Body").at("records").at(0).at("deleted").as_bool());
  CHECK(responses[3].at("Status").as_int64() == 404);
  CHECK(responses[4].at("Body").is_null());
  CHECK(a.rows("persons") == "0");
}

TEST_CASE("a batch upserts, and refuses what is no batch") {
  account a;
  std::string const person =
      R"({"method":"POST","tableName":"persons","upsert":"email","fields":{"ssn":"123-45-6789","email":"a@x","age":)";
  REQUIRE(a.post("", R"({"records":[)" + person + "1}}," + person + "2}}]}").status == 200);
  CHECK(a.cell("SELECT COUNT(*)||max(age) FROM \"@.persons\"") == "12");
  CHECK(a.post("", R"({"records":[{"method":"post","tableName":"persons"}]})").status == 400);
  CHECK(a.post("", R"({"records":[{"method":"POST","table":"persons"}]})").status == 400);
  CHECK(a.post("", R"({"records":[]})").status == 400);
}
