#include "catch.hpp"
#include "vault_client.hpp"

#include <ctime>
#include <string>

using namespace vault_client;

namespace {

std::string names(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += (i > 0 ? "," : "") + (R"({"fields":{"full_name":"n)" + std::to_string(i)) + "\"}}";
  }
  return out;
}

std::string insert_body(int count) {
  return R"({"tokenization":true,"records":[)" + names(count) + "]}";
}

std::string batch_body(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += (i > 0 ? "," : "") +
           (R"({"method":"POST","tableName":"full_name","fields":{"full_name":"n)" +
            std::to_string(i)) +
           "\"}}";
  }
  return R"({"continueOnError":true,"records":[)" + out + "]}";
}

/// Arms a fault, sends, and checks that it fired.
reply under(account& a,
            std::string const& fault,
            std::string const& path,
            std::string const& body) {
  a.box.faults().clear();
  a.box.faults().arm(fault);
  auto const r = a.post(path, body);
  auto const name = fault.substr(0, fault.find_first_of("=:"));
  CHECK(a.box.faults().fired(name) == 1);
  return r;
}

reply insert_under(account& a, std::string const& fault, int count = 1) {
  return under(a, fault, "/full_name", insert_body(count));
}

std::string statuses(reply const& r, char const* list, char const* key) {
  std::string out;
  auto const items = json(r).at(list).as_array();
  for (auto const& item : items) {
    auto const& code = item.at(key);
    out += (out.empty() ? "" : " ") + (code.is_null() ? "null" : std::to_string(code.as_int64()));
  }
  return out;
}

}  // namespace

TEST_CASE("429 in every way of saying when to come back") {
  account a;
  CHECK(header(insert_under(a, "vault_insert.throttle=3"), "Retry-After") == "3");
  auto const date = insert_under(a, "vault_throttle_date=60");
  CHECK(date.status == 429);
  std::tm parts{};
  auto const text = header(date, "Retry-After");
  REQUIRE(::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) != nullptr);
  auto const ahead = ::timegm(&parts) - std::time(nullptr);
  CHECK(ahead > 50);
  CHECK(ahead <= 60);
  CHECK(header(insert_under(a, "vault_throttle_ms=250"), "retry-after-ms") == "250");
  auto const reset =
      std::stoll(header(insert_under(a, "vault_throttle_reset=60"), "X-RateLimit-Reset"));
  CHECK(reset > std::time(nullptr) + 50);
  auto const bare = insert_under(a, "vault_throttle_bare");
  CHECK(error_of(bare).starts_with("429/8: "));
  CHECK(header(bare, "Retry-After").empty());
  CHECK(a.rows("full_name") == "0");
}

TEST_CASE("errors as envelope, as text, as a page and without a body") {
  account a;
  for (int const status : {400, 403, 404, 407, 408, 409, 413, 414, 431, 500, 502, 503, 504, 529}) {
    CHECK(error_of(insert_under(a, "vault_error=" + std::to_string(status)))
              .starts_with(std::to_string(status) + '/'));
  }
  CHECK(error_of(insert_under(a, "vault_insert.status=529")).starts_with("529/14: "));
  auto const text = insert_under(a, "vault_error_text=502");
  CHECK(header(text, "Content-Type") == "text/plain; charset=utf-8");
  CHECK(error_of(text).starts_with("502/14: "));
  auto const page = insert_under(a, "vault_error_html");
  CHECK(page.status == 502);
  CHECK(page.contains("<html>"));
  auto const empty = insert_under(a, "vault_error_empty=504");
  CHECK(empty.status == 504);
  CHECK(empty.body.empty());
  CHECK(a.rows("full_name") == "0");
  CHECK(insert_under(a, "vault_insert.status_after=500").status == 500);
  CHECK(a.rows("full_name") == "1");
}

TEST_CASE("401, 403 and 404 in the middle of a run") {
  account a;
  a.bearer = a.box.skyflow_token();
  auto const old = a.bearer;
  CHECK(error_of(insert_under(a, "vault_token_expired")) == "401/16: the bearer token has expired");
  CHECK(a.post("/full_name", insert_body(1)).status == 401);
  a.bearer = a.box.skyflow_token();
  CHECK(a.post("/full_name", insert_body(1)).status == 200);
  CHECK(error_of(insert_under(a, "vault_token_revoked")) == "401/16: the credential is revoked");
  CHECK(a.post("/full_name", insert_body(1)).status == 401);
  a.bearer = a.box.skyflow_token();
  CHECK(error_of(insert_under(a, "vault_forbidden")).starts_with("403/7: "));
  CHECK(error_of(insert_under(a, "vault_table_dropped"))
            .starts_with("404/5: Object Name full_name was not found"));
  CHECK(a.rows("full_name") == "1");
  // From the third request on.
  a.box.faults().clear();
  a.box.faults().arm("vault_forbidden:3:*");
  CHECK(a.post("/full_name", insert_body(1)).status == 200);
  CHECK(a.post("/full_name", insert_body(1)).status == 200);
  CHECK(a.post("/full_name", insert_body(1)).status == 403);
  CHECK(a.post("/full_name", insert_body(1)).status == 403);
}

