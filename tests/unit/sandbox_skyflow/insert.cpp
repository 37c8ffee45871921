#include "catch.hpp"
#include "vault_client.hpp"

#include <set>

using namespace vault_client;

TEST_CASE("an insert answers in order, with fresh ids, and lands typed in SQLite") {
  account a;
  auto const r = a.post(
      "/persons",
      R"({"records":[{"fields":{"name":"Ann","ssn":"123-45-6789","birth":"2001-02-03","age":41,)"
      R"("score":1.5,"active":true,"tags":["x","y"],"card":"1111222233334444"}},)"
      R"({"fields":{"name":"B\u00f6","ssn":"123-45-6780"}}],"tokenization":true,"quorum":true})");
  REQUIRE(r.status == 200);
  auto const records = json(r).at("records").as_array();
  REQUIRE(records.size() == 2);
  CHECK(records[0].at("skyflow_id") != records[1].at("skyflow_id"));
  CHECK(records[0].at("skyflow_id").as_string().size() == 36);
  CHECK(a.cell("SELECT skyflow_id FROM \"@.persons\" WHERE name='Ann'") ==
        records[0].at("skyflow_id").as_string());
  CHECK(a.cell("SELECT age + score + active FROM \"@.persons\" WHERE name='Ann'") == "43.5");
  CHECK(a.cell("SELECT typeof(age)||typeof(score)||typeof(birth)||tags FROM \"@.persons\" "
               "WHERE name='Ann'") == "integerrealtext[\"x\",\"y\"]");
  CHECK(a.cell("SELECT age FROM \"@.persons\" WHERE name='B\xC3\xB6'") == "NULL");

  auto const tokens = records[0].at("tokens").as_object();
  CHECK(tokens.size() == 3);  // the tokenised columns that have a value
  CHECK(tokens.at("card").as_string().size() == 16);
  CHECK(tokens.at("card").as_string().ends_with("4444"));
  CHECK(tokens.at("card").as_string() != "1111222233334444");
  CHECK(a.cell("SELECT \"name.token\" FROM \"@.persons\" WHERE name='Ann'") ==
        tokens.at("name").as_string());
}

TEST_CASE("tokens are null unless asked for") {
  account a;
  auto const r = a.post("/full_name", R"({"records":[{"fields":{"full_name":"Ann"}}]})");
  CHECK(json(r).at("records").at(0).at("tokens").is_null());
  CHECK(a.cell("SELECT COUNT(*) FROM \"@.tokens\"") == "1");
}

TEST_CASE("deterministic columns give one token to one value, others a fresh one") {
  account a;
  auto const token = [&](std::string const& name, std::string const& ssn) {
    auto const r = a.post("/persons",
                          R"({"records":[{"fields":{"name":")" + name + R"(","ssn":")" + ssn +
                              R"("}}],"tokenization":true})");
    auto const t = json(r).at("records").at(0).at("tokens").as_object();
    return std::pair(std::string(t.at("name").as_string()), std::string(t.at("ssn").as_string()));
  };
  auto const first = token("Ann", "111-11-1111");
  auto const second = token("Ann", "111-11-1111");
  CHECK(first.first != second.first);
  CHECK(first.second == second.second);
  CHECK(token("Ann", "222-22-2222").second != first.second);
}

TEST_CASE("an insert is all or nothing") {
  account a;
  auto const refused = [&](std::string const& fields) {
    auto const r =
        a.post("/persons",
               R"({"records":[{"fields":{"name":"good","ssn":"123-45-6789"}},{"fields":)" + fields +
                   "}]}");
    CHECK(a.rows("persons") == "0");
    CHECK(a.cell("SELECT COUNT(*) FROM \"@.tokens\"") == "0");
    return error_of(r);
  };
  CHECK(refused(R"({"ssn":"123-45-6780","nam":"x"})") ==
        "400/3: Insert failed. Column nam is invalid. Specify a valid column.");
  CHECK(refused(R"({"ssn":"123-45-6780","skyflow_id":"x"})") ==
        "400/3: Insert failed. Column skyflow_id is invalid. Specify a valid column.");
  CHECK(refused(R"({"name":"x"})") == "400/3: Insert failed. Column ssn may not be null.");
  CHECK(refused(R"({"ssn":null})") == "400/3: Insert failed. Column ssn may not be null.");
  CHECK(refused(R"({"ssn":"123456789"})") ==
        "400/3: Insert failed. The value of column ssn does not match its regular expression.");
  CHECK(refused(R"({"ssn":"123-45-6780","name":7})") ==
        "400/3: Insert failed. Column name expects DT_STRING.");
  for (auto const* wrong : {R"("age":"7")",
                            R"("age":1.5)",
                            R"("age":2147483648)",
                            R"("score":"1")",
                            R"("active":1)",
                            R"("birth":"2001-13-01")",
                            R"("birth":20010101)",
                            R"("tags":"x")",
                            R"("tags":[1])",
                            R"("name":"a\u0000b")"}) {
    INFO(wrong);
    CHECK(refused(std::string(R"({"ssn":"123-45-6780",)") + wrong + '}').starts_with("400/3: "));
  }
}

