#include "catch.hpp"
#include "vault_client.hpp"

#include <vector>

using namespace vault_client;

namespace {

std::string digits(int i) {
  return std::to_string(1'000 + i);
}

/// Rows with the given number of people: ssn 000-00-1000, 000-00-1001, ...
std::vector<std::string> people(account const& a, int count) {
  std::string records;
  for (int i = 0; i < count; ++i) {
    records += (i > 0 ? "," : "") + (R"({"fields":{"name":"n)" + digits(i)) + R"(","email":"e)" +
               digits(i) + R"(","ssn":"000-00-)" + digits(i) + "\"}}";
  }
  auto const r = a.post("/persons", R"({"records":[)" + records + "]}");
  std::vector<std::string> ids;
  auto const stored = json(r).at("records").as_array();
  for (auto const& record : stored) {
    ids.emplace_back(record.at("skyflow_id").as_string());
  }
  return ids;
}

std::size_t found(reply const& r) {
  return r.status == 200 ? json(r).at("records").as_array().size() : 0;
}

std::string shown(reply const& r, std::string const& column) {
  return std::string(json(r).at("records").at(0).at("fields").at(column).as_string());
}

}  // namespace

TEST_CASE("pages of a table end with 404, and a page holds 25 rows at most") {
  account a;
  people(a, 30);
  CHECK(found(a.get("/persons")) == 25);
  CHECK(found(a.get("/persons?limit=100")) == 25);
  CHECK(found(a.get("/persons?limit=7&offset=25")) == 5);
  CHECK(error_of(a.get("/persons?offset=30")) == "404/5: No Records Found");
  CHECK(a.get("/persons?limit=x").status == 400);
  CHECK(a.get("/persons?offset=-1").status == 400);
  CHECK(shown(a.get("/persons?order_by=DESCENDING&redaction=PLAIN_TEXT"), "ssn") == "000-00-1029");

  skyflow::options o;
  o.clamp_get_limit = false;
  account obeys(o);
  people(obeys, 30);
  CHECK(found(obeys.get("/persons?limit=100")) == 30);
  CHECK(found(obeys.get("/persons")) == 25);
}

TEST_CASE("rows by ids and by values of a unique column") {
  account a;
  auto const ids = people(a, 3);
  CHECK(found(a.get("/persons?skyflow_ids=" + ids[2] + "&skyflow_ids=" + ids[0])) == 2);
  CHECK(found(a.get("/persons?skyflow_ids=" + ids[0] + "&skyflow_ids=unknown")) == 1);
  CHECK(a.get("/persons?skyflow_ids=unknown").status == 404);
  CHECK(found(a.get("/persons?column_name=email&column_values=e1000&column_values=e1001")) == 2);
  CHECK(a.get("/persons?column_name=email&column_values=other").status == 404);
  CHECK(a.get("/persons?column_name=name&column_values=n1000").status == 400);
  CHECK(a.get("/persons?column_name=email").status == 400);
  CHECK(a.get("/persons?column_values=e1000").status == 400);
  CHECK(a.get("/persons?column_name=email&column_values=e1000&skyflow_ids=" + ids[0]).status ==
        400);
  CHECK(a.get("/persons?limit=1&limit=2").status == 400);

  a.insert("persons", R"({"ssn":"999-99-9999","email":"a b+c@x"})");
  CHECK(found(a.get("/persons?column_name=email&column_values=a+b%2Bc%40x")) == 1);
}

TEST_CASE("redaction") {
  account a;
  a.insert("persons", R"({"ssn":"123-45-6789","card":"1111222233334444","name":"Ann","age":3})");
  auto const get = [&](std::string const& how) { return a.get("/persons" + how); };
  for (auto const* how : {"", "?redaction=DEFAULT"}) {
    CHECK(shown(get(how), "ssn") == "***-**-6789");
    CHECK(shown(get(how), "card") == "*REDACTED*");
    CHECK(shown(get(how), "name") == "Ann");
  }
  CHECK(shown(get("?redaction=PLAIN_TEXT"), "card") == "1111222233334444");
  CHECK(shown(get("?redaction=REDACTED"), "name") == "*REDACTED*");
  CHECK(shown(get("?redaction=MASKED"), "name") == "***");
  CHECK(shown(get("?redaction=MASKED"), "ssn") == "***-**-6789");
  CHECK(get("?redaction=SOME").status == 400);
  CHECK(json(get("?redaction=PLAIN_TEXT")).at("records").at(0).at("fields").at("age").as_int64() ==
        3);
}

TEST_CASE("fields and tokens instead of values") {
  account a;
  auto const id = a.insert("persons", R"({"ssn":"123-45-6789","name":"Ann","age":3})");
  auto const fields =
      json(a.get("/persons?fields=name&fields=age")).at("records").at(0).at("fields").as_object();
  CHECK(fields.size() == 3);
  CHECK(fields.at("skyflow_id").as_string() == id);
  CHECK(a.get("/persons?fields=nam").status == 400);

  auto const by_id = "/persons?tokenization=true&skyflow_ids=" + id;
  CHECK(shown(a.get(by_id), "name") == a.cell("SELECT \"name.token\" FROM \"@.persons\""));
  CHECK_FALSE(json(a.get(by_id)).at("records").at(0).at("fields").as_object().contains("age"));
  CHECK(a.get("/persons?tokenization=true").status == 400);
  CHECK(a.get(by_id + "&fields=age").status == 400);
  CHECK(a.get(by_id + "&redaction=PLAIN_TEXT").status == 400);
  CHECK(a.get("/persons?tokenization=maybe").status == 400);
}

TEST_CASE("one row by its path, and its update") {
  account a;
  auto const id = a.insert("persons", R"({"ssn":"123-45-6789","name":"Ann","email":"a@x"})");
  a.insert("persons", R"({"ssn":"123-45-6780","email":"b@x"})");
  CHECK(json(a.get("/persons/" + id)).at("fields").at("name").as_string() == "Ann");
  CHECK(a.get("/persons/unknown").status == 404);

  auto const put = [&](std::string const& body, std::string const& row) {
    return a.send("PUT", vault_path + "/persons/" + row, body);
  };
  auto const old = a.cell("SELECT \"name.token\" FROM \"@.persons\" WHERE email='a@x'");
  auto const r = put(R"({"record":{"fields":{"name":"Bo"}},"tokenization":true})", id);
  REQUIRE(r.status == 200);
  CHECK(json(r).at("skyflow_id").as_string() == id);
  CHECK(json(r).at("tokens").at("name").as_string() != old);
  CHECK(a.cell("SELECT name||ssn FROM \"@.persons\" WHERE email='a@x'") == "Bo123-45-6789");
  CHECK(a.cell("SELECT COUNT(*) FROM \"@.tokens\" WHERE token='" + old + '\'') == "0");
  CHECK(
      put(R"({"record":{"fields":{"name":"Cy"},"tokens":{"name":"t"}},"byot":"ENABLE","tokenization":true})",
          id)
          .contains(R"("name":"t")"));
  CHECK(put(R"({"record":{"fields":{"email":"b@x"}}})", id).status == 400);
  CHECK(put(R"({"record":{"fields":{"email":"a@x"}}})", id).status == 200);
  CHECK(put(R"({"record":{"fields":{"ssn":null}}})", id).status == 400);
  CHECK(put(R"({"record":{"fields":{"nam":"x"}}})", id).status == 400);
  CHECK(put(R"({"record":{"fields":{"name":"x"}}})", "unknown").status == 404);
  CHECK(put(R"({"fields":{"name":"x"}})", id).status == 400);
}

TEST_CASE("query answers SELECT over the vault's own tables") {
  account a;
  people(a, 30);
  auto const query = [&](std::string const& sql) {
    return a.post("/query", R"({"query":")" + sql + "\"}");
  };
  auto const r = query("SELECT name, length(email) AS n FROM persons WHERE ssn = '000-00-1002'");
  REQUIRE(r.status == 200);
  CHECK(r.body == R"({"records":[{"fields":{"name":"n1002","n":5}}]})");
  CHECK(found(query("select skyflow_id from persons")) == 25);
  CHECK(json(query("select name from persons where ssn='x'")).at("records").as_array().empty());
  CHECK(error_of(query("select nam from persons")) ==
        "500/13: ERROR (internal_error): Could not find Field nam");
  CHECK(query("delete from persons").status == 400);
  CHECK(query("select i from (with recursive n(i) as (select 1 union all select i + 1 from n "
              "where i < 3) select i from n)")
            .status == 500);
  CHECK(query("select 1; delete from persons").status == 500);
  for (std::string const table : {"@.persons", "@.tokens", "sqlite_master", "_sluice_objects"}) {
    auto name = table;
    if (name.starts_with('@')) name = "skyflow." + vault_id + name.substr(1);
    CHECK(query("select * from \\\"" + name + "\\\"").status == 500);
  }
  CHECK(query("select \\\"name.token\\\" from persons").body.find("n1") == std::string::npos);
  CHECK(a.rows("persons") == "30");
}

