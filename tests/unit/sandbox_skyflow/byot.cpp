#include "catch.hpp"
#include "vault_client.hpp"

using namespace vault_client;

TEST_CASE("a caller's tokens are kept and echoed") {
  account a;
  auto const r = a.post("/full_name", byot(pair("Ann", "tok_name_1_ab") + ',' + pair("Bo", "t2")));
  REQUIRE(r.status == 200);
  CHECK(json(r).at("records").at(0).at("tokens").at("full_name").as_string() == "tok_name_1_ab");
  CHECK(a.cell("SELECT \"full_name.token\" FROM \"@.full_name\" WHERE full_name='Bo'") == "t2");
  CHECK(a.cell("SELECT value FROM \"@.tokens\" WHERE token='t2'") == "Bo");
}

TEST_CASE("byot modes") {
  account a;
  CHECK(error_of(a.post("/full_name", byot(pair("Ann", "t"), "DISABLE"))) ==
        "400/3: Tokens are not accepted: byot is DISABLE.");
  CHECK(a.post("/full_name", R"({"records":[)" + pair("Ann", "t") + "]}").status == 400);
  CHECK(a.post("/full_name", byot(pair("Ann", "t"), "SOMETIMES")).status == 400);

  std::string const without = R"({"fields":{"full_name":"Bo"}})";
  auto const enabled = a.post("/full_name", byot(without));
  CHECK(enabled.status == 200);
  CHECK(json(enabled).at("records").at(0).at("tokens").at("full_name").as_string().size() == 36);
  CHECK(error_of(a.post("/full_name", byot(without, "ENABLE_STRICT"))) ==
        "400/3: byot is ENABLE_STRICT, and column full_name has no token.");
  CHECK(a.post("/full_name", byot(pair("Cy", "t3"), "ENABLE_STRICT")).status == 200);
  CHECK(a.post("/persons",
               byot(R"({"fields":{"name":"a","ssn":"123-45-6789"},"tokens":{"name":"t9"}})",
                    "ENABLE_STRICT"))
            .status == 400);
}

TEST_CASE("tokens are non-empty scalars of columns that have a value") {
  account a;
  CHECK(a.post("/full_name", byot(pair("Ann", ""))).status == 400);
  CHECK(a.post("/full_name", byot(R"({"fields":{"full_name":"A"},"tokens":{"full_name":["t"]}})"))
            .status == 400);
  CHECK(a.post("/full_name", byot(R"({"fields":{"full_name":"A"},"tokens":{"nam":"t"}})")).status ==
        400);
  CHECK(a.post("/full_name", byot(R"({"fields":{},"tokens":{"full_name":"t"}})")).status == 400);
  CHECK(a.rows("full_name") == "0");
  CHECK(a.post("/full_name", byot(R"({"fields":{"full_name":"A"},"tokens":{"full_name":42}})"))
            .status == 200);
  CHECK(a.cell("SELECT token FROM \"@.tokens\"") == "42");
}

TEST_CASE("a token belongs to one value") {
  account a;
  REQUIRE(a.post("/full_name", byot(pair("Ann", "t1"))).status == 200);
  // The same pair again is a re-run.
  CHECK(a.post("/full_name", byot(pair("Ann", "t1"))).status == 200);
  CHECK(a.cell("SELECT rows FROM \"@.tokens\" WHERE token='t1'") == "2");
  CHECK(error_of(a.post("/full_name", byot(pair("Bo", "t1")))) ==
        "400/9: The token of column full_name belongs to another value.");
  CHECK(error_of(a.post("/full_name", byot(pair("Ann", "t2")))) ==
        "400/9: The value of column full_name has another token.");
  // Within one call, too.
  CHECK(a.post("/full_name", byot(pair("Cy", "t3") + ',' + pair("Di", "t3"))).status == 400);
  CHECK(a.rows("full_name") == "2");
  // name is not deterministic: a value may have many tokens.
  auto const person = [&](std::string const& ssn, std::string const& token) {
    return a
        .post("/persons",
              byot(R"({"fields":{"name":"Ann","ssn":")" + ssn + R"("},"tokens":{"name":")" + token +
                   "\"}}"))
        .status;
  };
  CHECK(person("123-45-6789", "n1") == 200);
  CHECK(person("123-45-6780", "n2") == 200);
  CHECK(person("123-45-6781", "t1") == 200);  // tokens belong to the vault: t1 is Ann's
}

TEST_CASE("the answers to conflicts of tokens are options") {
  skyflow::options o;
  o.conflict_status = 409;
  o.refuse_repeated_pair = true;
  o.allow_second_token = true;
  account a(o);
  REQUIRE(a.post("/full_name", byot(pair("Ann", "t1"))).status == 200);
  CHECK(error_of(a.post("/full_name", byot(pair("Ann", "t1")))) ==
        "409/6: The token of column full_name exists.");
  CHECK(a.post("/full_name", byot(pair("Ann", "t2"))).status == 200);
  CHECK(error_of(a.post("/full_name", byot(pair("Bo", "t1")))).starts_with("409/6: "));
}

TEST_CASE("tokens of deleted rows are free, or stay reserved") {
  for (bool const reserve : {false, true}) {
    skyflow::options o;
    o.reserve_deleted_tokens = reserve;
    account a(o);
    REQUIRE(a.post("/full_name", byot(pair("Ann", "t1"))).status == 200);
    REQUIRE(a.erase("/full_name", R"({"skyflow_ids":["*"]})").status == 200);
    CHECK(a.post("/detokenize", R"({"detokenizationParameters":[{"token":"t1"}]})").status == 404);
    CHECK(a.post("/full_name", byot(pair("Bo", "t1"))).status == (reserve ? 400 : 200));
    CHECK(a.post("/full_name", byot(pair("Ann", "t1"))).status == (reserve ? 200 : 400));
  }
}

TEST_CASE("a column may demand a format of tokens") {
  skyflow::options o;
  o.vaults.push_back(skyflow::default_vault());
  o.vaults.front().tables[1].columns[0].token_regular_exp = "^tok_[a-z0-9]+$";
  account a(o);
  CHECK(a.post("/full_name", byot(pair("Ann", "free text"))).status == 400);
  CHECK(a.post("/full_name", byot(pair("Ann", "tok_1"))).status == 200);
}