TEST_CASE("a poisoned record fails its insert and no other, with or without its value") {
  account a;
  std::string const poisoned = R"({"records":[{"fields":{"full_name":"a POISON b"}}]})";
  a.box.faults().arm("vault_poison=1:1:1");
  a.box.faults().arm("vault_poison:1:*");
  CHECK(a.post("/full_name", insert_body(3)).status == 200);
  CHECK(error_of(a.post("/full_name", poisoned)) ==
        "400/3: Insert failed. The value a POISON b is invalid.");
  CHECK(error_of(a.post("/full_name", poisoned)) == "400/3: Insert failed. A value is invalid.");
  CHECK(a.box.faults().fired("vault_poison") == 2);
  CHECK(a.rows("full_name") == "3");
  a.box.faults().clear();
  CHECK(a.post("/full_name", poisoned).status == 200);
}

TEST_CASE("the marker of poison is the fault's own") {
  account a;
  auto const insert = [&](std::string const& name) {
    return a.post("/full_name", R"({"records":[{"fields":{"full_name":")" + name + "\"}}]}");
  };
  a.box.faults().arm("vault_poison=1~Borgia:2");
  a.box.faults().arm("vault_poison:1:*");
  CHECK(insert("Lucrezia Borgia").status == 200);
  CHECK(insert("Ann").status == 200);
  CHECK(error_of(insert("Cesare Borgia")) ==
        "400/3: Insert failed. The value Cesare Borgia is invalid.");
  CHECK(error_of(insert("POISON")) == "400/3: Insert failed. A value is invalid.");
  CHECK(a.box.faults().fired("vault_poison") == 2);
  CHECK_THROWS_WITH(a.box.faults().arm("vault_error~text"), "fault 'vault_error' takes no text");
}

TEST_CASE("a fault in the field's words is limited to one route, or one table, or both") {
  account a;
  auto const exchange = [&] {
    return plain_client::send(a.port, "POST", "/v1/auth/sa/oauth/token", "{}").status;
  };
  auto const flow = [&] {
    return a.flow("records/insert", R"("tableName":"full_name","records":[{"data":{}}])").status;
  };
  auto const only = [&](std::string const& fault) {
    a.box.faults().clear();
    a.box.faults().arm(fault);
  };
  only("vault_error=503:1:*@vault_insert");
  CHECK(exchange() == 400);
  CHECK(a.get("/full_name").status == 404);
  CHECK(flow() != 503);
  CHECK(a.post("/full_name", insert_body(1)).status == 503);
  CHECK(a.post("/id", insert_body(1)).status == 503);
  CHECK(a.box.faults().fired("vault_error") == 2);

  only("vault_throttle_bare:1:*@vault_token");
  CHECK(a.post("/full_name", insert_body(1)).status == 200);
  CHECK(exchange() == 429);

  only("vault_forbidden:1:*@full_name");
  CHECK(a.post("/full_name", insert_body(1)).status == 403);
  CHECK(a.get("/full_name").status == 403);
  CHECK(a.get("/persons").status == 404);

  // Events of other subjects are not counted.
  only("vault_forbidden:2@vault_insert/full_name");
  CHECK(a.get("/full_name").status == 200);
  CHECK(a.post("/full_name", insert_body(1)).status == 200);
  CHECK(a.post("/full_name", insert_body(1)).status == 403);

  only("vault_error@flow_insert");
  CHECK(flow() == 503);
  only("vault.status=504@vault_get");
  CHECK(a.post("/full_name", insert_body(1)).status == 200);
  CHECK(a.get("/full_name").status == 504);
}

TEST_CASE("conflicts that are none, and messages that hold everything secret") {
  account a;
  CHECK(error_of(insert_under(a, "vault_conflict")).starts_with("400/9: "));
  CHECK(error_of(insert_under(a, "vault_conflict=409")).starts_with("409/6: "));
  auto const echo = under(a, "vault_echo", "/full_name", byot(pair("SECRET-NAME", "SECRET-TOKEN")));
  CHECK(echo.status == 400);
  CHECK(echo.contains("SECRET-NAME"));
  CHECK(echo.contains("SECRET-TOKEN"));
  CHECK(echo.contains(a.bearer));
  CHECK(a.rows("full_name") == "0");
}