TEST_CASE("detokenize, one unknown token, and continueOnError") {
  account a;
  REQUIRE(a.post("/full_name", byot(pair("Ann", "t1") + ',' + pair("Bo", "t2"))).status == 200);
  auto const detokenize = [](std::string const& tokens, std::string const& more) {
    return R"({"detokenizationParameters":[)" + tokens + ']' + more + '}';
  };
  std::string const both = R"({"token":"t2","redaction":"PLAIN_TEXT"},{"token":"t1"})";
  auto const r = a.post("/detokenize", detokenize(both, R"(,"downloadURL":false)"));
  CHECK(r.status == 200);
  CHECK(r.body == R"({"records":[{"token":"t2","valueType":"STRING","value":"Bo","error":null},)"
                  R"({"token":"t1","valueType":"STRING","value":"Ann","error":null}]})");
  CHECK(error_of(a.post("/detokenize", detokenize(both + R"(,{"token":"x"})", ""))) ==
        "404/5: Token not found for x");
  CHECK(error_of(a.post("/detokenize", detokenize(R"({"token":"x"},{"token":"y"})", ""))) ==
        "404/5: Tokens not found for x, y");

  std::string const go_on = R"(,"continueOnError":true)";
  auto const partial = a.post("/detokenize", detokenize(R"({"token":"x"},)" + both, go_on));
  CHECK(partial.status == 207);
  CHECK(json(partial).at("records").at(0).at("error").as_string() == "Token not found for x");
  CHECK(json(partial).at("records").at(1).at("value").as_string() == "Bo");
  CHECK(a.post("/detokenize", detokenize(both, go_on)).status == 200);

  skyflow::options o;
  o.detokenize_partial_status = 200;
  o.detokenize_all_failed_404 = true;
  account b(o);
  REQUIRE(b.post("/full_name", byot(pair("Ann", "t1"))).status == 200);
  CHECK(b.post("/detokenize", detokenize(R"({"token":"x"},{"token":"t1"})", go_on)).status == 200);
  CHECK(b.post("/detokenize", detokenize(R"({"token":"x"})", go_on)).status == 404);
}