TEST_CASE("unique columns refuse repeated values, within a call and across calls") {
  account a;
  std::string const fields = R"({"fields":{"ssn":"123-45-6789","email":"a@x"}})";
  std::string const conflict = "400/9: Error Inserting Records due to unique constraint violation";
  CHECK(error_of(a.post("/persons", R"({"records":[)" + fields + ',' + fields + "]}")) == conflict);
  CHECK(a.rows("persons") == "0");
  CHECK(a.post("/persons", R"({"records":[)" + fields + "]}").status == 200);
  CHECK(error_of(a.post("/persons", R"({"records":[)" + fields + "]}")) == conflict);

  skyflow::options o;
  o.conflict_status = 409;
  account b(o);
  CHECK(error_of(b.post("/persons", R"({"records":[)" + fields + ',' + fields + "]}"))
            .starts_with("409/6: "));
}

TEST_CASE("a unique text has at most 2,500 characters") {
  account a;
  auto const with_length = [&](std::size_t n) {
    std::string email;
    for (std::size_t i = 0; i < n; ++i) email += "\xC3\xA9";
    return a.post("/persons",
                  R"({"records":[{"fields":{"ssn":"123-45-6789","email":")" + email + "\"}}]}");
  };
  CHECK(error_of(with_length(2'501)) == "400/3: token insertion error");
  CHECK(with_length(2'500).status == 200);
}

TEST_CASE("upsert updates the row with the unique value and keeps its id") {
  account a;
  auto const first = a.insert("persons", R"({"ssn":"123-45-6789","email":"a@x","age":1})");
  auto const r =
      a.post("/persons",
             R"({"upsert":"email","records":[{"fields":{"ssn":"123-45-6780","email":"a@x"}},)"
             R"({"fields":{"ssn":"123-45-6781","email":"b@x"}}]})");
  REQUIRE(r.status == 200);
  CHECK(json(r).at("records").at(0).at("skyflow_id").as_string() == first);
  CHECK(a.rows("persons") == "2");
  CHECK(a.cell("SELECT ssn||age FROM \"@.persons\" WHERE email='a@x'") == "123-45-67801");
  // The value that is gone has no token left.
  CHECK(a.cell("SELECT COUNT(*) FROM \"@.tokens\" WHERE value='123-45-6789'") == "0");

  std::string const records = R"("records":[{"fields":{"ssn":"123-45-6789","email":"c@x"}}])";
  CHECK(error_of(a.post("/persons", R"({"upsert":"name",)" + records + '}')) ==
        "400/3: Column name is not unique.");
  CHECK(a.post("/persons", R"({"upsert":"nam",)" + records + '}').status == 400);
  CHECK(a.post("/persons", R"({"upsert":"","homogeneous":true,)" + records + '}').status == 200);
  CHECK(error_of(a.post("/persons", R"({"upsert":"email","homogeneous":true,)" + records + '}')) ==
        "400/3: homogeneous and upsert exclude each other");
}

TEST_CASE("homogeneous records have the same columns") {
  account a;
  CHECK(a.post("/persons",
               R"({"homogeneous":true,"records":[{"fields":{"ssn":"123-45-6789","name":"a"}},)"
               R"({"fields":{"name":"b","ssn":"123-45-6780"}}]})")
            .status == 200);
  CHECK(a.post("/persons",
               R"({"homogeneous":true,"records":[{"fields":{"ssn":"123-45-6781","name":"a"}},)"
               R"({"fields":{"ssn":"123-45-6782"}}]})")
            .status == 400);
}

TEST_CASE("unknown vaults, tables, routes and members of a body") {
  account a;
  std::string const body = R"({"records":[{"fields":{"full_name":"x"}}]})";
  CHECK(error_of(a.send("POST", "/v1/vaults/nowhere/full_name", body)) ==
        "404/5: Vault nowhere was not found");
  CHECK(error_of(a.post("/nothing", body)) ==
        "404/5: Object Name nothing was not found for Vault " + vault_id);
  CHECK(error_of(a.send("PATCH", vault_path + "/persons", body)).starts_with("404/5: "));
  CHECK(error_of(a.post("/full_name", R"({"recordz":[]})")) ==
        "400/3: Invalid field present in JSON recordz");
  CHECK(a.post("/full_name", R"({"records":[{"fields":{},"token":{}}]})").status == 400);
  CHECK(a.post("/full_name", R"({"records":[]})").status == 400);
  CHECK(a.post("/full_name", R"({"records":{}})").status == 400);
  CHECK(a.post("/full_name", "[]").status == 400);
  CHECK(a.post("/full_name", R"({"records":[{"fields":{"full_name":"x","full_name":"y"}}]})")
            .status == 400);
  CHECK(a.post("/full_name", R"({"records":[{"fields":{"full_name":"x"}}],"tokenization":"yes"})")
            .status == 400);
  CHECK(a.rows("full_name") == "0");
}

TEST_CASE("continueOnError on a table: ignored, as the batch endpoint, or 207") {
  std::string const body =
      R"({"continueOnError":true,"records":[{"fields":{"full_name":"x"}},{"fields":{"bad":"y"}}]})";
  account ignored;
  CHECK(ignored.post("/full_name", body).status == 400);
  CHECK(ignored.rows("full_name") == "0");
  for (auto const mode :
       {skyflow::table_continue::batch_shape, skyflow::table_continue::multi_status}) {
    skyflow::options o;
    o.continue_on_error = mode;
    account a(o);
    auto const r = a.post("/full_name", body);
    CHECK(r.status == (mode == skyflow::table_continue::batch_shape ? 200 : 207));
    CHECK(json(r).at("responses").at(0).at("Status").as_int64() == 200);
    CHECK(json(r).at("responses").at(1).at("Status").as_int64() == 400);
    CHECK(a.rows("full_name") == "1");
  }
}