TEST_CASE("partial success: every n-th record of a call fails and is not stored") {
  account a;
  auto const r = under(a, "vault_partial=2", "", batch_body(9));
  CHECK(r.status == 200);
  CHECK(statuses(r, "responses", "Status") == "200 400 200 409 200 429 200 500 200");
  CHECK(a.rows("full_name") == "5");
  CHECK(statuses(under(a, "vault_partial=1", "", batch_body(2)), "responses", "Status") ==
        "400 409");
  CHECK(a.rows("full_name") == "5");
}

TEST_CASE("partial success in FlowVault: 207, all failed, codes that are null") {
  account a;
  auto const flow = [&](std::string const& fault, int count) {
    a.box.faults().clear();
    a.box.faults().arm(fault);
    std::string records;
    for (int i = 0; i < count; ++i) {
      records += (i > 0 ? "," : "") + (R"({"data":{"full_name":"f)" + std::to_string(i)) + "\"}}";
    }
    return a.flow("records/insert", R"("tableName":"full_name","records":[)" + records + ']');
  };
  auto const mixed = flow("vault_partial=2", 5);
  CHECK(mixed.status == 207);
  CHECK(statuses(mixed, "records", "httpCode") == "200 400 200 409 200");
  CHECK(a.rows("full_name") == "3");
  auto const failed = flow("vault_partial=1", 2);
  CHECK(failed.status == 207);
  CHECK(statuses(failed, "records", "httpCode") == "400 409");
  CHECK(statuses(flow("vault_code_null", 2), "records", "httpCode") == "null null");
  CHECK(a.rows("full_name") == "5");
}

TEST_CASE("partial success of detokenize") {
  account a;
  REQUIRE(a.post("/full_name", byot(pair("Ann", "t1") + ',' + pair("Bo", "t2"))).status == 200);
  auto const r = under(
      a,
      "vault_partial=2",
      "/detokenize",
      R"({"continueOnError":true,"detokenizationParameters":[{"token":"t1"},{"token":"t2"}]})");
  CHECK(r.status == 207);
  CHECK(json(r).at("records").at(0).at("value").as_string() == "Ann");
  CHECK(json(r).at("records").at(1).at("error").as_string() == "injected");
}

TEST_CASE("items that are missing, too many or in another order") {
  account a;
  auto const items = [&](std::string const& fault) {
    return json(insert_under(a, fault, 3)).at("records").as_array();
  };
  CHECK(items("vault_item_missing").size() == 2);
  CHECK(items("vault_item_extra").size() == 4);
  auto const swapped = items("vault_items_reordered");
  REQUIRE(swapped.size() == 3);
  CHECK(a.cell("SELECT full_name FROM \"@.full_name\" WHERE skyflow_id='" +
               std::string(swapped[0].at("skyflow_id").as_string()) + '\'') == "n2");
  CHECK(a.rows("full_name") == "9");
  CHECK(json(under(a, "vault_item_missing", "", batch_body(3))).at("responses").as_array().size() ==
        2);
}