TEST_CASE("detokenize names types and redacts") {
  skyflow::options o;
  o.vaults.push_back(skyflow::default_vault());
  for (auto& c : o.vaults.front().tables.front().columns) {
    c.tokens = skyflow::token_policy::non_deterministic_uuid;
  }
  account a(o);
  auto const r = a.post("/persons",
                        R"({"tokenization":true,"records":[{"fields":{"ssn":"123-45-6789","age":3,)"
                        R"("score":1.5,"active":true,"birth":"2001-02-03","tags":["a"]}}]})");
  auto const tokens = json(r).at("records").at(0).at("tokens").as_object();
  auto const answer = [&](char const* column, std::string const& redaction) {
    auto const d = json(a.post("/detokenize",
                               R"({"detokenizationParameters":[{"token":")" +
                                   std::string(tokens.at(column).as_string()) +
                                   R"(","redaction":")" + redaction + "\"}]}"));
    auto const& record = d.at("records").at(0).as_object();
    return std::string(record.at("valueType").as_string()) + ' ' +
           std::string(record.at("value").as_string());
  };
  CHECK(answer("age", "PLAIN_TEXT") == "INTEGER 3");
  CHECK(answer("score", "PLAIN_TEXT") == "FLOAT 1.5");
  CHECK(answer("active", "PLAIN_TEXT") == "BOOL true");
  CHECK(answer("birth", "PLAIN_TEXT") == "DATE 2001-02-03");
  CHECK(answer("tags", "PLAIN_TEXT") == "ARRAY [\"a\"]");
  CHECK(answer("ssn", "DEFAULT") == "STRING ***-**-6789");
  CHECK(answer("ssn", "REDACTED") == "STRING *REDACTED*");
}

TEST_CASE("transient tokens run out by the service's clock") {
  skyflow::options o;
  o.vaults.push_back(skyflow::default_vault());
  auto& column = o.vaults.front().tables[1].columns.front();
  column.tokens = skyflow::token_policy::transient_uuid;
  column.ttl = std::chrono::minutes(10);
  account a(o);
  auto const r =
      a.post("/full_name", R"({"tokenization":true,"records":[{"fields":{"full_name":"Ann"}}]})");
  std::string const body = R"({"detokenizationParameters":[{"token":")" +
                           plain_client::member(r.body, "full_name") + "\"}]}";
  a.box.skew_clock(std::chrono::minutes(9));
  CHECK(a.post("/detokenize", body).status == 200);
  a.box.skew_clock(std::chrono::minutes(11));
  CHECK(a.post("/detokenize", body).status == 404);
}

TEST_CASE("tokenize finds tokens that were issued for stored values") {
  account a;
  REQUIRE(a.post("/full_name", byot(pair("Ann", "t1"))).status == 200);
  auto const tokenize = [&](std::string const& parameter) {
    return a.post("/tokenize", R"({"tokenizationParameters":[)" + parameter + "]}");
  };
  auto const r = tokenize(R"({"value":"Ann","table":"full_name","column":"full_name"})");
  CHECK(r.body == R"({"records":[{"token":"t1"}]})");
  CHECK(tokenize(R"({"value":"Ann","columnGroup":"full_name.full_name"})").status == 200);
  CHECK(tokenize(R"({"value":"Bo","table":"full_name","column":"full_name"})").status == 404);
  CHECK(tokenize(R"({"value":"Ann","columnGroup":"other"})").status == 404);
  CHECK(tokenize(R"({"value":"Ann","table":"full_name","column":"nam"})").status == 400);
  a.insert("persons", R"({"ssn":"123-45-6789","name":"Ann"})");
  CHECK(tokenize(R"({"value":"Ann","table":"persons","column":"name"})").status == 404);
}

TEST_CASE("deleting one row, several, all, and none") {
  account a;
  auto const ids = people(a, 5);
  auto const one = a.erase("/persons/" + ids[0]);
  CHECK(one.body == R"({"skyflow_id":")" + ids[0] + R"(","deleted":true})");
  CHECK(a.erase("/persons/" + ids[0]).status == 404);
  auto const two = a.erase("/persons", R"({"skyflow_ids":[")" + ids[1] + "\",\"" + ids[2] + "\"]}");
  CHECK(two.body == R"({"RecordIDResponse":[")" + ids[1] + "\",\"" + ids[2] + "\"]}");
  // A row that is gone takes the others of the call with it.
  CHECK(a.erase("/persons", R"({"skyflow_ids":[")" + ids[3] + "\",\"" + ids[0] + "\"]}").status ==
        404);
  CHECK(a.rows("persons") == "2");
  CHECK(a.erase("/persons", R"({"skyflow_ids":["*"]})").body == R"({"RecordIDResponse":["*"]})");
  CHECK(a.rows("persons") == "0");
  CHECK(a.cell("SELECT COUNT(*) FROM \"@.tokens\"") == "0");
  CHECK(error_of(a.erase("/persons", R"({"skyflow_ids":["*"]})")) == "500/13: Couldn't load data");
  CHECK(a.erase("/persons", R"({"skyflow_ids":[]})").status == 400);
  CHECK(a.erase("/persons", R"({"skyflow_ids":[7]})").status == 400);

  skyflow::options o;
  o.delete_all_of_empty_fails = false;
  account b(o);
  CHECK(b.erase("/persons", R"({"skyflow_ids":["*"]})").status == 200);
}