TEST_CASE("odd successes") {
  account a;
  CHECK(insert_under(a, "vault_reply_created").status == 201);
  auto const empty = insert_under(a, "vault_empty_reply");
  CHECK(empty.status == 200);
  CHECK(empty.body.empty());
  CHECK(json(insert_under(a, "vault_tokens_null")).at("records").at(0).at("tokens").is_null());
  auto const extra = json(insert_under(a, "vault_extra_fields")).as_object();
  CHECK(extra.contains("neitherIsThis"));
  CHECK(extra.at("records").at(0).as_object().contains("notInAnyDocument"));
  CHECK(extra.at("records").at(0).as_object().contains("skyflow_id"));
  CHECK(header(insert_under(a, "vault_long_request_id=9000"), "x-request-id").size() == 9'000);
  CHECK(a.rows("full_name") == "5");
}

TEST_CASE("replies that are lost after the commit") {
  account a;
  int stored = 0;
  for (std::string const action : {"drop_reply",
                                   "close_reply",
                                   "half_status_line",
                                   "truncate_reply",
                                   "reset_reply",
                                   "wrong_length"}) {
    INFO(action);
    auto const r = insert_under(a, "vault_insert." + action);
    CHECK_FALSE(r.complete);
    bool const has_head =
        action == "truncate_reply" || action == "reset_reply" || action == "wrong_length";
    CHECK(r.head.empty() != has_head);
    CHECK(r.reset == (action == "drop_reply" || action == "reset_reply"));
    CHECK(a.rows("full_name") == std::to_string(++stored));
  }
  auto const longer = insert_under(a, "vault_insert.wrong_length=-20");
  CHECK(longer.complete);
  CHECK_THROWS(
      boost::json::parse(longer.body.substr(0, std::stoul(header(longer, "Content-Length")))));
}

TEST_CASE("requests that are lost before anything happens") {
  account a;
  for (std::string const fault : {"vault_insert.drop_at_head",
                                  "vault_insert.reset_body=1",
                                  "vault_insert.reset_body=40",
                                  "vault_insert.drop_request"}) {
    INFO(fault);
    auto const r = insert_under(a, fault);
    CHECK(r.status == 0);
    CHECK(a.rows("full_name") == "0");
  }
  CHECK(a.box.log().of("vault_insert").size() == 4);
  CHECK(a.box.log().of("vault_insert").front().faults.front() == "vault_insert.drop_at_head");
}

TEST_CASE("slow replies: a drip, a pause after the head, and delays of three kinds") {
  account a;
  for (auto const* action :
       {"slow_reply=4000", "pause_in_reply=20", "delay=20", "delay_uniform=20", "delay_tail=1"}) {
    INFO(action);
    auto const r = insert_under(a, std::string("vault_insert.") + action);
    CHECK(r.status == 200);
    CHECK(r.complete);
  }
  CHECK(a.rows("full_name") == "5");
}

TEST_CASE("redirects of both kinds lead to another port of the same vault") {
  account a;
  auto const path = vault_path + "/full_name";
  for (int const status : {307, 308}) {
    auto const r = insert_under(a, "vault_insert.redirect=" + std::to_string(status));
    CHECK(r.status == status);
    auto const location = header(r, "Location");
    REQUIRE(location.ends_with(path));
    auto const other = port_of(location.substr(0, location.size() - path.size()));
    CHECK(location == "http://127.0.0.1:" + std::to_string(other) + path);
    CHECK(other != a.port);
    CHECK(a.rows("full_name") == "0");
    CHECK(plain_client::send(other, "POST", path, insert_body(1)).status == 401);
  }
}

TEST_CASE("a call that executes twice, as if a proxy repeated it") {
  account a;
  CHECK(insert_under(a, "vault_insert.duplicate").status == 200);
  CHECK(a.rows("full_name") == "2");
  CHECK(a.box.skyflow_state().duplicates.at(vault_id + "/full_name") == 1);
}

TEST_CASE("faults strike by chance, in the same way in every run") {
  auto const struck = [] {
    account a;
    a.box.faults().arm("vault_get.status:1:*%25");
    std::string out;
    for (int i = 0; i < 40; ++i) out += a.get("/persons").status == 503 ? 'x' : '.';
    return out;
  };
  auto const first = struck();
  CHECK(first.find('x') != std::string::npos);
  CHECK(first.find('.') != std::string::npos);
  CHECK(struck() == first);
  CHECK_THROWS_AS(sandbox::parse_fault("vault_get.status%0"), std::invalid_argument);
  CHECK_THROWS_AS(sandbox::parse_fault("vault_get.status%101"), std::invalid_argument);
}

TEST_CASE("faults are armed and counted by HTTP while the service runs") {
  account a;
  CHECK(a.control("POST", "/faults", "vault_forbidden:2\nvault_insert.drop_reply").status == 200);
  CHECK(a.post("/full_name", insert_body(1)).status == 0);
  CHECK(a.post("/full_name", insert_body(1)).status == 403);
  auto const fired = json(a.control("GET", "/faults"));
  CHECK(fired.at("vault_forbidden").as_int64() == 1);
  CHECK(fired.at("vault_insert.drop_reply").as_int64() == 1);
  CHECK(a.control("DELETE", "/faults").status == 200);
  CHECK(a.post("/full_name", insert_body(1)).status == 200);
}

TEST_CASE("the token endpoint fails on its own") {
  account a;
  a.box.faults().arm("vault_token.status=503:1:*");
  a.box.faults().arm("vault_forbidden:1:*");
  CHECK(plain_client::send(a.port, "POST", "/v1/auth/sa/oauth/token", "{}").status == 503);
  CHECK(a.post("/full_name", insert_body(1)).status == 403);
  a.box.faults().disarm("vault_token.status");
  CHECK(plain_client::send(a.port, "POST", "/v1/auth/sa/oauth/token", "{}").status == 400);
}
